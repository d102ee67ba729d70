"""From the file of a settlement report to a frame: columns by name, every line used, collapsed or shown.

ICE answers every failure with status 200, so the first question is what the body really is. A report is then
parsed in stages: split it into lines of fields, find the headings, type the columns, drop repeated lines, and
list every line that cannot be used with its number and the reason.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from zipfile import BadZipFile

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from lib.hub_map import SETTLEMENT_KEY
from lib.safe_text import describe_error, is_reader_error
from lib.settlements.columns import COLUMNS, parse_columns
from lib.settlements.reports import Form, UnreadableReport
from lib.workbook_limits import UnsafeWorkbook, check_workbook

FIRST_LINE = b"TRADE DATE|HUB|PRODUCT"
"""How a .dat report begins."""

ZIP = b"PK"
"""How an .xlsx workbook begins, which is a zip archive."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SEARCHED_BYTES = 64 * 1024
_LONGEST_LINE = 10_000
_ROWS_BEFORE_HEADER = 20
_SHOWN_CHARACTERS = 160

Fields = Sequence[str]
"""The fields of a line."""


class Content(Enum):
    """What the body of a response can be."""

    REPORT = auto()
    NO_FILE = auto()
    LOGIN_PAGE = auto()
    UNKNOWN = auto()


def detect_content(body: bytes, form: Form) -> Content:
    """Return what the body of a response to the request for a report is."""
    start = {"dat": FIRST_LINE, "xlsx": ZIP}[form]
    if body.removeprefix(_BYTE_ORDER_MARK).startswith(start):
        return Content.REPORT
    page = body[:_SEARCHED_BYTES].lower()
    if b"no files available" in page:
        return Content.NO_FILE
    if b"ice sso client" in page:
        return Content.LOGIN_PAGE
    return Content.UNKNOWN


def describe_body(body: bytes) -> str:
    """Return how an unknown body begins, as text that is safe to print."""
    if not body:
        return "an empty answer"
    start = "".join(c if c.isprintable() else " " for c in body[:60].decode("utf-8", "replace"))
    return f"{len(body):,} bytes that begin {' '.join(start.split())!r}"


@dataclass(frozen=True)
class ParsedReport:
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


def parse_report(body: bytes, form: Form, trade_date: date) -> ParsedReport:
    """Return the contents of a report's file, whose columns may stand in any order.

    Repeated lines collapse. Lines with the same key and different values are all rejected, because nobody can
    know which of them is right.

    Raises:
        UnreadableReport: a column is missing, no line can be used, or the file is damaged in whatever way.
    """
    try:
        return _parse_report(body, form, trade_date)
    except UnreadableReport:
        raise
    except BaseException as error:
        if not is_reader_error(error):
            raise
        raise UnreadableReport(f"the file cannot be read ({describe_error(error)})") from error


def _parse_report(body: bytes, form: Form, trade_date: date) -> ParsedReport:
    rows = {"dat": _parse_dat, "xlsx": _parse_xlsx}[form](body)
    names, lines = _headings(rows.iloc[0]), rows.iloc[1:]
    is_whole = lines.map(len) == len(names)
    texts = pd.DataFrame(lines[is_whole].tolist(), index=lines.index[is_whole], columns=names)
    broken = lines[~is_whole].map(lambda fields: f"{len(fields)} fields, not {len(names)}")
    frame, reasons = parse_columns(texts, trade_date)
    frame, conflicts, n_repeated = _without_repeats(frame)
    rejects = _rejects(lines, pd.concat([broken, reasons, conflicts]).sort_index())
    if frame.empty:
        why = f"the first of {len(rejects):,}: {rejects['reason'].iloc[0]}" if len(rejects) else "it has none"
        raise UnreadableReport(f"no line of the file can be used; {why}")
    return ParsedReport(frame.reset_index(drop=True), rejects, len(lines), n_repeated)


def _headings(header: Fields) -> list[str]:
    """Return the headings of a report that has each column once."""
    names = [name.strip().upper() for name in header]
    for count, complaint in ((0, "lacks"), (2, "repeats")):
        if wrong := [heading for heading in COLUMNS if min(names.count(heading), 2) == count]:
            raise UnreadableReport(
                f"the header {complaint} {', '.join(wrong)}; it is {'|'.join(names)[:300]}"
            )
    return names


def _without_repeats(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series, int]:
    """Return the rows with a unique key, the reason for each rejected row, and how many repeat another."""
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


def _parse_dat(body: bytes) -> pd.Series:
    """Return the fields of each line by its number; a stray quote affects its own line only."""
    lines = enumerate(body.decode("utf-8-sig", "replace").split("\n"), start=1)
    return _numbered({number: _fields(line.rstrip("\r")) for number, line in lines if line.strip()})


def _numbered(rows: Mapping[int, Fields]) -> pd.Series:
    if not rows:
        raise UnreadableReport("the file is empty")
    return pd.Series(list(rows.values()), index=list(rows), dtype=object)


def _fields(line: str) -> Fields:
    if len(line) > _LONGEST_LINE:
        return [line]
    return next(csv.reader([line], delimiter="|")) if '"' in line else line.split("|")


def _parse_xlsx(body: bytes) -> pd.Series:
    """Return the rows of a workbook's first sheet, from its headings on, as text like in a .dat file."""
    try:
        check_workbook(body)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0)
        rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, UnsafeWorkbook, BadZipFile) as error:
        raise UnreadableReport(f"the workbook is damaged ({error})") from error
    first = _index_of_header(rows[:_ROWS_BEFORE_HEADER])
    width = max(i for i, name in enumerate(rows[first], start=1) if name)
    numbered = enumerate(rows[first:], start=first + 1)
    return _numbered({number: row[:width] for number, row in numbered if any(row)})


def _index_of_header(rows: Iterable[Fields]) -> int:
    """Return the index of the row with the headings; a title may stand above them."""
    wanted = next(iter(COLUMNS))
    for index, row in enumerate(rows):
        if wanted in (text.strip().upper() for text in row):
            return index
    raise UnreadableReport(f"the workbook has no row with the heading {wanted}")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return f"{cell.month}/{cell.day}/{cell.year}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
