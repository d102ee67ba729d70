"""CSV parsed into rows of texts; for anything but proper CSV, a sentence that names the line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from lib.present.pricing_file.cells import BadPricingFile, CellRow, check_cell, set_cell

MAX_LINE = 20_000
"""Characters of a line; no row of a curve is longer."""

OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def parse_csv(content: bytes) -> list[CellRow]:
    """Return the rows of a CSV file.

    Raises:
        BadPricingFile: the text is not UTF-8 or not separated by commas, its quotes do not match, a row has
            more or fewer cells than the first, or there are too many rows or columns.
    """
    reader = csv.reader(_lines(_decode(content)), strict=True)
    rows: list[CellRow] = []
    width = 0
    try:
        for number, cells in enumerate(reader, start=1):
            width = width or _width(cells)
            _add_row(rows, number, cells, width)
    except csv.Error as error:
        raise BadPricingFile(
            f"line {reader.line_num} is no proper CSV ({error}): save the curve as CSV again"
        ) from error
    return rows


def _decode(content: bytes) -> str:
    if b"\0" in content:
        raise BadPricingFile(
            "the file is UTF-16 or no text at all, for it holds zero bytes: save it as CSV UTF-8"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadPricingFile(
            f"line {line} holds a byte that is not UTF-8 (0x{content[error.start]:02x}): save it as CSV UTF-8"
        ) from error


def _lines(text: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > MAX_LINE:
            raise BadPricingFile(
                f"line {number} has {len(line):,} characters, more than a row of a curve has: "
                "save the curve as CSV again"
            )
        yield line


def _width(first: list[str]) -> int:
    """Return the number of cells in the first row; all rows must have as many."""
    for separator, name in OTHER_SEPARATORS.items():
        if len(first) < 2 and "".join(first).count(separator) > 1:
            raise BadPricingFile(f"row 1 is separated by {name}: save the curve as CSV with commas")
    return len(first)


def _add_row(rows: list[CellRow], number: int, cells: list[str], width: int) -> None:
    texts = [cell.strip() for cell in cells]
    check_cell(number, 1)
    if any(texts) and len(cells) != width:
        raise BadPricingFile(
            f"row {number} has {len(cells)} columns and row 1 has {width}: give every row as many commas"
        )
    for column, text in enumerate(texts, start=1):
        if text:
            set_cell(rows, number, column, text)
