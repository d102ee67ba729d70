"""The pivot: the cells of the curve by month, hour ending and block, zones across, to see and to change."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import numpy as np
import pandas as pd
from pydantic import NonNegativeInt

from lib.calc.scaling import BadInput
from lib.present.display import Table
from lib.present.formats import MISSING, Format
from lib.tool import editing
from lib.tool.messages import as_sentence, format_count
from lib.tool.page import month_name, number_format, render_template
from lib.tool.panels.panel import Action, ActionInputs, Panel, Typed
from lib.tool.pasting import Paste, read_paste
from lib.tool.session import Session

MAX_CELLS = 3_600
"""Cells shown at once: a whole curve of seven zones. More would take too long to draw with each action."""


MAX_PREVIEW = 12
"""Pasted cells that are shown before they are applied."""


class ShowMonthInputs(ActionInputs):
    """A month of the curve; "" for all months."""

    value: str


class EditCellsInputs(ActionInputs):
    """The first and last row and column of the chosen cells in the table, and what was typed for them."""

    top: NonNegativeInt
    bottom: NonNegativeInt
    left: NonNegativeInt
    right: NonNegativeInt
    percent: Typed
    value: Typed


class PasteInputs(ActionInputs):
    """The row and column of the table that a clipboard's text is pasted to, and the text."""

    row: NonNegativeInt
    column: NonNegativeInt
    text: str


class ShowRowsInputs(ActionInputs):
    """The first row to show."""

    row: NonNegativeInt


def _render(session: Session) -> str:
    state = session.state
    shown, source = _of_month(session, state.shown), _of_month(session, state.source.values)
    piece = _piece(session.first_row, *shown.shape)
    return render_template(
        "pivot",
        title=state.source.title,
        uom=state.source.uom,
        upload=state.upload,
        months=state.months,
        month=session.month,
        zones=state.zones,
        rows=render_rows(shown[piece], source[piece], number_format(state.source)),
        piece=piece,
        n_rows=len(shown),
        n_empty=int(shown.isna().to_numpy().sum()),
        paste=session.paste,
        preview=_preview(session.paste, shown, number_format(state.source)) if session.paste else "",
    )


def _of_month(session: Session, curve: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the shown month."""
    if session.month is None:
        return curve
    return curve[curve.index.get_level_values("month") == session.month]


def _preview(paste: Paste, shown: pd.DataFrame, form: Format) -> str:
    """Return the first pasted cells with their values now and then, as HTML."""
    edit = paste.edit
    if edit is None:
        return ""
    cells = [
        (f"{month_name(row[0])} HE {row[1]} {row[2]}", zone, shown.at[row, zone], number)
        for row, numbers in zip(edit.rows or (), edit.values or (), strict=True)
        for zone, number in zip(edit.zones or (), numbers, strict=True)
        if number is not None
    ]
    frame = pd.DataFrame(cells[:MAX_PREVIEW], columns=["cell", "zone", "now", "pasted"])
    formats = {"cell": Format("Cell"), "zone": Format("Zone")}
    formats |= {name: Format(name.capitalize(), form.number, form.scale) for name in ("now", "pasted")}
    first = f"The first {MAX_PREVIEW} of " if len(cells) > MAX_PREVIEW else ""
    return Table(frame, f"{first}{format_count(len(cells), 'pasted cell')}", 2, formats).render_html()


def _piece(first_row: int, n_rows: int, n_zones: int) -> slice:
    """Return the rows to show at once; they begin with the first row if the wanted one does not exist."""
    start = first_row if first_row < n_rows else 0
    return slice(start, min(start + max(1, MAX_CELLS // max(1, n_zones)), n_rows))


def render_rows(shown: pd.DataFrame, source: pd.DataFrame, form: Format) -> str:
    """Return the rows of the table as HTML, without a template: there are thousands of cells.

    Args:
        shown: the curve after edits.
        source: the same cells before edits.
        form: the format of the numbers.
    """
    values = shown.to_numpy(dtype=float)
    is_edited = ~np.isclose(values, source.to_numpy(dtype=float), rtol=1e-12, atol=0, equal_nan=True)
    write = str(form.number).format
    heads = (f"<tr><th scope=row>{month_name(m)}<th>{he}<th>{escape(block)}" for m, he, block in shown.index)
    rows = zip(heads, (values * form.scale).tolist(), is_edited.tolist(), strict=True)
    return "".join(
        head
        + "".join(
            f"{'<td class=e>' if is_new else '<td>'}{write(value) if value == value else MISSING}"
            for value, is_new in zip(cells, edits, strict=True)
        )
        for head, cells, edits in rows
    )


def _edit_cells(session: Session, inputs: EditCellsInputs) -> Session:
    """Change the cells of a rectangle of the table, in the numbers of its rows and columns."""
    percent, value = inputs.percent, inputs.value
    if bool(percent) == bool(value):
        return session.with_message(
            "Enter a scale or a value for the chosen cells, and not both.", is_error=True
        )
    state = session.state
    rows = tuple(_of_month(session, state.source.values).index[inputs.top : inputs.bottom + 1])
    zones = state.zones[inputs.left : inputs.right + 1]
    if not rows or not zones:
        return session.with_message("No cells are chosen.", is_error=True)
    change, typed = (editing.scale, percent) if percent else (editing.set_value, value)
    return session.with_state(change(state, typed, zones, rows=rows))


def _paste(session: Session, inputs: PasteInputs) -> Session:
    """Show what the text of a clipboard would change."""
    state = session.state
    rows = list(_of_month(session, state.source.values).index[inputs.row :])
    try:
        paste = read_paste(inputs.text, rows, state.zones[inputs.column :], state.source.uom)
    except BadInput as error:
        return session.with_message(as_sentence(str(error)), is_error=True)
    n_refused = len(paste.refused)
    told = f"{format_count(paste.n_cells, 'cell')} can be pasted, {n_refused} cannot: see above the table."
    return replace(session, paste=paste).with_message(told, is_error=not paste.n_cells)


def _apply_paste(session: Session, _: ActionInputs) -> Session:
    paste = session.paste
    if paste is None or paste.edit is None:
        return session.with_message("There is nothing to paste.")
    return replace(session, paste=None).with_state(editing.paste(session.state, paste.edit, paste.n_cells))


def _drop_paste(session: Session, _: ActionInputs) -> Session:
    return replace(session, paste=None).with_message("Nothing is pasted.")


def _show_month(session: Session, inputs: ShowMonthInputs) -> Session:
    month = next((month for month in session.state.months if str(month) == inputs.value), None)
    return replace(session, month=month, first_row=0, paste=None)


def _show_rows(session: Session, inputs: ShowRowsInputs) -> Session:
    return replace(session, first_row=inputs.row)


PANEL = Panel(
    "pivot",
    _render,
    lambda session: (
        id(session.state.source),
        session.state.edits,
        session.month,
        session.first_row,
        session.state.upload,
        session.paste,
    ),
    {
        "show_month": Action(ShowMonthInputs, _show_month),
        "show_rows": Action(ShowRowsInputs, _show_rows),
        "edit_cells": Action(EditCellsInputs, _edit_cells),
        "paste": Action(PasteInputs, _paste),
        "apply_paste": Action(ActionInputs, _apply_paste),
        "drop_paste": Action(ActionInputs, _drop_paste),
    },
)
