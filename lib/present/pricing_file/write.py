"""A curve as bytes of a pricing file: the same curve gives the same bytes, and no text acts as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from lib.present.pricing_file.layout import DECIMALS, FIRST_COLUMN, HEADER, LABELS, PricingFile, mark_columns
from lib.present.table_csv import escape_formula

Cell = str | int | float | None

FIRST_NUMBER = f"{get_column_letter(FIRST_COLUMN)}{len(LABELS) + 3}"
"""The name of the first cell with a number: below metadata, blank row and header, right of KEYS."""

WIDTH = 16
"""Width of a column in characters: a number with all its decimals."""

MADE_AT = datetime(2000, 1, 1)
"""The time of creation in every workbook, so that the same curve is the same file."""


def csv_bytes(file: PricingFile) -> bytes:
    """Return the file as CSV: UTF-8, commas, CR LF, six decimals, nothing for what is missing."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in _rows(file):
        writer.writerow([f"{cell:.{DECIMALS}f}" if isinstance(cell, float) else cell for cell in row])
    return out.getvalue().encode()


def xlsx_bytes(file: PricingFile) -> bytes:
    """Return the file as a workbook of one sheet, with frozen panes above and left of the numbers."""
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = MADE_AT
    words = " ".join(["DEMO"] * file.is_demo + ["STUDY"] * file.is_study + ["OWN LOAD"] * file.is_own)
    sheet = book.create_sheet(f"{file.heading} {words}".rstrip())
    if words:
        meaning = ["simulated"] * file.is_demo + ["not for pricing"] * file.is_study
        book.properties.title = ", ".join([f"{words}: {file.heading} of {file.iso}", *meaning])
    sheet.freeze_panes = FIRST_NUMBER
    for column in range(1, len(HEADER) + len(file.columns) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = WIDTH
    for row in _rows(file):
        sheet.append(row)
    return _pack(book)


def _pack(book: Workbook) -> bytes:
    """Return the bytes of a workbook without the time of writing."""
    written, out = io.BytesIO(), io.BytesIO()
    # Workbook.save would store the time.
    ExcelWriter(book, ZipFile(written, "w")).save()
    with ZipFile(written) as parts, ZipFile(out, "w") as archive:
        for name in parts.namelist():
            archive.writestr(ZipInfo(name, MADE_AT.timetuple()[:6]), parts.read(name), ZIP_DEFLATED)
    return out.getvalue()


def _rows(file: PricingFile) -> Iterator[list[Cell]]:
    """Yield the rows of the file from the top, all of one width."""
    columns = mark_columns(file)
    for label in LABELS:
        texts = [getattr(column, label.lower()) for column in columns]
        yield [label, None, None, *map(escape_formula, texts)]
    yield [None] * (len(HEADER) + len(columns))
    yield [*HEADER, *[file.heading] * len(columns)]
    for month, he, block, *values in file.cells.itertuples(index=False, name=None):
        yield [month, he, block, *(value if value == value else None for value in values)]  # NaN is no number
