"""Hours that a source is known not to have: how a result shows them, and when to query them again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from lib.hours import HOUR
from lib.pipeline.steps.gaps import GapQuery, Gaps
from lib.sources import SeriesResult
from lib.store import Database, read_known_missing

RETRY_DAYS = (1, 2, 4, 8, 16, 30)
"""Days until an hour is queried again after the first query in vain, the second, ...; the last repeats."""

Span = tuple[pd.Timestamp, pd.Timestamp]


def next_query_day(known_missing: pd.DataFrame) -> pd.Series:
    """Return the day from which each known missing hour is queried again, from last_asked and n_asked."""
    days = np.take(RETRY_DAYS, known_missing["n_asked"].to_numpy() - 1, mode="clip")
    return known_missing["last_asked"] + pd.to_timedelta(days, unit="D")


def due_hours(gaps: Gaps, known_missing: pd.DataFrame, as_of: date) -> Gaps:
    """Return the hours to query: those that are not stored, without known missing ones that still wait.

    Args:
        gaps: location -> hours that are not stored.
        known_missing: location, interval_start, last_asked, n_asked.
        as_of: the day of the query.
    """
    waiting = known_missing[next_query_day(known_missing) > pd.Timestamp(as_of)]
    by_location = dict(iter(waiting.groupby("location")["interval_start"]))
    due = {name: gap[~gap.isin(by_location.get(name, ()))] for name, gap in gaps.items()}
    return {name: hours for name, hours in due.items() if len(hours)}


def find_missing_at_source(gaps: Gaps, queries: Iterable[GapQuery], result: SeriesResult) -> Gaps:
    """Return the hours that were queried, that the source could answer for, and that it does not have.

    Args:
        gaps: location -> hours that were not stored before.
        queries: the queries of the result.
        result: what the source had, and for which hours it could not tell.
    """
    queries = list(queries)
    arrived = dict(iter(result.frame.groupby("location")["interval_start"]))
    missing: Gaps = {}
    for location, gap in gaps.items():
        queried = _inside(gap, [(query.start, query.end) for query in queries if location in query.locations])
        unknown = _inside(gap, [(u.start, u.end) for u in result.unanswered if u.location == location])
        hours = gap[queried & ~unknown & ~gap.isin(arrived.get(location, ()))]
        if len(hours):
            missing[location] = hours
    return missing


def read_known_missing_hours(
    db: Database, iso: str, series: pd.DataFrame, interval_start: pd.DatetimeIndex
) -> pd.DataFrame:
    """Return the known missing hours of a window, with the series they belong to.

    Args:
        db: where they are stored.
        iso: whose series.
        series: series_id (missing where it is not registered), measure, location, basis.
        interval_start: the window's hours.

    Returns:
        measure, location, basis, series_id, interval_start, first_asked, last_asked (days), n_asked.
    """
    registered = series[["measure", "location", "basis", "series_id"]].dropna()
    span = interval_start[0], interval_start[-1] + HOUR
    found = read_known_missing(db, iso, registered["series_id"].astype(int).tolist(), *span)
    return registered.astype({"series_id": "int64"}).merge(
        found.astype({"series_id": "int64"}), on="series_id"
    )


def summarize_known_missing(known_missing: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each series with known missing hours, from what `read_known_missing_hours` returns.

    Returns:
        measure, location, basis, n_hours, first, last (UTC starts), next_query (the earliest day).
    """
    known_missing = known_missing.assign(next_query=next_query_day(known_missing))
    groups = known_missing.groupby(["measure", "location", "basis"], sort=False, observed=True)
    return groups.agg(
        n_hours=("interval_start", "size"),
        first=("interval_start", "min"),
        last=("interval_start", "max"),
        next_query=("next_query", "min"),
    ).reset_index()


def _inside(hours: pd.DatetimeIndex, spans: Sequence[Span]) -> np.ndarray:
    """Return whether each hour lies in any of the spans, whose ends are excluded."""
    is_inside = np.zeros(len(hours), dtype=bool)
    for start, end in spans:
        is_inside[slice(*hours.searchsorted([start, end]))] = True
    return is_inside
