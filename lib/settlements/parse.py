"""A settlement report from its file to a frame: by header name, every line used, collapsed or shown."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import openpyxl
import pandas as pd

from lib.settlements.columns import COLUMNS, KEY, read_columns
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
    `rejects` has a row for each line that could not be used: line (1 is the header), reason, text.
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
    header, rows = {"dat": _read_dat, "xlsx": _read_xlsx}[form](body)
    names = [name.strip().upper() for name in header]
    if missing := [heading for heading in COLUMNS if heading not in names]:
        raise UnreadableReport(f"the header lacks {', '.join(missing)}; it has {'|'.join(names)[:300]}")
    lines = pd.Series(rows, dtype=object)
    is_whole = lines.map(len) == len(names)
    texts = pd.DataFrame(lines[is_whole].tolist(), index=lines.index[is_whole], columns=names)
    frame, reasons = read_columns(texts.loc[:, ~texts.columns.duplicated()], trade_date)
    reasons = pd.concat([lines[~is_whole].map(lambda row: f"{len(row)} fields, not {len(names)}"), reasons])
    is_repeated = frame.duplicated()
    frame = frame[~is_repeated]
    is_in_conflict = frame.duplicated(list(KEY), keep=False)
    conflicts = pd.Series(_CONFLICT, index=frame.index[is_in_conflict], dtype=object)
    rejects = _rejects(lines, pd.concat([reasons, conflicts]).sort_index())
    frame = frame[~is_in_conflict]
    if frame.empty:
        why = f"the first of {len(rejects):,}: {rejects['reason'].iloc[0]}" if len(rejects) else "it has none"
        raise UnreadableReport(f"no line of the file can be used; {why}")
    return Parsed(frame.reset_index(drop=True), rejects, len(lines), int(is_repeated.sum()))


_CONFLICT = "another line has the same key and other values"


def _rejects(lines: pd.Series, reasons: pd.Series) -> pd.DataFrame:
    # The index counts from 0 below the header, which is line 1.
    texts = lines[reasons.index].map(lambda row: "|".join(row)[:_SHOWN_CHARACTERS])
    return pd.DataFrame(
        {"line": reasons.index + 2, "reason": reasons.astype(object), "text": texts.astype(object)}
    ).reset_index(drop=True)


def _read_dat(body: bytes) -> tuple[Row, list[Row]]:
    """Return header and lines of a pipe-delimited file; a stray quote spoils its own line and no other."""
    lines = body.decode("utf-8-sig", "replace").split("\n")
    header, *rows = [_fields(line.rstrip("\r")) for line in lines if line.strip()]
    return header, rows


def _fields(line: str) -> Row:
    if len(line) > _LONGEST_LINE:
        return [line]
    return next(csv.reader([line], delimiter="|")) if '"' in line else line.split("|")


def _read_xlsx(body: bytes) -> tuple[Row, list[Row]]:
    """Return header and rows of a workbook's first sheet, as the texts that a .dat file has."""
    try:
        book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True)
        rows = [[_text(cell) for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
        raise UnreadableReport(f"the workbook is damaged ({type(error).__name__})") from error
    rows = [row for row in rows if any(row)]
    first = _place_of_header(rows[:_ROWS_BEFORE_HEADER])
    width = max((i for i, name in enumerate(rows[first], start=1) if name), default=0)
    return rows[first][:width], [row[:width] for row in rows[first + 1 :]]


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
