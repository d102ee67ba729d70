"""The window of days that a run, or a notebook opened by hand, works on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pandas as pd

from lib.markets import market
from lib.pipeline.errors import ConfigurationError
from lib.sources import Source

HISTORY_YEARS = 5

EARLIEST, LATEST = date(1996, 1, 1), date(2100, 12, 31)
"""No market is older, and no history is later: a year outside is a typing error."""


@dataclass(frozen=True)
class Window:
    """Local market days from `start` to `end`, both included, as seen on the day `as_of`."""

    start: date
    end: date
    as_of: date

    def __str__(self) -> str:
        """Return the window as text."""
        return f"{self.start} to {self.end}"


def resolve_window(
    source: Source,
    iso: str,
    start: date | str | None = None,
    end: date | str | None = None,
    as_of: date | str | None = None,
    *,
    has_extent: bool = True,
    years: int | None = None,
) -> Window:
    """Return the window of an ISO, with what is None filled in.

    `as_of` defaults to the source's fixed day, else to today in the ISO's time zone. The window ends the day
    before it and begins five years earlier; for a source whose whole extent is used it covers all of that.
    With `has_extent` False the source cannot tell its extent and is not asked. With `years` the window is
    that many whole years up to its end.

    Raises:
        ConfigurationError: a text is no date, start, end and as_of do not follow each other, or the years do
            not begin on `start`, or before the source does.
        SourceError: the source has nothing for this ISO.
    """
    clock = parse_day("as-of", as_of) or source.fixed_as_of or _today(iso)
    extent = source.extent(iso) if has_extent and source.uses_whole_extent else None
    first, last = extent or (_years_before(clock), clock)
    yesterday = clock - timedelta(days=1)
    window = Window(parse_day("start", start) or first, parse_day("end", end) or min(last, yesterday), clock)
    if years is not None:
        window = _look_back(iso, window, years, is_given=start is not None, earliest=extent and extent[0])
    if window.end >= clock:
        raise ConfigurationError(
            f"{iso}: end {window.end} must lie before as-of {clock}: later days are no history"
        )
    if window.start > window.end:
        raise ConfigurationError(f"{iso}: start {window.start} is after end {window.end}")
    return window


def first_day_of(years: int, end: date) -> date:
    """Return the first day of so many whole years that end on a day, included."""
    return (pd.Timestamp(end) - pd.DateOffset(years=years) + pd.Timedelta(days=1)).date()


def _look_back(iso: str, window: Window, years: int, *, is_given: bool, earliest: date | None) -> Window:
    """Return the window with the first day of so many whole years up to its end."""
    first = first_day_of(years, window.end)
    begins = f"{iso}: -p years={years} begins on {first}"
    if is_given and window.start != first:
        raise ConfigurationError(f"{begins} and --start on {window.start}: give one of them")
    if earliest and first < earliest:
        raise ConfigurationError(
            f"{begins}, before the history of the source, which begins on {earliest}: give fewer years"
        )
    return replace(window, start=first)


def _years_before(day: date) -> date:
    return (pd.Timestamp(day) - pd.DateOffset(years=HISTORY_YEARS)).date()


def _today(iso: str) -> date:
    return datetime.now(market(iso).zone_info).date()


def parse_day(name: str, value: date | str | None) -> date | None:
    """Return a date from a text, a date or None.

    Raises:
        ConfigurationError: the text is no date, or the date is outside EARLIEST to LATEST.
    """
    if value is None:
        return None
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"{name} {value!r} is no date: write it as YYYY-MM-DD") from error
    if not EARLIEST <= day <= LATEST:
        raise ConfigurationError(f"{name} {day}: must lie between {EARLIEST} and {LATEST}")
    return day
