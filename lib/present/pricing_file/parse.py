"""A file that somebody hands in, parsed into the curve it holds, in stages.

Check name, size and first bytes; read the rows of CSV or XLSX; check labels and header; parse the metadata of
each column and then each row of cells. Whatever is wrong is one sentence that names the cell, row or file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import pandas as pd

from lib.hours import BLOCK_TYPE, blocks_at
from lib.markets import MARKETS, PRICING_HEADINGS
from lib.present.pricing_file.cells import (
    BadPricingFile,
    CellRow,
    Value,
    cell_name,
    parse_block,
    parse_he,
    parse_month,
    parse_name,
    parse_number,
    quote_value,
)
from lib.present.pricing_file.csv_reader import parse_csv
from lib.present.pricing_file.layout import (
    BLOCK_TYPE_OF_FILE,
    FIRST_COLUMN,
    HEADER,
    KEYS,
    LABELS,
    PricingFile,
    ZoneColumn,
    sort_cells,
    unmark_columns,
)
from lib.present.pricing_file.xlsx_reader import parse_xlsx

MAX_BYTES = 5_000_000
"""Size of a file; the largest curve of a market has a tenth of it."""

ZIP_START = b"PK\x03\x04"
OLE_START = b"\xd0\xcf\x11\xe0"
"""The first bytes of a workbook, and of one in the old format or with a password."""

BLANK_ROW = len(LABELS) + 1
HEADER_ROW = BLANK_ROW + 1
"""Rows of the layout, counted from 1."""

FRACTIONS = ("vlr", "shaping")
"""The curves whose numbers are fractions; those of a cost curve are $/MWh."""

Key = tuple[int | str, int, str]
"""Month, hour ending and block of a cell."""


def parse_pricing_file(name: str, content: bytes) -> PricingFile:
    """Return the curve that a file holds, its values rounded to six decimals.

    Args:
        name: the name of the file; it ends in .csv or .xlsx, and the content must be that.
        content: the whole file.

    Raises:
        BadPricingFile: it is no pricing file; the message names the cell, row or file, and what to do.
    """
    title, kind = quote_value(PurePosixPath(name).name), PurePosixPath(name.lower()).suffix
    _check_kind(title, kind)
    if len(content) > MAX_BYTES:
        raise BadPricingFile(
            f"{title} has {len(content):,} bytes, and a pricing file at most {MAX_BYTES:,}: "
            "send one curve of one ISO"
        )
    if not content.strip():
        raise BadPricingFile(f"{title} is empty: save the curve again and send that file")
    _check_start(title, kind, content)
    rows = parse_csv(content) if kind == ".csv" else parse_xlsx(content)
    return _parse_rows(rows)


def _check_kind(title: str, kind: str) -> None:
    if kind in (".xlsm", ".xltm", ".xlam"):
        raise BadPricingFile(f"{title} is a workbook with macros, which are not allowed: save it as .xlsx")
    if kind not in (".csv", ".xlsx"):
        raise BadPricingFile(f"{title} is neither .csv nor .xlsx: save the curve as one of the two")


def _check_start(title: str, kind: str, content: bytes) -> None:
    """Check by its first bytes that a file is what its name says."""
    if content.startswith(OLE_START):
        raise BadPricingFile(
            f"{title} is a workbook of the old form (.xls) or with a password: save it as .xlsx without one"
        )
    is_zip = content.startswith(ZIP_START)
    if kind == ".csv" and is_zip:
        raise BadPricingFile(f"{title} is a workbook and no CSV: rename it to .xlsx, or save it as CSV")
    if kind == ".xlsx" and not is_zip:
        raise BadPricingFile(f"{title} is no workbook: if it is a CSV file, rename it to .csv")


def _parse_rows(rows: list[CellRow]) -> PricingFile:
    _check_labels(rows)
    curve, width = _header(rows)
    columns, is_demo, is_study, is_own = unmark_columns(_columns(rows[: len(LABELS)], width))
    return PricingFile(curve, columns, _cells(rows, columns, curve), is_demo, is_study, is_own)


def _check_labels(rows: list[CellRow]) -> None:
    for number, label in enumerate(LABELS, start=1):
        first = _at(rows, number, 1)
        if str(first).casefold() != label.casefold():
            raise BadPricingFile(
                f"row {number} begins with {quote_value(first or '')} and not with {label}: "
                f"the first {len(LABELS)} rows are {', '.join(LABELS)}"
            )
        for column in range(2, FIRST_COLUMN):
            if _at(rows, number, column) is not None:
                raise BadPricingFile(f"{cell_name(number, column)} must be empty: values begin in column D")
    if len(rows) >= BLANK_ROW and rows[BLANK_ROW - 1]:
        raise BadPricingFile(f"row {BLANK_ROW} must be blank: it stands between the metadata and the header")


def _header(rows: list[CellRow]) -> tuple[str, int]:
    """Return the curve that the header names, and the number of columns."""
    for column, name in enumerate(HEADER, start=1):
        if str(_at(rows, HEADER_ROW, column)).casefold() != name.casefold():
            found = quote_value(_at(rows, HEADER_ROW, column) or "")
            raise BadPricingFile(
                f"{cell_name(HEADER_ROW, column)} says {found} and not {name}: row {HEADER_ROW} is "
                f"the header, {', '.join(HEADER)} and then what the costs are title"
            )
    curves = {heading: curve for curve, heading in PRICING_HEADINGS.items()}
    headings = rows[HEADER_ROW - 1][FIRST_COLUMN - 1 :]
    if not headings:
        raise BadPricingFile(f"row {HEADER_ROW} has no column of numbers: values begin in column D")
    for column, heading in enumerate(headings, start=FIRST_COLUMN):
        cell = cell_name(HEADER_ROW, column)
        if str(heading).upper() not in curves:
            raise BadPricingFile(f"{cell} says {quote_value(heading or '')}: a column is {', '.join(curves)}")
        if str(heading).upper() != str(headings[0]).upper():
            raise BadPricingFile(
                f"{cell} says {quote_value(heading)} and D{HEADER_ROW} another: a file has one curve"
            )
    return curves[str(headings[0]).upper()], FIRST_COLUMN - 1 + len(headings)


def _columns(rows: list[CellRow], width: int) -> tuple[ZoneColumn, ...]:
    """Return the metadata of every column of numbers."""
    for number, row in enumerate(rows, start=1):
        _check_width(row, number, width)
    columns = tuple(
        ZoneColumn(
            *(parse_name(_at(rows, number, column), number, column) for number in range(1, len(LABELS) + 1))
        )
        for column in range(FIRST_COLUMN, width + 1)
    )
    for column, labels in enumerate(columns, start=FIRST_COLUMN):
        _check_column(column, labels, columns)
    return columns


def _check_column(column: int, labels: ZoneColumn, columns: Sequence[ZoneColumn]) -> None:
    iso_cell, zone_cell, block_cell = (
        cell_name(LABELS.index(label) + 1, column) for label in ("Control_area", "Load_zone", "Block_type")
    )
    if labels.control_area not in MARKETS:
        raise BadPricingFile(
            f"{iso_cell} holds {quote_value(labels.control_area)}: the ISOs are {', '.join(MARKETS)}"
        )
    if labels.control_area != columns[0].control_area:
        raise BadPricingFile(f"{iso_cell} holds another ISO than D1: a file has one")
    if not labels.load_zone or labels.load_zone in KEYS:
        raise BadPricingFile(
            f"{zone_cell} holds {quote_value(labels.load_zone)}: every column needs the name of its zone"
        )
    first = FIRST_COLUMN + [other.load_zone for other in columns].index(labels.load_zone)
    if first != column:
        earlier = cell_name(LABELS.index("Load_zone") + 1, first)
        raise BadPricingFile(
            f"{zone_cell} names {quote_value(labels.load_zone)}, as {earlier} does: keep one of the columns"
        )
    if labels.block_type != BLOCK_TYPE_OF_FILE:
        raise BadPricingFile(
            f"{block_cell} holds {quote_value(labels.block_type)}: write {BLOCK_TYPE_OF_FILE}"
        )


def _cells(rows: list[CellRow], columns: Sequence[ZoneColumn], curve: str) -> pd.DataFrame:
    names = [*KEYS, *(column.load_zone for column in columns)]
    records = list(_records(rows, len(names), columns[0].control_area, curve in FRACTIONS))
    if not records:
        raise BadPricingFile(f"row {HEADER_ROW + 1} is missing: there are no cells below the header")
    cells = pd.DataFrame.from_records(records, columns=names)
    return sort_cells(cells.astype({"block_type": BLOCK_TYPE}))


def _records(rows: list[CellRow], width: int, iso: str, is_fraction: bool) -> Iterator[tuple[object, ...]]:
    """Yield the key and the values of each cell of the curve."""
    seen: dict[Key, int] = {}
    for number, row in enumerate(rows[HEADER_ROW:], start=HEADER_ROW + 1):
        if not row:
            continue
        _check_width(row, number, width)
        month, he, block, *values = row + [None] * (width - len(row))
        key = (parse_month(month, number, 1), parse_he(he, number, 2), parse_block(block, number, 3))
        _check_key(key, number, seen, iso)
        seen[key] = number
        yield (
            *key,
            *(
                parse_number(value, number, column, is_fraction)
                for column, value in enumerate(values, FIRST_COLUMN)
            ),
        )


def _check_key(key: Key, number: int, seen: dict[Key, int], iso: str) -> None:
    month, he, block = key
    if key in seen:
        raise BadPricingFile(
            f"row {number} is month {month}, HE {he}, {block}, as row {seen[key]} is: keep one of the two"
        )
    first = next(iter(seen), key)[0]
    if type(month) is not type(first):
        raise BadPricingFile(
            f"A{number} holds {month} and the rows above {first}: write all months in one way"
        )
    if block not in blocks_at(iso, he):
        raise BadPricingFile(
            f"row {number} has HE {he} in {block}, where {iso} has none: correct the hour or block"
        )


def _check_width(row: CellRow, number: int, width: int) -> None:
    if len(row) > width:
        raise BadPricingFile(
            f"{cell_name(number, len(row))} stands to the right of the last heading, in column "
            f"{cell_name(HEADER_ROW, width)}: give it one, or delete it"
        )


def _at(rows: list[CellRow], row: int, column: int) -> Value:
    """Return the text of a cell, None beyond the end."""
    cells = rows[row - 1] if row <= len(rows) else []
    return cells[column - 1] if column <= len(cells) else None
