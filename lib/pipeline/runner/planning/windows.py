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
    spec: str, isos: Sequence[str], options: CliOptions
) -> tuple[dict[str, Resolved], dict[str, str]]:
    """Return what the source has of each ISO, and the reason to leave out each ISO that it does not have."""
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
            window = _window(source, iso, *days)
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


def _window(source: Source, iso: str, start: str | None, end: str | None, as_of: str | None) -> Window:
    try:
        return resolve_window(source, iso, start, end, as_of)
    except SourceError:  # the files exist and cannot be read: the notebook will fail and say so
        return resolve_window(source, iso, start, end, as_of, has_extent=False)


def _source(spec: str) -> Source:
    try:
        return open_source(spec)
    except UnknownSource as error:
        raise ConfigurationError(f"--source: {error}") from error
