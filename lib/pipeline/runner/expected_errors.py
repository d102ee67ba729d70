"""The errors that can keep a run from starting or going on, the exit code of each, and its message."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_settings import SettingsError

from lib import store
from lib.pipeline.console import Exit
from lib.pipeline.errors import ConfigurationError, RunsNotWritable
from lib.pipeline.steps.reproduce import NotReproducible
from lib.pipeline.steps.version_diff import NotComparable
from lib.redact import one_line
from lib.settings import UnreadableSecret

CODES: dict[type[Exception], Exit] = {
    ConfigurationError: Exit.REFUSED,
    RunsNotWritable: Exit.FAILED,
    store.InvalidDatabaseUrl: Exit.REFUSED,
    store.WrongDatabase: Exit.REFUSED,
    store.SchemaError: Exit.REFUSED,
    store.NotOfficial: Exit.REFUSED,
    store.BackupError: Exit.REFUSED,
    store.UnknownVersion: Exit.REFUSED,
    NotComparable: Exit.REFUSED,
    NotReproducible: Exit.FAILED,
    store.NotPermitted: Exit.REFUSED,
    ValidationError: Exit.REFUSED,
    SettingsError: Exit.REFUSED,
    UnreadableSecret: Exit.REFUSED,
    store.AlreadyRunning: Exit.LOCKED,
    store.LockLost: Exit.UNREACHABLE,
    store.DatabaseUnreachable: Exit.UNREACHABLE,
    store.EmbeddedServerError: Exit.UNREACHABLE,
    **dict.fromkeys(store.OPERATIONAL_ERRORS, Exit.UNREACHABLE),
}

EXPECTED = tuple(CODES)


def exit_code_of(error: Exception) -> Exit:
    """Return the exit code for one of the expected errors."""
    return next(code for kind, code in CODES.items() if isinstance(error, kind))


def format_error(error: Exception) -> str:
    """Return the message for one of the expected errors; it never contains a password."""
    if isinstance(error, ValidationError):
        wrong = (
            f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors(include_input=False)
        )
        return one_line(f"a setting of the environment or .env cannot be used: {'; '.join(wrong)}")
    if isinstance(error, SettingsError):  # its text has the setting, and not what it was set to
        return one_line(f"a setting of the environment or .env is not the JSON it should be: {error}")
    return one_line(
        store.describe_operational_error(error) if isinstance(error, store.OPERATIONAL_ERRORS) else str(error)
    )
