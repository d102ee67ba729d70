"""CSV as rows of texts; where it is no proper CSV, a sentence that names the row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from lib.present.pricing_file.fault import BadPricingFile
from lib.present.pricing_file.rows import Row, gathered

LONGEST_LINE = 100_000
"""Characters of a line; a longer one is no row of a curve."""

OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def text_rows(content: bytes) -> list[Row]:
    """Return the rows of a CSV file: texts, and None for a cell without one.

    Raises:
        BadPricingFile: it is not in UTF-8, not separated by commas, its quotes do not match, a row has more or
            fewer cells than the first one, or it is too large.
    """
    reader = csv.reader(_lines(_decoded(content)), strict=True)
    try:
        return gathered(_rows(reader))
    except csv.Error as error:
        raise BadPricingFile(
            f"line {reader.line_num} is no proper CSV ({error}): save the curve as CSV again"
        ) from error


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadPricingFile(
            f"line {line} holds a byte that is not UTF-8 (0x{content[error.start]:02x}): save it as CSV UTF-8"
        ) from error


def _lines(text: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > LONGEST_LINE:
            raise BadPricingFile(
                f"line {number} has {len(line):,} characters, more than a row of a curve has"
            )
        yield line


def _rows(records: Iterator[list[str]]) -> Iterator[Row]:
    width = 0
    for number, cells in enumerate(records, start=1):
        width = width or len(cells)
        if len(cells) == 1:
            _check_separator(cells[0])
        if any(cells) and len(cells) != width:
            raise BadPricingFile(
                f"row {number} has {len(cells)} columns and row 1 has {width}: every row needs as many commas"
            )
        yield [cell.strip() or None for cell in cells]


def _check_separator(text: str) -> None:
    for separator, name in OTHER_SEPARATORS.items():
        if text.count(separator) > 1:
            raise BadPricingFile(f"row 1 is separated by {name}: save the curve as CSV with commas")
