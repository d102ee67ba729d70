"""A table of any relation as CSV for a spreadsheet."""

from __future__ import annotations

import io
import re

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv


def csv_of(rows: pa.Table) -> bytes:
    """Return rows as CSV: lists as one text, hours without fractions of a second.

    Texts that a spreadsheet would take for formulas stand behind an apostrophe.
    """
    columns = [_writable(rows[name].combine_chunks()) for name in rows.column_names]
    out = io.BytesIO()
    options = csv.WriteOptions(quoting_style="needed")
    csv.write_csv(pa.table(columns, names=rows.column_names), out, options)
    return out.getvalue()


def _writable(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type):
        column = pa.array([_joined(values) for values in column.to_pylist()], pa.string())
    if pa.types.is_string(column.type):
        return _harmless(column)
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_nan(column), None, column)
    if pa.types.is_timestamp(column.type):
        return _without_fractions(column)
    return column


def _joined(values: list[object] | None) -> str | None:
    return None if values is None else ", ".join("" if value is None else str(value) for value in values)


def _harmless(texts: pa.Array) -> pa.Array:
    known = texts.dictionary_encode()  # the same few texts over and over
    harmless = pa.array([neutralised(text) for text in known.dictionary.to_pylist()], pa.string())
    return harmless.take(known.indices)


def _without_fractions(moments: pa.Array) -> pa.Array:
    seconds = moments.cast(pa.timestamp("s", moments.type.tz), safe=False)
    return seconds if seconds.cast(moments.type).equals(moments) else moments


_ACTS = re.compile(r"'*[=+\-@#\t\r\n]")
_IS_ESCAPED = re.compile(r"'+[=+\-@#\t\r\n]")


def neutralised(text: str) -> str:
    """Return a text as it stands in a cell: behind an apostrophe where it could act as one."""
    return f"'{text}" if _ACTS.match(text) else text


def original(text: str) -> str:
    """Return the text that `neutralised` was given."""
    return text[1:] if _IS_ESCAPED.match(text) else text
