"""What is wrong with a pricing file, said in one sentence that names the cell or the row."""

from __future__ import annotations

from openpyxl.utils import get_column_letter

LONGEST_SHOWN = 30
"""A longer text is cut where a message repeats it."""

ANEW = "copy the curve into a new workbook and save that"
STRANGE = f"the workbook holds XML that no spreadsheet writes: {ANEW}"


class BadPricingFile(ValueError):
    """A file cannot be used as a pricing file; the message names the cell or row, and says what to do."""


def cell_name(row: int, column: int) -> str:
    """Return what a spreadsheet calls a cell, both counted from 1: D11."""
    return f"{get_column_letter(column)}{row}"


def shown(value: object) -> str:
    """Return a value as a message repeats it: short, on one line, nothing in it unseen."""
    text = repr(str(value))
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}...'"


MAX_ROWS = 5_000
"""Rows of a file; ten years of a cost curve have 4,810."""

MAX_COLUMNS = 100
"""Columns of a file; the largest market has 22."""

Value = str | None
Row = list[Value]
"""The texts of a row's cells, None for an empty one."""


def check_place(row: int, column: int) -> None:
    """Make sure that a pricing file may have a cell there; rows and columns are counted from 1.

    Raises:
        BadPricingFile: it lies beyond what one curve of one ISO needs.
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


def put(rows: list[Row], row: int, column: int, text: str) -> None:
    """Put a text into a cell; the rows grow as far as there are texts.

    Raises:
        BadPricingFile: see `check_place`.
    """
    check_place(row, column)
    rows.extend([] for _ in range(row - len(rows)))
    cells = rows[row - 1]
    cells.extend([None] * (column - len(cells)))
    cells[column - 1] = text
