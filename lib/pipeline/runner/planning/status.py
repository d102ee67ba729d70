"""Whether the curves of a run are official, which the desk prices with, or a study, and why.

A run publishes officially without being told if

1. it is whole: no notebook that fetches or makes curves is left out (ISOs may be),
2. no notebook that makes curves gets a parameter (-p) with another value than its default, but for those
   that only add a file (ADDS_A_FILE),
3. the window of the ISO has at least twelve months, and
4. it knows no less than the official curves of the ISO: neither its clock nor the end of its window lies
   before theirs, and its window is not more than a month shorter.

Everything else is a study, as is a run with --study. With --official it is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.steps.window import Window
from lib.store import Database
from lib.store.published import read_latest_versions

LEAST_MONTHS = 12

ADDS_A_FILE = frozenset({"band"})
"""Parameters that change no number of a curve."""

A_DAY = timedelta(days=1)

SLACK = timedelta(days=31)
"""How much shorter than that of the official curves a window may be: months and leap years differ."""


def find_studies(
    notebooks: Sequence[str],
    parameters: Mapping[str, Mapping[str, Any]],
    defaults: Mapping[str, Mapping[str, Any]],
    windows: Mapping[str, Window],
    *,
    is_study: bool,
) -> dict[str, str]:
    """Return the ISOs whose curves are a study by the options of the run alone, each with the reason.

    A run that makes no curves makes no study either.

    Args:
        notebooks: those of the run.
        parameters: those of -p, by notebook.
        defaults: the values that the notebooks declare, by notebook; may lack notebooks without parameters.
        windows: by ISO.
        is_study: whether --study was given.
    """
    if not any(NOTEBOOKS[name].curve for name in notebooks):
        return {}
    of_run = [*_find_reasons(notebooks, parameters, defaults, is_study=is_study)]
    reasons = {iso: [*of_run, *_find_short(window)] for iso, window in windows.items()}
    return {iso: "; ".join(found) for iso, found in reasons.items() if found}


def _find_reasons(
    notebooks: Sequence[str],
    parameters: Mapping[str, Mapping[str, Any]],
    defaults: Mapping[str, Mapping[str, Any]],
    *,
    is_study: bool,
) -> Iterator[str]:
    if is_study:
        yield "it was asked for by --study"
    whole = [notebook.name for notebook in NOTEBOOKS.values() if notebook.curve or notebook.writes_series]
    if missing := [name for name in whole if name not in notebooks]:
        yield f"the run is not whole, without {', '.join(missing)}"
    changed = {
        f"{name}={value}"
        for notebook, given in parameters.items()
        if NOTEBOOKS[notebook].curve
        for name, value in given.items()
        if name not in ADDS_A_FILE and value != defaults.get(notebook, {}).get(name)
    }
    if changed:
        yield f"it has parameters of its own, {', '.join(sorted(changed))}"


def _find_short(window: Window) -> Iterator[str]:
    if not has_twelve_months(window.start, window.end):
        n_days = (window.end - window.start).days + 1
        yield f"its window has {n_days} day{'s' * (n_days != 1)}, which is less than twelve months"


def has_twelve_months(start: date, end: date) -> bool:
    """Return whether the days from start to end, both included, are at least twelve months."""
    return bool(pd.Timestamp(start) + pd.DateOffset(months=LEAST_MONTHS) <= pd.Timestamp(end) + A_DAY)


def find_steps_back(database: Database, windows: Mapping[str, Window]) -> dict[str, str]:
    """Return the ISOs of which the official curves know more than a run would, each with the reason."""
    official = read_latest_versions(database)
    reasons = {
        iso: [*_find_less(window, official[official["iso"] == iso])] for iso, window in windows.items()
    }
    return {iso: "; ".join(found) for iso, found in reasons.items() if found}


def _find_less(window: Window, official: pd.DataFrame) -> Iterator[str]:
    """Yield in what a window steps back behind official versions of its ISO."""
    if official.empty:
        return
    as_of, end = official["as_of"].max().date(), official["window_end"].max().date()
    if window.as_of < as_of:
        yield f"its clock, {window.as_of}, is before that of the official curves, {as_of}"
    if window.end < end:
        yield f"its window ends on {window.end}, that of the official curves on {end}"
    longest = (official["window_end"] - official["window_start"]).max().to_pytimedelta()
    if window.end - window.start < longest - SLACK:
        yield (
            f"its window of {(window.end - window.start).days + 1} days is shorter than that of the official "
            f"curves, {longest.days + 1} days"
        )
