"""What a run's source has of each ISO: the window of past days, the basis of the load, the measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from lib.markets import MEASURES, SETTLED
from lib.pipeline.errors import ConfigurationError
from lib.pipeline.runner.planning.cli_options import CliOptions
from lib.pipeline.steps.inputs import load_bases
from lib.pipeline.steps.window import Window, resolve_window
from lib.sources import Source, SourceError, UnknownSource, open_source


@dataclass(frozen=True)
class Resolved:
    """What the source has of an ISO.

    `basis` is that of the day-ahead load. `lacking` has the words for each measure that no location has.
    """

    window: Window
    basis: str
    lacking: dict[str, str]


def resolve_windows(
    spec: str, isos: Sequence[str], options: CliOptions, years: int | None = None
) -> tuple[dict[str, Resolved], dict[str, str]]:
    """Return what the source has of each ISO, and the reason to leave out each ISO that it does not have.

    Args:
        spec: of the source.
        isos: those asked for.
        options: of the command line, with the first and last day of the windows and the clock.
        years: the length of the windows; None where it was not given.

    Raises:
        ConfigurationError: the source has none of the ISOs, or the days or years cannot be.
    """
    if years is not None and options.start is not None:
        raise ConfigurationError(
            f"-p years={years} and --start {options.start} both say where the window begins: give one of them"
        )
    source = _source(spec)
    days = (options.start, options.end, options.as_of)
    resolved: dict[str, Resolved] = {}
    left_out: dict[str, str] = {}
    for iso in isos:
        try:
            series = pd.DataFrame(map(vars, source.series(iso)))
        except SourceError as error:
            left_out[iso] = str(error)
        else:
            window = _window(source, iso, days, years)
            resolved[iso] = Resolved(window, load_bases(series), _lacking(series))
    if not resolved:
        raise ConfigurationError("the source has no ISO of those asked for: " + "; ".join(left_out.values()))
    return resolved, left_out


def _lacking(series: pd.DataFrame) -> dict[str, str]:
    """Return the words for each measure that none of the series has."""
    present = set(series.loc[series["basis"] != SETTLED, "measure"])
    return {
        measure.name: f"no {measure.label} ({measure.name})"
        for measure in MEASURES.values()
        if measure.name not in present
    }


def _window(source: Source, iso: str, days: Sequence[str | None], years: int | None) -> Window:
    try:
        return resolve_window(source, iso, *days, years=years)
    except SourceError:  # the files exist and cannot be read: the notebook will fail and say so
        return resolve_window(source, iso, *days, has_extent=False, years=years)


def _source(spec: str) -> Source:
    try:
        return open_source(spec)
    except UnknownSource as error:
        raise ConfigurationError(f"--source: {error}") from error
