"""From the body of a response to rows: check what it really is, and find the columns by name."""

from __future__ import annotations

import csv
from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from lib.sources.protocol import NO_ROWS

SYMBOL, CLOSE, TIME = "symbol", "close", "tradedatetimeutc"

TIME_FORMAT = "%m/%d/%Y %I:%M:%S %p"

SHOWN = 80
"""Characters of a response that a message shows."""


class InvalidResponse(Exception):
    """A response with status 200 that is not the table of the query; `kind` says what it is."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def parse_rows(body: bytes, symbols: Sequence[str]) -> pd.DataFrame:
    """Return the rows of a response in the order in which they came.

    Args:
        body: the body of the response.
        symbols: the symbols of the query; for a single one the response may lack the symbol column.

    Returns:
        symbol (one of the query), local (start of the hour by the publisher's clock, NaT if unreadable),
        value (numbers; the whole column as text if any of them is no number).

    Raises:
        InvalidResponse: it is empty, a page, an error message or damaged, or lacks a column or every row.
    """
    names = _columns(body, symbols)
    table = _table(body, names)
    rows = pd.DataFrame(
        {
            "symbol": _symbols(table, symbols),
            "local": _times(table[TIME].to_pandas()),
            "value": _values(table[CLOSE]),
        }
    )
    if len(rows) and rows["local"].isna().all():
        sample = table[TIME][0].as_py()
        raise InvalidResponse(
            "unreadable_time", f"no time is like 12/31/2024 11:00:00 PM, such as {sample!r}"
        )
    rows = rows[rows["symbol"].isin(symbols)].reset_index(drop=True)
    if rows.empty:
        raise InvalidResponse(NO_ROWS, "the response has a header but no row of the requested symbols")
    return rows


def _columns(body: bytes, symbols: Sequence[str]) -> list[str]:
    """Return the names of the header in lower case; each needed one must be there exactly once."""
    text = body.lstrip(b"\xef\xbb\xbf \r\n\t")
    if not text:
        raise InvalidResponse("empty_answer", "the response is empty")
    if text.startswith(b"<"):
        raise InvalidResponse("html_answer", f"the response is a page and no table: {_shown(text)}")
    header = text.partition(b"\n")[0].decode(errors="replace")
    names = [name.strip().lower() for name in next(csv.reader([header]))]
    needed = (CLOSE, TIME) if len(symbols) == 1 else (SYMBOL, CLOSE, TIME)
    lacking = [name for name in needed if names.count(name) != 1]
    if lacking and b"error" in text[:1000].lower():
        raise InvalidResponse("error_answer", f"the service says {_shown(text)}")
    if lacking:
        raise InvalidResponse(
            "missing_columns",
            f"the response does not have the column {' and '.join(lacking)} once: {_shown(text)}",
        )
    return names


def _shown(text: bytes) -> str:
    return repr(text[:SHOWN].decode(errors="replace"))


def _table(body: bytes, names: list[str]) -> pa.Table:
    malformed: list[str] = []

    def skip(row: pacsv.InvalidRow) -> str:
        malformed.append(row.text or "")
        return "skip"

    # Symbols and times repeat: as dictionaries each distinct one is stored and parsed once.
    texts = pa.dictionary(pa.int32(), pa.string())
    convert = pacsv.ConvertOptions(
        column_types={SYMBOL: texts, TIME: texts, CLOSE: pa.string()},
        include_columns=[name for name in (SYMBOL, CLOSE, TIME) if name in names],
        strings_can_be_null=False,
    )
    try:
        table = pacsv.read_csv(
            pa.BufferReader(body.lstrip()),
            read_options=pacsv.ReadOptions(column_names=names, skip_rows=1),
            parse_options=pacsv.ParseOptions(invalid_row_handler=skip),
            convert_options=convert,
        )
    except pa.ArrowInvalid as error:
        raise InvalidResponse("unreadable_answer", f"the response cannot be read: {error}") from error
    if malformed:
        raise InvalidResponse(
            "malformed_line",
            f"{len(malformed)} lines do not have the header's number of fields, such as "
            f"{malformed[0][:SHOWN]!r}; so the response counts as damaged",
        )
    return table


def _symbols(table: pa.Table, symbols: Sequence[str]) -> pd.Series | str:
    if SYMBOL not in table.column_names:
        return symbols[0]
    return table[SYMBOL].to_pandas().map(lambda text: text.strip().removeprefix("#")).astype("object")


def _times(texts: pd.Series) -> pd.Series:
    """Return naive times, NaT for text that is no time; each distinct text is parsed once."""
    distinct = pd.Series(texts.cat.categories, dtype="object").str.strip()
    parsed = pd.to_datetime(distinct, format=TIME_FORMAT, errors="coerce").astype("datetime64[us]")
    return parsed.take(texts.cat.codes).reset_index(drop=True)


def _values(texts: pa.ChunkedArray) -> pd.Series:
    try:
        return texts.cast(pa.float64()).to_pandas()
    except pa.ArrowInvalid:
        return texts.to_pandas()
