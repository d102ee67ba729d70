"""The choice of a curve: ISO, curve, estimator and range of days, and what the curve was made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import ValidationInfo, field_validator

from lib.store import OFFICIAL, STUDY
from lib.tool import state as tool_state
from lib.tool.estimators import CURVES, estimators_of
from lib.tool.page import render_template
from lib.tool.panels.panel import Action, ActionInputs, Panel
from lib.tool.session import Session

STATUSES = {OFFICIAL: "Official: what the desk prices with", STUDY: "Study: not for pricing"}


class ChooseInputs(ActionInputs):
    """A part of the choice, and its new value."""

    field: Literal["iso", "curve", "estimator", "status"]
    value: str


class ChooseDayInputs(ActionInputs):
    """An end of the range, and its new day."""

    field: Literal["start", "end"]
    value: date

    @field_validator("value", mode="before")
    @classmethod
    def _parse_day(cls, text: str, info: ValidationInfo) -> date:
        try:
            return date.fromisoformat(text)
        except (TypeError, ValueError):
            end = info.data.get("field", "end")
            raise ValueError(f"The {end} of the range needs a whole date, such as 2024-03-01.") from None


def _render(session: Session) -> str:
    choice = session.state.choice
    return render_template(
        "choice",
        choice=choice,
        upload=session.state.upload,
        statuses=STATUSES,
        n_studies=len(session.data.isos(STUDY)),
        isos=session.data.isos(choice.status),
        curves={name: CURVES[name] for name in session.data.curves(choice.iso, choice.status)},
        estimators=estimators_of(choice.curve),
        extent=session.data.extent(choice.iso, choice.curve, choice.status),
        source=session.state.source,
    )


def _choose(session: Session, inputs: ChooseInputs) -> Session:
    return _change(session, {inputs.field: inputs.value})


def _choose_day(session: Session, inputs: ChooseDayInputs) -> Session:
    return _change(session, {inputs.field: inputs.value})


def _choose_published(session: Session, _: ActionInputs) -> Session:
    choice = session.state.choice
    extent = session.data.extent(choice.iso, choice.curve, choice.status)
    return _change(session, {"start": extent.start, "end": extent.end})


def _change(session: Session, changed: Mapping[str, object]) -> Session:
    return session.with_state(tool_state.choose(session.state, session.data, **changed))


PANEL = Panel(
    "choice",
    _render,
    lambda session: (session.state.choice, session.state.upload, id(session.state.source)),
    {
        "choose": Action(ChooseInputs, _choose),
        "choose_day": Action(ChooseDayInputs, _choose_day),
        "choose_published": Action(ActionInputs, _choose_published),
    },
)
