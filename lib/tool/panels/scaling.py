"""Scaling: a percentage or a value, for one zone or all, in all months and blocks or some; undo and reset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lib.calc.scaling import MAX_PERCENT, Edit
from lib.markets import BLOCKS
from lib.present.charts.before_after import COLOURS, MOST_ZONES, before_after, legend
from lib.tool import editing
from lib.tool.messages import format_number, format_value
from lib.tool.page import month_name, number_format, render_template
from lib.tool.panels.panel import Panel, Values, first
from lib.tool.session import Session


def _html(session: Session) -> str:
    state = session.state
    means = editing.profile(state, [], state.zones)
    rows = editing.count_changes(state).merge(means, on="zone").to_dict("records")
    return render_template(
        "scaling",
        rows=rows,
        write=number_format(state.source).format_value,
        uom=state.source.uom,
        months=state.months,
        blocks=BLOCKS,
        scope=session.scope,
        edits=[format_edit(edit, state.source.uom) for edit in state.edits],
        colours=dict(zip(session.drawn_zones, COLOURS, strict=False)),
        weights=state.source.weights.words,
        highest=f"{MAX_PERCENT:.0f}",
    )


def format_edit(edit: Edit, uom: str) -> str:
    """Return an edit as a person would say it: "WEST, Jul, 5x16: 110 %"."""
    zones = ", ".join(edit.zones) if edit.zones else "all zones"
    months = ", ".join(month_name(month) for month in edit.months) if edit.months else ""
    cells = ", ".join(filter(None, (zones, months, ", ".join(edit.blocks or ()))))
    if edit.value is not None:
        return f"{cells}: set to {format_value(edit.value, uom)}"
    return f"{cells}: {format_number(edit.percent or 0)} %"


def _scale(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    typed = first(values, "value").strip()
    if not typed:
        return session.with_message(f"No scale is entered for {first(values, 'zone')}: nothing is changed.")
    return _scaled(session, typed, _zones(values))


def _set(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    typed = first(values, "value").strip()
    if not typed:
        return session.with_message(f"No value is entered for {first(values, 'zone')}: nothing is changed.")
    return _valued(session, typed, _zones(values))


def _apply_to_all(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    percent, value = first(values, "percent").strip(), first(values, "value").strip()
    if bool(percent) == bool(value):
        return session.with_message("Enter a scale or a value for all zones, and not both.", is_error=True)
    return _scaled(session, percent, None) if percent else _valued(session, value, None)


def _scaled(session: Session, percent: str, zones: tuple[str, ...] | None) -> Session:
    scope = session.scope
    return session.with_state(editing.scale(session.state, percent, zones, scope.months, scope.blocks))


def _valued(session: Session, typed: str, zones: tuple[str, ...] | None) -> Session:
    scope = session.scope
    return session.with_state(editing.set_value(session.state, typed, zones, scope.months, scope.blocks))


def _zones(values: Values) -> tuple[str, ...] | None:
    zone = first(values, "zone")
    return (zone,) if zone else None


def _choose_scope(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    scope = session.scope_of(first(values, "month"), first(values, "block"))
    cells = ", ".join([*map(month_name, scope.months or ()), *(scope.blocks or ())])
    chosen = f"{cells} only" if cells else "all months and blocks"
    return replace(session, scope=scope).with_message(f"What you enter holds for {chosen}.")


def _draw(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    zone = first(values, "zone")
    asked = tuple(other for other in session.ticked_here if other != zone)
    if values["value"]:
        if len(session.drawn_zones) == MOST_ZONES:
            return session.with_message(
                f"The charts show {MOST_ZONES} zones at most: take one out first.", is_error=True
            )
        asked = (*asked, zone)
    drawn = replace(session, ticked_zones={**session.ticked_zones, session.state.iso: asked})
    return drawn.with_message(f"{zone} is {'drawn' if values['value'] else 'no longer drawn'}.")


def _undo(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    return session.with_state(editing.undo(session.state))


def _reset(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    return session.with_state(editing.reset(session.state))


PANEL = Panel(
    "scaling",
    _html,
    lambda session: (
        id(session.state.source),
        session.state.edits,
        session.scope,
        session.drawn_zones,
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


_TITLES = {"month": "By month", "he": "By hour ending"}


def _charts_html(session: Session) -> str:
    state, zones = session.state, session.drawn_zones
    if not zones:
        return render_template("charts", charts=[], legend="")
    form = number_format(state.source)
    caption = f"Each point is {state.source.weights.words}."
    drawn = [
        before_after(editing.profile(state, [by], zones), by, form, title, caption).render_html()
        for by, title in _TITLES.items()
    ]
    return render_template("charts", charts=drawn, legend=legend(zones))


CHARTS = Panel(
    "charts",
    _charts_html,
    lambda session: (id(session.state.source), session.state.edits, session.drawn_zones),
)
