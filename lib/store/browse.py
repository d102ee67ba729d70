"""Looking at any relation of the database: what there is, page by page, narrowed by filters and hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from lib.store.database import Database

MOST_COUNTED = 100_000
"""Rows are counted so far and no further, and sorted only where there are no more."""

Operator = Literal["is", "is not", "at least", "at most", "contains", "is empty", "is not empty"]

LEVELS = (
    "control_area",
    "state",
    "load_zone",
    "capacity_zone",
    "utility",
    "cost_group",
    "cost_component",
)
"""The seven levels of the hierarchy, the highest first."""


class BadQuestion(ValueError):
    """A filter, order or page cannot be answered; the message is a sentence that says what is allowed."""


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
    levels: Mapping[str, str] | None = None
    order: str | None = None
    is_descending: bool = False


def relations(db: Database) -> pd.DataFrame:
    """Return every table and view.

    Returns:
        relation, kind ("table" or "view"), iso (None where it is not of one), comment, n_rows (an estimate;
        NULL for a view), has_levels (whether the hierarchy narrows it); by name.
    """


def columns(db: Database, relation: str) -> pd.DataFrame:
    """Return the columns of a relation: column, type, comment; in their order.

    Raises:
        UnknownRelation: there is none of the name; the message lists close ones.
    """


def levels(db: Database) -> pd.DataFrame:
    """Return the hierarchy: hierarchy_id, location_id, location, the LEVELS, uom; a row for each component."""


def choices(hierarchy: pd.DataFrame, chosen: Mapping[str, str]) -> dict[str, list[str]]:
    """Return for each level what can be chosen, given what is chosen on the other levels.

    Args:
        hierarchy: what `levels` returns.
        chosen: level -> value.
    """


def page(db: Database, question: Question, limit: int = 50, offset: int = 0) -> pd.DataFrame:
    """Return rows of a relation.

    Raises:
        UnknownRelation: the relation or a column does not exist.
        BadQuestion: a value is none of the column's type, too many rows are to be sorted, or the page lies
            beyond MOST_COUNTED rows.
    """


def count(db: Database, question: Question) -> int | None:
    """Return how many rows answer the question; None if they are more than MOST_COUNTED.

    Raises:
        UnknownRelation, BadQuestion: as `page`.
    """
