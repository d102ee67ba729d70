"""The rows of a file before anything is known of them, and how many there may be."""

from __future__ import annotations

from collections.abc import Iterable

from lib.present.pricing_file.fault import BadPricingFile

MAX_ROWS = 5_000
"""Rows of a file; ten years of a cost curve have 4,810."""

MAX_COLUMNS = 100
"""Columns of a file; the largest market has 22."""

Value = str | float | None
Row = list[Value]


def gathered(rows: Iterable[Row]) -> list[Row]:
    """Return the rows without the empty cells at their ends, and without empty rows at the end.

    Raises:
        BadPricingFile: there are too many, or one is too long; no more are asked for then.
    """
    kept: list[Row] = []
    for number, row in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise BadPricingFile(
                f"row {number} is one too many: a pricing file has at most {MAX_ROWS:,} rows, empty ones "
                "included; delete what is below the curve"
            )
        if len(row) > MAX_COLUMNS:
            raise BadPricingFile(
                f"row {number} goes on to column {len(row):,}: a pricing file has at most {MAX_COLUMNS} columns; "
                "delete what is to the right of the curve"
            )
        kept.append(_without_end(row))
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _without_end(row: Row) -> Row:
    while row and row[-1] is None:
        row.pop()
    return row
