"""Read numbers as people write them: $21.24, 1,234.5, 1.234,5, (12.50), 1 234.5, 12.5-.

Whether a comma is a decimal one is decided for a whole column, because one cell alone may not say. What could
mean two things is refused with the option that decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.sources.own_load.tables import MISSING

_CURRENCY = re.compile(r"[$\u20ac\u00a3]|USD|/?MWh?$", re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0\u202f'\u2019]")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_THOUSANDS_POINTS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Numbers:
    """A column as numbers: NaN where a cell is empty or means nothing; and which texts mean nothing."""

    values: pd.Series
    is_unreadable: pd.Series
    is_ambiguous: bool


def read_numbers(texts: pd.Series, decimal: str | None = None) -> Numbers:
    """Return texts as numbers.

    Args:
        texts: the cells of a column.
        decimal: "," or "." if it is known; None to find it in the texts.
    """
    codes, distinct = pd.factorize(texts)
    plain = [_strip(text) for text in distinct]
    sign = decimal or _find_decimal(plain)
    numbers = np.array([_parse(text, sign or ".") for text in plain], dtype=float)
    missing = np.array([text.strip().lower() in MISSING for text in distinct], dtype=bool)
    values = pd.Series(numbers[codes], index=texts.index)
    is_unreadable = values.isna() & ~pd.Series(missing[codes], index=texts.index)
    return Numbers(values, is_unreadable, sign is None)


def _strip(text: str) -> str:
    """Return a text without currency and blanks; (12.5) and 12.5- are negative."""
    plain = _SPACES.sub("", _CURRENCY.sub("", text.strip()))
    if plain.startswith("(") and plain.endswith(")"):
        plain = f"-{plain[1:-1]}"
    if plain.endswith("-") and len(plain) > 1:
        plain = f"-{plain[:-1]}"
    return plain.replace("\u2212", "-").replace("--", "-") if plain != "--" else plain


def _find_decimal(plain: list[str]) -> str | None:
    """Return the decimal sign of a column, None if its commas may mean either."""
    has_both = {text[max(text.rfind(","), text.rfind("."))] for text in plain if "," in text and "." in text}
    if len(has_both) == 1:
        return has_both.pop()
    with_comma = [text for text in plain if "," in text]
    if not with_comma or has_both:
        return "."
    if any(not _THOUSANDS.fullmatch(text) for text in with_comma):
        return ","
    return "." if any("." in text or text.count(",") > 1 for text in plain) else None


def _parse(text: str, decimal: str) -> float:
    if decimal == ",":
        if "." in text and not _THOUSANDS_POINTS.fullmatch(text):
            return np.nan
        text = text.replace(".", "").replace(",", ".")
    elif "," in text:
        if not _THOUSANDS.fullmatch(text):
            return np.nan
        text = text.replace(",", "")
    return float(text) if _NUMBER.fullmatch(text) else np.nan
