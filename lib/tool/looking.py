"""What the data viewer asks the database: begun, waited for a moment, and taken over once it is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from adbc_driver_postgresql import dbapi
from traitlets.log import get_logger

from lib.store import UnknownRelation
from lib.store.browse import BadQuestion, Question
from lib.tool.notice import FAULT
from lib.tool.search import Search
from lib.tool.session import Session
from lib.tool.unread import CANNOT_READ, why
from lib.tool.viewing import ask, put

SOON_S = 0.1
"""So long an answer is waited for; then the page is told that it takes longer, and goes on."""


@dataclass(frozen=True)
class Looking:
    """A search, and what is done with what it finds."""

    search: Search[Any]
    then: Callable[[Session, Any], Session]


def look_up(session: Session, question: Question, said: str, offset: int = 0) -> Session:
    """Show a page of what is asked of a relation, at once or once it is found."""
    try:
        wanted = put(session.data.db, session.viewing, question, offset)
    except UnknownRelation as refusal:
        return session.say(str(refusal), is_error=True)
    return begin(
        session,
        _in_words(question),
        lambda connection: ask(connection, wanted),
        lambda later, viewing: replace(later, viewing=viewing).say(f"{question.relation}: {said}."),
    )


def begin(
    session: Session,
    about: str,
    look: Callable[[dbapi.Connection], Any],
    then: Callable[[Session, Any], Session],
) -> Session:
    """Begin to look for something, instead of what was looked for before, and wait for it a moment.

    Args:
        session: where it is asked.
        about: what is looked for, for people.
        look: asks the database, in a thread of its own.
        then: what is done with what was found, in the session as it is by then.
    """
    looking = Looking(Search(session.data.db, about, look), then)
    if session.looking is not None:
        session.looking.search.give_up()
    begun = replace(session, looking=looking)
    if looking.search.is_done(SOON_S):
        return take(begun)
    return begun.say(f"Looking for {about}. This takes longer; the tool goes on meanwhile.")


def take(session: Session) -> Session:
    """Take over what was looked for, if it is there by now."""
    looking = session.looking
    if looking is None or not looking.search.is_done():
        return session
    idle = replace(session, looking=None)
    try:
        return looking.then(idle, looking.search.result())
    except (BadQuestion, UnknownRelation) as refusal:
        return idle.say(str(refusal), is_error=True)
    except CANNOT_READ as refusal:
        return idle.say(why(refusal), is_error=True)
    except Exception as fault:
        get_logger().exception("The scaling tool could not look for %s.", looking.search.about)
        return idle.say(FAULT.format(type(fault).__name__), is_error=True)


def stop(session: Session) -> Session:
    """Give up what is being looked for."""
    if session.looking is None:
        return session
    session.looking.search.give_up()
    return replace(session, looking=None).say("It is not looked for any more; what was shown before stands.")


def _in_words(question: Question) -> str:
    """Return what is asked, in words."""
    conditions = [f"{one.column} {one.operator} {one.value}".rstrip() for one in question.filters]
    conditions += [f"{level} {value}" for level, value in question.levels.items()]
    where = f" with {', '.join(conditions)}" if conditions else ""
    return f"the rows of {question.relation}{where}"
