"""The window of past days that a run uses for each ISO that the source has."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.pipeline.errors import ConfigurationError
from lib.pipeline.runner.planning.cli_options import CliOptions
from lib.pipeline.steps.inputs import load_bases
from lib.pipeline.steps.window import Window, resolve_window
from lib.sources import Source, SourceError, UnknownSource, open_source


def resolve_windows(
    spec: str, isos: Sequence[str], options: CliOptions
) -> tuple[dict[str, Window], dict[str, str], dict[str, str]]:
    """Return window and basis of each ISO that the source has, and the reason to leave out each other ISO."""
    source = _source(spec)
    days = (options.start, options.end, options.as_of)
    resolved: dict[str, Window] = {}
    bases: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for iso in isos:
        try:
            bases[iso] = load_bases(pd.DataFrame(map(vars, source.series(iso))))
        except SourceError as error:
            left_out[iso] = str(error)
        else:
            resolved[iso] = _window(source, iso, *days)
    if not resolved:
        raise ConfigurationError("the source has no ISO of those asked for: " + "; ".join(left_out.values()))
    return resolved, bases, left_out


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
