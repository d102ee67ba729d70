"""The scaling tool as a widget: it shows the panels, and runs the actions that a person takes in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import anywidget
from IPython.display import display
from pydantic import BaseModel, ConfigDict, ValidationError
from traitlets import Bool, Dict, List, Unicode

from lib.tool import state as tool_state
from lib.tool.data import ToolData
from lib.tool.drafts import has_unsaved_edits, write_draft, write_link
from lib.tool.messages import INTERNAL_ERROR, READ_ERRORS, as_sentence, explain
from lib.tool.page import render_template, tool_script, tool_style
from lib.tool.panels import ACTIONS, PANELS, run_action
from lib.tool.session import Session
from lib.tool.viewer_state import open_viewer

GONE = "The tool does not answer. Reload the page to start it again; your edits come back."

NO_DRAFTS = "This browser keeps no edits for the tool. Download them before you leave or reload the page."

MIME_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class PageMessage(BaseModel):
    """A message of the page: an action, its inputs as texts, and the number to answer with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: str
    values: dict[str, str | bool]
    number: int


class ScalingTool(anywidget.AnyWidget):
    """The page of one person: traits for the HTML of each panel, the last message, what the browser keeps."""

    _esm = tool_script()

    sheet = Unicode(tool_style()).tag(sync=True)
    panels = List(Unicode(), [panel.name for panel in PANELS]).tag(sync=True)
    gone = Unicode(GONE).tag(sync=True)
    no_drafts = Unicode(NO_DRAFTS).tag(sync=True)
    source = Unicode().tag(sync=True)
    draft = Unicode().tag(sync=True)
    link = Unicode().tag(sync=True)
    is_unsaved = Bool().tag(sync=True)
    message = Dict().tag(sync=True)

    def __init__(self, source: str) -> None:
        """Make an empty page.

        Args:
            source: the source whose database the tool reads: "demo", "public", ...
        """
        super().__init__()
        self.source = source
        self.add_traits(**{panel.name: Unicode().tag(sync=True) for panel in PANELS})
        self._session: Session | None = None
        self.show_message("Opening the database.")
        self.on_msg(self._on_message)

    def show_message(self, text: str, is_error: bool = False) -> None:
        """Show a sentence in the page, which screen readers speak.

        The number makes the same sentence news to the page each time.
        """
        self.message = {
            "text": as_sentence(text),
            "is_error": is_error,
            "number": self.message.get("number", 0) + 1,
        }

    def open_session(self) -> None:
        """Read the source's curves and show the panels, or show why there are none."""
        try:
            data = ToolData(self.source)
            data.preload(self._show_progress)
            state = tool_state.first_state(data)
            viewer = open_viewer(data.db)
        except READ_ERRORS as error:
            self.head = render_template("closed")
            self.show_message(explain(error), is_error=True)
            return
        session = Session(data, state, viewer, next(iter(state.months), None))
        self.show(session.with_message(f"Ready: {state.source.title}."))

    def show(self, session: Session, is_automatic: bool = False) -> None:
        """Draw the panels that differ from the former session, and show its message if that is new.

        If a panel cannot be drawn, page and session stay as they were. An automatic action without a message
        leaves the last one in the page.
        """
        former = self._session
        drawn = {
            panel.name: panel.render(session)
            for panel in PANELS
            if former is None or panel.depends(former) != panel.depends(session)
        }
        self._session = replace(session, outbox=None)
        with self.hold_sync():
            for name, html in drawn.items():
                setattr(self, name, html)
            self.draft, self.link = write_draft(session), write_link(session)
            self.is_unsaved = has_unsaved_edits(session)
        for file in (session.outbox, session.outbox and session.outbox.log):
            if file is not None:
                kind = file.name.rpartition(".")[2]
                self.send({"file": file.name, "type": MIME_TYPES[kind]}, [file.content])
        message = session.state.message
        if message is not None and (former is None or message is not former.state.message):
            self.show_message(message.text, message.is_error)
        elif not is_automatic and self.message["is_error"]:
            self.show_message("Done.")  # else the error before would seem to be of this action

    def _show_progress(self, step: int, n_steps: int, what: str) -> None:
        self.show_message(f"Reading {what} ({step} of {n_steps}).")

    def _on_message(self, _: object, content: Mapping[str, Any], files: Sequence[memoryview]) -> None:
        """Do what a message of the page asks for, and answer it whatever happens."""
        try:
            message = PageMessage.model_validate(content)
        except ValidationError as error:
            self.log.warning(
                "The scaling tool refused a message of the page: %d problems.", error.error_count()
            )
            self.show_message("The tool does not understand the page. Reload the page.", is_error=True)
        else:
            self._run(message, files)
        finally:
            self.send({"finished": content.get("number")})

    def _run(self, message: PageMessage, files: Sequence[memoryview]) -> None:
        """Run an action and show what it did.

        A page without curves opens again instead: its kernel may have started before there was a database.
        """
        action = ACTIONS.get(message.action)
        is_automatic = action is not None and action.is_automatic
        try:
            if self._session is None:
                self.open_session()
            elif message.action != "open":  # a second press of the button that opens
                self.show(run_action(self._session, message.action, message.values, files), is_automatic)
        except READ_ERRORS as error:
            self.show_message(explain(error), is_error=True)
        except Exception as error:
            self.show_message(INTERNAL_ERROR.format(type(error).__name__), is_error=True)
            # This log is part of the server's; what is raised appears in the browser's console.
            self.log.exception("The scaling tool could not do %s.", message.action)
            if self._session is not None and is_automatic:  # else the page would ask for it again and again
                self.show(replace(self._session, jobs={}, refresh=None), is_automatic)
            raise


def open_tool(source: str) -> None:
    """Show the tool of a source, which reports its progress while it reads the curves."""
    tool = ScalingTool(source)
    display(tool)
    tool.open_session()
