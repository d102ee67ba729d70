"""The data viewer: any relation of the database, narrowed by hierarchy and filters, page by page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from adbc_driver_postgresql import dbapi
from pydantic import NonNegativeInt

from lib.present.display import Table
from lib.present.formats import Format
from lib.present.table_csv import encode_csv
from lib.store.browse import (
    MAX_ROWS,
    NEEDS_NO_VALUE,
    OPERATORS,
    Filter,
    Operator,
    Page,
    Selection,
    read_page,
)
from lib.tool.page import render_template
from lib.tool.panels.panel import Action, ActionInputs, Name, Panel
from lib.tool.session import File, Session
from lib.tool.viewer import FILE, ROWS, current_selection, search_for_file, search_rows
from lib.tool.viewer_state import PAGE_ROWS, ViewerState


class RelationInputs(ActionInputs):
    """A table or view."""

    value: Name


class LevelInputs(ActionInputs):
    """A level of the hierarchy and its value; "" for all values."""

    level: Name
    value: str


class AddFilterInputs(ActionInputs):
    """A column, an operator, and the typed value to compare with."""

    column: Name
    operator: Operator
    operand: str


class DropFilterInputs(ActionInputs):
    """The index of a filter."""

    index: NonNegativeInt


class SortInputs(ActionInputs):
    """The column to sort by, "" for none, and the direction."""

    sort_column: str
    direction: Literal["up", "down"]


class TurnInputs(ActionInputs):
    """How many pages to go forward; a negative number goes back."""

    pages: int


def _render(session: Session) -> str:
    viewer = session.viewer
    selection = viewer.selection
    relation = viewer.relations.set_index("relation").loc[selection.relation]
    return render_template(
        "viewer",
        viewer=viewer,
        selection=selection,
        groups=_group_relations(viewer),
        comment=relation["comment"] or "",
        levels=viewer.levels,
        columns=viewer.columns.to_dict("records"),
        operators=OPERATORS,
        table=_render_table(viewer),
        first=viewer.offset + 1,
        last=viewer.offset + len(viewer.rows),
        most=MAX_ROWS,
        jobs=session.jobs_of(ROWS, FILE),
    )


def _group_relations(viewer: ViewerState) -> dict[str, list[str]]:
    """Return the relations by ISO; those of all ISOs come first."""
    iso = viewer.relations["iso"].fillna("All ISOs")
    groups = viewer.relations["relation"].groupby(iso, sort=False).agg(list).to_dict()
    return dict(sorted(groups.items(), key=lambda group: group[0] != "All ISOs"))


def _render_table(viewer: ViewerState) -> str:
    rows = viewer.rows.map(_flatten)
    formats = {name: Format(name, "{:,.6g}" if rows[name].dtype.kind == "f" else None) for name in rows}
    relation = viewer.selection.relation
    caption = f"{relation}, rows {viewer.offset + 1:,} to {viewer.offset + len(rows):,}"
    return Table(rows, caption if len(rows) else relation, 0, formats).render_html()


def _flatten(value: object) -> object:
    """Return the elements of an array as one text, and anything else unchanged."""
    return ", ".join(map(str, value)) if isinstance(value, np.ndarray | list) else value


def _selecting(
    change: Callable[[Selection, Any], Selection], describe: Callable[[Selection], str]
) -> Callable[[Session, ActionInputs], Session]:
    """Return the function of an action that changes the selection and shows its first page.

    Args:
        change: returns the next selection from the current one and the action's inputs.
        describe: returns what the message says of the next selection.
    """

    def run(session: Session, inputs: ActionInputs) -> Session:
        selection = change(current_selection(session), inputs)
        return search_rows(session, selection, describe(selection))

    return run


def _choose_relation(_: Selection, inputs: RelationInputs) -> Selection:
    return Selection(inputs.value)


def _choose_level(selection: Selection, inputs: LevelInputs) -> Selection:
    chosen = {**selection.levels, inputs.level: inputs.value}
    return replace(selection, levels={level: value for level, value in chosen.items() if value})


def _add_filter(selection: Selection, inputs: AddFilterInputs) -> Selection:
    value = "" if inputs.operator in NEEDS_NO_VALUE else inputs.operand
    added = Filter(inputs.column, inputs.operator, value)
    return replace(selection, filters=(*selection.filters, added))


def _drop_filter(selection: Selection, inputs: DropFilterInputs) -> Selection:
    kept = (one for i, one in enumerate(selection.filters) if i != inputs.index)
    return replace(selection, filters=tuple(kept))


def _sort(selection: Selection, inputs: SortInputs) -> Selection:
    return replace(
        selection, sort_column=inputs.sort_column or None, is_descending=inputs.direction == "down"
    )


def _describe_levels(selection: Selection) -> str:
    levels = [f"{level.replace('_', ' ')} {value}" for level, value in selection.levels.items()]
    return f"narrowed to {', '.join(levels)}" if levels else "not narrowed by the hierarchy"


def _describe_sort(selection: Selection) -> str:
    if selection.sort_column is None:
        return "as stored; choose what to sort by to give it a direction"
    return (
        f"sorted by {selection.sort_column}, the {'largest' if selection.is_descending else 'smallest'} first"
    )


def _turn(session: Session, inputs: TurnInputs) -> Session:
    offset = max(0, session.viewer.offset + inputs.pages * PAGE_ROWS)
    return search_rows(session, session.viewer.selection, f"rows from {offset + 1:,}", offset)


def _download(session: Session, _: ActionInputs) -> Session:
    viewer = session.viewer
    selection = viewer.selection

    def read(connection: dbapi.Connection) -> tuple[Page, bytes]:
        page = read_page(connection, selection, viewer.columns, viewer.hierarchy, MAX_ROWS)
        return page, encode_csv(page.rows)

    def hand_over(later: Session, result: tuple[Page, bytes]) -> Session:
        page, content = result
        which = "The first" if page.n_rows is None else "All"
        text = f"{which} {len(page.rows):,} rows of {selection.relation} are downloaded."
        return replace(later.with_message(text), outbox=File(f"{selection.relation}.csv", content))

    return search_for_file(session, f"Making the file {selection.relation}.csv", read, hand_over)


PANEL = Panel(
    "viewer",
    _render,
    lambda session: (id(session.viewer), session.jobs_of(ROWS, FILE)),
    {
        "relation": Action(RelationInputs, _selecting(_choose_relation, lambda _: "all rows")),
        "level": Action(LevelInputs, _selecting(_choose_level, _describe_levels)),
        "add_filter": Action(AddFilterInputs, _selecting(_add_filter, lambda _: "filtered")),
        "drop_filter": Action(DropFilterInputs, _selecting(_drop_filter, lambda _: "filter removed")),
        "sort": Action(SortInputs, _selecting(_sort, _describe_sort)),
        "turn": Action(TurnInputs, _turn),
        "download_rows": Action(ActionInputs, _download),
    },
)
