"""Looking at any relation of the database, page by page, narrowed by filters and by the hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
from adbc_driver_postgresql import dbapi

from lib.store.hierarchy import level_conditions
from lib.store.query import UnknownRelation, fetch, quoted, to_plain_types

MOST_ROWS = 20_000
"""Rows are counted, sorted, and can be turned to, so far and no further: beyond, they are to be narrowed."""

TIMEOUT_S = 60
"""A question is given up after this time, however much is asked."""

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
"""What a filter can ask of a column."""

NEEDS_NO_VALUE = ("is empty", "is not empty")

NAMES = {
    "iso": "market.iso",
    "location": "location.name",
    "source": "series.source",
    "basis": "series.basis",
    "measure": "series.measure",
    "block_type": "block.block_type",
    "day_type": "block.day_type",
    "hour_type": "block.hour_type",
}
"""The columns of text of hourly relations, and where the few names that stand in them are to be found."""


class BadSearch(ValueError):
    """A filter, an order or a page cannot be answered; the message says what is allowed."""


@dataclass(frozen=True)
class Filter:
    """A condition on one column; the value is what was typed, and is read as the column's type."""

    column: str
    operator: Operator
    value: str = ""


@dataclass(frozen=True)
class Question:
    """What is asked of a relation.

    Attributes:
        relation: name of a table or view.
        filters: conditions, all of which hold.
        levels: chosen levels of the hierarchy, such as {"control_area": "PJM", "load_zone": "AEP"}.
        order: column to sort by; None: as stored.
        is_descending: whether the largest comes first.
    """

    relation: str
    filters: tuple[Filter, ...] = ()
    levels: Mapping[str, str] = field(default_factory=dict)
    order: str | None = None
    is_descending: bool = False


@dataclass(frozen=True)
class Answer:
    """A page of rows, and how many there are in all; None for more than MOST_ROWS."""

    rows: pa.Table
    n_rows: int | None


def answer(
    connection: dbapi.Connection,
    question: Question,
    known: pd.DataFrame,
    hierarchy: pd.DataFrame,
    limit: int = 50,
    offset: int = 0,
) -> Answer:
    """Return a page of the rows that answer a question, and how many there are.

    While nothing is written, the pages of a question follow each other: no row is on two of them, and none is
    left out.

    Args:
        connection: to the database; whoever has it can cancel the question from another thread.
        question: what is asked.
        known: the relation's columns, as `lib.store.catalogue.columns`.
        hierarchy: as `lib.store.hierarchy.levels`.
        limit: rows of the page.
        offset: rows before the page.

    Raises:
        UnknownRelation: the relation or a column does not exist.
        BadSearch: a value is none of the column's type, too many rows are to be sorted, the page lies
            beyond MOST_ROWS rows, or it was cancelled.
    """
    if offset + limit > MOST_ROWS:
        raise BadSearch(f"only the first {MOST_ROWS:,} rows can be turned to: narrow them with a filter")
    fetch(connection, _MANNERS)
    rows, params = _rows_of(connection, question, known, hierarchy)
    found = _ask(connection, _paged(rows, question, known, limit, offset), params)
    n_rows = found[_COUNT][0].as_py()
    if question.order is not None and n_rows > MOST_ROWS:
        raise BadSearch(
            f"more than {MOST_ROWS:,} rows are too many to be sorted by {question.order}: narrow them "
            "with a filter first"
        )
    is_empty = n_rows <= offset
    page = to_plain_types(found.drop_columns(_COUNT).slice(0, 0 if is_empty else None))
    return Answer(page, n_rows if n_rows <= MOST_ROWS else None)


def _paged(rows: str, question: Question, known: pd.DataFrame, limit: int, offset: int) -> str:
    """Return the query of a page, beside which stands how many rows there are: they are looked for once.

    Its order is the same for each page. What is sorted has rows of equal rank put in order by all other
    columns. What is not comes as it is stored, from one plan for all pages: the server may not choose
    another for a later one.
    """
    order = f"ORDER BY {_order(question, known)}" if question.order is not None else ""
    return f"""
        WITH found AS MATERIALIZED ({rows} LIMIT {MOST_ROWS + 1}),
             page AS (SELECT * FROM found {order} LIMIT {int(limit)} OFFSET {int(offset)})
        SELECT page.*, {_COUNT} FROM (SELECT count(*) AS {_COUNT} FROM found) counted LEFT JOIN page ON true
        {order}
    """


