"""From the rows of a file to the curve in it: metadata, header and cells, each held to the form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import pandas as pd

from lib.hours import BLOCK_TYPE, blocks_at
from lib.markets import MARKETS, PRICING_HEADINGS
from lib.present.pricing_file.cell_parsers import to_block, to_he, to_month, to_number, to_text
from lib.present.pricing_file.csv_reader import text_rows
from lib.present.pricing_file.errors import BadPricingFile, Row, Value, cell_name, shown
from lib.present.pricing_file.layout import (
    BLOCK_TYPE_OF_FILE,
    FIRST_COLUMN,
    HEADER,
    KEYS,
    LABELS,
    Column,
    PricingFile,
    in_order,
    unmarked,
)
from lib.present.pricing_file.xlsx import workbook_rows

BLANK_ROW = len(LABELS) + 1
HEADER_ROW = BLANK_ROW + 1
"""Where a file has what, counted from 1."""

Key = tuple[int | str, int, str]


def to_file(rows: list[Row]) -> PricingFile:
    """Return the curve in the rows of a file.

    Raises:
        BadPricingFile: the rows have not the form of a pricing file; the message names the cell or row.
    """
    _check_labels(rows)
    curve, width = _header(rows)
    columns, is_demo = unmarked(_columns(rows[: len(LABELS)], width))
    return PricingFile(curve, columns, _cells(rows, columns), is_demo)


def _check_labels(rows: list[Row]) -> None:
    for number, label in enumerate(LABELS, start=1):
        first = _at(rows, number, 1)
        if str(first).casefold() != label.casefold():
            raise BadPricingFile(
                f"row {number} begins with {shown(first or '')} and not with {label}: "
                f"the first {len(LABELS)} rows are {', '.join(LABELS)}"
            )
        for column in range(2, FIRST_COLUMN):
            if _at(rows, number, column) is not None:
                raise BadPricingFile(f"{cell_name(number, column)} must be empty: values begin in column D")
    if len(rows) >= BLANK_ROW and rows[BLANK_ROW - 1]:
        raise BadPricingFile(f"row {BLANK_ROW} must be blank: it stands between the metadata and the header")


def _header(rows: list[Row]) -> tuple[str, int]:
    """Return which curve the header says the file is, and how many columns it has."""
    for column, name in enumerate(HEADER, start=1):
        if str(_at(rows, HEADER_ROW, column)).casefold() != name.casefold():
            found = shown(_at(rows, HEADER_ROW, column) or "")
            raise BadPricingFile(
                f"{cell_name(HEADER_ROW, column)} says {found} and not {name}: row {HEADER_ROW} is "
                f"the header, {', '.join(HEADER)} and then what the costs are called"
            )
    curves = {heading: curve for curve, heading in PRICING_HEADINGS.items()}
    headings = rows[HEADER_ROW - 1][FIRST_COLUMN - 1 :]
    if not headings:
        raise BadPricingFile(f"row {HEADER_ROW} has no column of numbers: values begin in column D")
    for column, heading in enumerate(headings, start=FIRST_COLUMN):
        place = cell_name(HEADER_ROW, column)
        if str(heading).upper() not in curves:
            raise BadPricingFile(f"{place} says {shown(heading or '')}: a column is {', '.join(curves)}")
        if str(heading).upper() != str(headings[0]).upper():
            raise BadPricingFile(
                f"{place} says {shown(heading)} and D{HEADER_ROW} another: a file has one curve"
            )
    return curves[str(headings[0]).upper()], FIRST_COLUMN - 1 + len(headings)


def _columns(rows: list[Row], width: int) -> tuple[Column, ...]:
    """Return the metadata of every column of numbers."""
    for number, row in enumerate(rows, start=1):
        _check_width(row, number, width)
    columns = tuple(
        Column(*(to_text(_at(rows, number, column), number, column) for number in range(1, len(LABELS) + 1)))
        for column in range(FIRST_COLUMN, width + 1)
    )
    for column, facts in enumerate(columns, start=FIRST_COLUMN):
        _check_column(column, facts, columns)
    return columns


def _check_column(column: int, facts: Column, columns: Sequence[Column]) -> None:
    iso_cell, zone_cell, block_cell = (
        cell_name(LABELS.index(label) + 1, column) for label in ("Control_area", "Load_zone", "Block_type")
    )
    if facts.control_area not in MARKETS:
        raise BadPricingFile(
            f"{iso_cell} holds {shown(facts.control_area)}: the ISOs are {', '.join(MARKETS)}"
        )
    if facts.control_area != columns[0].control_area:
        raise BadPricingFile(f"{iso_cell} holds another ISO than D1: a file has one")
    if not facts.load_zone or facts.load_zone in KEYS:
        raise BadPricingFile(
            f"{zone_cell} holds {shown(facts.load_zone)}: every column needs the name of its zone"
        )
    first = FIRST_COLUMN + [other.load_zone for other in columns].index(facts.load_zone)
    if first != column:
        earlier = cell_name(LABELS.index("Load_zone") + 1, first)
        raise BadPricingFile(
            f"{zone_cell} names {shown(facts.load_zone)}, as {earlier} does: keep one of the columns"
        )
    if facts.block_type != BLOCK_TYPE_OF_FILE:
        raise BadPricingFile(f"{block_cell} holds {shown(facts.block_type)}: write {BLOCK_TYPE_OF_FILE}")


def _cells(rows: list[Row], columns: Sequence[Column]) -> pd.DataFrame:
    names = [*KEYS, *(column.load_zone for column in columns)]
    records = list(_records(rows, len(names), columns[0].control_area))
    if not records:
        raise BadPricingFile(f"row {HEADER_ROW + 1} is missing: there are no cells below the header")
    cells = pd.DataFrame.from_records(records, columns=names)
    return in_order(cells.astype({"block_type": BLOCK_TYPE}))


def _records(rows: list[Row], width: int, iso: str) -> Iterator[tuple[object, ...]]:
    """Yield the key and the values of each cell of the curve."""
    seen: dict[Key, int] = {}
    for number, row in enumerate(rows[HEADER_ROW:], start=HEADER_ROW + 1):
        if not row:
            continue
        _check_width(row, number, width)
        month, he, block, *values = row + [None] * (width - len(row))
        key = (to_month(month, number, 1), to_he(he, number, 2), to_block(block, number, 3))
        _check_key(key, number, seen, iso)
        seen[key] = number
        yield *key, *(to_number(value, number, column) for column, value in enumerate(values, FIRST_COLUMN))


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


def _check_width(row: Row, number: int, width: int) -> None:
    if len(row) > width:
        raise BadPricingFile(
            f"{cell_name(number, len(row))} stands to the right of the last heading, in column "
            f"{cell_name(HEADER_ROW, width)}: give it one, or delete it"
        )


def _at(rows: list[Row], row: int, column: int) -> Value:
    """Return what stands in a cell, None beyond the end."""
    cells = rows[row - 1] if row <= len(rows) else []
    return cells[column - 1] if column <= len(cells) else None


MAX_BYTES = 5_000_000
"""A file of more bytes is not looked into; the largest curve of a market is a tenth of it."""

ZIP_START = b"PK\x03\x04"
OLE_START = b"\xd0\xcf\x11\xe0"
"""How a workbook begins, and how one of the older form or with a password does."""


def read_pricing_file(name: str, content: bytes) -> PricingFile:
    """Return the curve that a file holds, its values rounded to six decimals.

    Args:
        name: what the file is called; it must end in .csv or .xlsx, and the content must be that.
        content: the whole file.

    Raises:
        BadPricingFile: it is no pricing file; the message is a sentence that names the cell, row or file.
    """
    called, kind = shown(PurePosixPath(name).name), PurePosixPath(name.lower()).suffix
    _check_kind(called, kind)
    if len(content) > MAX_BYTES:
        raise BadPricingFile(
            f"{called} has {len(content):,} bytes, and a pricing file at most {MAX_BYTES:,}: "
            "send one curve of one ISO"
        )
    if not content.strip():
        raise BadPricingFile(f"{called} is empty: save the curve again and send that file")
    _check_start(called, kind, content)
    rows = text_rows(content) if kind == ".csv" else workbook_rows(content)
    return to_file(rows)


def _check_kind(called: str, kind: str) -> None:
    if kind in (".xlsm", ".xltm", ".xlam"):
        raise BadPricingFile(f"{called} is a workbook with macros, which are not taken: save it as .xlsx")
    if kind not in (".csv", ".xlsx"):
        raise BadPricingFile(f"{called} is neither .csv nor .xlsx: save the curve as one of the two")


def _check_start(called: str, kind: str, content: bytes) -> None:
    """Make sure that a file is what its name says, from how it begins."""
    if content.startswith(OLE_START):
        raise BadPricingFile(
            f"{called} is a workbook of the old form (.xls) or with a password: save it as .xlsx without one"
        )
    is_zip = content.startswith(ZIP_START)
    if kind == ".csv" and is_zip:
        raise BadPricingFile(f"{called} is a workbook and no CSV: rename it to .xlsx, or save it as CSV")
    if kind == ".xlsx" and not is_zip:
        raise BadPricingFile(f"{called} is no workbook: if it is a CSV file, rename it to .csv")
