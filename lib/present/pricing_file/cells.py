"""The cells of a file: their names, how many there may be, and what each holds.

A file is read as rows of texts. A cell holds a number, a name, a month, an hour ending or a block; the
`parse_*` functions return it, or say in one sentence which cell is wrong and what to do.
"""

from __future__ import annotations

import re

from openpyxl.utils import get_column_letter

from lib.markets import BLOCKS, MAX_VALUE
from lib.present.formats import MONTHS
from lib.present.table_csv import unescape_formula

MAX_ROWS = 5_000
"""Rows of a file; ten years of a cost curve have 4,810."""

MAX_COLUMNS = 100
"""Columns of a file; the largest market has 22."""

MAX_NAME = 200
"""Characters of a name."""

MAX_QUOTED = 30
"""Characters of a text that a message repeats; it cuts a longer one."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DELIVERY_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)
_NAMED_MONTH = re.compile(r"([A-Z][a-z]{2})-(?:20)?(\d\d)", re.ASCII)
_NO_VALUE = frozenset(
    {"nan", "inf", "+inf", "-inf", "infinity", "-infinity", "n/a", "#n/a", "null", "none", "-"}
)
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
"""How a workbook writes a character that XML cannot hold."""

Value = str | None
CellRow = list[Value]
"""The texts of a row's cells, None for an empty one."""


class BadPricingFile(ValueError):
    """A file cannot be used as a pricing file; the message names the cell or row, and says what to do."""


def cell_name(row: int, column: int) -> str:
    """Return the spreadsheet's name of a cell, such as D11; row and column are counted from 1."""
    return f"{get_column_letter(column)}{row}"


def quote_value(value: object) -> str:
    """Return a value as a message repeats it: short, on one line, every character visible."""
    text = repr(str(value))
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}...'"


def check_cell(row: int, column: int) -> None:
    """Check that a pricing file may use a cell; row and column are counted from 1.

    Raises:
        BadPricingFile: the cell is beyond what one curve of one ISO needs.
    """
    if row > MAX_ROWS:
        raise BadPricingFile(
            f"row {row:,} is one too many: a pricing file has at most {MAX_ROWS:,}, so send one curve"
        )
    if column > MAX_COLUMNS:
        raise BadPricingFile(
            f"{cell_name(row, column)} lies too far to the right: a pricing file has at most {MAX_COLUMNS} "
            "columns, so send one curve of one ISO"
        )


def set_cell(rows: list[CellRow], row: int, column: int, text: str) -> None:
    """Store a text in a cell and extend the rows as far as needed.

    Raises:
        BadPricingFile: see `check_cell`.
    """
    check_cell(row, column)
    rows.extend([] for _ in range(row - len(rows)))
    cells = rows[row - 1]
    cells.extend([None] * (column - len(cells)))
    cells[column - 1] = text


def parse_number(value: Value, row: int, column: int, is_fraction: bool) -> float:
    """Return the number of a cell; NaN for an empty one. In a curve of fractions "1.2 %" is 0.012.

    Raises:
        BadPricingFile: it holds something else, or a number larger than any cost.
    """
    if value is None:
        return float("nan")
    plain = value.removesuffix("%").rstrip() if is_fraction else value
    if not _NUMBER.fullmatch(plain):
        raise _error(value, row, column, _advice(value))
    number = float(plain) if plain == value else float(plain) / 100
    if abs(number) > MAX_VALUE:
        raise _error(value, row, column, f"no value is larger than {MAX_VALUE:,.0f}")
    return number


def parse_name(value: Value, row: int, column: int) -> str:
    """Return the text of a cell; an empty text for an empty one.

    Raises:
        BadPricingFile: it is a formula, too long, or has invisible characters.
    """
    text = value or ""
    if text.startswith("="):
        raise _error(text, row, column, "formulas are not allowed, so paste it as a value")
    if len(text) > MAX_NAME:
        raise _error(text, row, column, f"a name has at most {MAX_NAME} characters")
    if not text.isprintable() or _ESCAPED.search(text):
        raise _error(text, row, column, "it has a character that cannot be seen, so type it anew")
    return unescape_formula(text)


def parse_month(value: Value, row: int, column: int) -> int | str:
    """Return the month of the year of a cell, 1..12, or its month of delivery, "YYYY-MM".

    A spreadsheet that opens a CSV file saves 2026-02 as Feb-26, or Feb-2026.
    """
    if value and _DELIVERY_MONTH.fullmatch(value):
        return value
    named = _NAMED_MONTH.fullmatch(value or "")
    if named and named[1] in MONTHS:
        return f"20{named[2]}-{MONTHS.index(named[1]) + 1:02}"
    return _parse_integer(
        value, row, column, 12, "a month is 1 to 12, or YYYY-MM where it is one of delivery"
    )


def parse_he(value: Value, row: int, column: int) -> int:
    """Return the hour ending of a cell, 1..24."""
    return _parse_integer(value, row, column, 24, "an hour ending is 1 to 24")


def parse_block(value: Value, row: int, column: int) -> str:
    """Return the block of a cell: 5x16, 2x16 or 7x8."""
    block = str(value).lower()
    if block not in BLOCKS:
        raise _error(value, row, column, f"a block is {', '.join(BLOCKS)}")
    return block


def _parse_integer(value: Value, row: int, column: int, last: int, rule: str) -> int:
    number = float(value) if value and _NUMBER.fullmatch(value) else 0.0
    if number not in range(1, last + 1):
        raise _error(value, row, column, rule)
    return int(number)


def _error(value: Value, row: int, column: int, rule: str) -> BadPricingFile:
    content = "is empty" if value is None else f"holds {quote_value(value)}"
    return BadPricingFile(f"{cell_name(row, column)} {content}: {rule}")


def _advice(text: str) -> str:
    if text.startswith("="):
        return "formulas are not allowed, so paste the curve as values"
    if text.endswith("%"):
        return "the curve is in $/MWh, so a percent has no meaning here"
    if text.lower() in _NO_VALUE:
        return "leave the cell empty where there is no value"
    return "write a number such as 0.012345, or leave the cell empty"
