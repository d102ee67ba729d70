"""The top of the page: whether the numbers are simulated, and whether a newer run has landed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lib.store import DatabaseUnreachable
from lib.tool import state as tool_state
from lib.tool.page import render
from lib.tool.panels.panel import Panel
from lib.tool.session import Session, Values


def _html(session: Session) -> str:
    data, source = session.data, session.state.source
    return render("head", is_demo=data.is_demo, is_demo_file=source.is_demo, newer=session.newer)


def _look(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    """Look for a newer run; asked by the page itself, so it says nothing but once that it cannot look."""
    try:
        return replace(session, newer=session.data.newer_run(), unreached=None)
    except DatabaseUnreachable as refusal:
        unreached = replace(session, unreached=str(refusal))
        return session if session.unreached else unreached.say(str(refusal), is_error=True)


def _refresh(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    """Read what is new; a curve as published follows to the days of the new one, and edits are kept."""
    data, state = session.data, session.state
    data.refresh(session.tell)
    refreshed = replace(session, newer=None)
    if state.upload is not None:
        return refreshed.say(f"The data is read anew. You go on working on {state.upload}.")
    choice = state.choice
    extent = data.extent(choice.iso, choice.curve)
    days = extent if state.source.is_published else choice
    state = tool_state.choose(state, data, start=days.start, end=days.end)
    if state.notice is not None and state.notice.is_error:
        return refreshed.with_state(state)
    return refreshed.with_state(state).say(f"The data is read anew: {state.source.title}.")


PANEL = Panel(
    "head",
    _html,
    lambda session: (session.newer, session.state.source.is_demo),
    {"look_for_newer_run": _look, "refresh": _refresh},
)
