"""Market hours: from the UTC start of an hour to its local date, hour ending, day type and block.

An hour is identified by its UTC start only. Local hour ending (HE) is for people: HE 2 comes twice on the
November day with 25 hours, and HE 3 is missing on the March day with 23.

The block of an hour follows in three steps (docs/method.md, "Hours and blocks"):

1. `lib.markets.Market.is_on_peak`: the hour is OnPeak from the market's first to its last on-peak HE.
2. The day is a WeekDay from Monday to Friday unless it is a NERC holiday; every other day is a WeekEnd.
3. An OnPeak hour is 5x16 on a WeekDay and 2x16 on a WeekEnd; every OffPeak hour is 7x8.

The table `block` of sql/002_market_hour.sql repeats the third step for the views of the database;
tests/store/test_hourly.py compares the two.
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
"""The length of an interval."""

BLOCK_TYPE = pd.CategoricalDtype(BLOCKS, ordered=True)
DAY_TYPE = pd.CategoricalDtype(("WeekDay", "WeekEnd"))
HOUR_TYPE = pd.CategoricalDtype(("OnPeak", "OffPeak"))

HolidayRule = Literal["nerc", "none"]


class NercHolidays(AbstractHolidayCalendar):
    """The six NERC holidays: one on a Sunday moves to Monday, one on a Saturday stays."""

    rules = [  # noqa: RUF012 - pandas wants a list
        Holiday("New Year", month=1, day=1, observance=sunday_to_monday),
        USMemorialDay,
        Holiday("Independence Day", month=7, day=4, observance=sunday_to_monday),
        USLaborDay,
        USThanksgivingDay,
        Holiday("Christmas", month=12, day=25, observance=sunday_to_monday),
    ]


def utc_bounds(iso: str, start: date, end: date) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the UTC start of the window's first hour and the end of its last hour.

    Args:
        iso: the ISO whose local days are meant.
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
        iso: the ISO whose clock, on-peak hours and holidays apply.
        start: first local day.
        end: last local day, included.
        holidays: "nerc", or "none" to treat a holiday as an ordinary day.

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
    return label_hours(iso, interval_start, holidays)


def label_hours(iso: str, interval_start: pd.DatetimeIndex, holidays: HolidayRule = "nerc") -> pd.DataFrame:
    """Return the columns of `market_hours` for given hours, which are UTC starts in ascending order.

    `is_repeated_hour` marks the second of two hours with the same he only if both are given.

    Raises:
        UnknownMarket: the ISO is not known.
        ValueError: the holiday rule is not known.
    """
    its_market = market(iso)
    local = interval_start.tz_convert(its_market.zone_info).tz_localize(None)
    market_date = local.normalize()
    he = local.hour + 1
    is_holiday = market_date.isin(_holidays(market_date, holidays))
    is_weekday = (local.dayofweek < 5) & ~is_holiday
    is_on_peak = its_market.is_on_peak(he.to_numpy())
    # The codes of BLOCK_TYPE: 0 for 5x16, 1 for 2x16, 2 for 7x8.
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


def blocks_at(iso: str, he: int) -> tuple[str, ...]:
    """Return the blocks that a local hour ending belongs to on one day or another: 5x16 and 2x16, or 7x8.

    Raises:
        UnknownMarket: the ISO is not known.
    """
    return BLOCKS[:2] if market(iso).is_on_peak(he) else BLOCKS[2:]


def _holidays(market_date: pd.DatetimeIndex, rule: HolidayRule) -> pd.DatetimeIndex:
    if rule not in get_args(HolidayRule):
        raise ValueError(f"unknown holiday rule {rule!r}: known are {', '.join(get_args(HolidayRule))}")
    if rule == "none" or market_date.empty:
        return pd.DatetimeIndex([])
    return NercHolidays().holidays(market_date[0], market_date[-1])
