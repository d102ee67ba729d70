"""How the ways to a database tell that it has gone."""

from __future__ import annotations

import re

import psycopg2
import sqlalchemy.exc
from adbc_driver_postgresql import dbapi

WENT_AWAY = (sqlalchemy.exc.OperationalError, psycopg2.OperationalError, dbapi.OperationalError)
"""The errors of SQLAlchemy, psycopg2 and ADBC where the server ends a connection or a statement."""


def went_away(error: Exception) -> str:
    """Return in words that the database went away, or what it refused, given one of these errors.

    SQLAlchemy's own text has the statement and its parameters in it.
    """
    cause = getattr(error, "orig", error)
    code = getattr(cause, "pgcode", None) or getattr(cause, "sqlstate", None) or ""
    is_gone = not code or code.startswith(_GONE)
    return f"the database {'went away' if is_gone else 'refused'}: {plain(error)}"


def plain(error: Exception) -> str:
    """Return what a driver's error says in a line, without the statement and the driver's own words."""
    words = _DRIVER.sub("", str(getattr(error, "orig", error)).strip())
    return " ".join(_NEXT_SENTENCE.sub(". ", words).split())


_GONE = ("08", "57P")
"""How PostgreSQL's codes begin for a connection that is lost, and for a server that stops."""

_DRIVER = re.compile(r"^[A-Z_]+: \[libpq\] (Failed to connect: )?")
"""What ADBC puts before the words of libpq."""

_NEXT_SENTENCE = re.compile(r"\.?\n\s*(?=[A-Z])")
"""Where a line begins that does not go on with the one before."""
