"""A table that somebody has made, CSV or XLSX: its headings, and its cells as texts with their row numbers.

What spreadsheets and exports do to a table is undone here: a byte order mark, semicolons or tabs for commas,
title lines above the headings, blank lines, dates as cells. What could mean two things is refused in a
sentence that names file, row and column, and how to write it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from lib.safe_text import safe_text
from lib.sources.guard import guard_reading
from lib.sources.protocol import SourceError
from lib.workbook_limits import check_workbook

SUFFIXES = (".csv", ".xlsx")

SEPARATORS = ("\t", ";")

MISSING = {"", "-", "--", "na", "n/a", "nan", "null", "none", "#n/a"}
"""Texts, in lower case, that people write where there is no value."""

THOUSANDS = r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"

DEMO_TITLE = "DEMO"
"""How a line above the headings begins if the loads are simulated."""

MAX_SHOWN = 40
"""A message repeats at most this many characters of a cell."""


class BadOwnLoad(SourceError):
    """A file of own load means nothing or two things; the message names the place and the way out."""


@dataclass(frozen=True)
class TextTable:
    """A table as texts.

    `cells` has a column for each heading, named by its position, and the number of each row in the file as
    its index; a cell without a value is "". `titles` are the lines above the headings. `has_commas` says that
    columns are separated by commas, so that a comma in a number separates thousands; elsewhere it may be a
    decimal comma.
    """

    path: Path
    headings: tuple[str, ...]
    cells: pd.DataFrame
    has_commas: bool = True
    titles: tuple[str, ...] = ()

    @property
    def is_demo(self) -> bool:
        """Whether a title says that the loads are those of a simulated market."""
        return any(title.upper().startswith(DEMO_TITLE) for title in self.titles)

    def column(self, position: int) -> pd.Series:
        """Return the texts of a column by its position, counted from 0."""
        return self.cells[position]

    def refuse(self, what: str, row: object = None, position: int | None = None) -> BadOwnLoad:
        """Return the error that a place of the table is refused for; `what` says why, and the way out."""
        place = [self.path.name]
        if row is not None:
            place.append(f"row {row}")
        if position is not None:
            place.append(f"column {self.headings[position]!r}")
        return BadOwnLoad(f"{', '.join(place)}: {what}")

    def numbers(self, position: int) -> pd.Series:
        """Return a column as numbers, NaN where a cell has no value.

        Raises:
            BadOwnLoad: a cell has something else than a number.
        """
        texts = self.column(position)
        values = pd.to_numeric(texts, errors="coerce").astype(float)
        # Only the few texts that are no plain number are looked at one by one.
        others = texts[~np.isfinite(values)]
        others = others[~others.str.lower().isin(MISSING)]
        has_thousands = others.str.fullmatch(THOUSANDS).astype(bool) & self.has_commas
        if (~has_thousands).any():
            row = others.index[~has_thousands][0]
            way_out = "write 1234.5" if "," in texts[row] else "write a number, or leave the cell empty"
            raise self.refuse(f"{shown(texts[row])} is no number; {way_out}", row, position)
        values[others.index] = others.str.replace(",", "").astype(float)
        return values.where(np.isfinite(values))


def shown(text: object) -> str:
    """Return a cell's text as a message repeats it."""
    short = str(text)
    return repr(safe_text(short if len(short) <= MAX_SHOWN else short[: MAX_SHOWN - 3] + "..."))


def read_table(path: Path) -> TextTable:
    """Return the table of a CSV or XLSX file.

    Raises:
        BadOwnLoad: the file cannot be read, has no row, or its rows do not fit its headings.
    """
    with guard_reading(path.name, BadOwnLoad):
        return _read_table(path)


