"""A workbook put together: what is around the cells by openpyxl, the cells themselves in one go."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from functools import cache
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from lib.present.pricing_file.form import HEADER, LABELS, PLACES

Cell = str | int | float | None

SHEET = "xl/worksheets/sheet1.xml"
FIRST_NUMBER = f"{get_column_letter(len(HEADER) + 1)}{len(LABELS) + 3}"
"""The first cell with a number: below the metadata, a blank row and the header, right of the keys."""

PACKED_AT = (2000, 1, 1, 0, 0, 0)
MADE_AT = rb"\g<1>2000-01-01T00:00:00Z"
"""When every workbook claims to have been made, so that the same curve is the same file."""

_MOMENT = re.compile(rb"(<dcterms:[^>]*>)[^<]*")
_CELLS = re.compile(rb"<dimension[^>]*>|<sheetData>.*</sheetData>", re.DOTALL)


def packed(title: str, rows: Iterable[list[Cell]]) -> bytes:
    """Return a workbook of one sheet with the rows in it.

    openpyxl takes a second for a cost curve cell by cell, and a download must not.
    """
    cells = b"<sheetData>" + "".join(_row(number, row) for number, row in enumerate(rows, 1)).encode()
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, before, after in _around(title):
            part = ZipInfo(name, PACKED_AT)
            part.compress_type = ZIP_DEFLATED
            archive.writestr(part, before + cells + b"</sheetData>" + after if name == SHEET else before)
    return out.getvalue()


@cache
def _around(title: str) -> list[tuple[str, bytes, bytes]]:
    """Return the parts of a workbook without cells: name, and what stands before and after the cells."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    sheet.freeze_panes = FIRST_NUMBER
    sheet.column_dimensions["A"].width = sheet.column_dimensions["C"].width = 16
    sheet[FIRST_NUMBER].number_format = f"0.{'0' * PLACES}"
    out = io.BytesIO()
    book.save(out)
    with ZipFile(out) as archive:
        parts = {
            name: _MOMENT.sub(rb"\g<1>2000-01-01T00:00:00Z", archive.read(name))
            for name in archive.namelist()
        }
    before, middle, after = _CELLS.split(parts.pop(SHEET))
    return [*((name, content, b"") for name, content in parts.items()), (SHEET, before + middle, after)]


def _row(number: int, row: list[Cell]) -> str:
    cells = (_cell(f"{letter}{number}", cell) for letter, cell in zip(_letters(len(row)), row, strict=True))
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(name: str, value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # Style 1 is the only one that openpyxl was given, that of FIRST_NUMBER.
        return f'<c r="{name}" s="1"><v>{value:.{PLACES}f}</v></c>'
    if isinstance(value, str):
        return f'<c r="{name}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{name}"><v>{value}</v></c>'


@cache
def _letters(width: int) -> tuple[str, ...]:
    return tuple(map(get_column_letter, range(1, width + 1)))
