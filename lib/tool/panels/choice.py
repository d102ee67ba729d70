"""Which curve: ISO, curve, estimator and range of days, and what it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from lib.tool import state as tool_state
from lib.tool.estimators import CURVES, estimators_of
from lib.tool.page import render_template
from lib.tool.panels.panel import Panel, Values, first
from lib.tool.session import Session


def _html(session: Session) -> str:
    choice = session.state.choice
    return render_template(
        "choice",
        choice=choice,
        upload=session.state.upload,
        isos=session.data.isos(),
        curves={name: CURVES[name] for name in session.data.curves(choice.iso)},
        estimators=estimators_of(choice.curve),
        extent=session.data.extent(choice.iso, choice.curve),
        source=session.state.source,
    )


def _choose(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    return _chosen(session, {first(values, "field"): first(values, "value")})


def _choose_day(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    field, value = first(values, "field"), first(values, "value")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return session.with_message(
            f"The {field} of the range needs a whole date, such as 2024-03-01.", is_error=True
        )
    return _chosen(session, {field: day})


def _choose_published(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    choice = session.state.choice
    extent = session.data.extent(choice.iso, choice.curve)
    return _chosen(session, {"start": extent.start, "end": extent.end})


def _chosen(session: Session, changed: Mapping[str, object]) -> Session:
    return session.with_state(tool_state.choose(session.state, session.data, **changed))


PANEL = Panel(
    "choice",
    _html,
    lambda session: (session.state.choice, session.state.upload, id(session.state.source)),
    {"choose": _choose, "choose_day": _choose_day, "choose_published": _choose_published},
)
