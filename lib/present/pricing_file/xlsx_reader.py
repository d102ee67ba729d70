"""A workbook parsed into rows of texts: `calamine` reads the cells of what the guard lets pass.

Two libraries have then parsed every number, `defusedxml` and `calamine`, and both must have read the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from io import BytesIO
from xml.sax import SAXException
from zipfile import BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from python_calamine import CalamineError, CalamineWorkbook

from lib.present.pricing_file.cells import BadPricingFile, CellRow, quote_value
from lib.present.pricing_file.xlsx_guard import (
    COPY,
    DATE,
    ODD_XML,
    OTHER,
    Place,
    bad_cell,
    check_parts,
    unpack,
)

_DAMAGES = (
    BadZipFile, zlib.error, EOFError, NotImplementedError, LookupError, ValueError, OverflowError,
    SAXException, CalamineError,
)  # fmt: skip
_PANIC = "PanicException"
"""What reading a damaged workbook can raise; a panic of calamine is no Exception, and cannot be imported."""

CellValue = int | float | str | date | time | timedelta


def parse_xlsx(content: bytes) -> list[CellRow]:
    """Return the rows of a workbook's only sheet.

    Raises:
        BadPricingFile: the workbook is damaged, has a password, macros, links to other workbooks, several
            sheets or more than a curve needs; or a cell is merged, or holds no number and no text.
    """
    try:
        parts = unpack(content)
        numbers = check_parts(parts)
        cells = _read_cells(_pack(parts))
        _check_numbers(cells, numbers)
        return [_row(values, number) for number, values in enumerate(cells, start=1)]
    except BadPricingFile:
        raise
    except DefusedXmlException as error:
        raise BadPricingFile(ODD_XML) from error
    except BaseException as error:
        if isinstance(error, _DAMAGES) or type(error).__name__ == _PANIC:
            raise BadPricingFile(f"the workbook is damaged: {COPY}") from error
        raise


def _pack(parts: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _read_cells(content: bytes) -> list[list[CellValue]]:
    """Return what calamine reads in the cells of the only sheet, from A1 on."""
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    sheets = book.sheets_metadata
    if len(sheets) != 1:
        names = ", ".join(quote_value(sheet.name) for sheet in sheets[:3])
        raise BadPricingFile(
            f"the workbook has {len(sheets)} sheets ({names}), hidden ones included: keep the curve's"
        )
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)


def _check_numbers(cells: Sequence[Sequence[CellValue]], numbers: Mapping[Place, str]) -> None:
    """Check that calamine has read every number as its text in the XML says; it makes dates of some."""
    for (row, column), text in numbers.items():
        value = cells[row - 1][column - 1] if row <= len(cells) and column <= len(cells[row - 1]) else ""
        if isinstance(value, float):
            is_same = value == _number(text) or value != value
        else:
            is_same = value == text or not isinstance(value, str)
        if not is_same:
            raise bad_cell((row, column), OTHER)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _row(values: Iterable[CellValue], number: int) -> CellRow:
    row = [_text(value, (number, column)) or None for column, value in enumerate(values, start=1)]
    while row and row[-1] is None:
        row.pop()
    return row


def _text(value: CellValue, place: Place) -> str:
    """Return the text of a cell.

    The first day of a month in the first column is that month, "YYYY-MM": a spreadsheet makes a date of what
    looks like one.
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float):
        return repr(value).removesuffix(".0")
    if place[1] > 1 or not isinstance(value, date) or value.day != 1:
        raise bad_cell(place, DATE)
    return f"{value:%Y-%m}"
