"""The top of the page: whether the numbers are simulated, and whether a newer run has landed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lib.tool import state as tool_state
from lib.tool.jobs import finish_next_job, stop_job
from lib.tool.messages import READ_ERRORS, explain
from lib.tool.page import render_template
from lib.tool.panels.panel import Panel, Values, first
from lib.tool.session import Refresh, Session
from lib.tool.viewer import current_selection, search_rows
from lib.tool.viewer_state import refresh_viewer


def _html(session: Session) -> str:
    data, source = session.data, session.state.source
    reading = session.refresh.progress if session.refresh else None
    return render_template(
        "head", is_demo=data.is_demo, is_demo_file=source.is_demo, newer=session.newer_run, reading=reading
    )


def _look(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    """Look for a newer run; asked by the page itself, so it says nothing but once that it cannot look."""
    try:
        return replace(session, newer_run=session.data.find_newer_run(), database_error=None)
    except READ_ERRORS as error:
        database_error = replace(session, database_error=explain(error))
        return (
            session if session.database_error else database_error.with_message(explain(error), is_error=True)
        )


def _refresh(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    """Begin to read what is new; until it is there, the tool goes on with what it has."""
    if session.refresh is not None:
        return session
    return replace(session, refresh=Refresh(session.data)).with_message("The data is being read anew.")


def _await_refresh(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    """Take over what was read, once it is there; asked by the page itself until then."""
    reading = session.refresh
    if reading is None or not reading.is_done():
        return session
    idle = replace(session, refresh=None)
    try:
        return _refreshed(replace(idle, data=reading.result()))
    except READ_ERRORS as error:
        return idle.with_message(explain(error), is_error=True)
    except Exception:  # Reading has logged it
        return idle.with_message(
            "The data could not be read anew; the tool goes on with what it has.", is_error=True
        )


def _refreshed(session: Session) -> Session:
    """Show newer data; a curve as published follows to the days of the new one, and edits are kept."""
    data, state = session.data, session.state
    anew = replace(session, newer_run=None, viewer=refresh_viewer(data.db, session.viewer))
    looked = search_rows(anew, current_selection(anew), "read anew", session.viewer.offset)
    trouble = looked.state.message if looked.state.message is not state.message else None
    shown = _curve_anew(looked)
    return shown.add_message(trouble.text) if trouble is not None and trouble.is_error else shown


def _curve_anew(session: Session) -> Session:
    data, state = session.data, session.state
    if state.upload is not None:
        return session.with_message(f"The data is read anew. You go on working on {state.upload}.")
    choice = state.choice
    extent = data.extent(choice.iso, choice.curve)
    days = extent if state.source.is_published else choice
    state = tool_state.choose(state, data, start=days.start, end=days.end)
    if state.message is not None and state.message.is_error:
        return session.with_state(state)
    return session.with_state(state).with_message(f"The data is read anew: {state.source.title}.")


def _await_work(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    return finish_next_job(session)


def _stop_work(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    return stop_job(session, first(values, "key"))


PANEL = Panel(
    "head",
    _html,
    lambda session: (
        session.newer_run,
        session.state.source.is_demo,
        session.refresh and object(),  # how far it has come changes beside the session
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
    return render_template("footer", usage=session.data.usage(), db=str(session.data.db))


def _always(_: Session) -> object:
    """Return what nothing is equal to: the use of the cache changes beside the session."""
    return object()


FOOTER = Panel("footer", _footer_html, _always)
