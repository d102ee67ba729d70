"""What the data viewer shows: one page of a relation, and what there is to choose from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
from adbc_driver_postgresql import dbapi

from lib.store import Database
from lib.store.browse import Selection, read_page
from lib.store.hierarchy import applicable_levels, available_values, read_hierarchy
from lib.store.query import to_frame
from lib.store.relations import read_columns, read_relations

PAGE_ROWS = 50


@dataclass(frozen=True)
class Viewing:
    """A page of a relation.

    Attributes:
        relations: every relation, as `lib.store.relations.read_relations`.
        hierarchy: as `lib.store.hierarchy.read_hierarchy`.
        question: what is asked.
        columns: the relation's columns, as `lib.store.relations.read_columns`.
        rows: the page.
        n_rows: how many rows there are; None for more than are counted.
        offset: rows before the page.
    """

    relations: pd.DataFrame
    hierarchy: pd.DataFrame
    question: Selection
    columns: pd.DataFrame
    rows: pd.DataFrame
    n_rows: int | None
    offset: int = 0

    @property
    def levels(self) -> dict[str, list[str]]:
        """What can be chosen on each level of the hierarchy that narrows the relation."""
        offered = applicable_levels(self.columns["column"].tolist())
        possible = available_values(self.hierarchy, self.question.levels)
        return {level: possible[level] for level in offered}

    @property
    def is_last_page(self) -> bool:
        """Whether no row comes after this page."""
        if self.n_rows is None:
            return False
        return self.offset + PAGE_ROWS >= self.n_rows


def open_viewing(db: Database) -> Viewing:
    """Return the first page of the versions of the curves, which say what else there is to look at."""
    question = Selection("curve_version")
    blank = Viewing(
        read_relations(db),
        read_hierarchy(db),
        question,
        read_columns(db, question.relation),
        pd.DataFrame(),
        0,
    )
    with db.arrow_connection() as connection:
        return ask(connection, blank)


def read_anew(db: Database, viewing: Viewing) -> Viewing:
    """Return what is shown, with the relations and the hierarchy that there are by now."""
    known = read_relations(db)
    if viewing.question.relation not in set(known["relation"]):
        return open_viewing(db)
    return replace(viewing, relations=known, hierarchy=read_hierarchy(db))


def put(db: Database, viewing: Viewing, question: Selection, offset: int = 0) -> Viewing:
    """Return another question put, with its columns, and the rows of the former.

    Raises:
        UnknownRelation: there is no such relation.
    """
    is_known = question.relation == viewing.question.relation
    known = viewing.columns if is_known else read_columns(db, question.relation)
    return replace(viewing, question=question, columns=known, offset=offset)


def ask(connection: dbapi.Connection, viewing: Viewing) -> Viewing:
    """Return the page that was put the question for.

    Raises:
        UnknownRelation, BadSelection: the question cannot be answered, and the message says why.
    """
    page = read_page(
        connection, viewing.question, viewing.columns, viewing.hierarchy, PAGE_ROWS, viewing.offset
    )
    return replace(viewing, rows=to_frame(page.rows), n_rows=page.n_rows)
