"""Pricing files written: the same curve always gives the same bytes, and no text can act as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from lib.present.pricing_file.layout import FIRST_COLUMN, HEADER, LABELS, PLACES, PricingFile, marked
from lib.present.table_csv import neutralised

Cell = str | int | float | None

FIRST_NUMBER = f"{get_column_letter(FIRST_COLUMN)}{len(LABELS) + 3}"
"""The first cell with a number: below the metadata, a blank row and the header, right of the keys."""

WIDTH = 16
"""Characters that a column shows: a number with all its decimals."""

MADE_AT = datetime(2000, 1, 1)
"""When every workbook claims to have been made, so that the same curve is the same file."""


def csv_bytes(file: PricingFile) -> bytes:
    """Return the file as CSV: UTF-8, commas, CR LF, six decimals, nothing for what is missing."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in _rows(file):
        writer.writerow([f"{cell:.{PLACES}f}" if isinstance(cell, float) else cell for cell in row])
    return out.getvalue().encode()


def xlsx_bytes(file: PricingFile) -> bytes:
    """Return the file as a workbook of one sheet; what stands above and left of the numbers stays in view."""
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = MADE_AT
    sheet = book.create_sheet(f"{file.heading} DEMO" if file.is_demo else file.heading)
    if file.is_demo:
        book.properties.title = f"DEMO: {file.heading} of {file.iso}, simulated"
    sheet.freeze_panes = FIRST_NUMBER
    for column in range(1, len(HEADER) + len(file.columns) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = WIDTH
    for row in _rows(file):
        sheet.append(row)
    return _packed(book)


def _packed(book: Workbook) -> bytes:
    """Return the bytes of a workbook, of which no moment of writing is a part."""
    written, out = io.BytesIO(), io.BytesIO()
    # Workbook.save would note the moment.
    ExcelWriter(book, ZipFile(written, "w")).save()
    with ZipFile(written) as parts, ZipFile(out, "w") as archive:
        for name in parts.namelist():
            archive.writestr(ZipInfo(name, MADE_AT.timetuple()[:6]), parts.read(name), ZIP_DEFLATED)
    return out.getvalue()


def _rows(file: PricingFile) -> Iterator[list[Cell]]:
    """Return the rows of the file from the top, all of one width."""
    columns = marked(file.columns) if file.is_demo else file.columns
    for label in LABELS:
        texts = [getattr(column, label.lower()) for column in columns]
        yield [label, None, None, *map(neutralised, texts)]
    yield [None] * (len(HEADER) + len(columns))
    yield [*HEADER, *[file.heading] * len(columns)]
    for month, he, block, *values in file.cells.itertuples(index=False, name=None):
        yield [month, he, block, *(value if value == value else None for value in values)]  # NaN is no number
