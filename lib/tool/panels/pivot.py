"""The pivot: the cells of the curve by month, hour ending and block, zones across, edited cells marked."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import numpy as np
import pandas as pd
from pydantic import NonNegativeInt

from lib.present.formats import MISSING, Format
from lib.tool.page import month_name, number_format, render_template
from lib.tool.panels.panel import Action, ActionInputs, Panel
from lib.tool.session import Session

MAX_CELLS = 3_600
"""Cells shown at once: a whole curve of seven zones. More would take too long to draw with each action."""


class ShowMonthInputs(ActionInputs):
    """A month of the curve; "" for all months."""

    value: str


class ShowRowsInputs(ActionInputs):
    """The first row to show."""

    row: NonNegativeInt


def _render(session: Session) -> str:
    state = session.state
    shown, source = state.shown, state.source.values
    if session.month is not None:
        rows = shown.index.get_level_values("month") == session.month
        shown, source = shown[rows], source[rows]
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
    )


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


def _show_month(session: Session, inputs: ShowMonthInputs) -> Session:
    month = next((month for month in session.state.months if str(month) == inputs.value), None)
    return replace(session, month=month, first_row=0)


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
    ),
    {"show_month": Action(ShowMonthInputs, _show_month), "show_rows": Action(ShowRowsInputs, _show_rows)},
)
