"""Read any relation page by page, narrowed by filters and by the hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
from adbc_driver_postgresql import dbapi

from lib.store.hierarchy import level_conditions
from lib.store.query import UnknownRelation, fetch_arrow, quote_identifier, to_plain_types

MAX_ROWS = 20_000
"""Rows are counted, sorted and paged up to this number; a larger selection has to be narrowed."""

TIMEOUT_S = 60
"""The server gives a selection up after this time."""

Operator = Literal["is", "is not", "at least", "at most", "contains", "is empty", "is not empty"]

OPERATORS: Mapping[Operator, str] = {
    "is": "{column} = {value}",
    "is not": "{column} IS DISTINCT FROM {value}",
    "at least": "{column} >= {value}",
    "at most": "{column} <= {value}",
    "contains": "strpos(lower({column}), lower({value})) > 0",
    "is empty": "{column} IS NULL",
    "is not empty": "{column} IS NOT NULL",
}
"""The condition in SQL that each operator of a filter stands for."""

NEEDS_NO_VALUE = ("is empty", "is not empty")

NAME_COLUMNS = {
    "iso": "market.iso",
    "location": "location.name",
    "source": "series.source",
    "basis": "series.basis",
    "measure": "series.measure",
    "block_type": "block.block_type",
    "day_type": "block.day_type",
    "hour_type": "block.hour_type",
}
"""Each text column of the hourly relations, and the column of a small table that has all its values."""

_SETTINGS = f"""
    SELECT set_config('statement_timeout', '{TIMEOUT_S}s', true),
           set_config('synchronize_seqscans', 'off', true),
           set_config('max_parallel_workers_per_gather', '0', true)
"""
"""With these the rows of a query come in the same order each time, so that one page follows another."""

_COUNT = "_n_rows_found"
_TEXT_TYPES = frozenset({"text", "character varying", "character"})
_CANCELED = "57014"
_UNREADABLE = frozenset({"22P02", "22003", "22007", "22008", "42804", "42883"})
"""No such number, out of range, no such date, out of a date's range, and no such comparison of types."""


class BadSelection(ValueError):
    """A filter, a sort column or a page is not possible; the message says what is allowed."""


@dataclass(frozen=True)
class Filter:
    """A condition on one column. The value is a text, which the server reads as the column's type."""

    column: str
    operator: Operator
    value: str = ""


@dataclass(frozen=True)
class Selection:
    """Which rows of a relation are wanted, and in which order.

    Attributes:
        relation: name of a table or view.
        filters: conditions, all of which hold.
        levels: chosen levels of the hierarchy, such as {"control_area": "PJM", "load_zone": "AEP"}.
        sort_column: column to sort by; None: as stored.
        is_descending: whether the largest comes first.
    """

    relation: str
    filters: tuple[Filter, ...] = ()
    levels: Mapping[str, str] = field(default_factory=dict)
    sort_column: str | None = None
    is_descending: bool = False


@dataclass(frozen=True)
class Page:
    """A page of rows, and how many rows the selection has; None for more than MAX_ROWS."""

    rows: pa.Table
    n_rows: int | None


def read_page(
    connection: dbapi.Connection,
    selection: Selection,
    columns: pd.DataFrame,
    hierarchy: pd.DataFrame,
    limit: int = 50,
    offset: int = 0,
) -> Page:
    """Return a page of a selection, and how many rows the whole selection has.

    While nobody writes, every row of the selection is on exactly one page.

    Args:
        connection: to the database; another thread can cancel the query through it.
        selection: which rows are wanted.
        columns: the relation's columns, as `lib.store.relations.read_columns` returns them.
        hierarchy: as `lib.store.hierarchy.read_hierarchy` returns it.
        limit: rows of the page.
        offset: rows before the page.

    Raises:
        UnknownRelation: the relation or a column does not exist.
        BadSelection: a value does not fit its column's type, too many rows would have to be sorted, the page
            lies beyond MAX_ROWS rows, or the query was cancelled.
    """
    if offset + limit > MAX_ROWS:
        raise BadSelection(f"only the first {MAX_ROWS:,} rows can be turned to: narrow them with a filter")
    fetch_arrow(connection, _SETTINGS)
    sql, params = _selection_sql(connection, selection, columns, hierarchy)
    found = _fetch(connection, _page_sql(sql, selection, columns, limit, offset), params)
    n_rows = found[_COUNT][0].as_py()
    if selection.sort_column is not None and n_rows > MAX_ROWS:
        raise BadSelection(
            f"more than {MAX_ROWS:,} rows are too many to be sorted by {selection.sort_column}: narrow them "
            "with a filter first"
        )
    is_empty = n_rows <= offset
    rows = to_plain_types(found.drop_columns(_COUNT).slice(0, 0 if is_empty else None))
    return Page(rows, n_rows if n_rows <= MAX_ROWS else None)


