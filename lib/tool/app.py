"""The scaling tool as a widget: it shows the panels, and hands what a person does to their actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import anywidget
from IPython.display import display
from traitlets import Dict, List, Unicode

from lib.tool import state as tool_state
from lib.tool.data import ToolData
from lib.tool.messages import INTERNAL_ERROR, READ_ERRORS, as_sentence, explain
from lib.tool.page import FOLDER, render_template, tool_style
from lib.tool.panels import ACTIONS, PANELS
from lib.tool.session import Session
from lib.tool.viewer_state import open_viewer

GONE = (
    "The tool does not answer. Reload the page to start it anew: what was edited and not downloaded is lost."
)

AUTOMATIC_ACTIONS = ("look_for_newer_run", "await_refresh", "await_work")
"""What the page asks without being told to."""

MIME_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ScalingTool(anywidget.AnyWidget):
    """The page of one person: a trait for the HTML of each panel, and one for what was said last."""

    _esm = FOLDER / "frontend" / "tool.js"

    sheet = Unicode(tool_style()).tag(sync=True)
    panels = List(Unicode(), [panel.name for panel in PANELS]).tag(sync=True)
    gone = Unicode(GONE).tag(sync=True)
    said = Dict().tag(sync=True)

    def __init__(self, source: str) -> None:
        """Make an empty page.

        Args:
            source: whose database the tool reads: "demo", "public", ...
        """
        super().__init__()
        self._source = source
        self.add_traits(**{panel.name: Unicode().tag(sync=True) for panel in PANELS})
        self._session: Session | None = None
        self.show_message("Opening the database.")
        self.on_msg(self._on_message)

    def show_message(self, text: str, is_error: bool = False) -> None:
        """Say a sentence, also to those who hear the page instead of seeing it.

        It has a number, for the page must learn of it though the same was said before.
        """
        self.said = {
            "text": as_sentence(text),
            "is_error": is_error,
            "number": self.said.get("number", 0) + 1,
        }

    def show_progress(self, step: int, n_steps: int, what: str) -> None:
        """Say how far a long read has come."""
        self.show_message(f"Reading {what} ({step} of {n_steps}).")

    def start(self) -> None:
        """Read the source's curves, telling how far that has come, or say why there is nothing to show."""
        try:
            data = ToolData(self._source)
            data.preload(self.show_progress)
            state = tool_state.first_state(data)
            viewer = open_viewer(data.db)
        except READ_ERRORS as error:
            self.head = render_template("closed")
            self.show_message(explain(error), is_error=True)
            return
        session = Session(data, state, viewer, next(iter(state.months), None))
        self.show(session.with_message(f"Ready: {state.source.title}."))

    def show(self, session: Session, is_by_user: bool = True) -> None:
        """Draw the panels that the session has changed, and say what is new of what it says.

        A panel that cannot be drawn leaves page and session as they were. What the page asks by itself is no
        wish, and leaves standing what was said of the last one.
        """
        former = self._session
        drawn = {
            panel.name: panel.html(session)
            for panel in PANELS
            if former is None or panel.depends(former) != panel.depends(session)
        }
        self._session = replace(session, outbox=None)
        with self.hold_sync():
            for name, html in drawn.items():
                setattr(self, name, html)
        if session.outbox is not None:
            kind = session.outbox.name.rpartition(".")[2]
            self.send({"file": session.outbox.name, "type": MIME_TYPES[kind]}, [session.outbox.content])
        message = session.state.message
        if message is not None and (former is None or message is not former.state.message):
            self.show_message(message.text, message.is_error)
        elif is_by_user and self.said["is_error"]:
            self.show_message("Done.")  # else what was refused before seems to be refused still

    def _on_message(self, _: object, message: Mapping[str, Any], buffers: Sequence[memoryview]) -> None:
        """Do what a person asks for; whatever happens, the page learns that it was answered.

        A page without curves asks for them again: there may have been no database when its kernel was warmed.
        """
        try:
            action = message["action"]
            if self._session is None:
                self.start()
            elif action != "open":  # it was asked for twice
                session = ACTIONS[action](self._session, message["values"], buffers)
                self.show(session, action not in AUTOMATIC_ACTIONS)
        except READ_ERRORS as error:
            self.show_message(explain(error), is_error=True)
        except Exception as fault:
            self.show_message(INTERNAL_ERROR.format(type(fault).__name__), is_error=True)
            # The kernel's own log goes to the server's; what is raised here ends in a browser's console.
            self.log.exception("The scaling tool could not do %s.", message.get("action"))
            if self._session is not None and message.get("action") in AUTOMATIC_ACTIONS:
                self.show(
                    replace(self._session, jobs={}, refresh=None), is_by_user=False
                )  # else it is asked again
            raise
        finally:
            self.send({"answered": message["number"]})


def open_tool(source: str) -> None:
    """Show the tool, which says how far it has come while it reads the source's curves, or why it cannot."""
    tool = ScalingTool(source)
    display(tool)
    tool.start()
