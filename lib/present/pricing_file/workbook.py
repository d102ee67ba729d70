"""A workbook as rows of values; what is neither a number nor a text is refused, cell by cell."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

from openpyxl import load_workbook
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from lib.present.pricing_file.archive import check_archive, damaged
from lib.present.pricing_file.fault import BadPricingFile, cell_name, shown
from lib.present.pricing_file.rows import Row, Value, gathered

REFUSED = {
    "f": "a formula: paste the curve as values",
    "e": "an error: leave the cell empty where there is no value",
    "b": "a truth value: write a number, or leave the cell empty",
    "d": "a date: format the cell as a number",
}
"""What is said of a cell by the kind of its value."""


def workbook_rows(content: bytes) -> list[Row]:
    """Return the rows of a workbook's only sheet: numbers, texts, None for an empty cell.

    The first day of a month in the first column is that month as text, "YYYY-MM": a spreadsheet makes a date of
    what looks like one.

    Raises:
        BadPricingFile: the workbook is damaged or harmful, has several sheets, or a cell holds something else.
    """
    check_archive(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the reader leaves aside, such as styles and extensions
            book = load_workbook(BytesIO(content), read_only=True, keep_links=False)
            return gathered(_rows(_only_sheet(book.worksheets)))
    except BadPricingFile:
        raise
    except Exception as error:  # the reader was written for workbooks that are whole, and can fail in any way
        raise damaged(error) from error


def _only_sheet(sheets: list[ReadOnlyWorksheet]) -> ReadOnlyWorksheet:
    if len(sheets) != 1:
        names = ", ".join(shown(sheet.title) for sheet in sheets[:5]) or "none with cells"
        raise BadPricingFile(
            f"the workbook has {len(sheets)} sheets ({names}), hidden ones included: keep the one with the curve"
        )
    return sheets[0]


def _rows(sheet: ReadOnlyWorksheet) -> Iterator[Row]:
    sheet.reset_dimensions()  # what a sheet says of its own size need not be true
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        yield [_value(cell, number, column) for column, cell in enumerate(cells, start=1)]


def _value(cell: ReadOnlyCell, row: int, column: int) -> Value:
    value = cell.value
    if column == 1 and isinstance(value, datetime) and value.day == 1:
        return f"{value:%Y-%m}"
    if cell.data_type in REFUSED and value is not None:
        raise BadPricingFile(f"{cell_name(row, column)} holds {REFUSED[cell.data_type]}")
    return value.strip() or None if isinstance(value, str) else value
