"""From the time columns of a table to UTC: times with an offset, or local dates with hours ending.

A local hour ending needs the clock of its market: the November day has HE 2 twice, and the March day has no
HE 3. The second HE 2 is marked (02X, a column of repeated hours), or it is the second of two rows. A single
HE 2 on that day could be either hour or both, so neither gets a value, and a note counts it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from lib.hours import HOUR, UTC_HOUR
from lib.sources.files.times import has_offset, parse_times
from lib.sources.own_load.headings import Layout, refuse_missing, words
from lib.sources.own_load.tables import TextTable, shown

YES, NO = {"1", "y", "yes", "true", "t", "x", "*"}, {"0", "n", "no", "false", "f", ""}

WRITE_TIMES = "write 2024-01-31T23:00:00-05:00, or a column of dates and one of hours ending (HE)"

NO_SUCH_HOUR = "hours ending 3 of a March day that has none"
SINGLE_HE_2 = "hours ending 2 of a November day that has two, of which the file has one"


@dataclass(frozen=True)
class LocalHours:
    """Local hours of rows: date (midnight), he (1 to 24), and whether each is the repeated one, if known.

    The index is that of the rows; `is_repeated` is NA where the table does not say.
    """

    date: pd.Series
    he: pd.Series
    is_repeated: pd.Series


def read_utc(table: TextTable, layout: Layout) -> pd.Series:
    """Return the UTC start of each row's hour from its column of times.

    Raises:
        BadOwnLoad: a time is no full hour, or has no offset while the heading does not say UTC.
    """
    position = layout.roles["time"]
    heading, given = words(table.headings[position]), table.column(position)
    texts = given
    if "utc" in heading or "gmt" in heading:
        texts = given.where(has_offset(given), given + "Z")
    is_bare = ~has_offset(texts)
    if is_bare.any():
        text = given[is_bare].iloc[0]
        raise table.refuse(
            f"{shown(text)} has no offset from UTC, and guessing one would move hours; {WRITE_TIMES}",
            texts.index[is_bare][0],
            position,
        )
    # A date alone is midnight; `has_offset` wants minutes before the offset.
    times = parse_times(texts)
    if times.isna().any():
        raise table.refuse(
            f"{shown(texts[times.isna()].iloc[0])} is no time; {WRITE_TIMES}",
            texts.index[times.isna()][0],
            position,
        )
    if "end" in heading or "ending" in heading:
        times = times - HOUR
    is_off = times.dt.floor("h") != times
    if is_off.any():
        raise table.refuse(
            f"{shown(texts[is_off].iloc[0])} is no full hour; give the mean of each hour",
            texts.index[is_off][0],
            position,
        )
    return times.astype(UTC_HOUR)


def read_dates(table: TextTable, position: int) -> pd.Series:
    """Return a column of dates, read as 2024-01-31 or 1/31/2024 (month first), at midnight.

    Raises:
        BadOwnLoad: a cell is no such date.
    """
    texts = table.column(position)
    known = {text: _date(text) for text in texts.unique()}
    dates = texts.map(known)
    if dates.isna().any():
        raise table.refuse(
            f"{shown(texts[dates.isna()].iloc[0])} is no date; write 2024-01-31, or 1/31/2024 with "
            "the month first",
            texts.index[dates.isna()][0],
            position,
        )
    return pd.to_datetime(dates)


def read_local_hours(table: TextTable, layout: Layout) -> LocalHours:
    """Return the local hours of rows that have a date and an hour ending.

    Raises:
        BadOwnLoad: there is no column of hours, or a cell of these columns cannot be read.
    """
    role = "he" if "he" in layout.roles else "hour"
    if "date" not in layout.roles or role not in layout.roles:
        raise refuse_missing(table, f"column of times that is clear; {WRITE_TIMES}")
    dates = read_dates(table, layout.roles["date"])
    he, is_marked = _read_he(table, layout.roles[role], is_clear=role == "he")
    marks = pd.Series(pd.NA, index=dates.index, dtype="boolean")
    if "repeated" in layout.roles:
        marks = _read_marks(table, layout.roles["repeated"])
    return LocalHours(dates, he, marks.mask(is_marked, True))


def to_interval_start(
    hours: LocalHours, zone: ZoneInfo, by: pd.DataFrame
) -> tuple[pd.Series, dict[str, int]]:
    """Return the UTC start of local hours, NaT where there is no such hour or it is not known which.

    Args:
        hours: the local hours.
        zone: whose clock.
        by: what tells rows of one hour apart, such as zone and measure; the index of the hours.

    Returns:
        the UTC starts, and the number of hours that could not be told, by reason.
    """
    local = hours.date + pd.to_timedelta(hours.he - 1, unit="h")
    keys = pd.concat([local.rename("local"), by], axis=1)
    groups = keys.groupby(list(keys.columns), sort=False, dropna=False)
    n_rows, rank = groups["local"].transform("size"), groups.cumcount()
    is_second = hours.is_repeated.fillna((rank == 1).astype("boolean")).astype(bool)
    # All zones and years have the same hours: each is looked up once.
    distinct = pd.DatetimeIndex(local.unique())
    first, second = (
        pd.Series(distinct.tz_localize(zone, ambiguous=is_first, nonexistent="NaT"), index=distinct)
        for is_first in (np.ones(len(distinct), bool), np.zeros(len(distinct), bool))
    )
    times = local.map(first).where(~is_second, local.map(second))
    # An hour that comes twice, of which the table has one row and does not say which, is not known.
    comes_twice = local.isin(distinct[(first != second).to_numpy() & first.notna().to_numpy()])
    is_unclear = comes_twice & (n_rows == 1) & hours.is_repeated.isna()
    is_absent = times.isna()
    counts = {NO_SUCH_HOUR: int(is_absent.sum()), SINGLE_HE_2: int(is_unclear.sum())}
    utc = times.mask(is_unclear).dt.tz_convert("UTC").astype(UTC_HOUR)
    return utc, {reason: number for reason, number in counts.items() if number}


def _read_he(table: TextTable, position: int, *, is_clear: bool) -> tuple[pd.Series, pd.Series]:
    """Return hours ending, and whether each is marked as repeated (02X).

    A column called "hour" is read as hours ending if it has a 24, and as hours beginning if it has a 0.
    """
    given = table.column(position)
    texts = given.map({text: _plain_he(text) for text in given.unique()})
    is_bad = texts.isna()
    texts = texts.fillna("")
    numbers = pd.to_numeric(texts.str.rstrip("x*"), errors="coerce")
    first = 1
    if not is_clear:
        if not is_bad.any() and numbers.max() < 24 and numbers.min() > 0:
            raise table.refuse(
                "does not say whether hours begin or end; call it HE for hours ending 1 to 24", None, position
            )
        first = 0 if numbers.min() == 0 else 1
    is_bad |= ~numbers.between(first, first + 23)
    if is_bad.any():
        text = table.column(position)[is_bad].iloc[0]
        raise table.refuse(
            f"{shown(text)} is no hour ending; write 1 to 24, and 02X for the repeated hour of November",
            texts.index[is_bad][0],
            position,
        )
    return numbers.astype(int) + (1 - first), texts.str.endswith(("x", "*"))


def _plain_he(text: str) -> str | None:
    """Return the number of an hour ending such as HE01, 1:00 or 02X, with its mark; None if it is none."""
    found = re.fullmatch(r"(?:he|hr|h)?[ _]*0*(\d{1,2})(?::00){0,2}([x*]?)", text.strip().lower())
    return f"{found[1]}{found[2]}" if found else None


def _read_marks(table: TextTable, position: int) -> pd.Series:
    texts = table.column(position).str.lower()
    is_bad = ~texts.isin(YES | NO)
    if is_bad.any():
        row = texts.index[is_bad][0]
        raise table.refuse(f"{shown(texts[row])} is neither true nor false; write 1 or 0", row, position)
    # A column of marks that marks nothing is an empty form, and says nothing about HE 2.
    marks = texts.isin(YES).astype("boolean")
    return marks if marks.any() else pd.Series(pd.NA, index=texts.index, dtype="boolean")


@cache
def _date(text: str) -> pd.Timestamp | None:
    plain = re.sub(r"[ T]0?0:00(?::00)?$", "", text.strip())
    for pattern, form in ((r"\d{4}-\d{1,2}-\d{1,2}", "%Y-%m-%d"), (r"\d{1,2}/\d{1,2}/\d{4}", "%m/%d/%Y")):
        if re.fullmatch(pattern, plain):
            found = pd.to_datetime(plain, format=form, errors="coerce")
            return None if pd.isna(found) else found
    return None
