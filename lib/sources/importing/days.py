"""From texts to days: 2024-01-31, 1/31/2024, 31.01.2024, 31-Jan-2024, 20240131, and Excel's numbers of days.

Whether 3/4/2024 is a day of March or of April is decided for a whole column.
"""

from __future__ import annotations

import re

import pandas as pd

from lib.sources.importing.sheets import Sheet
from lib.sources.own_load.tables import shown

DATES = ("mdy", "dmy")
"""Month first, or day first."""

_EXCEL_EPOCH = pd.Timestamp("1899-12-30")


def parse_day_texts(
    sheet: Sheet, texts: pd.Series, order: str | None, position: int
) -> tuple[pd.Series, str | None]:
    """Return texts as dates at midnight, and a note on how day and month were told apart.

    Raises:
        BadImport: a text is no date, or nothing tells day and month apart.
    """
    codes, distinct = pd.factorize(texts)
    by_order = {one: [_date(text, one) for text in distinct] for one in ([order] if order else DATES)}
    fits = {
        one: [date for date in dates if date is not None]
        for one, dates in by_order.items()
        if None not in dates
    }
    if not fits:
        bad = next(text for text, *dates in zip(distinct, *by_order.values(), strict=True) if None in dates)
        raise sheet.refuse(
            f"{shown(bad)} is no date; write 2024-01-31", texts.index[texts == bad][0], position
        )
    note = None
    if len(fits) == 2 and fits["mdy"] != fits["dmy"]:
        best, why = _choose_order(sheet, fits, distinct[0], position)
        fits = {best: fits[best]}
        note = f"dates are {'month/day' if best == 'mdy' else 'day/month'}{why}"
    dates = next(iter(fits.values()))
    return pd.Series(pd.DatetimeIndex(dates), dtype="datetime64[ns]").iloc[codes].set_axis(texts.index), note


def _choose_order(
    sheet: Sheet, fits: dict[str, list[pd.Timestamp]], sample: str, position: int
) -> tuple[str, str]:
    """Return whether the month comes first, and how sure that is, for dates that can be read both ways.

    The days of a file follow each other, so the reading with the shorter span is right; of one day the name
    of the file may tell. Else 3/4 is a day of March, as all these markets write it.
    """
    spans = {one: max(dates) - min(dates) for one, dates in fits.items()}
    if spans["mdy"] != spans["dmy"]:
        return min(spans, key=lambda one: spans[one]), ""
    digits = re.sub(r"\D", "", sheet.context)
    named = [one for one, dates in fits.items() if f"{dates[0]:%Y%m%d}" in digits]
    if len(named) == 1:
        return named[0], ", as the name of the file says"
    if "/" in sample:
        return "mdy", ", as these markets write them (--dates dmy if they are not)"
    raise sheet.refuse(
        f"{shown(sample)} may be a day of either of two months: say --dates mdy or --dates dmy",
        None,
        position,
    )


def _date(text: str, order: str) -> pd.Timestamp | None:
    plain = re.sub(r"[ T]0?0:00(:00)?$", "", text.strip()).strip(",")
    plain = re.sub(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*[, ]+", "", plain, flags=re.IGNORECASE)
    if re.fullmatch(r"[3-6]\d{4}(\.0)?", plain):
        return _EXCEL_EPOCH + pd.Timedelta(days=int(float(plain)))
    if found := re.fullmatch(r"(\d{4})[-/.]?(\d{2}|\d)[-/.]?(\d{2}|\d)", plain):
        return _day(*found.groups())
    if found := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})", plain):
        first, second, year = found.groups()
        year = year if len(year) == 4 else f"20{year}"
        return _day(year, first, second) if order == "mdy" else _day(year, second, first)
    if re.search(r"[A-Za-z]{3}", plain):
        named = pd.to_datetime(plain, errors="coerce", dayfirst=order == "dmy")
        return None if pd.isna(named) else pd.Timestamp(named).normalize().tz_localize(None)
    return None


def _day(year: str, month: str, day: str) -> pd.Timestamp | None:
    try:
        return pd.Timestamp(int(year), int(month), int(day))
    except ValueError:
        return None
