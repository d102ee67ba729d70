"""What stands in one cell of a pricing file: a number, a name, a month, an hour ending or a block."""

from __future__ import annotations

import re

from lib.markets import BLOCKS, MAX_VALUE
from lib.present.formats import MONTHS
from lib.present.pricing_file.errors import BadPricingFile, Value, cell_name, shown
from lib.present.table_csv import original

LONGEST_TEXT = 200
"""Characters of a name."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DELIVERY_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)
_NAMED_MONTH = re.compile(r"([A-Z][a-z]{2})-(?:20)?(\d\d)", re.ASCII)
_NOTHING = frozenset(
    {"nan", "inf", "+inf", "-inf", "infinity", "-infinity", "n/a", "#n/a", "null", "none", "-"}
)
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
"""How a workbook writes a character that XML cannot hold."""


def to_number(value: Value, row: int, column: int) -> float:
    """Return the number of a cell; NaN for an empty one.

    Raises:
        BadPricingFile: it holds something else, or a number that no cost is as large as.
    """
    if value is None:
        return float("nan")
    if not _NUMBER.fullmatch(value):
        raise _fault(value, row, column, _advice(value))
    number = float(value)
    if abs(number) > MAX_VALUE:
        raise _fault(value, row, column, f"no value is larger than {MAX_VALUE:,.0f}")
    return number


def to_text(value: Value, row: int, column: int) -> str:
    """Return the text of a cell; an empty one has the empty text.

    Raises:
        BadPricingFile: it is a formula, too long, or has characters that cannot be seen.
    """
    text = value or ""
    if text.startswith("="):
        raise _fault(text, row, column, "formulas are not taken, so paste it as a value")
    if len(text) > LONGEST_TEXT:
        raise _fault(text, row, column, f"a name has at most {LONGEST_TEXT} characters")
    if not text.isprintable() or _ESCAPED.search(text):
        raise _fault(text, row, column, "it has a character that cannot be seen, so type it anew")
    return original(text)


def to_month(value: Value, row: int, column: int) -> int | str:
    """Return the month of the year of a cell, 1..12, or its month of delivery, "YYYY-MM".

    A spreadsheet that opens a CSV file saves 2026-02 as Feb-26, or Feb-2026.
    """
    if value and _DELIVERY_MONTH.fullmatch(value):
        return value
    named = _NAMED_MONTH.fullmatch(value or "")
    if named and named[1] in MONTHS:
        return f"20{named[2]}-{MONTHS.index(named[1]) + 1:02}"
    return _whole(value, row, column, 12, "a month is 1 to 12, or YYYY-MM where it is one of delivery")


def to_he(value: Value, row: int, column: int) -> int:
    """Return the hour ending of a cell, 1..24."""
    return _whole(value, row, column, 24, "an hour ending is 1 to 24")


def to_block(value: Value, row: int, column: int) -> str:
    """Return the block of a cell: 5x16, 2x16 or 7x8."""
    block = str(value).lower()
    if block not in BLOCKS:
        raise _fault(value, row, column, f"a block is {', '.join(BLOCKS)}")
    return block


def _whole(value: Value, row: int, column: int, last: int, rule: str) -> int:
    number = float(value) if value and _NUMBER.fullmatch(value) else 0.0
    if number not in range(1, last + 1):
        raise _fault(value, row, column, rule)
    return int(number)


def _fault(value: Value, row: int, column: int, rule: str) -> BadPricingFile:
    held = "is empty" if value is None else f"holds {shown(value)}"
    return BadPricingFile(f"{cell_name(row, column)} {held}: {rule}")


def _advice(text: str) -> str:
    if text.startswith("="):
        return "formulas are not taken, so paste the curve as values"
    if text.endswith("%"):
        return "write a fraction, 0.012 for 1.2 %"
    if text.lower() in _NOTHING:
        return "leave the cell empty where there is no value"
    return "write a number such as 0.012345, or leave the cell empty"
