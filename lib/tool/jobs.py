"""Background jobs of a session: started, waited for briefly, and finished once their results are there."""

from __future__ import annotations

from dataclasses import replace

from traitlets.log import get_logger

from lib.present.pricing_file import BadPricingFile
from lib.sources.own_load import BadOwnLoad
from lib.store import UnknownRelation
from lib.store.browse import BadSelection
from lib.tool.messages import INTERNAL_ERROR, READ_ERRORS, explain
from lib.tool.session import BackgroundJob, Session

SHORT_WAIT_S = 0.15
"""A new job is waited for this long; a longer one goes on while the page answers."""

USER_ERRORS = (BadOwnLoad, BadPricingFile, BadSelection, UnknownRelation)
"""Errors in what a person gave; their texts say what is wrong."""


def start_job(session: Session, key: str, job: BackgroundJob) -> Session:
    """Return the session with a running job, or with its result if that is there at once.

    One job runs per key: a former one with the same key is cancelled, and the message says so.
    """
    session = finish_job(session, key)
    former = session.jobs.get(key)
    if former is not None:
        former.call.cancel()
    started = replace(session, jobs={**session.jobs, key: job})
    if job.call.is_done(SHORT_WAIT_S):
        started = finish_job(started, key)
    else:
        started = started.with_message(f"{job.title}. This takes longer; the tool goes on meanwhile.")
    return started if former is None else started.add_message(f"{former.title}: stopped.")


def finish_next_job(session: Session) -> Session:
    """Return the session with the result of one job that is done; the same session if none is."""
    finished = (finish_job(session, key) for key in session.jobs)
    return next((one for one in finished if one is not session), session)


def finish_job(session: Session, key: str) -> Session:
    """Return the session with the result of a job; the same session if the job is not done."""
    job = session.jobs.get(key)
    if job is None or not job.call.is_done():
        return session
    idle = _without_job(session, key)
    try:
        return job.on_result(idle, job.call.result())
    except USER_ERRORS as error:
        return idle.with_message(str(error), is_error=True)
    except READ_ERRORS as error:
        return idle.with_message(explain(error), is_error=True)
    except Exception as error:
        get_logger().exception("The scaling tool could not do this: %s.", job.title)
        return idle.with_message(INTERNAL_ERROR.format(type(error).__name__), is_error=True)


def stop_job(session: Session, key: str) -> Session:
    """Return the session without a job, which is cancelled."""
    job = session.jobs.get(key)
    if job is None:
        return session
    job.call.cancel()
    return _without_job(session, key).with_message(f"{job.title}: stopped. Nothing was changed.")


def _without_job(session: Session, key: str) -> Session:
    return replace(session, jobs={name: job for name, job in session.jobs.items() if name != key})
