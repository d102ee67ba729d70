"""What can keep a run from starting or from going on, and the exit code of each."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

from lib import store
from lib.pipeline.command.exits import Exit
from lib.pipeline.errors import ConfigurationError
from lib.pipeline.execution.outcome import sentence_of

CODES: dict[type[Exception], Exit] = {
    ConfigurationError: Exit.REFUSED,
    store.ConfigurationError: Exit.REFUSED,
    store.WrongDatabase: Exit.REFUSED,
    store.SchemaError: Exit.REFUSED,
    store.AlreadyRunning: Exit.LOCKED,
    store.DatabaseUnreachable: Exit.UNREACHABLE,
    store.EmbeddedServerError: Exit.UNREACHABLE,
    OperationalError: Exit.UNREACHABLE,  # the database went away in the middle
}

EXPECTED = tuple(CODES)


def exit_of(error: Exception) -> Exit:
    """Return the exit code for one of the expected errors."""
    return next(code for kind, code in CODES.items() if isinstance(error, kind))


def message_of(error: Exception) -> str:
    """Return what to tell about one of the expected errors; never a password."""
    text = f"the database went away: {error.orig}" if isinstance(error, OperationalError) else str(error)
    return sentence_of(text)
