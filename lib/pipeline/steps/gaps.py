"""The gaps of stored series in a window, and the queries that fill them.

Stored hours are counted first; only series whose count falls short are read hour by hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.hours import HOUR
from lib.store import Database, count_hours, read_series

MAX_QUERY_DAYS = 732
"""Longer stretches are cut, so that the memory for a result is bounded, however long the history is."""

Gaps = dict[str, pd.DatetimeIndex]
"""Location -> UTC starts of the hours that its series lacks; a complete series has no key."""


@dataclass(frozen=True)
class GapQuery:
    """A stretch of UTC hours, from `start` to `end` (excluded), to query for some locations."""

    locations: tuple[str, ...]
    start: pd.Timestamp
    end: pd.Timestamp


def missing_hours(
    db: Database, iso: str, measure: str, series: Mapping[str, int | None], hours: pd.DatetimeIndex
) -> Gaps:
    """Return the hours that are not stored.

    Args:
        db: where the series are stored.
        iso: whose series.
        measure: which measure.
        series: location -> series_id, None where the series was never registered.
        hours: the UTC starts of all hours of the window, ascending, without a gap.
    """
    counts = count_hours(db, iso, measure, hours[0], hours[-1])
    partial = [
        number for number, n_hours in counts.items() if number in series.values() and n_hours < len(hours)
    ]
    stored = _stored_hours(db, iso, measure, partial, hours)
    gaps: Gaps = {}
    for location, number in series.items():
        if number in stored:
            gaps[location] = hours[~hours.isin(stored[number])]
        elif number not in counts:
            gaps[location] = hours
    return gaps


def plan_gap_queries(
    hours: pd.DataFrame, due: Gaps, locations: Sequence[str], first_revised: int
) -> list[GapQuery]:
    """Return the queries that cover all hours that are due, and all that may have changed.

    On each local day a location is queried from its first due hour to its last. Adjacent days are one
    stretch, up to MAX_QUERY_DAYS. Locations with the same stretch share a query. The hours that may have
    changed are one query for all locations, and the first: if an old gap then fails, the new hours are there.

    Args:
        hours: the window's interval_start and market_date, as `market_hours` has them.
        due: location -> UTC starts of the hours to query.
        locations: all locations that have the series.
        first_revised: index in `hours` of the first hour that may have changed; their number if none may.
    """
    together: dict[tuple[int, int], list[str]] = {}
    day = pd.factorize(hours["market_date"])[0]
    interval_start = pd.DatetimeIndex(hours["interval_start"])
    for location, due_hours in due.items():
        index = interval_start.searchsorted(due_hours)
        for stretch in _stretches(index[index < first_revised], day):
            together.setdefault(stretch, []).append(location)
    stretches = sorted(together.items())
    if first_revised < len(hours) and locations:
        stretches.insert(0, ((first_revised, len(hours) - 1), sorted(locations)))
    return [
        GapQuery(tuple(names), interval_start[first], interval_start[last] + HOUR)
        for (first, last), names in stretches
    ]


def daily_coverage(hours: pd.DataFrame, batches: Iterable[tuple[str, Iterable[str], Gaps]]) -> pd.DataFrame:
    """Return how many hours of each local day are expected and stored.

    Args:
        hours: the window's interval_start and market_date, as `market_hours` has them.
        batches: measure, locations that should have it, and the hours that are not stored.

    Returns:
        location, measure, market_date (local midnight), n_expected, n_stored; by batch, location and day.
    """
    day_of_hour, days = pd.factorize(hours["market_date"])
    interval_start = pd.DatetimeIndex(hours["interval_start"])
    n_expected = np.bincount(day_of_hour)

    def days_of(measure: str, location: str, gap: pd.DatetimeIndex) -> pd.DataFrame:
        n_missing = np.bincount(day_of_hour[interval_start.searchsorted(gap)], minlength=len(days))
        return pd.DataFrame(
            {
                "location": location,
                "measure": measure,
                "market_date": days,
                "n_expected": n_expected,
                "n_stored": n_expected - n_missing,
            }
        )

    nothing = interval_start[:0]
    return pd.concat(
        [
            days_of(measure, location, gaps.get(location, nothing))
            for measure, locations, gaps in batches
            for location in locations
        ],
        ignore_index=True,
    )


def _stored_hours(
    db: Database, iso: str, measure: str, series_ids: list[int], hours: pd.DatetimeIndex
) -> dict[int, pd.Series]:
    if not series_ids:
        return {}
    stored = read_series(db, iso, measure, series_ids, hours[0], hours[-1] + HOUR)
    return dict(iter(stored.groupby("series_id")["interval_start"]))


def _stretches(index: np.ndarray, day: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield first and last index of each stretch that covers the given indices, which are ascending."""
    if not len(index):
        return
    is_apart = (np.diff(index) > 1) & (np.diff(day[index]) > 0)
    is_long = np.diff(day[index] // MAX_QUERY_DAYS) > 0
    cuts = np.flatnonzero(is_apart | is_long)
    firsts, lasts = index[np.r_[0, cuts + 1]], index[np.r_[cuts, len(index) - 1]]
    yield from zip(firsts.tolist(), lasts.tolist(), strict=True)
