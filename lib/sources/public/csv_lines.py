"""Publishers' CSV files as tables of text: a line that is none costs itself, and is counted and named.

In these files a record is one line. A stray quote would make a parser take all lines up to the next one for
a single cell, so lines with an odd number of quotes are left out before a parser sees them, and so are lines
with more cells than the header.
"""

from __future__ import annotations

import csv
from io import BytesIO

import pandas as pd

from lib.safe_text import NAME_LENGTH, safe_text
from lib.sources.guard import guard_reading
from lib.sources.public.query import Unreadable
from lib.sources.stray_quotes import drop_stray_quotes

MAX_CELLS = 2_000
"""Columns of a table; the widest known, a day of loads, has a hundred."""

_ENCODINGS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def whole_lines(content: bytes, file: str) -> tuple[bytes, list[str]]:
    """Return the lines of a file that have an even number of quotes, and words for each other line.

    Args:
        content: the file, in UTF-8 or with the mark of UTF-16.
        file: its name, for the words.

    Raises:
        Unreadable: the file is a page, or no text.
    """
    text = _as_utf8(content, file)
    text, stray = drop_stray_quotes(text)
    return text, [f"line {number}: {_shown(line)}" for number, line in stray]


def parse_table(content: bytes, file: str) -> tuple[pd.DataFrame, list[str]]:
    """Return the table of a CSV file, its cells as text, and words for each line that was left out.

    Args:
        content: the file.
        file: its name, for messages.

    Raises:
        Unreadable: the file is no table, or has a column twice.
    """
    text, stray = whole_lines(content, file)
    with guard_reading(file, Unreadable):
        lines = [line for line in text.splitlines() if line.strip()]
        header = [name.strip() for name in next(csv.reader([lines[0].decode("utf-8")]))] if lines else []
        if not header or len(header) > MAX_CELLS:
            raise Unreadable(f"{file} is no table: its first line has {len(header)} columns")
        if twice := sorted({name for name in header if name and header.count(name) > 1}):
            raise Unreadable(f"{file} has the column {safe_text(twice[0], NAME_LENGTH)!r} more than once")
        table = pd.read_csv(
            BytesIO(text), dtype=str, keep_default_na=False, skipinitialspace=True, on_bad_lines="skip",
            index_col=False,
        )  # fmt: skip
        table = table.rename(columns=lambda name: str(name).strip())
        n_lost = len(lines) - 1 - len(table)
        if n_lost:
            stray += _too_long(lines[1:], len(header))[:n_lost] or [f"{n_lost} lines"]
    return table, stray


def check_has_rows(table: pd.DataFrame, file: str) -> None:
    """Check that a publisher's table has rows: a header alone says nothing of any hour.

    Raises:
        Unreadable: it has none.
    """
    if table.empty:
        raise Unreadable(f"{file} has headings and no row below them")


def _too_long(lines: list[bytes], n_cells: int) -> list[str]:
    """Return words for the lines with more cells than the header."""
    texts = (line.decode("utf-8", "replace") for line in lines)
    return [f"the line {_shown(text)}" for text in texts if len(next(csv.reader([text]))) > n_cells]


def _as_utf8(content: bytes, file: str) -> bytes:
    """Return a file in UTF-8 without a mark."""
    for mark, encoding in _ENCODINGS.items():
        if content.startswith(mark):
            with guard_reading(file, Unreadable):
                return content.decode(encoding).encode()
    start = content.lstrip()[:200]
    if start.startswith(b"<"):
        raise Unreadable(f"{file} is a page and no table: {_shown(start)}")
    return content


def _shown(line: bytes | str) -> str:
    text = line if isinstance(line, str) else line.decode("utf-8", "replace")
    return repr(safe_text(text.strip(), NAME_LENGTH))
