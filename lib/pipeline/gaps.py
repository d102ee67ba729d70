"""Which hours of a window the stored series lack: counted first, looked into where a count falls short."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.hours import HOUR
from lib.markets import MEASURES, market
from lib.store import Database, read_series, read_sql

Gaps = dict[str, pd.DatetimeIndex]
"""By location the UTC starts of the hours that its series lacks; a complete one is not named."""


def missing_hours(
    db: Database, iso: str, measure: str, series: Mapping[str, int | None], hours: pd.DatetimeIndex
) -> Gaps:
    """Return the hours that are not stored.

    Args:
        db: where the series are stored.
        iso: whose series.
        measure: which measure.
        series: by location the series_id, None where it was never registered.
        hours: the UTC starts of all hours of the window, in ascending order without a gap.
    """
    counts = _stored_counts(db, iso, measure, hours)
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


def _stored_counts(db: Database, iso: str, measure: str, hours: pd.DatetimeIndex) -> dict[int, int]:
    counted = read_sql(
        db,
        f"""
        SELECT series_id, count(*) AS n FROM {MEASURES[measure].table}
        WHERE market_id = :market_id AND interval_start BETWEEN :first AND :last
        GROUP BY series_id
        """,
        {"market_id": market(iso).market_id, "first": hours[0], "last": hours[-1]},
    )
    return dict(zip(counted["series_id"], counted["n"], strict=True))


def _stored_hours(
    db: Database, iso: str, measure: str, numbers: list[int], hours: pd.DatetimeIndex
) -> dict[int, pd.Series]:
    if not numbers:
        return {}
    stored = read_series(db, iso, measure, numbers, hours[0], hours[-1] + HOUR)
    return dict(iter(stored.groupby("series_id")["interval_start"]))


def daily_coverage(hours: pd.DataFrame, series: pd.DataFrame, gaps: Mapping[str, Gaps]) -> pd.DataFrame:
    """Return how many hours of each local day are expected and stored.

    Args:
        hours: the window's interval_start and market_date, as `market_hours` has them.
        series: measure and location, one row per series.
        gaps: by measure the hours that are not stored.

    Returns:
        location, measure, market_date (local midnight), n_expected, n_stored; by measure, location and day.
    """
    day_of_hour, days = pd.factorize(hours["market_date"])
    interval_start = pd.DatetimeIndex(hours["interval_start"])
    n_expected = np.bincount(day_of_hour)

    def n_stored(measure: str, location: str) -> np.ndarray:
        gap = gaps[measure].get(location, interval_start[:0])
        lacking = day_of_hour[interval_start.searchsorted(gap)]
        return n_expected - np.bincount(lacking, minlength=len(days))

    stored = [n_stored(*key) for key in series[["measure", "location"]].itertuples(index=False)]
    return pd.DataFrame(
        {
            "location": np.repeat(series["location"].to_numpy(), len(days)),
            "measure": np.repeat(series["measure"].to_numpy(), len(days)),
            "market_date": np.tile(days, len(series)),
            "n_expected": np.tile(n_expected, len(series)),
            "n_stored": np.concatenate(stored) if stored else n_expected[:0],
        }
    )
