"""The bulk read path: a query to a frame through Arrow, and any relation by its name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from adbc_driver_postgresql import dbapi
from pandas.api.types import is_list_like

from lib.store.database import Database

_TOKEN = re.compile(
    r"""
    '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/   # texts, names and comments stay as they are
    | ::                                                    # and so do casts
    | :(?P<name>[a-z_]\w*)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


class UnknownRelation(LookupError):
    """No table, view or column has the name; the message lists similar names."""


def read_sql(db: Database, sql: str, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Return the rows of a query as a frame.

    Args:
        db: the database.
        sql: one SELECT, with parameters as :name.
        params: the parameters' values; a list is for `IN :name`, and nothing is in an empty list.

    Returns:
        The query's columns; timestamps as datetime64[us, UTC], dates as datetime64, numeric as float64, NULL
        as NaN.

    Raises:
        DatabaseUnreachable: no connection could be made.
        KeyError: the query names a parameter that has no value.
        TypeError: a value's type has no SQL literal.
    """
    with db.arrow_connection() as connection:
        return to_frame(fetch_arrow(connection, sql, params))


def fetch_arrow(connection: dbapi.Connection, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
    """Return the rows of a query as an Arrow table, within the connection's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(with_literals(sql, params))
        return cursor.fetch_arrow_table()


def with_literals(sql: str, params: Mapping[str, Any] | None = None) -> str:
    """Return the SQL with its :name parameters replaced by literals.

    The driver streams the result of a query without parameters as a COPY, but sends that of a query with
    parameters row by row.

    Raises:
        KeyError: the SQL names a parameter that has no value.
        TypeError: a value's type has no SQL literal.
    """
    values = params or {}

    def replace(token: re.Match[str]) -> str:
        name = token["name"]
        if name is None:
            return token[0]
        if name not in values:
            raise KeyError(f"no value is given for :{name}")
        return _literal(values[name])

    return _TOKEN.sub(replace, sql)


def to_plain_types(table: pa.Table) -> pa.Table:
    """Return a table in Arrow's own types: PostgreSQL's numeric as float64, json and uuid as texts."""
    for i, column in enumerate(table.schema):
        if isinstance(column.type, pa.BaseExtensionType):
            # The driver returns a value whose type Arrow lacks as text.
            plain = table[i].cast(column.type.storage_type)
            is_numeric = getattr(column.type, "type_name", None) == "numeric"
            table = table.set_column(i, column.name, plain.cast(pa.float64()) if is_numeric else plain)
    return table


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return an Arrow table as a frame with the dtypes that `read_sql` promises."""
    return to_plain_types(table).to_pandas(date_as_object=False, split_blocks=True, self_destruct=True)


def read_relation(
    db: Database,
    name: str,
    columns: Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Return a table or view by its name: `read_relation(db, "nyiso_vlr", where={"load_zone": "WEST"})`.

    Args:
        db: the database to read from.
        name: the relation: da_lmps_ercot, labelled_rt_load, hourly_vlr_pjm, isone_shaping, ...
        columns: the columns wanted, in this order; None for all.
        where: column -> the value it must have, a list of allowed values, or None for NULL.
        limit: the largest number of rows.

    Returns:
        The rows in no particular order, with the dtypes of `read_sql`.

    Raises:
        UnknownRelation: the relation or a column does not exist; the message lists similar names.
    """
    known = _columns_of(db, name)
    chosen = list(columns) if columns is not None else known
    for column in (*chosen, *(where or {})):
        if column not in known:
            raise UnknownRelation(f"{name} has no column {column!r}{_close(column, known)}")
    conditions, params = _conditions(where or {})
    sql = f"SELECT {', '.join(map(quote_identifier, chosen))} FROM {quote_identifier(name)}"
    if conditions:
        sql += f" WHERE {' AND '.join(conditions)}"
    if limit is not None:
        sql += f" LIMIT {int(limit)}"
    return read_sql(db, sql, params)


def _columns_of(db: Database, name: str) -> list[str]:
    found = read_sql(
        db,
        """
        SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
          AND attnum > 0 AND NOT attisdropped
        ORDER BY attrelid, attnum
        """,
    )
    columns = found.loc[found["relname"] == name, "attname"].tolist()
    if not columns:
        raise UnknownRelation(f"no table or view {name!r}{_close(name, found['relname'].unique())}")
    return columns


def _close(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name.lower(), list(known), n=5, cutoff=0.5)
    return f": did you mean {', '.join(close)}?" if close else ""


def _conditions(where: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    conditions, params = [], {}
    for i, (column, value) in enumerate(where.items()):
        if value is None:
            conditions.append(f"{quote_identifier(column)} IS NULL")
            continue
        conditions.append(f"{quote_identifier(column)} {'IN' if is_list_like(value) else '='} :value_{i}")
        params[f"value_{i}"] = value
    return conditions, params


def quote_identifier(name: str) -> str:
    """Return a name as a quoted SQL identifier, whatever characters it contains."""
    return '"' + name.replace('"', '""') + '"'


def _literal(value: Any) -> str:
    if is_list_like(value):
        return f"({', '.join(map(_literal, value)) or 'NULL'})"
    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date):
        value = value.isoformat()
    if isinstance(value, int | float | Decimal):
        # In parentheses, because a minus before a negative number would start a comment.
        return f"({value})" if isfinite(value) else f"'{value}'::float8"
    if isinstance(value, str) and "\0" not in value:
        return "'" + value.replace("'", "''") + "'"
    raise TypeError(f"{type(value).__name__} has no SQL literal: {value!r}")
