"""What the data viewer asks the database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from adbc_driver_postgresql import dbapi

from lib.store import Database, UnknownRelation
from lib.store.browse import Selection
from lib.tool.background import Background
from lib.tool.jobs import begin
from lib.tool.session import Session, Work
from lib.tool.viewer_state import Viewing, ask, put

ROWS, FILE = "rows", "rows_file"
"""The keys of what is looked for: rows to be shown, and rows for a file."""

Found = TypeVar("Found")


@dataclass(frozen=True)
class Looking(Work):
    """A search for the rows that read_page a question."""

    question: Selection


def asked(session: Session) -> Selection:
    """Return what was asked last: the question whose rows are looked for, else that whose rows are shown."""
    looking = session.work.get(ROWS)
    return looking.question if isinstance(looking, Looking) else session.viewing.question


def look_up(session: Session, question: Selection, said: str, offset: int = 0) -> Session:
    """Show a page of what is asked of a relation, at once or once it is found."""
    db = session.data.db
    try:
        wanted = put(db, session.viewing, question, offset)
    except UnknownRelation as refusal:
        return session.say(str(refusal), is_error=True)

    def show(later: Session, viewing: Viewing) -> Session:
        return replace(later, viewing=viewing).say(f"{question.relation}: {said}.")

    about = f"Looking for the rows of {_in_words(question)}"
    search = Search(db, lambda connection: ask(connection, wanted))
    return begin(session, ROWS, Looking(about, search, show, question))


def look_for_file(
    session: Session,
    about: str,
    look: Callable[[dbapi.Connection], Found],
    then: Callable[[Session, Found], Session],
) -> Session:
    """Look for the rows of a file, and do something with it."""
    return begin(session, FILE, Work(about, Search(session.data.db, look), then))


def _in_words(question: Selection) -> str:
    """Return what is asked, in words."""
    conditions = [f"{one.column} {one.operator} {one.value}".rstrip() for one in question.filters]
    conditions += [f"{level} {value}" for level, value in question.levels.items()]
    where = f" with {', '.join(conditions)}" if conditions else ""
    return f"{question.relation}{where}"


class Search(Background[Found]):
    """What is being looked for."""

    def __init__(self, db: Database, ask: Callable[[dbapi.Connection], Found]) -> None:
        """Begin to ask, on a connection of its own.

        Raises:
            DatabaseUnreachable: no connection could be made.
        """
        self._opened = ExitStack()
        self._connection = self._opened.enter_context(db.arrow_connection())
        super().__init__(lambda: self._ask(ask))

    def give_up(self) -> None:
        """Have the server stop looking, if it still does; nobody waits for the read_page any more."""
        if not self.is_done():
            with suppress(dbapi.Error):  # it has ended in this moment
                self._connection.adbc_cancel()

    def _ask(self, ask: Callable[[dbapi.Connection], Found]) -> Found:
        with self._opened:
            return ask(self._connection)