def _order(question: Question, known: pd.DataFrame) -> str:
    others = (quoted(name) for name in known["column"] if name != question.order)
    first = f"{quoted(str(question.order))} {'DESC' if question.is_descending else 'ASC'} NULLS LAST"
    return ", ".join([first, *others])


def _rows_of(
    connection: dbapi.Connection, question: Question, known: pd.DataFrame, hierarchy: pd.DataFrame
) -> tuple[str, dict[str, Any]]:
    """Return the query of all rows that answer, and its parameters."""
    types = known.set_index("column")["type"].to_dict()
    used = [chosen.column for chosen in question.filters]
    used += [] if question.order is None else [question.order]
    if strangers := [name for name in used if name not in types]:
        raise UnknownRelation(f"{question.relation} has no column {strangers[0]!r}")
    conditions, params = level_conditions(hierarchy, question.levels, [*types])
    for i, chosen in enumerate(question.filters):
        _check_filter(chosen, types[chosen.column])
        template = OPERATORS[chosen.operator]
        value: str | list[str] = chosen.value.strip()
        if chosen.operator == "contains" and "interval_start" in types and chosen.column in NAMES:
            # Else a text that is in no name would have millions of rows read.
            template, value = "{column} IN {value}", _names_with(connection, chosen)
        conditions.append(template.format(column=quoted(chosen.column), value=f":typed_{i}"))
        params[f"typed_{i}"] = value
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {quoted(question.relation)}{where}", params


def _check_filter(chosen: Filter, column_type: str) -> None:
    if "\0" in chosen.value:
        raise BadSearch(f"the value for {chosen.column} has a character that no text may have")
    if chosen.operator in NEEDS_NO_VALUE:
        return
    if column_type.endswith("[]") or column_type in ("json", "jsonb"):
        raise BadSearch(
            f"the column {chosen.column} holds {column_type}, of which can only be asked whether it is empty"
        )
    if chosen.operator == "contains" and column_type not in _TEXTS:
        raise BadSearch(
            f"the column {chosen.column} is no text ({column_type}) that could contain one: ask for at least "
            "or most"
        )


def _names_with(connection: dbapi.Connection, chosen: Filter) -> list[str]:
    """Return the names in a column of an hourly relation that have a text in them."""
    relation, column = NAMES[chosen.column].split(".")
    condition = OPERATORS["contains"].format(column=column, value=":typed")
    query = f"SELECT DISTINCT {column} AS name FROM {relation} WHERE {condition} ORDER BY name"
    names: list[str] = _ask(connection, query, {"typed": chosen.value.strip()})["name"].to_pylist()
    return names


def _ask(connection: dbapi.Connection, sql: str, params: Mapping[str, Any]) -> pa.Table:
    """Read rows; say in a sentence what a value that was typed cannot be."""
    try:
        return fetch(connection, sql, params)
    except dbapi.Error as error:
        if error.sqlstate == _CANCELED:
            raise BadSearch("the question takes too long: narrow it with a filter") from None
        if error.sqlstate in _UNREADABLE:
            raise BadSearch(f"a filter's value cannot be read: {_reason(error)}") from None
        raise


def _reason(error: dbapi.Error) -> str:
    """Return the first line of what the server said."""
    said = str(error).partition("ERROR:")[2] or str(error)
    return said.strip().splitlines()[0]


_MANNERS = f"""
    SELECT set_config('statement_timeout', '{TIMEOUT_S}s', true),
           set_config('synchronize_seqscans', 'off', true),
           set_config('max_parallel_workers_per_gather', '0', true)
"""
"""Rows come in the same order each time, so that one page follows another."""

_COUNT = "_n_rows_found"
_TEXTS = frozenset({"text", "character varying", "character"})
_CANCELED = "57014"
_UNREADABLE = frozenset({"22P02", "22003", "22007", "22008", "42804", "42883"})
"""No such number, out of range, no such date, out of a date's range, and no such comparison of types."""
