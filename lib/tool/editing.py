"""Edits of the shown curve, and the figures that are computed from the curve as edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from lib.calc import profiles, scaling
from lib.calc.scaling import BadInput, Edit
from lib.calc.scenarios import parse_lmps, parse_typed_number, scenarios
from lib.markets import MAX_VALUE
from lib.tool.curve import Month
from lib.tool.messages import Message, error_message, format_number, format_value
from lib.tool.state import CurveState

Months = Sequence[Month] | None
"""Some months; None for all."""


def scale(
    state: CurveState,
    percent: str | float,
    zones: Sequence[str] | None = None,
    months: Months = None,
    blocks: Sequence[str] | None = None,
) -> CurveState:
    """Scale cells to a percentage of their source; None for zones, months or blocks means all of them."""
    try:
        number = _number(percent, "the scale", "%")
        edit = scaling.scale_edit(number, zones, months, blocks)
    except BadInput as error:
        return replace(state, message=error_message(error))
    return _add_edit(state, edit, f"{format_number(number)} % of the source")


def set_value(
    state: CurveState,
    value: str | float,
    zones: Sequence[str] | None = None,
    months: Months = None,
    blocks: Sequence[str] | None = None,
) -> CurveState:
    """Set cells to one value; None for zones, months or blocks means all of them.

    Args:
        state: the state before.
        value: a number of the curve, or a text in the curve's unit: "0.5" means 0.005 where the unit is %.
        zones: the zones.
        months: the months.
        blocks: the blocks.
    """
    uom = state.source.uom
    try:
        number = _number(value, "the absolute value", uom)
        if isinstance(value, str) and uom == "%":
            number /= 100
        if abs(number) > MAX_VALUE:
            limit = format_value(MAX_VALUE, uom)
            raise BadInput(f"no cell is as large as that: give a value up to {limit} in size")
        edit = scaling.value_edit(number, zones, months, blocks)
    except BadInput as error:
        return replace(state, message=error_message(error))
    return _add_edit(state, edit, f"set to {format_value(number, uom)}")


def undo(state: CurveState) -> CurveState:
    """Remove the last edit."""
    if not state.edits:
        return replace(state, message=Message("There is nothing to undo."))
    return replace(state, edits=state.edits[:-1], message=Message("The last change is undone."))


def reset(state: CurveState) -> CurveState:
    """Remove all edits of the shown curve; the edits of other curves stay."""
    return replace(state, edits=(), message=Message("All zones are as in the source."))


def count_changes(state: CurveState) -> pd.DataFrame:
    """Return what the edits do to each zone, as `lib.calc.scaling.summarise_edits`."""
    return scaling.summarise_edits(state.source.values, state.edits)


def profile_edits(state: CurveState, by: Sequence[str], zones: Sequence[str]) -> pd.DataFrame:
    """Return means before and after the edits, as `lib.calc.profiles.profile`.

    Args:
        state: the curve and its edits.
        by: ["month"], ["he"], or [] for each zone's figure.
        zones: the zones to show.
    """
    source = state.source
    return profiles.profile(source.values[list(zones)], state.edits, source.weights.of(zones), by)


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


def _number(typed: str | float, name: str, uom: str) -> float:
    return parse_typed_number(typed, name, uom) if isinstance(typed, str) else float(typed)


def _add_edit(state: CurveState, edit: Edit, what: str) -> CurveState:
    edited = replace(state, edits=(*state.edits, edit))
    if (largest := edited.shown.abs().max(axis=None)) > MAX_VALUE:
        value = format_value(largest, state.source.uom)
        error = BadInput(f"a cell would be {value}, and no curve is as large")
        return replace(state, message=error_message(error))
    where = "All zones" if edit.zones is None else ", ".join(edit.zones)
    cells = "" if edit.months is None and edit.blocks is None else ", in the chosen months and blocks"
    return replace(edited, message=Message(f"{where}{cells}: {what}."))
