"""CSV parsed into rows of texts; for anything but proper CSV, a sentence that names the line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from lib.present.pricing_file.cells import BadPricingFile, CellRow, check_cell, set_cell

MAX_LINE = 20_000
"""Characters of a line; no row of a curve is longer."""

OTHER_SEPARATORS = (";", "\t", "|")
"""What a spreadsheet writes between cells in place of commas, where the comma is the decimal sign."""

_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?\s*%?", re.ASCII)


def parse_csv(content: bytes) -> list[CellRow]:
    """Return the rows of a CSV file.

    Raises:
        BadPricingFile: the text is not UTF-8, its quotes do not match, a row has more or fewer cells than the
            first, or there are too many rows or columns.
    """
    text = _decode(content)
    separator = _separator(text.partition("\n")[0])
    reader = csv.reader(_lines(text), strict=True, delimiter=separator)
    rows: list[CellRow] = []
    width = 0
    try:
        for number, cells in enumerate(reader, start=1):
            width = width or len(cells)
            _add_row(rows, number, cells if separator == "," else [*map(_with_point, cells)], width)
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


def _separator(first: str) -> str:
    """Return what separates the cells of the first row, and so those of all rows."""
    if "," in first:
        return ","
    return next((one for one in OTHER_SEPARATORS if first.count(one) > 1), ",")


def _with_point(text: str) -> str:
    """Return a number with a point for its decimal comma, which has another separator beside it."""
    return text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text.strip()) else text


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
