"""Why the database may not be read, in words for people."""

from __future__ import annotations

from lib.store import (
    WENT_AWAY,
    ConfigurationError,
    DatabaseUnreachable,
    EmbeddedServerError,
    NotPermitted,
    SchemaError,
    WrongDatabase,
)
from lib.tool.curve import NoSuchCurve

CANNOT_READ = (
    ConfigurationError,
    DatabaseUnreachable,
    EmbeddedServerError,
    NoSuchCurve,
    NotPermitted,
    SchemaError,
    WrongDatabase,
    *WENT_AWAY,
)
"""Why there may be nothing to show, at the start or later."""

BROKEN_OFF = (
    "The database has broken off while it was read: it was stopped, or the connection was lost. Try it again "
    "once the database answers."
)


def why(refusal: Exception) -> str:
    """Return what a person is told: an own error's message, or that the driver's connection was lost."""
    return BROKEN_OFF if isinstance(refusal, WENT_AWAY) else str(refusal)
