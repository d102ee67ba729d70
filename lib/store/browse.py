"""Looking at any relation of the database, page by page, narrowed by filters and by the hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
from adbc_driver_postgresql import dbapi

from lib.markets import MARKETS
from lib.store.database import Database
from lib.store.hierarchy import conditions_of, levels
from lib.store.read import UnknownRelation, quoted, read_sql

MOST_ROWS = 20_000
"""Rows are counted, sorted, and can be turned to, so far and no further: beyond, they are to be narrowed."""

Operator = Literal["is", "is not", "at least", "at most", "contains", "is empty", "is not empty"]

OPERATORS: Mapping[Operator, str] = {
    "is": "{column} = {value}",
    "is not": "{column} IS DISTINCT FROM {value}",
    "at least": "{column} >= {value}",
    "at most": "{column} <= {value}",
    "contains": "strpos(lower({column}::text), lower({value})) > 0",
    "is empty": "{column} IS NULL",
    "is not empty": "{column} IS NOT NULL",
}
"""What a filter can ask of a column."""


class BadQuestion(ValueError):
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


def relations(db: Database) -> pd.DataFrame:
    """Return every table and view.

    Returns:
        relation, kind ("table" or "view"), iso (None where it is not of one), comment, n_rows (an estimate;
        NULL for a view and for a table never counted); by name.
    """
    found = read_sql(db, _RELATIONS)
    names = found["relation"].str.split("_").map(set)
    owner = {iso.lower(): iso for iso in MARKETS}
    found.insert(2, "iso", [next((owner[part] for part in owner if part in name), None) for name in names])
    return found


def columns(db: Database, relation: str) -> pd.DataFrame:
    """Return the columns of a relation: column, type, comment; in their order.

    Raises:
        UnknownRelation: there is none of the name.
    """
    found = read_sql(db, _COLUMNS, {"relation": relation})
    if found.empty:
        raise UnknownRelation(f"there is no table or view {relation!r}")
    return found


def page(db: Database, question: Question, limit: int = 50, offset: int = 0) -> pd.DataFrame:
    """Return rows of a relation.

    Raises:
        UnknownRelation: the relation or a column does not exist.
        BadQuestion: a value is none of the column's type, too many rows are to be sorted, or the page lies
            beyond MOST_ROWS rows.
    """
    if offset + limit > MOST_ROWS:
        raise BadQuestion(f"only the first {MOST_ROWS:,} rows can be turned to: narrow them with a filter")
    rows, params = _rows_of(db, question)
    if question.order is not None:
        if _count(db, rows, params) is None:
            raise BadQuestion(
                f"more than {MOST_ROWS:,} rows are too many to be sorted by {question.order}: narrow them "
                "with a filter first"
            )
        rows += f" ORDER BY {quoted(question.order)} {'DESC' if question.is_descending else 'ASC'} NULLS LAST"
    return _ask(db, f"{rows} LIMIT {int(limit)} OFFSET {int(offset)}", params)


def count(db: Database, question: Question) -> int | None:
    """Return how many rows answer the question; None if they are more than MOST_ROWS.

    Raises:
        UnknownRelation, BadQuestion: as `page`.
    """
    return _count(db, *_rows_of(db, question))


def _count(db: Database, rows: str, params: Mapping[str, Any]) -> int | None:
    counted = _ask(db, f"SELECT count(*) AS n FROM ({rows} LIMIT {MOST_ROWS + 1}) AS rows", params)
    n_rows = int(counted["n"].item())
    return n_rows if n_rows <= MOST_ROWS else None


def _rows_of(db: Database, question: Question) -> tuple[str, dict[str, Any]]:
    """Return the query of all rows that answer, and its parameters."""
    known = columns(db, question.relation)["column"].tolist()
    used = [chosen.column for chosen in question.filters]
    used += [] if question.order is None else [question.order]
    if strangers := [name for name in used if name not in known]:
        raise UnknownRelation(f"{question.relation} has no column {strangers[0]!r}")
    conditions, params = conditions_of(levels(db), question.levels, known) if question.levels else ([], {})
    for i, chosen in enumerate(question.filters):
        if "\0" in chosen.value:
            raise BadQuestion(f"the value for {chosen.column} has a character that no text may have")
        conditions.append(
            OPERATORS[chosen.operator].format(column=quoted(chosen.column), value=f":typed_{i}")
        )
        params[f"typed_{i}"] = chosen.value.strip()
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {quoted(question.relation)}{where}", params


def _ask(db: Database, sql: str, params: Mapping[str, Any]) -> pd.DataFrame:
    """Read rows; say in a sentence what a value that was typed cannot be."""
    try:
        return read_sql(db, sql, params)
    except dbapi.Error as error:
        if error.sqlstate == _CANCELED:
            raise BadQuestion("the question takes too long: narrow it with a filter") from None
        if error.sqlstate in _UNREADABLE:
            raise BadQuestion(f"a filter's value cannot be read: {_reason(error)}") from None
        raise


def _reason(error: dbapi.Error) -> str:
    """Return the first line of what the server said."""
    said = str(error).partition("ERROR:")[2] or str(error)
    return said.strip().splitlines()[0]


_CANCELED = "57014"
_UNREADABLE = frozenset({"22P02", "22003", "22007", "22008", "42804", "42883"})
"""No such number, out of range, no such date, out of a date's range, and no such comparison of types."""

_RELATIONS = """
    SELECT relname AS relation, CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind,
           obj_description(pg_class.oid, 'pg_class') AS comment,
           CASE relkind
               WHEN 'v' THEN NULL
               WHEN 'p' THEN (SELECT sum(nullif(part.reltuples, -1)) FROM pg_inherits
                              JOIN pg_class part ON part.oid = inhrelid WHERE inhparent = pg_class.oid)
               ELSE nullif(reltuples, -1)
           END::float8 AS n_rows
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
    ORDER BY relname
"""

_COLUMNS = """
    SELECT attname AS column, format_type(atttypid, atttypmod) AS type,
           col_description(attrelid, attnum) AS comment
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND relname = :relation
      AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""
