"""Pricing files written: the same curve always gives the same bytes, and no text can act as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet.worksheet import Worksheet

from lib.present.pricing_file.form import HEADER, LABELS, PLACES, PricingFile, rounded

Cell = str | int | float | None

N_KEYS = len(HEADER)

FIRST_NUMBER = "D11"
"""The first cell with a number: below the metadata, a blank row and the header, right of the keys."""

MOMENT = datetime(2000, 1, 1)
"""When every workbook claims to have been made, so that the same curve is the same file."""

_ACTS = re.compile(r"'*[=+\-@\t\r\n]")
_ACTED = re.compile(r"'+[=+\-@\t\r\n]")


def csv_bytes(file: PricingFile) -> bytes:
    """Return the file as CSV: UTF-8, commas, lines that end in CR LF, six decimals, nothing for what is missing."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in _rows(file):
        writer.writerow([f"{cell:.{PLACES}f}" if isinstance(cell, float) else cell for cell in row])
    return out.getvalue().encode()


def xlsx_bytes(file: PricingFile) -> bytes:
    """Return the file as a workbook of one sheet; what stands above and left of the numbers stays in view."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(file.heading)
    sheet.freeze_panes = FIRST_NUMBER
    sheet.column_dimensions["A"].width = sheet.column_dimensions["C"].width = 16
    for row in _rows(file):
        sheet.append([_six_decimals(sheet, cell) if isinstance(cell, float) else cell for cell in row])
    out = io.BytesIO()
    book.properties.created = MOMENT
    book.save(out)
    return _always_the_same(out)


def neutralised(text: str) -> str:
    """Return a text as it stands in a cell: behind an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{text}" if _ACTS.match(text) else text


def original(text: str) -> str:
    """Return the text that `neutralised` was given."""
    return text[1:] if _ACTED.match(text) else text


def _rows(file: PricingFile) -> Iterator[list[Cell]]:
    """Return the rows of the file from the top, all of one width."""
    for label in LABELS:
        texts = [getattr(column, label.lower()) for column in file.columns]
        yield [label, None, None, *map(neutralised, texts)]
    yield [None] * (N_KEYS + len(file.columns))
    yield [*HEADER, *[file.heading] * len(file.columns)]
    for month, he, block, *values in file.cells.itertuples(index=False, name=None):
        yield [month, he, block, *(None if pd.isna(value) else rounded(value) for value in values)]


def _six_decimals(sheet: Worksheet, value: float) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = f"0.{'0' * PLACES}"
    return cell


def _always_the_same(book: io.BytesIO) -> bytes:
    """Return the workbook without the times at which it and its parts were written."""
    out = io.BytesIO()
    with ZipFile(book) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = ZipInfo(name, (MOMENT.year, 1, 1, 0, 0, 0))
            part.compress_type = ZIP_DEFLATED
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", content)
            new.writestr(part, content)
    return out.getvalue()
