"""The business days on which settlements are due, and the trade date at a moment or for a run."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from pandas.tseries.holiday import (
    AbstractHolidayCalendar,
    GoodFriday,
    Holiday,
    USLaborDay,
    USMartinLutherKingJr,
    USMemorialDay,
    USPresidentsDay,
    USThanksgivingDay,
    nearest_workday,
    sunday_to_monday,
)

EASTERN = ZoneInfo("America/New_York")
"""The clock of trade dates and of publication."""

EVENING = time(16)
"""From then on the latest trade date is the day itself: its settlements come until about 18:00."""


class ExchangeHolidays(AbstractHolidayCalendar):
    """Days on which no file is due. ICE has no single list, so a file that comes all the same is used."""

    rules = [  # noqa: RUF012 - the attribute's shape is set by pandas
        Holiday("New Year", month=1, day=1, observance=sunday_to_monday),
        USMartinLutherKingJr,
        USPresidentsDay,
        GoodFriday,
        USMemorialDay,
        Holiday("Juneteenth", month=6, day=19, observance=nearest_workday),
        Holiday("Independence Day", month=7, day=4, observance=nearest_workday),
        USLaborDay,
        USThanksgivingDay,
        Holiday("Christmas", month=12, day=25, observance=nearest_workday),
    ]


@cache  # the calendar takes milliseconds for a day, and a simulated report has hundreds of lines
def is_business_day(day: date) -> bool:
    """Return whether settlements of a day are due."""
    return day.weekday() < 5 and ExchangeHolidays().holidays(day, day).empty


def business_day_before(day: date) -> date:
    """Return the last business day before a day."""
    earlier = day - timedelta(days=1)
    while not is_business_day(earlier):
        earlier -= timedelta(days=1)
    return earlier


def business_days_before(day: date, n: int) -> list[date]:
    """Return the n business days before a day, the latest first."""
    days: list[date] = []
    for _ in range(n):
        days.append(business_day_before(days[-1] if days else day))
    return days


def latest_trade_date(now: datetime) -> date:
    """Return the last trade date whose settlements are out, or coming out, at a moment (with time zone)."""
    local = now.astimezone(EASTERN)
    if local.time() >= EVENING and is_business_day(local.date()):
        return local.date()
    return business_day_before(local.date())


def trade_date_as_of(as_of: date, now: datetime) -> date:
    """Return the trade date of a run as of a day; a past day counts as its evening."""
    return latest_trade_date(now) if as_of >= now.astimezone(EASTERN).date() else business_day_until(as_of)


def business_day_until(day: date) -> date:
    """Return the day itself if it is a business day, else the last one before it."""
    return day if is_business_day(day) else business_day_before(day)
