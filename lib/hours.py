"""Market hours: from the UTC start of an hour to the local date, hour ending, day type and block.

An hour is identified by its UTC start and by nothing else. Local hour ending (HE) is for people: it repeats
on the November day that has 25 hours and misses one on the March day that has 23.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

import pandas as pd
from pandas.tseries.holiday import (
    AbstractHolidayCalendar,
    Holiday,
    USLaborDay,
    USMemorialDay,
    USThanksgivingDay,
    sunday_to_monday,
)

from lib.markets import BLOCKS, market

UTC_HOUR = "datetime64[us, UTC]"
"""The dtype of interval_start in every frame."""

HOUR = pd.Timedelta(hours=1)
"""How long an interval is."""

BLOCK_TYPE = pd.CategoricalDtype(BLOCKS, ordered=True)
DAY_TYPE = pd.CategoricalDtype(("WeekDay", "WeekEnd"))
HOUR_TYPE = pd.CategoricalDtype(("OnPeak", "OffPeak"))

HolidayRule = Literal["nerc", "none"]


class NercHolidays(AbstractHolidayCalendar):
    """The six NERC holidays: one that falls on a Sunday moves to Monday, one on a Saturday stays."""

    rules = [  # noqa: RUF012 - the attribute's shape is set by pandas
        Holiday("New Year", month=1, day=1, observance=sunday_to_monday),
        USMemorialDay,
        Holiday("Independence Day", month=7, day=4, observance=sunday_to_monday),
        USLaborDay,
        USThanksgivingDay,
        Holiday("Christmas", month=12, day=25, observance=sunday_to_monday),
    ]


def utc_bounds(iso: str, start: date, end: date) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the UTC start of the window's first hour and the end of its last one.

    Args:
        iso: whose local days are meant.
        start: first local day.
        end: last local day, included.

    Raises:
        UnknownMarket: the ISO is not known.
        ValueError: the window ends before it begins.
    """
    if end < start:
        raise ValueError(f"{iso}: the window ends on {end}, before it begins on {start}")
    zone = market(iso).zone_info
    first, after_last = (
        pd.Timestamp(day).tz_localize(zone).tz_convert("UTC").as_unit("us")
        for day in (start, pd.Timestamp(end) + pd.Timedelta(days=1))
    )
    return first, after_last


def market_hours(iso: str, start: date, end: date, holidays: HolidayRule = "nerc") -> pd.DataFrame:
    """Return one row for each hour of a window of local days.

    Args:
        iso: whose clock, peak hours and blocks are meant.
        start: first local day.
        end: last local day, included.
        holidays: "nerc", or "none" to treat a holiday as the plain weekday it falls on.

    Returns:
        interval_start (UTC), market_date (local midnight, naive), year, month, day, he (local hour ending,
        1..24), is_repeated_hour (the second of two hours with the same he), day_type, is_holiday, hour_type,
        block_type; sorted by interval_start. A day has 23, 24 or 25 rows.

    Raises:
        UnknownMarket: the ISO is not known.
        ValueError: the window ends before it begins, or the holiday rule is not known.
    """
    first, after_last = utc_bounds(iso, start, end)
    interval_start = pd.date_range(first, after_last, freq="h", inclusive="left", unit="us")
    return describe_hours(iso, interval_start, holidays)


def describe_hours(
    iso: str, interval_start: pd.DatetimeIndex, holidays: HolidayRule = "nerc"
) -> pd.DataFrame:
    """Return what `market_hours` says of the given hours, which are UTC starts in ascending order.

    Two hours with the same local he are told apart only where both are given.

    Raises:
        UnknownMarket: the ISO is not known.
        ValueError: the holiday rule is not known.
    """
    where = market(iso)
    local = interval_start.tz_convert(where.zone_info).tz_localize(None)
    market_date = local.normalize()
    he = local.hour + 1
    is_holiday = market_date.isin(_holidays(market_date, holidays))
    is_weekday = (local.dayofweek < 5) & ~is_holiday
    is_on_peak = (he >= where.on_peak_first_he) & (he <= where.on_peak_last_he)
    # The codes follow the order of the categories: 5x16, 2x16, 7x8.
    block = (~is_weekday).astype(int) * is_on_peak + 2 * ~is_on_peak
    return pd.DataFrame(
        {
            "interval_start": interval_start,
            "market_date": market_date,
            "year": local.year,
            "month": local.month,
            "day": local.day,
            "he": he,
            "is_repeated_hour": local.duplicated(),
            "day_type": pd.Categorical.from_codes((~is_weekday).astype(int), dtype=DAY_TYPE),
            "is_holiday": is_holiday,
            "hour_type": pd.Categorical.from_codes((~is_on_peak).astype(int), dtype=HOUR_TYPE),
            "block_type": pd.Categorical.from_codes(block, dtype=BLOCK_TYPE),
        }
    )


def _holidays(market_date: pd.DatetimeIndex, rule: HolidayRule) -> pd.DatetimeIndex:
    if rule not in get_args(HolidayRule):
        raise ValueError(f"unknown holiday rule {rule!r}: known are {', '.join(get_args(HolidayRule))}")
    if rule == "none" or market_date.empty:
        return pd.DatetimeIndex([])
    return NercHolidays().holidays(market_date[0], market_date[-1])
