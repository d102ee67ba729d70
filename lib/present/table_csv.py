"""A table as CSV for a spreadsheet, in which no text can act as a formula."""

from __future__ import annotations

import io
import re

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

_FORMULA = re.compile(r"'*[=+\-@#\t\r\n]")
_ESCAPED_FORMULA = re.compile(r"'+[=+\-@#\t\r\n]")
"""How a text begins that a spreadsheet takes for a formula, and such a text behind its apostrophe."""


def encode_csv(rows: pa.Table) -> bytes:
    """Return rows as CSV in UTF-8: lists as one text, times without fractions of a second where these are 0.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    columns = [_csv_column(rows[name].combine_chunks()) for name in rows.column_names]
    out = io.BytesIO()
    options = csv.WriteOptions(quoting_style="needed")
    csv.write_csv(pa.table(columns, names=rows.column_names), out, options)
    return out.getvalue()


def _csv_column(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type):
        column = pa.array([_join(values) for values in column.to_pylist()], pa.string())
    if pa.types.is_string(column.type):
        return _escape_formulas(column)
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_nan(column), None, column)
    if pa.types.is_timestamp(column.type):
        return _drop_fractions(column)
    return column


def _join(values: list[object] | None) -> str | None:
    return None if values is None else ", ".join("" if value is None else str(value) for value in values)


def _escape_formulas(texts: pa.Array) -> pa.Array:
    distinct = texts.dictionary_encode()  # the same few texts over and over
    escaped = pa.array([escape_formula(text) for text in distinct.dictionary.to_pylist()], pa.string())
    return escaped.take(distinct.indices)


def _drop_fractions(moments: pa.Array) -> pa.Array:
    seconds = moments.cast(pa.timestamp("s", moments.type.tz), safe=False)
    return seconds if seconds.cast(moments.type).equals(moments) else moments


def escape_formula(text: str) -> str:
    """Return the text of a cell, behind an apostrophe if a spreadsheet could take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unescape_formula(text: str) -> str:
    """Return the text that `escape_formula` got."""
    return text[1:] if _ESCAPED_FORMULA.match(text) else text
