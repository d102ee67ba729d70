"""Scaling: a percentage or a value, for one zone or all, in all months and blocks or some; undo and reset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lib.calc.scaling import HIGHEST_PERCENT, Edit
from lib.markets import BLOCKS
from lib.present.before_after import COLOURS, MOST_ZONES
from lib.present.formats import Format
from lib.tool import state as tool_state
from lib.tool.page import form_of, month_name, render
from lib.tool.panels.panel import Panel
from lib.tool.session import Session, Values, first


def _html(session: Session) -> str:
    state = session.state
    form = form_of(state.source)
    figures = tool_state.profile(state, [], state.zones)
    rows = tool_state.changes(state).merge(figures, on="zone").to_dict("records")
    return render(
        "scaling",
        rows=rows,
        write=form.text,
        uom=state.source.uom,
        months=state.months,
        blocks=BLOCKS,
        scope=session.scope,
        edits=[in_words(edit, form) for edit in state.edits],
        colours=dict(zip(session.drawn, COLOURS, strict=False)),
        weights=state.source.weights.words,
        highest=f"{HIGHEST_PERCENT:.0f}",
    )


def in_words(edit: Edit, form: Format) -> str:
    """Return an edit as a person would say it: "WEST, Jul, 5x16: 110 %"."""
    zones = ", ".join(edit.zones) if edit.zones else "all zones"
    months = ", ".join(month_name(month) for month in edit.months) if edit.months else ""
    cells = ", ".join(filter(None, (zones, months, ", ".join(edit.blocks or ()))))
    if edit.percent is not None:
        return f"{cells}: {edit.percent:g} %"
    return f"{cells}: set to {form.text(edit.value)} {form.heading}"


def _scale(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    scope = session.scope
    state = tool_state.scale(
        session.state, first(values, "value"), _zones(values), scope.months, scope.blocks
    )
    return session.with_state(state)


def _set(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    typed, scope = first(values, "value").strip(), session.scope
    if not typed:
        return session  # leaving an empty field is no wish
    if session.state.source.uom == "%" and not typed.endswith("%"):
        typed += " %"  # as the field's label says
    state = tool_state.set_value(session.state, typed, _zones(values), scope.months, scope.blocks)
    return session.with_state(state)


def _apply_to_all(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    percent, value = first(values, "percent").strip(), first(values, "value").strip()
    if bool(percent) == bool(value):
        return session.say("Enter a scale or a value for all zones, and not both.", is_error=True)
    if percent:
        return _scale(session, {"value": percent}, _)
    return _set(session, {"value": value}, _)


def _zones(values: Values) -> tuple[str, ...] | None:
    zone = first(values, "zone")
    return (zone,) if zone else None


def _choose_scope(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    return replace(session, scope=session.scope_of(values))


def _draw(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    zone = first(values, "zone")
    others = tuple(drawn for drawn in session.drawn if drawn != zone)
    if not values["value"]:
        return replace(session, asked_zones=others)
    if len(others) == MOST_ZONES:
        return session.say(f"The charts show {MOST_ZONES} zones at most: take one out first.", is_error=True)
    return replace(session, asked_zones=(*others, zone))


def _undo(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    return session.with_state(tool_state.undo(session.state))


def _reset(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    return session.with_state(tool_state.reset(session.state))


PANEL = Panel(
    "scaling",
    _html,
    lambda session: (
        id(session.state.source),
        session.state.edits,
        session.scope,
        session.drawn,
        session.state.notice,
    ),
    {
        "scale": _scale,
        "set": _set,
        "apply_to_all": _apply_to_all,
        "scope": _choose_scope,
        "draw": _draw,
        "undo": _undo,
        "reset": _reset,
    },
)
