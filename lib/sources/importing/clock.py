"""From local labels of hours to UTC: find the clock, then the hour.

The clock is what each row states, an option, the heading, or what the days show on which clocks change.
Without any of these it is that of the market, and a note says so.
"""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from lib.hours import HOUR, UTC_HOUR
from lib.markets import Market
from lib.sources.importing.moments import OFFSET_HOURS, Moments
from lib.sources.importing.sheets import BadImport, Sheet
from lib.sources.own_load.headings import words
from lib.sources.own_load.times import LocalHours, to_interval_start

CLOCKS = ("utc", "prevailing", "standard")

MOSTLY = 0.9
"""The share of series that must have the mean of the neighbours before an hour is taken for a filler."""

_PREVAILING = {"ept", "cpt", "et", "ct", "prevailing"}


def find_utc(
    sheet: Sheet, moments: Moments, market: Market, clock: str | None, by: pd.DataFrame, heading: str
) -> tuple[pd.Series, dict[str, int], list[str]]:
    """Return the UTC start of each row's hour, NaT where none is sure; those counted by reason; and notes.

    Args:
        sheet: for messages.
        moments: the times of the rows.
        market: whose clock counts.
        clock: one of CLOCKS, the name of a time zone, or an offset such as -05:00; None to find it.
        by: what tells rows of one hour apart: measure and zone.
        heading: of the column of times.

    Raises:
        BadImport: the clock is unknown, or the days of clock changes contradict it.
    """
    if moments.offset_hours.notna().all():
        utc = moments.local - pd.to_timedelta(moments.offset_hours, unit="h")
        return utc.dt.tz_localize("UTC").astype(UTC_HOUR), {}, ["each time states its clock"]
    found, note = _find_clock(sheet, moments, market, clock, heading)
    notes = [note] if note else []
    if moments.counted_from is not None:
        day = moments.counted_from
        start = day.dt.tz_localize(market.zone_info).dt.tz_convert("UTC")
        utc = start + (moments.local - day)
        return utc.astype(UTC_HOUR), {}, [*notes, "hours are counted from midnight to 25"]
    if not isinstance(found, ZoneInfo):
        return moments.local.dt.tz_localize(found).dt.tz_convert("UTC").astype(UTC_HOUR), {}, notes
    local = _with_moved_labels(moments, found)
    if _descends(local, by):  # the later of two equal hours stands first
        local = local[::-1]
    if moments.is_stamp_of_end:
        local = _moved_in_autumn(local, found, by.loc[local.index])
    midnight = local.dt.normalize()
    is_repeated = moments.is_repeated.loc[local.index]
    hours = LocalHours(midnight, ((local - midnight) // HOUR + 1).astype(int), is_repeated)
    utc, counts = to_interval_start(hours, found, by.loc[local.index])
    return utc.reindex(by.index), counts, notes


def _descends(local: pd.Series, by: pd.DataFrame) -> bool:
    """Return whether the rows of each zone go back in time."""
    steps = local.groupby([by[column] for column in by], sort=False, observed=True).diff().dropna()
    return bool(len(steps)) and bool((steps < pd.Timedelta(0)).mean() > 0.5)


def _find_clock(
    sheet: Sheet, moments: Moments, market: Market, clock: str | None, heading: str
) -> tuple[tzinfo, str | None]:
    standard = timezone(timedelta(hours=_standard_offset(market)))
    chosen = clock or _clock_in(" ".join([heading, *sheet.titles]))
    if chosen is not None:
        return _clock_of(chosen, market, standard), f"clock: {chosen}" if clock is None else None
    evidence = _evidence(moments, market)
    if evidence == "standard":
        return standard, "clock: standard time all year, as the day in March has 24 hours"
    if evidence == "prevailing":
        return market.zone_info, "clock: prevailing time, as the days of clock changes show"
    if market.publisher_timezone != market.timezone:
        return (
            standard,
            "clock: ASSUMED to be standard time, as the market publishes (--clock prevailing if not)",
        )
    return market.zone_info, "clock: ASSUMED to be prevailing time (--clock standard or utc if it is not)"


def _clock_of(chosen: str, market: Market, standard: tzinfo) -> tzinfo:
    plain = chosen.strip().lower()
    if plain in ("prevailing", *_PREVAILING):
        return market.zone_info
    if plain in ("standard",):
        return standard
    if plain in OFFSET_HOURS:
        return timezone(timedelta(hours=OFFSET_HOURS[plain]))
    if found := re.fullmatch(r"(?:utc)?([+-])(\d{1,2})(?::?(\d{2}))?", plain):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
    try:
        return ZoneInfo(chosen.strip())
    except (KeyError, ValueError, OSError):
        raise BadImport(
            f"--clock {chosen}: no clock has this name; write {', '.join(CLOCKS)}, a zone such as "
            "America/New_York, or an offset such as -05:00"
        ) from None


def _clock_in(text: str) -> str | None:
    found = set(words(text))
    for names, clock in (
        ({"utc", "gmt"}, "utc"),
        (_PREVAILING | {"edt", "cdt"}, "prevailing"),
        ({"est", "cst"}, "standard"),
    ):
        if found & names:
            return clock
    return None


def _standard_offset(market: Market) -> int:
    winter = pd.Timestamp("2024-01-15", tz=market.timezone).utcoffset()
    assert winter is not None
    return int(winter.total_seconds() // 3600)


def _evidence(moments: Moments, market: Market) -> str | None:
    """Return what the days of clock changes say: an hour that prevailing time does not have, or its gap."""
    if moments.is_repeated.fillna(False).any() or moments.counted_from is not None:
        return "prevailing"
    hours = pd.DatetimeIndex(moments.local.unique())
    skipped = hours[hours.tz_localize(market.zone_info, nonexistent="NaT", ambiguous=True).isna()]
    if len(skipped):
        before = skipped - HOUR
        # An end by the clock on the wall looks like the skipped hour, and the one before is absent.
        return "standard" if before.isin(hours).any() else "prevailing"
    present = set(hours)
    for year in hours.year.unique():
        change = _spring_change(int(year))
        if {change - HOUR, change + HOUR} <= present:
            return "prevailing"
    n_rows = moments.local.value_counts()
    comes_twice = hours[_is_repeated(hours, market.zone_info)]
    if len(comes_twice) and (n_rows[comes_twice] >= 2 * n_rows.median()).any():
        return "prevailing"
    return None


def _is_repeated(hours: pd.DatetimeIndex, zone: ZoneInfo) -> np.ndarray:
    """Return whether each label is one of two hours of a day in November."""
    first, second = (
        hours.tz_localize(zone, nonexistent="NaT", ambiguous=np.full(len(hours), is_first))
        for is_first in (True, False)
    )
    return np.asarray((first != second) & first.notna())


def _spring_change(year: int) -> pd.Timestamp:
    """Return the local label of the hour that the March day of a year does not have."""
    days = pd.date_range(f"{year}-03-08", f"{year}-03-14", freq="D")
    return next(day for day in days if day.dayofweek == 6) + 2 * HOUR


def _with_moved_labels(moments: Moments, zone: ZoneInfo) -> pd.Series:
    """Return the labels, with those of the skipped hour moved where the hour before has none.

    Then the hour from 1 to 2 of the March day is called by its end on the clock of the wall, 3.
    """
    local = moments.local
    distinct = pd.DatetimeIndex(local.unique())
    skipped = distinct[distinct.tz_localize(zone, nonexistent="NaT", ambiguous=True).isna()]
    skipped = skipped[~(skipped - HOUR).isin(distinct)]
    return local.where(~local.isin(skipped), local - HOUR)


def find_fillers(local: pd.Series, values: pd.Series, by: pd.DataFrame) -> pd.Series:
    """Return which rows fill the hour that a March day does not have with the mean of its neighbours.

    Some publishers give every day 24 rows. Such a row is no hour, and must not prove standard time. Where
    other hours are such means too, as in numbers that rise evenly, nothing is told.

    Args:
        local: the label of each row.
        values: its number.
        by: what tells rows of one hour apart: measure and zone.
    """
    is_filler = pd.Series(False, index=local.index)
    for year in local.dt.year.unique():
        change = _spring_change(int(year))
        near = local.between(change - 4 * HOUR, change + 4 * HOUR)
        rows = pd.DataFrame(
            {"by": by[near].apply(tuple, axis=1), "local": local[near], "value": values[near]}
        )
        wide = rows.drop_duplicates(["by", "local"]).pivot(index="local", columns="by", values="value")
        wide = wide.reindex(pd.date_range(change - 4 * HOUR, change + 4 * HOUR, freq="h"))
        mean = (wide.shift(1) + wide.shift(-1)) / 2
        tells = mean.notna() & wide.notna() & (wide.shift(1) != wide.shift(-1))
        is_mean = ((wide - mean).abs() <= 0.0051 + 1e-5 * mean.abs()) & tells
        share = is_mean.sum(axis=1) / tells.sum(axis=1)
        candidates = [change - HOUR, change]
        if share.drop(candidates).max() < MOSTLY:
            is_filler |= local.isin(share[candidates][share[candidates] >= MOSTLY].index)
    return is_filler


def may_have_fillers(sheet: Sheet, moments: Moments, clock: str | None, heading: str) -> bool:
    """Return whether the labels may be in prevailing time, whose March day lacks an hour."""
    chosen = clock or _clock_in(" ".join([heading, *sheet.titles])) or "prevailing"
    is_open = chosen.lower() in ("prevailing", *_PREVAILING) or "/" in chosen
    return is_open and moments.counted_from is None and not moments.offset_hours.notna().all()


def _moved_in_autumn(local: pd.Series, zone: ZoneInfo, by: pd.DataFrame) -> pd.Series:
    """Return the labels of stamps of ends by the clock on the wall, where 1:00 ends two hours in November.

    Midnight to one comes twice then, and one to two once: the second of those is the first of these.
    """
    distinct = pd.DatetimeIndex(local.unique())
    comes_twice = distinct[_is_repeated(distinct, zone)]
    keys = pd.concat([local.rename("local"), by], axis=1)
    rank = keys.groupby(list(keys.columns), sort=False, dropna=False).cumcount()
    is_moved = local.isin(comes_twice - HOUR) & (rank == 1)
    return local.where(~is_moved, local + HOUR)
