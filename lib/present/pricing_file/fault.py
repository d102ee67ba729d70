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
