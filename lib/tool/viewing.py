"""What the data viewer shows: one page of a relation, and what there is to choose from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from lib.store import Database, browse
from lib.store.browse import Question
from lib.store.hierarchy import LEVELS, choices, levels

PAGE_ROWS = 50

NARROWED_BY = {"hierarchy_id", "iso", "market_id", "location", "location_id", "series_id", *LEVELS}
"""Columns by which the hierarchy narrows a relation."""


@dataclass(frozen=True)
class Viewing:
    """A page of a relation.

    Attributes:
        relations: every relation, as `browse.relations`.
        hierarchy: as `hierarchy.levels`.
        question: what is asked.
        columns: the relation's columns, as `browse.columns`.
        rows: the page.
        n_rows: how many rows there are; None for more than are counted.
        offset: rows before the page.
    """

    relations: pd.DataFrame
    hierarchy: pd.DataFrame
    question: Question
    columns: pd.DataFrame
    rows: pd.DataFrame
    n_rows: int | None
    offset: int = 0

    @property
    def has_levels(self) -> bool:
        """Whether the hierarchy narrows the relation."""
        return not NARROWED_BY.isdisjoint(self.columns["column"])

    @property
    def levels(self) -> dict[str, list[str]]:
        """What can be chosen on each level of the hierarchy; {} where it does not narrow the relation."""
        return choices(self.hierarchy, self.question.levels) if self.has_levels else {}

    @property
    def is_last_page(self) -> bool:
        """Whether no row comes after this page."""
        if self.n_rows is None:
            return False
        return self.offset + PAGE_ROWS >= self.n_rows


def open_viewing(db: Database) -> Viewing:
    """Return the first page of the versions of the curves, which say what else there is to look at."""
    relations = browse.relations(db)
    question = Question("curve_version")
    blank = pd.DataFrame()
    return ask(db, Viewing(relations, levels(db), question, blank, blank, 0), question)


def ask(db: Database, viewing: Viewing, question: Question, offset: int = 0) -> Viewing:
    """Return a page of what is asked.

    Raises:
        UnknownRelation, BadQuestion: the question cannot be answered, and the message says why.
    """
    is_same = question == viewing.question
    return replace(
        viewing,
        question=question,
        columns=browse.columns(db, question.relation),
        rows=browse.page(db, question, PAGE_ROWS, offset),
        n_rows=viewing.n_rows if is_same and offset else browse.count(db, question),
        offset=offset,
    )