def _read_table(path: Path) -> TextTable:
    has_commas = True
    if path.suffix.lower() == ".xlsx":
        read = _read_xlsx(path)
    else:
        text = _read_text(path)
        separator = _find_separator(text)
        read, has_commas = _parse_csv(path, text, separator), separator == ","
    numbered = [(number, cells) for number, cells in read if any(cells)]
    start = find_headings([sum(map(bool, cells)) for _, cells in numbered])
    if start is None:
        raise BadOwnLoad(f"{path.name} has no table: its first line must have the headings of its columns")
    headings = _headings(path, numbered[start][1])
    rows = numbered[start + 1 :]
    if not rows:
        raise BadOwnLoad(f"{path.name} has headings and no row below them; export it again")
    for number, cells in rows:
        if any(cells[len(headings) :]):
            raise BadOwnLoad(
                f"{path.name}, row {number} has {len(cells)} cells for {len(headings)} headings; write "
                "decimals with a point, and each value under its heading"
            )
    width = len(headings)
    padded = [(*cells[:width], *[""] * (width - len(cells))) for _, cells in rows]
    frame = pd.DataFrame(padded, index=[number for number, _ in rows], columns=range(width), dtype="object")
    titles = tuple(" ".join(filter(None, cells)) for _, cells in numbered[:start])
    return TextTable(path, headings, frame, has_commas, titles)


def find_headings(n_filled: Sequence[int]) -> int | None:
    """Return the position of the headings among rows with so many filled cells; None if no row is one.

    A title above them fills one cell, or with commas in it far fewer cells than the rows below it.
    """
    for i, number in enumerate(n_filled):
        if number > 1 and number >= max(n_filled[i + 1 : i + 4], default=0) - 1:
            return i
    return None


def _headings(path: Path, cells: Sequence[str]) -> tuple[str, ...]:
    headings = [" ".join(cell.split()) for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    if twice := [name for name in dict.fromkeys(headings) if name and headings.count(name) > 1]:
        raise BadOwnLoad(
            f"{path.name} has the column {shown(twice[0])} more than once; keep one, or name them apart"
        )
    return tuple(headings)


def _read_text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadOwnLoad(f"{path.name} cannot be read ({error}); save it as CSV in UTF-8") from error
    if "\0" in text:
        raise BadOwnLoad(f"{path.name} is no text; save it as CSV in UTF-8")
    return text


def _find_separator(text: str) -> str:
    """Return what separates the columns: tabs or semicolons where the first lines have them, else commas."""
    first = text.splitlines()[:20]
    return next((one for one in SEPARATORS if any(one in line for line in first)), ",")


def _parse_csv(path: Path, text: str, separator: str) -> list[tuple[int, list[str]]]:
    lines = text.splitlines()
    try:
        return list(_numbered(csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)))
    except csv.Error as error:
        raise BadOwnLoad(f"{path.name} cannot be read ({error}); save it as CSV in UTF-8") from error


def _numbered(rows: Iterable[Iterable[str]]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(rows, start=1):
        yield number, [cell.strip() for cell in row]


def _read_xlsx(path: Path) -> list[tuple[int, list[str]]]:
    try:
        content = path.read_bytes()
        check_workbook(content)
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        sheets = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names
        }
    except (CalamineError, OSError, ValueError) as error:
        raise BadOwnLoad(f"{path.name} cannot be read ({error}); save it anew as .xlsx or CSV") from error
    filled = {name: rows for name, rows in sheets.items() if any(any(row) for row in rows)}
    if len(filled) > 1:
        raise BadOwnLoad(
            f"{path.name} has the sheets {', '.join(map(shown, filled))}; keep one, or make a file of each"
        )
    rows = next(iter(filled.values()), [])
    return list(_numbered([cell_text(cell) for cell in row] for row in rows))


def cell_text(cell: int | float | str | bool | date | datetime | time | timedelta) -> str:
    """Return the cell of a workbook as a CSV would have it; a date without a time of day is a date."""
    if isinstance(cell, datetime):
        moment = (cell + timedelta(seconds=30)).replace(second=0, microsecond=0)  # 00:59:59.999 is 01:00
        return f"{moment:%Y-%m-%d %H:%M}" if moment.time() != time() else f"{moment:%Y-%m-%d}"
    if isinstance(cell, bool | str | date | time | timedelta):
        return str(cell)
    return repr(cell).removesuffix(".0")
