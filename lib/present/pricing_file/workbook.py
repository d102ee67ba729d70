"""A workbook as rows of texts, read by calamine once the guard has let it pass."""

from __future__ import annotations

import zlib
from datetime import date, time, timedelta
from io import BytesIO
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

from python_calamine import CalamineError, CalamineWorkbook

from lib.present.pricing_file.cells import DATE
from lib.present.pricing_file.fault import ANEW, BadPricingFile, cell_name, shown
from lib.present.pricing_file.guard import guarded
from lib.present.pricing_file.rows import Row

_DAMAGES = (
    BadZipFile, zlib.error, EOFError, NotImplementedError, LookupError, ValueError,
    ExpatError, CalamineError, OverflowError,
)  # fmt: skip
_PANIC = "PanicException"
"""What reading a damaged workbook can raise; a panic of calamine is no Exception, and cannot be imported."""

Found = int | float | str | date | time | timedelta


def workbook_rows(content: bytes) -> list[Row]:
    """Return the rows of a workbook's only sheet.

    Raises:
        BadPricingFile: the workbook is damaged or could do harm, has several sheets, or a cell holds
            something that is neither a number nor a text.
    """
    try:
        found = _found(guarded(content))
    except BadPricingFile:
        raise
    except BaseException as error:
        if isinstance(error, _DAMAGES) or type(error).__name__ == _PANIC:
            raise BadPricingFile(f"the workbook is damaged: {ANEW}") from error
        raise
    return [_row(cells, number) for number, cells in enumerate(found, start=1)]


def _row(cells: list[Found], number: int) -> Row:
    row = [_text(value, number, column) or None for column, value in enumerate(cells, start=1)]
    while row and row[-1] is None:
        row.pop()
    return row


def _found(content: bytes) -> list[list[Found]]:
    """Return what calamine finds in the cells from A1 on."""
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    sheets = book.sheets_metadata
    if len(sheets) != 1:
        names = ", ".join(shown(sheet.name) for sheet in sheets[:3])
        raise BadPricingFile(
            f"the workbook has {len(sheets)} sheets ({names}), hidden ones included: keep the curve's"
        )
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)


def _text(value: Found, row: int, column: int) -> str:
    """Return the text of a cell.

    The first day of a month in the first column is that month, "YYYY-MM": a spreadsheet makes a date of what
    looks like one.
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float):
        return repr(value).removesuffix(".0")
    if column > 1 or not isinstance(value, date) or value.day != 1:
        raise BadPricingFile(f"{cell_name(row, column)} holds {DATE}")
    return f"{value:%Y-%m}"
