"""The bulk read path: a query to a frame through Arrow, and any relation by its name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from adbc_driver_postgresql import dbapi
from sqlalchemy import bindparam, text
from sqlalchemy.dialects import postgresql

from lib.store.database import Database

# Literals go into the text: only without parameters does the driver stream its results as COPY.
_DIALECT = postgresql.dialect(paramstyle="named")
_DIALECT.identifier_preparer._double_percents = False


class UnknownRelation(LookupError):
    """No table, view or column has the name; the message lists those that are close."""


def read_sql(db: Database, sql: str, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Return the rows of a query as a frame.

    Args:
        db: the database to ask.
        sql: one SELECT; values stand in it as :name.
        params: their values; a list or tuple is for `IN :name`.

    Returns:
        The query's columns; timestamps as datetime64[us, UTC], dates as datetime64, numeric as float64, NULL
        as NaN.

    Raises:
        DatabaseUnreachable: no connection could be made.
        CompileError: a value is of a kind that has no literal.
    """
    with db.arrow_connection() as connection:
        return to_frame(fetch(connection, sql, params))


def fetch(connection: dbapi.Connection, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
    """Return the rows of a query as Arrow, in the connection's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(with_literals(sql, params))
        return cursor.fetch_arrow_table()


def with_literals(sql: str, params: Mapping[str, Any] | None = None) -> str:
    """Return the SQL with its :name parameters written out as quoted literals."""
    values = {name: _plain(value) for name, value in (params or {}).items()}
    statement = text(sql).bindparams(
        *(bindparam(name, value, expanding=isinstance(value, list)) for name, value in values.items())
    )
    return str(statement.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return an Arrow table as a frame, in the dtypes that `read_sql` promises."""
    for i, column in enumerate(table.schema):
        if isinstance(column.type, pa.BaseExtensionType):
            # PostgreSQL's numeric, json and uuid have no Arrow type: the driver hands over their text.
            plain = table[i].cast(column.type.storage_type)
            is_numeric = getattr(column.type, "type_name", None) == "numeric"
            table = table.set_column(i, column.name, plain.cast(pa.float64()) if is_numeric else plain)
    return table.to_pandas(date_as_object=False, split_blocks=True, self_destruct=True)


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
        columns: those wanted, in this order; None for all.
        where: column -> the value it must have, a list of allowed values, or None for NULL.
        limit: at most so many rows.

    Returns:
        The rows in no given order, in the dtypes of `read_sql`.

    Raises:
        UnknownRelation: the relation or a column does not exist; the message lists close names.
    """
    known = _columns_of(db, name)
    chosen = list(columns) if columns is not None else known
    for column in (*chosen, *(where or {})):
        if column not in known:
            raise UnknownRelation(f"{name} has no column {column!r}{_close(column, known)}")
    conditions, params = _conditions(where or {})
    sql = f"SELECT {', '.join(map(_quoted, chosen))} FROM {_quoted(name)}"
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
            conditions.append(f"{_quoted(column)} IS NULL")
            continue
        value = _plain(value)
        conditions.append(f"{_quoted(column)} {'IN' if isinstance(value, list) else '='} :value_{i}")
        params[f"value_{i}"] = value
    return conditions, params


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _plain(value: Any) -> Any:
    """Return a value as the plain Python type that has an SQL literal."""
    if isinstance(value, list | tuple | set | frozenset | np.ndarray | pd.Series | pd.Index):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
