"""What the data viewer asks the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from adbc_driver_postgresql import dbapi

from lib.store import UnknownRelation
from lib.store.browse import Question
from lib.tool.search import Search
from lib.tool.session import Session
from lib.tool.viewing import ask, put
from lib.tool.work import Work, begin

VIEWER = "viewer"
"""The panel for which it is asked."""

Found = TypeVar("Found")


def look_up(session: Session, question: Question, said: str, offset: int = 0) -> Session:
    """Show a page of what is asked of a relation, at once or once it is found."""
    try:
        wanted = put(session.data.db, session.viewing, question, offset)
    except UnknownRelation as refusal:
        return session.say(str(refusal), is_error=True)
    return look_for(
        session,
        _in_words(question),
        lambda connection: ask(connection, wanted),
        lambda later, viewing: replace(later, viewing=viewing).say(f"{question.relation}: {said}."),
    )


def look_for(
    session: Session,
    about: str,
    look: Callable[[dbapi.Connection], Found],
    then: Callable[[Session, Found], Session],
) -> Session:
    """Begin to look for something, instead of what was looked for before.

    Args:
        session: where it is asked.
        about: what is looked for, for people.
        look: asks the database, in a thread of its own.
        then: what is done with what was found, in the session as it is by then.
    """
    search = Search(session.data.db, look)
    return begin(session, VIEWER, Work(f"Looking for {about}", search, then))


def _in_words(question: Question) -> str:
    """Return what is asked, in words."""
    conditions = [f"{one.column} {one.operator} {one.value}".rstrip() for one in question.filters]
    conditions += [f"{level} {value}" for level, value in question.levels.items()]
    where = f" with {', '.join(conditions)}" if conditions else ""
    return f"the rows of {question.relation}{where}"