def _page_sql(
    selection_sql: str, selection: Selection, columns: pd.DataFrame, limit: int, offset: int
) -> str:
    """Return the SQL of a page with the number of all rows beside it: the server searches once for both.

    The order of rows is the same for every page. If they are sorted, all other columns sort rows of equal
    rank. If not, they come as stored, and the SQL is such that the server has one plan for all pages: it must
    not choose another for a later one.
    """
    order_by = f"ORDER BY {_sort_columns(selection, columns)}" if selection.sort_column is not None else ""
    return f"""
        WITH found AS MATERIALIZED ({selection_sql} LIMIT {MAX_ROWS + 1}),
             page AS (SELECT * FROM found {order_by} LIMIT {int(limit)} OFFSET {int(offset)})
        SELECT page.*, {_COUNT} FROM (SELECT count(*) AS {_COUNT} FROM found) counted LEFT JOIN page ON true
        {order_by}
    """


def _sort_columns(selection: Selection, columns: pd.DataFrame) -> str:
    others = (quote_identifier(name) for name in columns["column"] if name != selection.sort_column)
    direction = "DESC" if selection.is_descending else "ASC"
    return ", ".join([f"{quote_identifier(str(selection.sort_column))} {direction} NULLS LAST", *others])


def _selection_sql(
    connection: dbapi.Connection, selection: Selection, columns: pd.DataFrame, hierarchy: pd.DataFrame
) -> tuple[str, dict[str, Any]]:
    """Return the SQL of all rows of a selection, and its parameters."""
    types = columns.set_index("column")["type"].to_dict()
    used = [chosen.column for chosen in selection.filters]
    used += [] if selection.sort_column is None else [selection.sort_column]
    if unknown := [name for name in used if name not in types]:
        raise UnknownRelation(f"{selection.relation} has no column {unknown[0]!r}")
    conditions, params = level_conditions(hierarchy, selection.levels, [*types])
    for i, chosen in enumerate(selection.filters):
        _check_filter(chosen, types[chosen.column])
        template = OPERATORS[chosen.operator]
        value: str | list[str] = chosen.value.strip()
        if chosen.operator == "contains" and "interval_start" in types and chosen.column in NAME_COLUMNS:
            # Otherwise a text that is in no name would make the server read millions of rows.
            template, value = "{column} IN {value}", _names_that_contain(connection, chosen)
        conditions.append(template.format(column=quote_identifier(chosen.column), value=f":typed_{i}"))
        params[f"typed_{i}"] = value
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {quote_identifier(selection.relation)}{where}", params


def _check_filter(chosen: Filter, column_type: str) -> None:
    if "\0" in chosen.value:
        raise BadSelection(f"the value for {chosen.column} has a character that no text may have")
    if chosen.operator in NEEDS_NO_VALUE:
        return
    if column_type.endswith("[]") or column_type in ("json", "jsonb"):
        raise BadSelection(
            f"the column {chosen.column} has the type {column_type}: ask only whether it is empty"
        )
    if chosen.operator == "contains" and column_type not in _TEXT_TYPES:
        raise BadSelection(
            f"the column {chosen.column} is no text ({column_type}) that could contain one: ask for at least "
            "or most"
        )


def _names_that_contain(connection: dbapi.Connection, chosen: Filter) -> list[str]:
    """Return the values of an hourly relation's text column that contain the filter's text."""
    relation, column = NAME_COLUMNS[chosen.column].split(".")
    condition = OPERATORS["contains"].format(column=column, value=":typed")
    sql = f"SELECT DISTINCT {column} AS name FROM {relation} WHERE {condition} ORDER BY name"
    names: list[str] = _fetch(connection, sql, {"typed": chosen.value.strip()})["name"].to_pylist()
    return names


def _fetch(connection: dbapi.Connection, sql: str, params: Mapping[str, Any]) -> pa.Table:
    """Return rows, or raise BadSelection with a sentence for a typed value that the server cannot read."""
    try:
        return fetch_arrow(connection, sql, params)
    except dbapi.Error as error:
        if error.sqlstate == _CANCELED:
            raise BadSelection("the search takes too long: narrow it with a filter") from None
        if error.sqlstate in _UNREADABLE:
            raise BadSelection(f"a filter's value cannot be read: {_first_line(error)}") from None
        raise


def _first_line(error: dbapi.Error) -> str:
    """Return the first line of the server's message."""
    message = str(error).partition("ERROR:")[2] or str(error)
    return message.strip().splitlines()[0]
