"""A settlement report from its file to a frame: by header name, every line used, collapsed or shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from lib.hub_map import SETTLEMENT_KEY
from lib.settlements.columns import COLUMNS, read_columns
from lib.settlements.reports import Form, UnreadableReport

_LONGEST_LINE = 10_000
_ROWS_BEFORE_HEADER = 20
_SHOWN_CHARACTERS = 160

Row = Sequence[str]


@dataclass(frozen=True)
class Parsed:
    """The contents of a report.

    `frame` has a row per settlement: trade_date, hub, product, strip, contract, contract_type, strike (NaN
    but for options), settlement_price and net_change (in the contract's unit), expiration_date, product_id.
    `rejects` has a row for each line that could not be used: its number in the file, reason, text.
    `n_lines` counts the lines below the header, `n_repeated` those that only repeat another.
    """

    frame: pd.DataFrame
    rejects: pd.DataFrame
    n_lines: int
    n_repeated: int


def parse(body: bytes, form: Form, trade_date: date) -> Parsed:
    """Read the file of a report, whose columns may stand in any order.

    Lines that repeat another collapse. Lines with one key and different contents are all kept out: which of
    them is right cannot be known.

    Raises:
        UnreadableReport: a column is missing, no line can be used, or the file is damaged.
    """
    everything = {"dat": _read_dat, "xlsx": _read_xlsx}[form](body)
    names, lines = _headings(everything.iloc[0]), everything.iloc[1:]
    is_whole = lines.map(len) == len(names)
    texts = pd.DataFrame(lines[is_whole].tolist(), index=lines.index[is_whole], columns=names)
    broken = lines[~is_whole].map(lambda fields: f"{len(fields)} fields, not {len(names)}")
    frame, reasons = read_columns(texts, trade_date)
    frame, conflicts, n_repeated = _without_doubles(frame)
    rejects = _rejects(lines, pd.concat([broken, reasons, conflicts]).sort_index())
    if frame.empty:
        why = f"the first of {len(rejects):,}: {rejects['reason'].iloc[0]}" if len(rejects) else "it has none"
        raise UnreadableReport(f"no line of the file can be used; {why}")
    return Parsed(frame.reset_index(drop=True), rejects, len(lines), n_repeated)


def _headings(header: Row) -> list[str]:
    """Return the headings of a report that has each column once."""
    names = [name.strip().upper() for name in header]
    for count, complaint in ((0, "lacks"), (2, "repeats")):
        if wrong := [heading for heading in COLUMNS if min(names.count(heading), 2) == count]:
            raise UnreadableReport(
                f"the header {complaint} {', '.join(wrong)}; it is {'|'.join(names)[:300]}"
            )
    return names


def _without_doubles(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series, int]:
    """Return the rows with a key of their own, the reason for each kept out, and how many repeat another."""
    is_repeated = frame.duplicated()
    frame = frame[~is_repeated]
    is_in_conflict = frame.duplicated(list(SETTLEMENT_KEY), keep=False)
    reason = "another line has the same key and other values"
    conflicts = pd.Series(reason, index=frame.index[is_in_conflict], dtype=object)
    return frame[~is_in_conflict], conflicts, int(is_repeated.sum())


def _rejects(lines: pd.Series, reasons: pd.Series) -> pd.DataFrame:
    texts = lines[reasons.index].map(lambda fields: "|".join(fields)[:_SHOWN_CHARACTERS])
    columns = {"line": reasons.index, "reason": reasons.astype(object), "text": texts.astype(object)}
    return pd.DataFrame(columns).reset_index(drop=True)


def _read_dat(body: bytes) -> pd.Series:
    """Return the fields of each line by its number; a stray quote spoils its own line and no other."""
    lines = enumerate(body.decode("utf-8-sig", "replace").split("\n"), start=1)
    return _numbered({number: _fields(line.rstrip("\r")) for number, line in lines if line.strip()})


def _numbered(rows: Mapping[int, Row]) -> pd.Series:
    if not rows:
        raise UnreadableReport("the file is empty")
    return pd.Series(list(rows.values()), index=list(rows), dtype=object)


def _fields(line: str) -> Row:
    if len(line) > _LONGEST_LINE:
        return [line]
    return next(csv.reader([line], delimiter="|")) if '"' in line else line.split("|")


def _read_xlsx(body: bytes) -> pd.Series:
    """Return the rows of a workbook's first sheet, from its headings on, as the texts of a .dat file."""
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0)
        rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except CalamineError as error:
        raise UnreadableReport(f"the workbook is damaged ({error})") from error
    first = _place_of_header(rows[:_ROWS_BEFORE_HEADER])
    width = max(i for i, name in enumerate(rows[first], start=1) if name)
    numbered = enumerate(rows[first:], start=first + 1)
    return _numbered({number: row[:width] for number, row in numbered if any(row)})


def _place_of_header(rows: Iterable[Row]) -> int:
    """Return which row holds the headings; a title may stand above them."""
    wanted = next(iter(COLUMNS))
    for place, row in enumerate(rows):
        if wanted in (text.strip().upper() for text in row):
            return place
    raise UnreadableReport(f"the workbook has no row with the heading {wanted}")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return f"{cell.month}/{cell.day}/{cell.year}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


FIRST_LINE = b"TRADE DATE|HUB|PRODUCT"
"""How a .dat report begins."""

ZIP = b"PK"
"""How an .xlsx workbook begins, which is a zip archive."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LOOKED_AT = 64 * 1024


class Content(Enum):
    """The kinds of answers."""

    REPORT = auto()
    NO_FILE = auto()
    LOGIN_PAGE = auto()
    UNKNOWN = auto()


def sniff(body: bytes, form: Form) -> Content:
    """Return what the body of an answer is, when a report in some form was asked for."""
    start = {"dat": FIRST_LINE, "xlsx": ZIP}[form]
    if body.removeprefix(_BYTE_ORDER_MARK).startswith(start):
        return Content.REPORT
    page = body[:_LOOKED_AT].lower()
    if b"no files available" in page:
        return Content.NO_FILE
    if b"ice sso client" in page:
        return Content.LOGIN_PAGE
    return Content.UNKNOWN


def describe(body: bytes) -> str:
    """Return how an unknown body begins, as text that is safe to show."""
    if not body:
        return "an empty answer"
    start = "".join(c if c.isprintable() else " " for c in body[:60].decode("utf-8", "replace"))
    return f"{len(body):,} bytes that begin {' '.join(start.split())!r}"
