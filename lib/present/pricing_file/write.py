"""Pricing files written: the same curve always gives the same bytes, and no text can act as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pandas as pd

from lib.present.pricing_file.escape import neutralised
from lib.present.pricing_file.form import HEADER, LABELS, PLACES, PricingFile, rounded
from lib.present.pricing_file.package import Cell, packed


def csv_bytes(file: PricingFile) -> bytes:
    """Return the file as CSV: UTF-8, commas, CR LF, six decimals, nothing for what is missing."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in _rows(file):
        writer.writerow([f"{cell:.{PLACES}f}" if isinstance(cell, float) else cell for cell in row])
    return out.getvalue().encode()


def xlsx_bytes(file: PricingFile) -> bytes:
    """Return the file as a workbook of one sheet; what stands above and left of the numbers stays in view."""
    return packed(file.heading, _rows(file))


def _rows(file: PricingFile) -> Iterator[list[Cell]]:
    """Return the rows of the file from the top, all of one width."""
    for label in LABELS:
        texts = [getattr(column, label.lower()) for column in file.columns]
        yield [label, None, None, *map(neutralised, texts)]
    yield [None] * (len(HEADER) + len(file.columns))
    yield [*HEADER, *[file.heading] * len(file.columns)]
    for month, he, block, *values in file.cells.itertuples(index=False, name=None):
        yield [month, he, block, *(None if pd.isna(value) else rounded(value) for value in values)]
