"""The data viewer's state: one page of a relation, and what there is to choose from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
from adbc_driver_postgresql import dbapi

from lib.store import Database
from lib.store.browse import Selection, read_page
from lib.store.hierarchy import applicable_levels, available_values, read_hierarchy
from lib.store.query import to_frame
from lib.store.relations import read_columns, read_relations

FIRST_RELATION = "curve_version"
"""The relation that is shown first: the versions of the curves tell what else there is to look at."""

PAGE_ROWS = 50


@dataclass(frozen=True)
class ViewerState:
    """A page of a relation.

    Attributes:
        relations: every relation, as `lib.store.relations.read_relations`.
        hierarchy: as `lib.store.hierarchy.read_hierarchy`.
        selection: the relation with its filters, levels and sorting.
        columns: the relation's columns, as `lib.store.relations.read_columns`.
        rows: the rows of the page.
        n_rows: how many rows there are in all; None for more than are counted.
        offset: the number of rows before the page.
    """

    relations: pd.DataFrame
    hierarchy: pd.DataFrame
    selection: Selection
    columns: pd.DataFrame
    rows: pd.DataFrame
    n_rows: int | None
    offset: int = 0

    @property
    def levels(self) -> dict[str, list[str]]:
        """The choices on each level of the hierarchy that narrows the relation."""
        offered = applicable_levels(self.columns["column"].tolist())
        possible = available_values(self.hierarchy, self.selection.levels)
        return {level: possible[level] for level in offered}

    @property
    def is_last_page(self) -> bool:
        """Whether no row follows this page."""
        if self.n_rows is None:
            return False
        return self.offset + PAGE_ROWS >= self.n_rows


def open_viewer(db: Database) -> ViewerState:
    """Return the viewer with the first page of the first relation."""
    selection = Selection(FIRST_RELATION)
    blank = ViewerState(
        read_relations(db), read_hierarchy(db), selection, read_columns(db, FIRST_RELATION), pd.DataFrame(), 0
    )
    with db.arrow_connection() as connection:
        return with_rows(connection, blank)


def refresh_viewer(db: Database, viewer: ViewerState) -> ViewerState:
    """Return the viewer with today's relations and hierarchy; the first page if its relation is gone."""
    known = read_relations(db)
    if viewer.selection.relation not in set(known["relation"]):
        return open_viewer(db)
    return replace(viewer, relations=known, hierarchy=read_hierarchy(db))


def with_selection(db: Database, viewer: ViewerState, selection: Selection, offset: int = 0) -> ViewerState:
    """Return the viewer with another selection and its columns; the rows are still the former ones.

    Raises:
        UnknownRelation: there is no such relation.
    """
    is_known = selection.relation == viewer.selection.relation
    known = viewer.columns if is_known else read_columns(db, selection.relation)
    return replace(viewer, selection=selection, columns=known, offset=offset)


def with_rows(connection: dbapi.Connection, viewer: ViewerState) -> ViewerState:
    """Return the viewer with the rows of its selection.

    Raises:
        UnknownRelation, BadSelection: the selection has no answer; the message says why.
    """
    page = read_page(connection, viewer.selection, viewer.columns, viewer.hierarchy, PAGE_ROWS, viewer.offset)
    return replace(viewer, rows=to_frame(page.rows), n_rows=page.n_rows)
