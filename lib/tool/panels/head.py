"""The top of the page: whether the numbers are simulated, and whether a newer run has landed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lib.tool import state as tool_state
from lib.tool.jobs import stop, take_next
from lib.tool.messages import CANNOT_READ, why
from lib.tool.page import render
from lib.tool.panels.panel import Panel
from lib.tool.session import Reading, Session, Values, first
from lib.tool.viewer import asked, look_up
from lib.tool.viewer_state import read_anew


def _html(session: Session) -> str:
    data, source = session.data, session.state.source
    reading = session.reading.progress if session.reading else None
    return render(
        "head", is_demo=data.is_demo, is_demo_file=source.is_demo, newer=session.newer, reading=reading
    )


def _look(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    """Look for a newer run; asked by the page itself, so it says nothing but once that it cannot look."""
    try:
        return replace(session, newer=session.data.newer_run(), unreached=None)
    except CANNOT_READ as refusal:
        unreached = replace(session, unreached=why(refusal))
        return session if session.unreached else unreached.say(why(refusal), is_error=True)


def _refresh(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    """Begin to read what is new; until it is there, the tool goes on with what it has."""
    if session.reading is not None:
        return session
    return replace(session, reading=Reading(session.data)).say("The data is being read anew.")


def _await_refresh(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    """Take over what was read, once it is there; asked by the page itself until then."""
    reading = session.reading
    if reading is None or not reading.is_done():
        return session
    idle = replace(session, reading=None)
    try:
        return _refreshed(replace(idle, data=reading.result()))
    except CANNOT_READ as refusal:
        return idle.say(why(refusal), is_error=True)
    except Exception:  # Reading has logged it
        return idle.say("The data could not be read anew; the tool goes on with what it has.", is_error=True)


def _refreshed(session: Session) -> Session:
    """Show newer data; a curve as published follows to the days of the new one, and edits are kept."""
    data, state = session.data, session.state
    anew = replace(session, newer=None, viewing=read_anew(data.db, session.viewing))
    looked = look_up(anew, asked(anew), "read anew", session.viewing.offset)
    trouble = looked.state.notice if looked.state.notice is not state.notice else None
    shown = _curve_anew(looked)
    return shown.say_too(trouble.text) if trouble is not None and trouble.is_error else shown


def _curve_anew(session: Session) -> Session:
    data, state = session.data, session.state
    if state.upload is not None:
        return session.say(f"The data is read anew. You go on working on {state.upload}.")
    choice = state.choice
    extent = data.extent(choice.iso, choice.curve)
    days = extent if state.source.is_published else choice
    state = tool_state.choose(state, data, start=days.start, end=days.end)
    if state.notice is not None and state.notice.is_error:
        return session.with_state(state)
    return session.with_state(state).say(f"The data is read anew: {state.source.title}.")


def _await_work(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    return take_next(session)


def _stop_work(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    return stop(session, first(values, "key"))


PANEL = Panel(
    "head",
    _html,
    lambda session: (
        session.newer,
        session.state.source.is_demo,
        session.reading and object(),  # how far it has come changes beside the session
    ),
    {
        "look_for_newer_run": _look,
        "refresh": _refresh,
        "await_refresh": _await_refresh,
        "await_work": _await_work,
        "stop_work": _stop_work,
    },
)


def _footer_html(session: Session) -> str:
    return render("footer", usage=session.data.usage(), db=str(session.data.db))


def _always(_: Session) -> object:
    """Return what nothing is equal to: the use of the cache changes beside the session."""
    return object()


FOOTER = Panel("footer", _footer_html, _always)
