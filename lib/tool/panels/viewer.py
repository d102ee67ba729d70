"""The data viewer: any relation of the database, narrowed by hierarchy and filters, page by page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from adbc_driver_postgresql import dbapi

from lib.present.display import Table
from lib.present.formats import Format
from lib.present.table_csv import csv_of
from lib.store.browse import MAX_ROWS, NEEDS_NO_VALUE, OPERATORS, Filter, Page, Selection, read_page
from lib.tool.page import render_template
from lib.tool.panels.panel import Action, Panel, Values, first
from lib.tool.session import File, Session
from lib.tool.viewer import FILE, ROWS, current_selection, search_for_file, search_rows
from lib.tool.viewer_state import PAGE_ROWS, ViewerState


def _html(session: Session) -> str:
    viewer = session.viewer
    selection = viewer.selection
    relation = viewer.relations.set_index("relation").loc[selection.relation]
    return render_template(
        "viewer",
        viewer=viewer,
        selection=selection,
        groups=_groups(viewer),
        comment=relation["comment"] or "",
        levels=viewer.levels,
        columns=viewer.columns.to_dict("records"),
        operators=OPERATORS,
        table=_table(viewer),
        first=viewer.offset + 1,
        last=viewer.offset + len(viewer.rows),
        most=MAX_ROWS,
        jobs=session.jobs_of(ROWS, FILE),
    )


def _groups(viewer: ViewerState) -> dict[str, list[str]]:
    """Return the relations by what they are about, those of all ISOs first."""
    about = viewer.relations["iso"].fillna("All ISOs")
    groups = viewer.relations["relation"].groupby(about, sort=False).agg(list).to_dict()
    return dict(sorted(groups.items(), key=lambda group: group[0] != "All ISOs"))


def _table(viewer: ViewerState) -> str:
    rows = viewer.rows.map(_flat)
    formats = {name: Format(name, "{:,.6g}" if rows[name].dtype.kind == "f" else None) for name in rows}
    caption = f"{viewer.selection.relation}, rows {viewer.offset + 1:,} to {viewer.offset + len(rows):,}"
    return Table(rows, caption if len(rows) else viewer.selection.relation, 0, formats).render_html()


def _flat(value: object) -> object:
    """Return an array as the text of its elements; anything else as it is."""
    return ", ".join(map(str, value)) if isinstance(value, np.ndarray | list) else value


def _asking(change: Callable[[Selection, Values], Selection], say: Callable[[Selection], str]) -> Action:
    """Return the action that changes the selection and shows the first page of the answer."""

    def action(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
        selection = change(current_selection(session), values)
        return search_rows(session, selection, say(selection))

    return action


def _relation(_: Selection, values: Values) -> Selection:
    return Selection(first(values, "value"))


def _level(selection: Selection, values: Values) -> Selection:
    chosen = {**selection.levels, first(values, "level"): first(values, "value")}
    return replace(selection, levels={level: value for level, value in chosen.items() if value})


def _add_filter(selection: Selection, values: Values) -> Selection:
    operator = first(values, "operator")
    value = "" if operator in NEEDS_NO_VALUE else first(values, "operand")
    added = Filter(first(values, "column"), operator, value)  # type: ignore[arg-type]
    return replace(selection, filters=(*selection.filters, added))


def _drop_filter(selection: Selection, values: Values) -> Selection:
    position = int(first(values, "position"))
    kept = (one for i, one in enumerate(selection.filters) if i != position)
    return replace(selection, filters=tuple(kept))


def _order(selection: Selection, values: Values) -> Selection:
    return replace(
        selection, order=first(values, "order") or None, is_descending=first(values, "direction") == "down"
    )


def _narrowed(selection: Selection) -> str:
    levels = [f"{level.replace('_', ' ')} {value}" for level, value in selection.levels.items()]
    return f"narrowed to {', '.join(levels)}" if levels else "not narrowed by the hierarchy"


def _sorted(selection: Selection) -> str:
    if selection.order is None:
        return "as stored; choose what to sort by to give it a direction"
    return f"sorted by {selection.order}, the {'largest' if selection.is_descending else 'smallest'} first"


def _turn(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    offset = max(0, session.viewer.offset + int(first(values, "pages")) * PAGE_ROWS)
    return search_rows(session, session.viewer.selection, f"rows from {offset + 1:,}", offset)


def _download(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    viewer = session.viewer
    selection = viewer.selection

    def look(connection: dbapi.Connection) -> tuple[Page, bytes]:
        found = read_page(connection, selection, viewer.columns, viewer.hierarchy, MAX_ROWS)
        return found, csv_of(found.rows)

    def hand_over(later: Session, found: tuple[Page, bytes]) -> Session:
        answered, content = found
        which = "The first" if answered.n_rows is None else "All"
        said = f"{which} {len(answered.rows):,} rows"
        file = File(f"{selection.relation}.csv", content)
        return replace(later.with_message(f"{said} of {selection.relation} are downloaded."), outbox=file)

    return search_for_file(session, f"Making the file {selection.relation}.csv", look, hand_over)


PANEL = Panel(
    "viewer",
    _html,
    lambda session: (id(session.viewer), session.jobs_of(ROWS, FILE)),
    {
        "relation": _asking(_relation, lambda _: "all rows"),
        "level": _asking(_level, _narrowed),
        "add_filter": _asking(_add_filter, lambda _: "filtered"),
        "drop_filter": _asking(_drop_filter, lambda _: "filter taken away"),
        "order": _asking(_order, _sorted),
        "turn": _turn,
        "download_rows": _download,
    },
)
