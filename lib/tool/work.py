"""What takes longer than an answer may: begun, waited for a moment, and taken over once it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from traitlets.log import get_logger

from lib.present.pricing_file import BadPricingFile
from lib.store import UnknownRelation
from lib.store.browse import BadQuestion
from lib.tool.background import Background
from lib.tool.notice import FAULT
from lib.tool.session import Session
from lib.tool.unread import CANNOT_READ, why

SOON_S = 0.1
"""So long it is waited for; then the page is told that it takes longer, and goes on."""

REFUSALS = (BadPricingFile, BadQuestion, UnknownRelation)


@dataclass(frozen=True)
class Work:
    """Something that is being done for a panel.

    Attributes:
        about: what it is, for people: "Reading a.csv".
        background: it.
        then: what is done with what it comes to, in the session as it is by then.
    """

    about: str
    background: Background[Any]
    then: Callable[[Session, Any], Session]


def begin(session: Session, panel: str, work: Work) -> Session:
    """Return the session in which something is being done, or is done if it takes a moment only.

    What was being done for the panel before is given up.
    """
    former = session.work.get(panel)
    if former is not None:
        former.background.give_up()
    begun = replace(session, work={**session.work, panel: work})
    if work.background.is_done(SOON_S):
        return take(begun, panel)
    return begun.say(f"{work.about}. This takes longer; the tool goes on meanwhile.")


def take(session: Session, panel: str) -> Session:
    """Return the session with what the panel's work has come to, if it is done by now."""
    work = session.work.get(panel)
    if work is None or not work.background.is_done():
        return session
    idle = _without(session, panel)
    try:
        return work.then(idle, work.background.result())
    except REFUSALS as refusal:
        return idle.say(str(refusal), is_error=True)
    except CANNOT_READ as refusal:
        return idle.say(why(refusal), is_error=True)
    except Exception as fault:
        get_logger().exception("The scaling tool could not do this: %s.", work.about)
        return idle.say(FAULT.format(type(fault).__name__), is_error=True)


def stop(session: Session, panel: str) -> Session:
    """Return the session in which nothing is done for the panel any more."""
    work = session.work.get(panel)
    if work is None:
        return session
    work.background.give_up()
    return _without(session, panel).say(f"{work.about}: stopped. What was shown before stands.")


def _without(session: Session, panel: str) -> Session:
    return replace(session, work={name: work for name, work in session.work.items() if name != panel})
