"""Scaling: percentages and values for zones, in some months and blocks; undo, redo, reset and charts."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from pydantic import StrictBool

from lib.calc.band import MIN_RESIDUALS
from lib.calc.scaling import MAX_PERCENT, BadInput
from lib.present.charts.before_after import COLOURS, MAX_ZONES, before_after, render_legend
from lib.present.display import Table
from lib.present.formats import Format
from lib.tool import choosing, editing
from lib.tool.curve import EVERYTHING, Choice, Scope
from lib.tool.edit_log import describe_scope, format_edit
from lib.tool.messages import as_sentence
from lib.tool.page import number_format, render_template
from lib.tool.panels.panel import Action, ActionInputs, Name, Panel, Typed
from lib.tool.session import Session

YEAR_COLUMNS = {
    "location": Format("Zone"),
    "priced": Format("Priced, $/MWh", "{:,.3f}"),
    "dependent_low": Format("Months together, 5 %", "{:,.3f}"),
    "dependent_high": Format("Months together, 95 %", "{:,.3f}"),
    "independent_low": Format("Independent, 5 %", "{:,.3f}"),
    "independent_high": Format("Independent, 95 %", "{:,.3f}"),
}
"""The columns of a coming year that the page shows."""

CHARTS_BY = {"month": "By month", "he": "By hour ending"}
"""The charts: what their points are means by, and their titles."""


class ZoneInputs(ActionInputs):
    """A zone, and what was typed for it."""

    zone: Name
    value: Typed


class AllZonesInputs(ActionInputs):
    """What was typed for all zones: a scale or a value."""

    percent: Typed
    value: Typed


class CellScopeInputs(ActionInputs):
    """Months, hours ending and blocks as typed; "" for all."""

    months: Typed
    hes: Typed
    blocks: Typed


class DrawInputs(ActionInputs):
    """A zone, and whether it is ticked."""

    zone: Name
    value: StrictBool


def _render(session: Session) -> str:
    state = session.state
    means = editing.profile_edits(state, [], state.zones, session.scope)
    year = _coming_year(session)
    return render_template(
        "scaling",
        tips={} if year is None else _describe_years(year),
        year="" if year is None else _render_year(year, state.choice),
        rows=editing.count_changes(state).merge(means, on="zone").to_dict("records"),
        write=number_format(state.source).format_value,
        uom=state.source.uom,
        scope=describe_scope(session.scope, state.months),
        is_scoped=session.scope != EVERYTHING,
        example="Jun-Aug, 12"
        if isinstance(state.months[0], int)
        else f"{state.months[0]} to {state.months[-1]}",
        edits=[format_edit(edit, state.source.uom) for edit in state.edits],
        colours=dict(zip(session.drawn_zones, COLOURS, strict=False)),
        weights=f"{state.source.weights.words}{_of_scope(session)}",
        highest=f"{MAX_PERCENT:.0f}",
        can_undo=bool(state.edits or state.before_reset),
        can_redo=bool(state.undone),
    )


def _coming_year(session: Session) -> pd.DataFrame | None:
    """Return the bands of a coming year by zone; None where the shown curve is not VLR of the database."""
    state = session.state
    if state.file is not None or state.choice.curve != "vlr":
        return None
    return session.data.coming_year(state.choice)


def _describe_years(year: pd.DataFrame) -> dict[str, str]:
    """Return for each zone with a band what a coming year may cost, in words."""
    return {
        str(row.location): (
            "Priced VLR of the same months of a coming year, at past prices, 9 times in 10: "
            f"{row.dependent_low:.2f} to {row.dependent_high:.2f} $/MWh if all months move together, "
            f"{row.independent_low:.2f} to {row.independent_high:.2f} if they are independent."
        )
        for row in year.dropna(subset="dependent_low").itertuples()
    }


def _render_year(year: pd.DataFrame, choice: Choice) -> str:
    """Return the table of a coming year as HTML, or why there is none."""
    n_found = int(year["n_found"].max()) if len(year) else 0
    if n_found < MIN_RESIDUALS:
        return (
            f'<p class="hint">No band: these days have {n_found} residuals, and '
            f"{MIN_RESIDUALS} are needed. Choose a longer range.</p>"
        )
    caption = (
        "Priced VLR of the same months of a coming year, 9 times in 10, before edits: from "
        f"{choice.start} to {choice.end}, at their prices, {n_found:,} residuals"
    )
    return Table(year[list(YEAR_COLUMNS)], caption, 1, YEAR_COLUMNS).render_html()


def _render_charts(session: Session) -> str:
    state, zones = session.state, session.drawn_zones
    if not zones:
        return render_template("charts", charts=[], legend="")
    form = number_format(state.source)
    caption = f"Each point is {state.source.weights.words}{_of_scope(session)}."
    charts = [
        before_after(
            editing.profile_edits(state, [by], zones, session.scope), by, form, title, caption
        ).render_html()
        for by, title in CHARTS_BY.items()
    ]
    return render_template("charts", charts=charts, legend=render_legend(zones))


def _of_scope(session: Session) -> str:
    """Return which cells means and charts are of, in words; "" for all."""
    told = describe_scope(session.scope, session.state.months)
    hours = told["hes"] and f"HE {told['hes']}"
    cells = ", ".join(filter(None, (told["months"], hours, told["blocks"])))
    return f", of {cells} only" if cells else ""


def _scale(session: Session, inputs: ZoneInputs) -> Session:
    if not inputs.value:
        return session.with_message(f"No scale is entered for {inputs.zone}: nothing is changed.")
    return _scale_cells(session, inputs.value, (inputs.zone,))


def _set(session: Session, inputs: ZoneInputs) -> Session:
    if not inputs.value:
        return session.with_message(f"No value is entered for {inputs.zone}: nothing is changed.")
    return _set_cells(session, inputs.value, (inputs.zone,))


def _apply_to_all(session: Session, inputs: AllZonesInputs) -> Session:
    percent, value = inputs.percent, inputs.value
    if bool(percent) == bool(value):
        return session.with_message("Enter a scale or a value for all zones, and not both.", is_error=True)
    return _scale_cells(session, percent, None) if percent else _set_cells(session, value, None)


def _scale_cells(session: Session, percent: str, zones: tuple[str, ...] | None) -> Session:
    scope = session.scope
    return session.with_state(
        editing.scale(session.state, percent, zones, scope.months, scope.blocks, scope.hes)
    )


def _set_cells(session: Session, value: str, zones: tuple[str, ...] | None) -> Session:
    scope = session.scope
    return session.with_state(
        editing.set_value(session.state, value, zones, scope.months, scope.blocks, scope.hes)
    )


def _choose_scope(session: Session, inputs: CellScopeInputs) -> Session:
    months = session.state.months
    try:
        chosen = choosing.parse_months(inputs.months, months), choosing.parse_blocks(inputs.blocks)
        scope = Scope(*chosen, choosing.parse_hours(inputs.hes))
    except BadInput as error:
        return session.with_message(as_sentence(str(error)), is_error=True)
    chosen_session = replace(session, scope=scope)
    where = _of_scope(chosen_session).removeprefix(", of ") or "all months, hours and blocks"
    return chosen_session.with_message(f"Edits, means and charts are of {where}.")


def _draw(session: Session, inputs: DrawInputs) -> Session:
    zone = inputs.zone
    ticked = tuple(other for other in session.ticked_here if other != zone)
    if inputs.value:
        if len(session.drawn_zones) == MAX_ZONES:
            text = f"The charts show {MAX_ZONES} zones at most: take one out first."
            return session.with_message(text, is_error=True)
        ticked = (*ticked, zone)
    drawn = replace(session, ticked_zones={**session.ticked_zones, session.state.iso: ticked})
    return drawn.with_message(f"{zone} is {'drawn' if inputs.value else 'no longer drawn'}.")


def _undo(session: Session, _: ActionInputs) -> Session:
    return session.with_state(editing.undo(session.state))


def _redo(session: Session, _: ActionInputs) -> Session:
    return session.with_state(editing.redo(session.state))


def _reset(session: Session, _: ActionInputs) -> Session:
    return session.with_state(editing.reset(session.state))


def _history(session: Session) -> tuple[object, ...]:
    state = session.state
    return state.edits, state.before_reset, state.undone


PANEL = Panel(
    "scaling",
    _render,
    lambda session: (id(session.state.source), *_history(session), session.scope, session.drawn_zones),
    {
        "scale": Action(ZoneInputs, _scale),
        "set": Action(ZoneInputs, _set),
        "apply_to_all": Action(AllZonesInputs, _apply_to_all),
        "scope": Action(CellScopeInputs, _choose_scope),
        "draw": Action(DrawInputs, _draw),
        "undo": Action(ActionInputs, _undo),
        "redo": Action(ActionInputs, _redo),
        "reset": Action(ActionInputs, _reset),
    },
)

CHARTS = Panel(
    "charts",
    _render_charts,
    lambda session: (id(session.state.source), session.state.edits, session.drawn_zones, session.scope),
)
