"""From the texts of a sheet to local labels of hours: dates with hours, or stamps.

Whether an hour begins or ends is decided by the heading, by a 0 or a 24, or by the first and the last stamp.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lib.hours import HOUR
from lib.sources.files.times import has_offset
from lib.sources.importing.days import parse_day_texts
from lib.sources.importing.sheets import Sheet
from lib.sources.own_load.headings import words
from lib.sources.own_load.tables import shown

HOURS = ("beginning", "ending")

OFFSET_HOURS = {"utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5}
"""Clock -> its offset from UTC in hours, whatever the season."""

_HOUR = r"^(?:he|hb|hr|hour|h)?[ _]*0*(\d{1,2})(?::?00){0,2}\s*([x*]?)$"
_NAMED = re.compile(r"\s*\b(UTC|GMT|EST|EDT|CST|CDT|EPT|CPT|ET|CT)\b\.?$", re.IGNORECASE)
_TIME = re.compile(
    r"^(.*?)(?:[ T,]+|(?<=\d)T)(\d{1,2})(?::?(\d{2}))?(?::(\d{2})(?:\.\d+)?)?\s*([ap]\.?m\.?)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Moments:
    """The times of rows, by their index.

    Attributes:
        local: the label: date and hour without a clock; of an hour ending the hour before (HE 1 is 00:00).
        offset_hours: the offset from UTC that the row itself states; NaN where it states none.
        is_repeated: whether the row is marked as the second hour of its label; NA where nothing says so.
        counted_from: the day of each row, where its hours are counted to 25 and need no mark; else None.
        is_stamp_of_end: the labels come from stamps of the end of an hour.
        notes: what was concluded.
    """

    local: pd.Series
    offset_hours: pd.Series
    is_repeated: pd.Series
    counted_from: pd.Series | None = None
    is_stamp_of_end: bool = False
    notes: tuple[str, ...] = ()

    def without(self, is_dropped: pd.Series) -> Moments:
        """Return the moments of the other rows."""
        return self.of(pd.Series(self.local.index, index=self.local.index)[~is_dropped])

    def of(self, rows: pd.Series) -> Moments:
        """Return the moment of each value, from those of the rows that the values stand in."""
        return replace(
            self,
            local=rows.map(self.local),
            offset_hours=rows.map(self.offset_hours),
            is_repeated=rows.map(self.is_repeated).astype("boolean"),
            counted_from=None if self.counted_from is None else rows.map(self.counted_from),
        )


def read_stamps(sheet: Sheet, position: int, order: str | None, convention: str | None) -> Moments:
    """Return the moments of a column of dates with a time of day.

    Raises:
        BadImport: a cell is no such time.
    """
    texts = sheet.cells[position]
    with_offset = has_offset(texts)
    if with_offset.all():
        return _stamps_with_offset(sheet, position, texts, convention)
    names = texts.str.extract(_NAMED, expand=False).str.lower()
    plain = texts.str.replace(_NAMED, "", regex=True)
    parts = plain.str.extract(_TIME)
    serial = pd.to_numeric(plain, errors="coerce")
    is_serial = serial.between(30_000, 70_000)
    has_time = parts[1].notna()
    days = parts[0].where(has_time, plain).where(~is_serial, serial.fillna(0).astype(int).astype(str))
    dates, note = parse_day_texts(sheet, days, order, position)
    hour = pd.to_numeric(parts[1], errors="coerce").fillna(0)
    minute = pd.to_numeric(parts[2], errors="coerce").fillna(0)
    half = parts[4].str.lower().str[:1]
    hour = hour.mask((half == "p") & (hour < 12), hour + 12).mask((half == "a") & (hour == 12), 0)
    hour = hour.where(~is_serial, (serial % 1 * 24).round(4))
    local = dates + pd.to_timedelta(hour, unit="h") + pd.to_timedelta(minute, unit="m")
    local = (local + pd.Timedelta(seconds=1)).dt.floor("min")
    _refuse_parts_of_hours(sheet, position, local, texts)
    moments = Moments(local, names.map(OFFSET_HOURS).astype(float), _unknown(texts), notes=_note(note))
    return _with_convention(sheet, position, moments, convention)


def _stamps_with_offset(sheet: Sheet, position: int, texts: pd.Series, convention: str | None) -> Moments:
    utc = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
    if utc.isna().any():
        row = texts.index[utc.isna()][0]
        raise sheet.refuse(f"{shown(texts[row])} is no time; write 2024-01-31T23:00:00-05:00", row, position)
    local = utc.dt.tz_localize(None)
    _refuse_parts_of_hours(sheet, position, local, texts)
    zero = pd.Series(0.0, index=texts.index)
    return _with_convention(sheet, position, Moments(local, zero, _unknown(texts)), convention)


def _with_convention(sheet: Sheet, position: int, moments: Moments, convention: str | None) -> Moments:
    """Return the moments with the hours that end at their stamp labelled by the hour before."""
    heading = words(sheet.headings[position])
    note = None
    if convention is None:
        convention = "ending" if {"end", "ending", "he"} & set(heading) else "beginning"
        by_hour = moments.local.dt.hour
        if convention == "beginning" and not {"begin", "beginning", "start", "starting", "hb"} & set(heading):
            is_ending = by_hour.iloc[0] == 1 and by_hour.iloc[-1] == 0
            convention = "ending" if is_ending else "beginning"
            note = f"hours are {convention} at their time (--hours says otherwise)"
    if convention == "beginning":
        return replace(moments, notes=(*moments.notes, *_note(note)))
    local = moments.local - HOUR
    return replace(moments, local=local, is_stamp_of_end=True, notes=(*moments.notes, *_note(note)))


def read_days_and_hours(
    sheet: Sheet,
    dates: pd.Series,
    texts: pd.Series,
    convention: str | None,
    position: int,
    has_25: bool = False,
) -> Moments:
    """Return the moments of a date and a number of an hour, such as HE 7, 02X, 13:00 or 25.

    Args:
        sheet: for messages.
        dates: midnight of each row.
        texts: the hours, by the same index.
        convention: "beginning" or "ending"; None to find it: a 0 begins, a 24 ends.
        position: of the column of hours.
        has_25: whether there is a place for a 25th hour, on whatever day.

    Raises:
        BadImport: a cell is no hour, or nothing says whether hours begin or end.
    """
    found = texts.str.strip().str.lower().str.extract(_HOUR)
    number = pd.to_numeric(found[0], errors="coerce")
    if number.isna().any():
        row = number.index[number.isna()][0]
        raise sheet.refuse(
            f"{shown(texts[row])} is no hour; write 1 to 24, and 02X for the repeated one", row, position
        )
    convention = convention or _convention_of(sheet, number, position)
    first = 0 if convention == "beginning" else 1
    has_25 |= bool(number.max() == first + 24)
    if not number.between(first, first + 23 + has_25).all():
        row = number.index[~number.between(first, first + 23 + has_25)][0]
        raise sheet.refuse(f"{shown(texts[row])} is no hour of a day", row, position)
    local = dates + pd.to_timedelta(number - first, unit="h")
    is_marked = found[1].isin(["x", "*"])
    return Moments(
        local,
        pd.Series(np.nan, index=texts.index),
        _unknown(texts).mask(is_marked, True),
        dates if has_25 else None,
        notes=(f"hours are hours {convention}",),
    )


def _convention_of(sheet: Sheet, number: pd.Series, position: int) -> str:
    if number.min() > 0 and number.max() < 24:
        raise sheet.refuse(
            "does not say whether hours begin or end: say --hours ending or beginning", None, position
        )
    return "beginning" if number.min() == 0 else "ending"


def _refuse_parts_of_hours(sheet: Sheet, position: int, local: pd.Series, texts: pd.Series) -> None:
    is_off = local.dt.floor("h") != local
    if is_off.any():
        row = texts.index[is_off][0]
        raise sheet.refuse(f"{shown(texts[row])} is no full hour; give the mean of each hour", row, position)


def _unknown(texts: pd.Series) -> pd.Series:
    return pd.Series(pd.NA, index=texts.index, dtype="boolean")


def _note(note: str | None) -> tuple[str, ...]:
    return (note,) if note else ()
