"""From a publisher's local time to UTC, with the repeated and the skipped hour; nothing is guessed."""

from __future__ import annotations

import pandas as pd

from lib.hours import UTC_HOUR
from lib.sources.clean import ProblemCounter

NONEXISTENT, AMBIGUOUS = "nonexistent_hour", "ambiguous_hour"


def to_utc(rows: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Return the rows with the UTC start of their hour, NaT where it is not certain.

    A location has two rows for the repeated hour in autumn. The first of them is daylight time if the other
    rows of that day ascend, the second if they descend.

    Args:
        rows: location, local (naive local time at which the hour begins), in the order in which they came.
        zone: the publisher's time zone.

    Returns:
        The rows with interval_start and defect: "nonexistent_hour" for the hour that the clock skips in
        spring, "ambiguous_hour" for a repeated hour that does not come exactly twice or whose day is not
        sorted, else "".
    """
    local = rows["local"]
    interval_start = _unambiguous(local, zone)
    defect = pd.Series("", index=rows.index, dtype="object")
    doubtful = local[interval_start.isna() & local.notna()]
    is_skipped = _as_daylight(doubtful, zone, True).isna()
    defect[doubtful.index[is_skipped]] = NONEXISTENT
    defect[doubtful.index[~is_skipped]] = AMBIGUOUS
    for is_daylight, index in _resolve_repeated(rows, doubtful[~is_skipped]):
        interval_start[index] = _as_daylight(local[index], zone, is_daylight)
        defect[index] = ""
    return rows.assign(interval_start=interval_start, defect=defect)


def with_utc(rows: pd.DataFrame, zone: str, counter: ProblemCounter) -> pd.DataFrame:
    """Return the rows whose hour is certain, with interval_start (UTC); the others are counted.

    Args:
        rows: location, local (naive local time at which the hour begins), in the order in which they came.
        zone: the publisher's time zone.
        counter: counts the rows whose hour is not certain.
    """
    rows = to_utc(rows, zone)
    rows = counter.reject(
        rows,
        rows["defect"] == NONEXISTENT,
        NONEXISTENT,
        lambda bad: f"{len(bad)} rows stand in an hour that {zone} skips, such as {bad['local'].iloc[0]}",
    )
    rows = counter.reject(
        rows,
        rows["defect"] == AMBIGUOUS,
        AMBIGUOUS,
        lambda bad: (
            f"{len(bad)} rows for {bad['local'].iloc[0]}, which {zone} has twice, cannot be told apart"
        ),
    )
    return rows.drop(columns="defect")


def _unambiguous(local: pd.Series, zone: str) -> pd.Series:
    """Return the UTC hours of local times, NaT for those that exist twice or not at all."""
    # Locations share their times: each distinct one is converted once.
    codes, distinct = pd.factorize(local)
    hours = pd.Series(distinct).dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").astype(UTC_HOUR)
    return hours.reindex(codes).set_axis(local.index)


def _as_daylight(local: pd.Series, zone: str, is_daylight: bool) -> pd.Series:
    """Return the UTC hours of local times, with repeated ones as daylight or as standard time."""
    ambiguous = pd.Series(is_daylight, index=local.index, dtype=bool).to_numpy()
    return local.dt.tz_localize(zone, ambiguous=ambiguous, nonexistent="NaT").astype(UTC_HOUR)


def _resolve_repeated(rows: pd.DataFrame, repeated: pd.Series) -> list[tuple[bool, pd.Index]]:
    """Return the rows of repeated hours that can be told apart: those in daylight time, and the others."""
    if repeated.empty:
        return []
    places = rows.loc[repeated.index, "location"]
    days = rows["local"].dt.normalize()
    daylight, standard = [], []
    for (place, hour), pair in repeated.groupby([places, repeated], observed=True):
        day = rows["local"][(rows["location"] == place) & (days == hour.normalize())]
        others = day[~day.index.isin(repeated.index)]
        if len(pair) != 2 or len(others) < 2 or not others.is_unique:
            continue
        if others.is_monotonic_increasing or others.is_monotonic_decreasing:
            first, second = pair.index if others.is_monotonic_increasing else pair.index[::-1]
            daylight.append(first)
            standard.append(second)
    return [(True, pd.Index(daylight)), (False, pd.Index(standard))]
