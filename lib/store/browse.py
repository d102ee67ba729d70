"""Looking at any relation of the database, page by page, narrowed by filters and by the hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
from adbc_driver_postgresql import dbapi

from lib.markets import MARKETS, locations
from lib.store.database import Database
from lib.store.hierarchy import LEVELS, conditions_of
from lib.store.read import UnknownRelation, fetch, quoted, to_frame

MOST_ROWS = 20_000
"""Rows are counted, sorted, and can be turned to, so far and no further: beyond, they are to be narrowed."""

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


@dataclass(frozen=True)
class Answer:
    """A page of rows, and how many there are in all; None for more than MOST_ROWS."""

    rows: pd.DataFrame
    n_rows: int | None


def answer(
    db: Database,
    question: Question,
    known: pd.DataFrame,
    hierarchy: pd.DataFrame,
    limit: int = 50,
    offset: int = 0,
) -> Answer:
    """Return a page of the rows that answer a question, and how many there are.

    The pages of a question follow each other: no row is on two of them, and none is left out.

    Args:
        db: the database.
        question: what is asked.
        known: the relation's columns, as `lib.store.catalogue.columns`.
        hierarchy: as `lib.store.hierarchy.levels`.
        limit: rows of the page.
        offset: rows before the page.

    Raises:
        UnknownRelation: the relation or a column does not exist.
        BadQuestion: a value is none of the column's type, too many rows are to be sorted, or the page lies
            beyond MOST_ROWS rows.
    """
    if offset + limit > MOST_ROWS:
        raise BadQuestion(f"only the first {MOST_ROWS:,} rows can be turned to: narrow them with a filter")
    rows, params = _rows_of(question, known, hierarchy)
    with db.arrow_connection() as connection:
        counted = f"SELECT count(*) AS n FROM ({rows} LIMIT {MOST_ROWS + 1}) AS rows"
        n_rows = int(_ask(connection, counted, params)["n"].item())
        if question.order is not None and n_rows > MOST_ROWS:
            raise BadQuestion(
                f"more than {MOST_ROWS:,} rows are too many to be sorted by {question.order}: narrow them "
                "with a filter first"
            )
        paged = f"{_in_order(rows, question, known)} LIMIT {int(limit)} OFFSET {int(offset)}"
        return Answer(_ask(connection, paged, params), n_rows if n_rows <= MOST_ROWS else None)


def _in_order(rows: str, question: Question, known: pd.DataFrame) -> str:
    """Return the query of rows in an order that is the same for each page.

    What is sorted has rows of equal rank put in order by all other columns. What is not comes as it is
    stored, from one plan for all pages: the server may not choose another for a later one.
    """
    found = f"WITH found AS MATERIALIZED ({rows} LIMIT {MOST_ROWS}) SELECT * FROM found"
    if question.order is None:
        return found
    others = (quoted(name) for name in known["column"] if name != question.order)
    first = f"{quoted(question.order)} {'DESC' if question.is_descending else 'ASC'} NULLS LAST"
    return f"{found} ORDER BY {', '.join([first, *others])}"


def _rows_of(question: Question, known: pd.DataFrame, hierarchy: pd.DataFrame) -> tuple[str, dict[str, Any]]:
    """Return the query of all rows that answer, and its parameters."""
    names = known["column"].tolist()
    used = [chosen.column for chosen in question.filters]
    used += [] if question.order is None else [question.order]
    if strangers := [name for name in used if name not in names]:
        raise UnknownRelation(f"{question.relation} has no column {strangers[0]!r}")
    types = known.set_index("column")["type"]
    conditions, params = conditions_of(hierarchy, question.levels, names)
    for i, chosen in enumerate(question.filters):
        if "\0" in chosen.value:
            raise BadQuestion(f"the value for {chosen.column} has a character that no text may have")
        condition, params[f"typed_{i}"] = _condition(chosen, f":typed_{i}", types[chosen.column], hierarchy)
        conditions.append(condition)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {quoted(question.relation)}{where}", params


def _condition(
    chosen: Filter, value: str, column_type: str, hierarchy: pd.DataFrame
) -> tuple[str, str | list[str]]:
    """Return the SQL condition of a filter, and its parameter.

    Names of places are few and known, so those with the text in them become a list: otherwise a text
    that is in none would have millions of rows read.
    """
    typed = chosen.value.strip()
    if chosen.operator == "contains":
        if column_type not in _TEXTS:
            raise BadQuestion(
                f"{chosen.column} is no text ({column_type}) that could contain one: ask for at least or most"
            )
        if chosen.column in ("location", *LEVELS):
            return f"{quoted(chosen.column)} IN {value}", _names_with(typed, chosen.column, hierarchy)
    return OPERATORS[chosen.operator].format(column=quoted(chosen.column), value=value), typed


def _names_with(typed: str, column: str, hierarchy: pd.DataFrame) -> list[str]:
    """Return the names in a column that have a text in them, hubs among them."""
    names = set(hierarchy[column].dropna())
    if column == "location":
        names |= {place.name for iso in MARKETS for place in locations(iso)}
    return sorted(name for name in names if typed.lower() in name.lower())


def _ask(connection: dbapi.Connection, sql: str, params: Mapping[str, Any]) -> pd.DataFrame:
    """Read rows; say in a sentence what a value that was typed cannot be."""
    try:
        return to_frame(fetch(connection, sql, params))
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


_TEXTS = frozenset({"text", "character varying", "character"})
_CANCELED = "57014"
_UNREADABLE = frozenset({"22P02", "22003", "22007", "22008", "42804", "42883"})
"""No such number, out of range, no such date, out of a date's range, and no such comparison of types."""
