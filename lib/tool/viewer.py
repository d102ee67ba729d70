"""Searches of the data viewer, each on a database connection of its own in the background."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from adbc_driver_postgresql import dbapi

from lib.store import Database, UnknownRelation
from lib.store.browse import Selection
from lib.tool.background import BackgroundCall
from lib.tool.jobs import start_job
from lib.tool.session import BackgroundJob, Session
from lib.tool.viewer_state import ViewerState, with_rows, with_selection

ROWS, FILE = "rows", "rows_file"
"""The keys of the jobs: rows for the page, and rows for a file."""

Read = TypeVar("Read")


class DatabaseCall(BackgroundCall[Read]):
    """A read on a connection of its own, which the server stops when it is cancelled."""

    def __init__(self, db: Database, read: Callable[[dbapi.Connection], Read]) -> None:
        """Connect, and start to read.

        Raises:
            DatabaseUnreachable: there is no connection.
        """
        self._opened = ExitStack()
        self._connection = self._opened.enter_context(db.arrow_connection())
        super().__init__(lambda: self._read(read))

    def cancel(self) -> None:
        """Make the server stop the read if it is still running."""
        if not self.is_done():
            with suppress(dbapi.Error):  # it has ended in this moment
                self._connection.adbc_cancel()

    def _read(self, read: Callable[[dbapi.Connection], Read]) -> Read:
        with self._opened:
            return read(self._connection)


@dataclass(frozen=True)
class SearchJob(BackgroundJob):
    """A search for the rows of a selection."""

    selection: Selection


def current_selection(session: Session) -> Selection:
    """Return the selection of the running search; the shown selection if no search is running."""
    job = session.jobs.get(ROWS)
    return job.selection if isinstance(job, SearchJob) else session.viewer.selection


def search_rows(session: Session, selection: Selection, done: str, offset: int = 0) -> Session:
    """Search for a page of rows, and show it at once or when it is found.

    Args:
        session: the session before.
        selection: the relation with its filters, levels and sorting.
        done: what the message says of the rows once they are shown.
        offset: the number of rows before the page.
    """
    db = session.data.db
    try:
        wanted = with_selection(db, session.viewer, selection, offset)
    except UnknownRelation as error:
        return session.with_message(str(error), is_error=True)

    def show(later: Session, viewer: ViewerState) -> Session:
        return replace(later, viewer=viewer).with_message(f"{selection.relation}: {done}.")

    title = f"Looking for the rows of {_format_selection(selection)}"
    call = DatabaseCall(db, lambda connection: with_rows(connection, wanted))
    return start_job(session, ROWS, SearchJob(title, call, show, selection))


def search_for_file(
    session: Session,
    title: str,
    read: Callable[[dbapi.Connection], Read],
    on_result: Callable[[Session, Read], Session],
) -> Session:
    """Read the rows of a file in the background, and do something with them."""
    return start_job(session, FILE, BackgroundJob(title, DatabaseCall(session.data.db, read), on_result))


def _format_selection(selection: Selection) -> str:
    conditions = [f"{one.column} {one.operator} {one.value}".rstrip() for one in selection.filters]
    conditions += [f"{level} {value}" for level, value in selection.levels.items()]
    where = f" with {', '.join(conditions)}" if conditions else ""
    return f"{selection.relation}{where}"
