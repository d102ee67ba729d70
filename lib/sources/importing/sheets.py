"""Open a file as analysts have it: CSV in any separator and encoding, or a workbook with its sheets.

What comes out are sheets of texts: titles, headings, and rows that know their number in the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pandas as pd
from python_calamine import CalamineWorkbook

from lib.sources.guard import guard_reading
from lib.sources.own_load.tables import cell_text, find_headings, shown
from lib.sources.protocol import SourceError
from lib.workbook_limits import check_workbook

WORKBOOKS = (".xlsx", ".xlsm", ".xls")

TOTALS = {"total", "totals", "sum", "average", "mean", "min", "max", "minimum", "maximum"}
"""What begins a row below a table that is no row of it."""

SEPARATORS = (",", ";", "\t", "|")

MAX_BYTES = 1 << 28


class BadImport(SourceError):
    """A file means nothing or two things; the message names the place and the way out."""


@dataclass(frozen=True)
class Sheet:
    """A table as texts.

    `name` is that of the sheet of a workbook, or empty. `cells` has a column for each heading, named by its
    position, and the number of each row in the file as its index; a cell without a value is "".
    """

    file: str
    name: str
    titles: tuple[str, ...]
    headings: tuple[str, ...]
    cells: pd.DataFrame
    separator: str | None

    @property
    def place(self) -> str:
        """File and sheet, as messages name them."""
        return f"{self.file}, sheet {shown(self.name)}" if self.name else self.file

    @property
    def context(self) -> str:
        """All that stands around the table and may say what it is: file, sheet and titles."""
        return " ".join([Path(self.file).stem, self.name, *self.titles])

    def refuse(self, what: str, row: object = None, position: int | None = None) -> BadImport:
        """Return the error that a place of the sheet is refused for; `what` says why, and the way out."""
        where = [self.place]
        if row is not None:
            where.append(f"row {row}")
        if position is not None:
            where.append(f"column {shown(self.headings[position])}")
        return BadImport(f"{', '.join(where)}: {what}")


def read_sheets(path: Path) -> tuple[list[Sheet], list[str]]:
    """Return the tables of a file, and notes on sheets that have none.

    Raises:
        BadImport: the file cannot be read, or has no table.
    """
    with guard_reading(path.name, BadImport):
        content = path.read_bytes()
        if len(content) > MAX_BYTES:
            raise BadImport(
                f"{path.name} has {len(content):,} bytes; {MAX_BYTES:,} are read: cut it by years"
            )
        is_workbook = path.suffix.lower() in WORKBOOKS or content.startswith((b"PK", b"\xd0\xcf\x11\xe0"))
        raw = _read_workbook(content) if is_workbook else _read_text(content)
    sheets, notes = [], []
    for name, separator, rows in raw:
        sheet = _to_sheet(path.name, name, separator, rows)
        if sheet is not None:
            sheets.append(sheet)
        elif name:
            notes.append(f"{path.name}: sheet {shown(name)} has no table, and is not read")
    if not sheets:
        raise BadImport(f"{path.name} has no table: headings in one line, and rows below them")
    return sheets, notes


def _read_workbook(content: bytes) -> list[tuple[str, str | None, list[list[str]]]]:
    check_workbook(content)
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return [
        (
            name,
            None,
            [
                [cell_text(cell) for cell in row]
                for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            ],
        )
        for name in book.sheet_names
    ]


def _read_text(content: bytes) -> list[tuple[str, str | None, list[list[str]]]]:
    text = _decode(content)
    separator = _find_separator(text)
    lines = text.splitlines()
    return [("", separator, list(csv.reader(lines, delimiter=separator, skipinitialspace=True)))]


def _decode(content: bytes) -> str:
    """Return the text of a file in UTF-8, in UTF-16 with a mark, or else in the encoding of Windows."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\0" in text:
        raise BadImport("it is no text; save it as CSV or as a workbook")
    return text


def _find_separator(text: str) -> str:
    """Return the sign that stands most often in most of the first lines, equally often in each."""
    lines = [line for line in text.splitlines()[:60] if line.strip()]

    def score(separator: str) -> tuple[int, int]:
        counts = [len(next(csv.reader([line], delimiter=separator))) - 1 for line in lines]
        usual = max(set(counts), key=lambda n: (counts.count(n) if n else 0, n)) if counts else 0
        return (counts.count(usual) if usual else 0, usual)

    # A decimal comma stands in semicolon files too: there a comma counts only if nothing else does.
    found = max(SEPARATORS[1:], key=score)
    return found if score(found)[0] * 2 > len(lines) else ","


def _to_sheet(file: str, name: str, separator: str | None, rows: Sequence[Sequence[str]]) -> Sheet | None:
    numbered = [(number, [cell.strip() for cell in row]) for number, row in enumerate(rows, start=1)]
    filled = [(number, cells) for number, cells in numbered if any(cells)]
    start = find_headings([sum(map(bool, cells)) for _, cells in filled])
    if start is None or start + 1 >= len(filled):
        return None
    headings = [" ".join(cell.split()) for cell in filled[start][1]]
    while headings and not headings[-1]:
        headings.pop()
    below = filled[start + 1 :]
    if start and len(set(filter(None, headings))) < len([*filter(None, headings)]):
        headings = _with_line_above(headings, filled[start - 1][1])
    if len(below) > 1 and not any(re.search(r"\d", cell) for cell in below[0][1]):
        headings = _with_units(headings, below[0][1])
        below = below[1:]
    below = [(number, row) for number, row in below if row[0].lower().split(" ")[-1] not in TOTALS]
    if separator is None:  # a cell beside a table of a workbook is a remark
        headings += [""] * (max(len(cells) for _, cells in below) - len(headings))
    width = len(headings)
    padded = [(*cells[:width], *[""] * (width - len(cells))) for _, cells in below]
    cells = pd.DataFrame(padded, index=[number for number, _ in below], columns=range(width), dtype="object")
    titles = tuple(" ".join(filter(None, cells)) for _, cells in filled[:start])
    sheet = Sheet(file, name, titles, tuple(headings), cells, separator)
    for number, row in below:
        if any(row[width:]):
            raise sheet.refuse(
                f"has {len(row)} cells for {width} headings; a decimal comma needs quotes, or semicolons",
                number,
            )
    return sheet


def _with_line_above(headings: Sequence[str], above: Sequence[str]) -> list[str]:
    """Return headings that come several times, each with what stands above it: a zone over its prices.

    A cell over several columns is filled in the first of them.
    """
    filled = pd.Series([*above, *[""] * len(headings)][: len(headings)]).replace("", None).ffill().fillna("")
    is_twice = pd.Series(headings).duplicated(keep=False)
    return [
        f"{over} {own}".strip() if twice else own
        for over, own, twice in zip(filled, headings, is_twice, strict=True)
    ]


def _with_units(headings: Sequence[str], units: Sequence[str]) -> list[str]:
    """Return headings with the units that stand in a line below them."""
    given = [*units, *[""] * len(headings)]
    return [f"{heading} {unit}".strip() for heading, unit in zip(headings, given, strict=False)]
