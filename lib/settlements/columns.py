"""The columns of a settlement report: their headings, their types, and why a text does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class ReportColumn:
    """A column of the frame: its name, what it holds, and whether it may be empty."""

    name: str
    kind: Literal["text", "date", "number"]
    is_optional: bool = False


COLUMNS = {
    "TRADE DATE": ReportColumn("trade_date", "date"),
    "HUB": ReportColumn("hub", "text"),
    "PRODUCT": ReportColumn("product", "text"),
    "STRIP": ReportColumn("strip", "date"),
    "CONTRACT": ReportColumn("contract", "text"),
    "CONTRACT TYPE": ReportColumn("contract_type", "text"),
    "STRIKE": ReportColumn("strike", "number", is_optional=True),
    "SETTLEMENT PRICE": ReportColumn("settlement_price", "number"),
    "NET CHANGE": ReportColumn("net_change", "number", is_optional=True),
    "EXPIRATION DATE": ReportColumn("expiration_date", "date", is_optional=True),
    "PRODUCT_ID": ReportColumn("product_id", "text"),
}
"""Each heading and its column."""

_DATE = "%m/%d/%Y"  # takes 1/5/2026 too
_GROUPED = r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"
_UNDECODABLE = "\ufffd"

_LARGEST = 1_000_000.0
"""No price or strike is as large: a number beyond is an error."""


def parse_columns(texts: pd.DataFrame, trade_date: date) -> tuple[pd.DataFrame, pd.Series]:
    """Return the rows whose every field can be parsed, typed, and for each other row the reason.

    Args:
        texts: a text for each heading of COLUMNS, one row per line.
        trade_date: the day that all rows must have.

    Returns:
        the frame, with the names of COLUMNS and the index of `texts`; the reasons, by the same index.
    """
    reasons = pd.Series(pd.NA, index=texts.index, dtype=object)
    values = {}
    for heading, column in COLUMNS.items():
        text = texts[heading].str.strip()
        values[column.name] = _PARSERS[column.kind](text)
        is_bad = values[column.name].isna() & ~(column.is_optional & (text == ""))
        is_bad &= reasons.isna()
        reasons[is_bad] = [f"{heading} {_COMPLAINTS[column.kind]}: {value[:40]!r}" for value in text[is_bad]]
    frame = pd.DataFrame(values)
    is_other_day = reasons.isna() & (frame["trade_date"] != pd.Timestamp(trade_date))
    reasons[is_other_day] = f"the trade date is not {trade_date}"
    return frame[reasons.isna()], reasons.dropna()


def _texts(text: pd.Series) -> pd.Series:
    return text.where((text != "") & ~text.str.contains(_UNDECODABLE, regex=False)).astype(object)


def _dates(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text, format=_DATE, errors="coerce").dt.as_unit("s")


def _numbers(text: pd.Series) -> pd.Series:
    has_comma = text.str.contains(",", regex=False)
    if has_comma.any():
        is_grouped = has_comma & text.str.fullmatch(_GROUPED)
        text = text.mask(has_comma, "?").mask(is_grouped, text.str.replace(",", ""))
    number = pd.to_numeric(text, errors="coerce").astype("float64")
    return number.where(np.abs(number) < _LARGEST)


_PARSERS = {"text": _texts, "date": _dates, "number": _numbers}

_COMPLAINTS = {
    "text": "is empty or not UTF-8",
    "date": "is no date",
    "number": f"is no number below {_LARGEST:,.0f}",
}
