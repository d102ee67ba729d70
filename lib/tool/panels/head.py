"""The top and the bottom of the page: the demo mark, edits that are back, newer runs, the use of the cache.

Here are also the actions on background jobs, which any panel may show.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import StringConstraints

from lib.tool import state as tool_state
from lib.tool.background import Refresh
from lib.tool.drafts import describe_restored, follow_link, restore_draft, start_anew
from lib.tool.jobs import finish_next_job, stop_job
from lib.tool.messages import READ_ERRORS, explain
from lib.tool.page import render_template
from lib.tool.panels.panel import Action, ActionInputs, Panel
from lib.tool.session import Session
from lib.tool.viewer import current_selection, search_rows
from lib.tool.viewer_state import refresh_viewer

REFRESH_FAILED = "The newer data could not be read; the tool goes on with the data it has."


NOTHING_OFFICIAL = "No curve is official any more; the tool goes on with the data it has."


class RestoreInputs(ActionInputs):
    """What a page finds when it opens: fields of its link, and a draft with the time it was kept; else ""."""

    link: Annotated[str, StringConstraints(max_length=2_000)]
    draft: str
    saved: Annotated[str, StringConstraints(max_length=40)]


class StopJobInputs(ActionInputs):
    """The key of a job."""

    key: str


def _render(session: Session) -> str:
    return render_template(
        "head",
        is_demo=session.data.is_demo,
        is_demo_file=session.state.source.is_demo,
        study=session.state.source.title if session.state.source.is_study else None,
        restored=describe_restored(session),
        newer_run=session.newer_run,
        progress=session.refresh.progress if session.refresh else None,
    )


def _look_for_newer_run(session: Session, _: ActionInputs) -> Session:
    """Look for a newer run; a database that does not answer is reported once."""
    try:
        return replace(session, newer_run=session.data.find_newer_run(), database_error=None)
    except READ_ERRORS as error:
        if session.database_error:
            return session
        text = explain(error)
        return replace(session, database_error=text).with_message(text, is_error=True)


def _refresh(session: Session, _: ActionInputs) -> Session:
    """Start to read newer data; the tool goes on with the data it has."""
    if session.refresh is not None:
        return session
    return replace(session, refresh=Refresh(session.data)).with_message("The newer data is being read.")


def _await_refresh(session: Session, _: ActionInputs) -> Session:
    """Switch to the newer data once it is read."""
    refresh = session.refresh
    if refresh is None or not refresh.is_done():
        return session
    idle = replace(session, refresh=None)
    try:
        newer = refresh.result()
        if not newer.isos():
            return idle.with_message(NOTHING_OFFICIAL, is_error=True)
        return _switch_data(replace(idle, data=newer))
    except READ_ERRORS as error:
        return idle.with_message(explain(error), is_error=True)
    except Exception:  # `Refresh` has logged it
        return idle.with_message(REFRESH_FAILED, is_error=True)


def _switch_data(session: Session) -> Session:
    """Show the newer data in the viewer and the curve; the edits stay."""
    before = session.state.message
    refreshed = replace(session, newer_run=None, viewer=refresh_viewer(session.data.db, session.viewer))
    selection, offset = current_selection(refreshed), session.viewer.offset
    searched = search_rows(refreshed, selection, "read again", offset)
    after = searched.state.message
    shown = _show_newer_curve(searched)
    if after is not None and after is not before and after.is_error:
        return shown.add_message(after.text)
    return shown


def _show_newer_curve(session: Session) -> Session:
    """Show the curve of the newer data; a curve as published moves to the newer published window."""
    data, state = session.data, session.state
    if state.upload is not None:
        return session.with_message(f"The newer data is read. You go on working on {state.upload}.")
    choice = state.choice
    if choice.curve not in data.curves(choice.iso, choice.status):  # its last official version was withdrawn
        gone = f"{state.source.title} is withdrawn, and no version before it is official."
        return session.with_state(tool_state.first_state(data)).with_message(gone, is_error=True)
    is_published = state.source.is_published
    days = data.extent(choice.iso, choice.curve, choice.status) if is_published else choice
    state = tool_state.choose(state, data, start=days.start, end=days.end)
    if state.message is not None and state.message.is_error:
        return session.with_state(state)
    return session.with_state(state).with_message(f"The newer data is read: {state.source.title}.")


def _await_jobs(session: Session, _: ActionInputs) -> Session:
    return finish_next_job(session)


def _stop_job(session: Session, inputs: StopJobInputs) -> Session:
    return stop_job(session, inputs.key)


def _restore(session: Session, inputs: RestoreInputs) -> Session:
    if inputs.draft:
        session = restore_draft(session, inputs.draft, inputs.saved)
    return follow_link(session, inputs.link)


def _start_anew(session: Session, _: ActionInputs) -> Session:
    return start_anew(session)


def _keep_restored(session: Session, _: ActionInputs) -> Session:
    return replace(session, restored=None)


def _render_footer(session: Session) -> str:
    return render_template("footer", usage=session.data.usage(), db=str(session.data.db))


PANEL = Panel(
    "head",
    _render,
    lambda session: (
        session.newer_run,
        describe_restored(session),
        session.state.source.is_demo,
        session.state.source.is_study and session.state.source.title,
        session.refresh and object(),  # its progress changes without a new session
    ),
    {
        "restore": Action(RestoreInputs, _restore, is_automatic=True),
        "start_anew": Action(ActionInputs, _start_anew),
        "keep_restored": Action(ActionInputs, _keep_restored),
        "look_for_newer_run": Action(ActionInputs, _look_for_newer_run, is_automatic=True),
        "refresh": Action(ActionInputs, _refresh),
        "await_refresh": Action(ActionInputs, _await_refresh, is_automatic=True),
        "await_work": Action(ActionInputs, _await_jobs, is_automatic=True),
        "stop_work": Action(StopJobInputs, _stop_job),
    },
)

FOOTER = Panel(
    "footer",
    _render_footer,
    lambda _: object(),  # equal to nothing: the use of the cache changes without a new session
)
