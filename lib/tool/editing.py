"""Edits of the shown curve, and the figures that are computed from the curve as edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from lib.calc import profiles, scaling
from lib.calc.scaling import BadInput, Edit, Row
from lib.calc.scenarios import parse_change, parse_lmps, parse_scale, scenarios
from lib.markets import MAX_VALUE
from lib.tool.curve import EVERYTHING, Month, Scope
from lib.tool.messages import Message, error_message, format_count, format_number, format_value
from lib.tool.state import CurveState

FAR_ABOVE, FAR_BELOW = 10, 50
"""A warning follows an edit to so many times the largest number, or to so small a part of the usual one."""

Months = Sequence[Month] | None
"""Some months; None for all."""


def scale(
    state: CurveState,
    percent: str | float,
    zones: Sequence[str] | None = None,
    months: Months = None,
    blocks: Sequence[str] | None = None,
    hes: Sequence[int] | None = None,
    rows: Sequence[Row] | None = None,
) -> CurveState:
    """Scale cells to a percentage of their source; None for any of the choices means all of them.

    A text may say how much more or less: "+10%", "-5%", "x1.1".
    """
    try:
        number = parse_scale(percent) if isinstance(percent, str) else float(percent)
        edit = replace(
            scaling.scale_edit(number, zones, months, blocks, hes), rows=None if rows is None else tuple(rows)
        )
    except BadInput as error:
        return replace(state, message=error_message(error))
    return _add_edit(state, edit, f"{format_number(number)} % of the source")


def set_value(
    state: CurveState,
    value: str | float,
    zones: Sequence[str] | None = None,
    months: Months = None,
    blocks: Sequence[str] | None = None,
    hes: Sequence[int] | None = None,
    rows: Sequence[Row] | None = None,
) -> CurveState:
    """Set cells to one value, or add to them; None for any of the choices means all of them.

    Args:
        state: the state before.
        value: a number of the curve, or a text in the curve's unit: "0.5" means 0.005 where the unit is %;
            "+0.5" and "less 0.5" change the cells of the source by it, "=-0.5" sets them to less than zero.
        zones: the zones.
        months: the months.
        blocks: the blocks.
        hes: the hours ending.
        rows: single rows of the curve.
    """
    uom = state.source.uom
    try:
        number, is_added = _parse_value(value, uom)
        if isinstance(value, str) and uom == "%":
            number /= 100
        if abs(number) > MAX_VALUE:
            limit = format_value(MAX_VALUE, uom)
            raise BadInput(f"no cell is as large as that: give a value up to {limit} in size")
        make = scaling.added_edit if is_added else scaling.value_edit
        edit = replace(make(number, zones, months, blocks, hes), rows=None if rows is None else tuple(rows))
    except BadInput as error:
        return replace(state, message=error_message(error))
    return _add_edit(state, edit, describe_value(edit, uom))


def paste(state: CurveState, edit: Edit, n_cells: int) -> CurveState:
    """Set cells to the values of a pasted block; see `lib.tool.pasting.read_paste`."""
    return _add_edit(state, edit, f"{format_count(n_cells, 'cell')} pasted")


def describe_value(edit: Edit, uom: str) -> str:
    """Return what an edit does that sets cells or adds to them, in words."""
    if edit.values is not None:
        n_cells = sum(number is not None for numbers in edit.values for number in numbers)
        return f"{format_count(n_cells, 'cell')} pasted"
    if edit.added is None:
        return f"set to {format_value(edit.value or 0.0, uom)}"
    return f"{format_value(abs(edit.added), uom)} {'more' if edit.added >= 0 else 'less'} than the source"


def undo(state: CurveState) -> CurveState:
    """Take back the last edit; where there is none, the last reset."""
    if not (state.edits or state.before_reset):
        return replace(state, message=Message("There is nothing to undo."))
    undone = (*state.undone, (state.edits, state.before_reset))
    if state.edits:
        message = Message("The last change is undone.")
        return replace(state, edits=state.edits[:-1], undone=undone, message=message)
    message = Message("The reset is undone.")
    return replace(state, edits=state.before_reset, before_reset=(), undone=undone, message=message)


def redo(state: CurveState) -> CurveState:
    """Do again what was undone last."""
    if not state.undone:
        return replace(state, message=Message("There is nothing to redo."))
    edits, before_reset = state.undone[-1]
    message = Message("The change is done again.")
    return replace(state, edits=edits, before_reset=before_reset, undone=state.undone[:-1], message=message)


def reset(state: CurveState) -> CurveState:
    """Remove all edits of the shown curve, which undo brings back; the edits of other curves stay."""
    message = Message("All zones are as in the source. Undo brings the edits back.")
    if not state.edits:
        return replace(state, message=Message("All zones are as in the source."))
    return replace(state, edits=(), before_reset=state.edits, undone=(), message=message)


def count_changes(state: CurveState) -> pd.DataFrame:
    """Return what the edits do to each zone, as `lib.calc.scaling.summarise_edits`."""
    return scaling.summarise_edits(state.source.values, state.edits)


def profile_edits(
    state: CurveState, by: Sequence[str], zones: Sequence[str], scope: Scope = EVERYTHING
) -> pd.DataFrame:
    """Return means before and after the edits, as `lib.calc.profiles.profile`.

    Args:
        state: the curve and its edits.
        by: ["month"], ["he"], or [] for each zone's figure.
        zones: the zones to show.
        scope: the months, blocks and hours that the means are of.
    """
    source = state.source
    cells, chosen = source.values[list(zones)], (scope.months, scope.blocks, scope.hes)
    return profiles.profile(cells, state.edits, source.weights.of(zones), by, *chosen)


def price_lmps(
    state: CurveState, lmps: str, months: Months = None, blocks: Sequence[str] | None = None
) -> pd.DataFrame | Message:
    """Price a list of LMPs with the edited curve, over all or some of its months and blocks.

    Returns:
        the frame of `lib.calc.scenarios.scenarios`, or a message that says why there is none.
    """
    source = state.source
    try:
        prices = parse_lmps(lmps)
        figures = profiles.profile(source.values, state.edits, source.weights, [], months, blocks)
        return scenarios(figures.set_index("zone")["after"], prices, source.quantity)
    except BadInput as error:
        return error_message(error)


def _parse_value(typed: str | float, uom: str) -> tuple[float, bool]:
    """Return the number that is typed or given, and whether it is to be added."""
    return parse_change(typed, "the absolute value", uom) if isinstance(typed, str) else (float(typed), False)


def _add_edit(state: CurveState, edit: Edit, what: str) -> CurveState:
    edited = replace(state, edits=(*state.edits, edit), undone=())
    if (largest := edited.shown.abs().max(axis=None)) > MAX_VALUE:
        value = format_value(largest, state.source.uom)
        error = BadInput(f"a cell would be {value}, and no curve is as large")
        return replace(state, message=error_message(error))
    where = "All zones" if edit.zones is None else ", ".join(edit.zones)
    is_whole = (edit.months, edit.blocks, edit.hes, edit.rows) == (None,) * 4
    cells = (
        ""
        if is_whole
        else ", in the chosen cells"
        if edit.rows
        else ", in the chosen months, hours and blocks"
    )
    message = Message(f"{where}{cells}: {what}.")
    warning = _describe_size(state.source.values, edited, state.source.uom)
    return replace(edited, message=message.with_sentences(warning) if warning else message)


def _describe_size(source: pd.DataFrame, edited: CurveState, uom: str) -> str:
    """Return a warning if the last edit makes numbers far from the size of the curve; else ""."""
    last = scaling.apply_edits(source, edited.edits[-1:]).to_numpy(float)
    before = np.abs(source.to_numpy(float))
    new = np.abs(last[(last != source.to_numpy(float)) & ~np.isnan(last)])
    known = before[~np.isnan(before) & (before > 0)]
    if not new.size or not known.size:
        return ""
    largest, usual = float(known.max()), float(np.median(known))
    if new.max() > FAR_ABOVE * largest:
        return (
            f"Look again: {format_value(_short(new.max()), uom)} is far above the curve, whose largest "
            f"number is {format_value(_short(largest), uom)}."
        )
    if 0 < new.max() < usual / FAR_BELOW:
        return (
            f"Look again: {format_value(_short(new.max()), uom)} is far below the curve, whose usual number "
            f"is {format_value(_short(usual), uom)}."
        )
    return ""


def _short(number: float) -> float:
    return float(f"{number:.3g}")
