"""What takes longer than an answer may: begun, waited for a moment, and taken over once it is done."""

from __future__ import annotations

from dataclasses import replace

from traitlets.log import get_logger

from lib.present.pricing_file import BadPricingFile
from lib.store import UnknownRelation
from lib.store.browse import BadSelection
from lib.tool.messages import CANNOT_READ, FAULT, why
from lib.tool.session import Session, Work

SOON_S = 0.15
"""So long it is waited for; then the page is told that it takes longer, and goes on."""

REFUSALS = (BadPricingFile, BadSelection, UnknownRelation)


def begin(session: Session, key: str, work: Work) -> Session:
    """Return the session in which something is being done, or is done if it takes a moment only.

    Of each key one thing is done at a time: what went on before is given up, and said to be.
    """
    session = take(session, key)
    former = session.work.get(key)
    if former is not None:
        former.background.give_up()
    begun = replace(session, work={**session.work, key: work})
    if work.background.is_done(SOON_S):
        begun = take(begun, key)
    else:
        begun = begun.say(f"{work.about}. This takes longer; the tool goes on meanwhile.")
    return begun if former is None else begun.say_too(f"{former.about}: stopped.")


def take_next(session: Session) -> Session:
    """Return the session with what one of its works has come to, if any is done by now."""
    taken = (take(session, key) for key in session.work)
    return next((one for one in taken if one is not session), session)


def take(session: Session, key: str) -> Session:
    """Return the session with what a work has come to, if it is done by now."""
    work = session.work.get(key)
    if work is None or not work.background.is_done():
        return session
    idle = _without(session, key)
    try:
        return work.then(idle, work.background.result())
    except REFUSALS as refusal:
        return idle.say(str(refusal), is_error=True)
    except CANNOT_READ as refusal:
        return idle.say(why(refusal), is_error=True)
    except Exception as fault:
        get_logger().exception("The scaling tool could not do this: %s.", work.about)
        return idle.say(FAULT.format(type(fault).__name__), is_error=True)


def stop(session: Session, key: str) -> Session:
    """Return the session in which a work is not done any more."""
    work = session.work.get(key)
    if work is None:
        return session
    work.background.give_up()
    return _without(session, key).say(f"{work.about}: stopped. What was shown before stands.")


def _without(session: Session, key: str) -> Session:
    return replace(session, work={name: work for name, work in session.work.items() if name != key})
