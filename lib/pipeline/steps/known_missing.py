"""Hours that a source does not have: which of them an answer shows, and when to ask for them again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from lib.hours import HOUR
from lib.pipeline.steps.gaps import Gaps, Query
from lib.sources import SeriesResult
from lib.store import Database, read_known_missing

RETRY_DAYS = (1, 2, 4, 8, 16, 30)
"""Days until an hour is asked for again after the first time in vain, the second, ...; the last goes on."""

Span = tuple[pd.Timestamp, pd.Timestamp]


def next_ask(absent: pd.DataFrame) -> pd.Series:
    """Return the day from which each absent hour is asked for again, of last_asked and n_asked."""
    days = np.take(RETRY_DAYS, absent["n_asked"].to_numpy() - 1, mode="clip")
    return absent["last_asked"] + pd.to_timedelta(days, unit="D")


def due_hours(gaps: Gaps, absent: pd.DataFrame, as_of: date) -> Gaps:
    """Return the hours to ask for: those that are not stored, without the absent ones whose day has not come.

    Args:
        gaps: by location the hours that are not stored.
        absent: location, interval_start, last_asked, n_asked.
        as_of: the day of asking.
    """
    waiting = absent[next_ask(absent) > pd.Timestamp(as_of)]
    by_location = dict(iter(waiting.groupby("location")["interval_start"]))
    due = {place: gap[~gap.isin(by_location.get(place, ()))] for place, gap in gaps.items()}
    return {place: hours for place, hours in due.items() if len(hours)}


def find_missing_at_source(gaps: Gaps, queries: Iterable[Query], answer: SeriesResult) -> Gaps:
    """Return the hours that a source was asked for, could answer for, and does not have.

    Args:
        gaps: by location the hours that were not stored before.
        asks: what the answer is to.
        answer: what the source had, and for which hours it could not tell.
    """
    queries = list(queries)
    arrived = dict(iter(answer.frame.groupby("location")["interval_start"]))
    absent: Gaps = {}
    for location, gap in gaps.items():
        asked = _inside(gap, [(query.start, query.end) for query in queries if location in query.locations])
        unknown = _inside(gap, [(u.start, u.end) for u in answer.unanswered if u.location == location])
        hours = gap[asked & ~unknown & ~gap.isin(arrived.get(location, ()))]
        if len(hours):
            absent[location] = hours
    return absent


def read_known_missing_hours(
    db: Database, iso: str, series: pd.DataFrame, interval_start: pd.DatetimeIndex
) -> pd.DataFrame:
    """Return the hours of a window that are known to be absent, with the series they belong to.

    Args:
        db: where they are stored.
        iso: whose series.
        series: series_id (missing where it is not registered), measure, location, basis.
        interval_start: the window's hours.

    Returns:
        measure, location, basis, series_id, interval_start, first_asked, last_asked (days), n_asked.
    """
    known = series[["measure", "location", "basis", "series_id"]].dropna()
    span = interval_start[0], interval_start[-1] + HOUR
    found = read_known_missing(db, iso, known["series_id"].astype(int).tolist(), *span)
    return known.astype({"series_id": "int64"}).merge(found.astype({"series_id": "int64"}), on="series_id")


def summarize_known_missing(known: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each series that lacks hours: what `read_known_missing_hours` returns, counted.

    Returns:
        measure, location, basis, n_hours, first, last (UTC starts), next_ask (the earliest day).
    """
    known = known.assign(next_ask=next_ask(known))
    groups = known.groupby(["measure", "location", "basis"], sort=False, observed=True)
    return groups.agg(
        n_hours=("interval_start", "size"),
        first=("interval_start", "min"),
        last=("interval_start", "max"),
        next_ask=("next_ask", "min"),
    ).reset_index()


def _inside(hours: pd.DatetimeIndex, spans: Sequence[Span]) -> np.ndarray:
    """Return whether each hour lies in any of the spans, whose ends are excluded."""
    is_inside = np.zeros(len(hours), dtype=bool)
    for start, end in spans:
        is_inside[slice(*hours.searchsorted([start, end]))] = True
    return is_inside
