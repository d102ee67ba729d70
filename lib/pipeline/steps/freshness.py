"""How many days the stored series are behind, compared with the limits of their services."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from lib.markets import market
from lib.sources import Problem
from lib.sources.services import services

FRESH, EMPTY, LATE, STALE = "fresh", "empty", "late", "stale"
"""States of a series: empty has no hour stored, late is beyond the first limit, stale beyond both."""

LIMITS = ["warn_after_days", "fail_after_days"]
SERVICE = ["source", "measure", "basis"]


class StaleSeries(Exception):
    """Series have stopped coming, so that results computed from them would look newer than they are."""


def compute_freshness(iso: str, series: pd.DataFrame, last: pd.Series, due: date) -> pd.DataFrame:
    """Return how many days each series of a service is behind the last day that it could have.

    A series of a source without limits, such as files, is left out.

    Args:
        iso: whose series.
        series: series_id (missing where it is not registered), measure, location, source, basis.
        last: UTC start of the last stored hour by series_id.
        due: the last local day that could be there: in the window, and before the run's as-of.

    Returns:
        measure, location, source, basis, last, days_behind (NULL for a series without an hour),
        warn_after_days, fail_after_days, status ("fresh", "late", "stale" or "empty"), note (of the service).
    """
    frame = series.merge(_limits(iso, series["source"].unique()), on=SERVICE)
    hour = pd.to_datetime(frame["series_id"].map(last), utc=True)
    day = hour.dt.tz_convert(market(iso).zone_info).dt.tz_localize(None).dt.normalize()
    behind = (pd.Timestamp(due) - day).dt.days.clip(lower=0)
    status = np.select(
        [behind.isna(), behind > frame["fail_after_days"], behind > frame["warn_after_days"]],
        [EMPTY, STALE, LATE],
        FRESH,
    )
    frame = frame.assign(last=hour, days_behind=behind, status=status)
    return frame[["measure", "location", "source", "basis", "last", "days_behind", *LIMITS, "status", "note"]]


def freshness_problems(iso: str, fresh: pd.DataFrame) -> tuple[Problem, ...]:
    """Return a problem for each series that is beyond a limit or has no hour stored."""
    wanting = fresh[fresh["status"] != FRESH]
    return tuple(
        Problem(
            iso, row.measure, row.location, row.status, 0, None, None if pd.isna(row.last) else row.last,
            f"{iso} {_describe(row)}",
        )
        for row in wanting.itertuples()
    )  # fmt: skip


def furthest_behind(fresh: pd.DataFrame) -> pd.DataFrame:
    """Return for each service the series that is furthest behind, an empty one before any other.

    Args:
        fresh: what `compute_freshness` returns.

    Returns:
        Its columns, and n_series, the number of series of the service.
    """
    n_series = fresh.groupby(SERVICE)["location"].transform("size")
    ranks = fresh["days_behind"].fillna(np.inf).sort_values(ascending=False, kind="stable").index
    rows = fresh.assign(n_series=n_series).loc[ranks].drop_duplicates(SERVICE)
    return rows.sort_index().reset_index(drop=True)


def check_freshness(iso: str, fresh: pd.DataFrame) -> None:
    """Raise an error where a series is beyond its last limit.

    Raises:
        StaleSeries: the message names each such series with its last hour, and says what to do.
    """
    stale = fresh[fresh["status"] == STALE]
    if stale.empty:
        return
    lines = "\n".join(f"  {_describe(row)}" for row in stale.itertuples())
    raise StaleSeries(
        f"{iso}: {len(stale)} series have stopped coming. What was read is stored, and the problems say what "
        f"their source answered:\n{lines}\n"
        "Run again once the source has caught up, or choose an --end that it has reached; a limit that is "
        "too narrow for its publisher stands in lib/reference/services.csv"
    )


def _limits(iso: str, sources: np.ndarray) -> pd.DataFrame:
    rows = [vars(row) for source in sources for row in services(source, iso)]
    return pd.DataFrame(rows, columns=[*SERVICE, *LIMITS, "note"])


def _describe(row: Any) -> str:
    """Return how far a row of `compute_freshness` is behind, in words."""
    name = f"{row.measure} {row.location} ({row.source}, {row.basis})"
    if pd.isna(row.last):
        return f"{name}: no hour was ever stored"
    limit = row.fail_after_days if row.status == STALE else row.warn_after_days
    return (
        f"{name}: the last hour is {row.last:%Y-%m-%d %H:%M} UTC, {row.days_behind:.0f} days before the last "
        f"that could be there; {row.status} after {limit}"
    )
