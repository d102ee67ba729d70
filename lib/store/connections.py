"""Make connections, and refuse those that lack what they should have.

1. What the shell says to libpq (PGHOST, PGOPTIONS, ...) is forgotten: the URL alone says where and how.
2. Every new connection is checked for the time zone and the time limit of the URL: a pooler may
   drop them without a word.
3. Every statement of psycopg2 waits in Python, so that a signal ends the wait, and not for longer than a
   limit: a server that stalls does not answer, and its own limits do not run either.
"""

from __future__ import annotations

import os
import re
import select
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from time import monotonic, sleep
from typing import ParamSpec, TypeVar

import psycopg2
import psycopg2.extensions
import sqlalchemy.exc
from adbc_driver_postgresql import dbapi
from psycopg2.extensions import POLL_OK, POLL_READ, STATUS_SETUP, parse_dsn

from lib.settings import without_secrets
from lib.store.url import describe, redact_url, session_settings, settings_of

OPERATIONAL_ERRORS = (
    *(sqlalchemy.exc.OperationalError, psycopg2.OperationalError, dbapi.OperationalError),
    *(sqlalchemy.exc.InternalError, psycopg2.InternalError, dbapi.InternalError),
)
"""The errors of SQLAlchemy, psycopg2 and ADBC for a connection or a statement that the server ends, and for a
server that does not write any more, after a failover say."""

GRACE_S = 30
"""How long after its own time limit a server may answer before it counts as stalled."""

RETRY_AFTER_S = (0.2, 1.0, 3.0)
"""How long to wait before each further attempt at a write whose connection was lost."""

UNLIMITED_S = 3600.0
"""How long to wait for a server whose connection names no limit."""

_max_wait_s: ContextVar[float | None] = ContextVar("max_wait_s", default=None)

_LOST_CONNECTION = ("08", "57P")
"""How PostgreSQL's error codes begin for a lost connection and for a server that stops."""

_DRIVER_PREFIX = re.compile(r"^[A-Z_]+: \[libpq\] (Failed to connect: )?")
"""What ADBC puts before the message of libpq."""

_NEXT_SENTENCE = re.compile(r"\.?\n\s*(?=[A-Z])")
"""A line break that begins a new sentence."""

_LIBPQ_VARIABLE = re.compile(r"PG[A-Z]+(_TIMEOUT)?")
"""The names of the environment variables that libpq and the programs of a server read."""

_REFUSES_OPTIONS = "startup parameter"
"""Part of what poolers say that refuse the startup parameter `options`."""

POOLER_ADVICE = (
    "Connect to the server itself, or to a pooler that keeps a session for each client (pool_mode = session) "
    "and passes startup parameters on; docs/running.md, Poolers, has the settings"
)

_SESSION = """
    SELECT current_setting('TimeZone'), current_setting('statement_timeout'),
           current_setting('default_transaction_read_only')
"""


P = ParamSpec("P")
T = TypeVar("T")


class NotPermitted(RuntimeError):
    """The account may not do what is needed, or may do more; the message says who has to do what."""


class UnfitConnection(NotPermitted):
    """Something between here and the server changes sessions; the message says what is missing."""


class DatabaseUnreachable(RuntimeError):
    """No connection could be made; the message says where to, why and what to do, without the password."""


def without_shell(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the variables that would divert libpq or a server's programs."""
    return {name: value for name, value in environment.items() if not _LIBPQ_VARIABLE.fullmatch(name)}


def program_environment() -> dict[str, str]:
    """Return the environment for programs of PostgreSQL: nothing that diverts them, and no secret."""
    return without_secrets(without_shell(os.environ))


def connect(url: str) -> psycopg2.extensions.connection:
    """Return a new psycopg2 connection, outside any pool.

    Raises:
        DatabaseUnreachable: no connection could be made.
        UnfitConnection: it lacks the time zone, the time limit or the protection that the URL asks for.
    """
    try:
        return connect_for_pool(url)
    except psycopg2.OperationalError as error:
        raise unreachable_error(url, error) from None


def connect_for_pool(url: str) -> psycopg2.extensions.connection:
    """Return a new psycopg2 connection; SQLAlchemy knows the errors of the driver.

    Raises:
        psycopg2.OperationalError: no connection could be made.
        UnfitConnection: as for `connect`.
    """
    _forget_shell()
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_SESSION)
            _check_session(url, *cursor.fetchone())
        connection.rollback()
    except BaseException:
        connection.close()
        raise
    return connection


def connect_arrow(url: str) -> dbapi.Connection:
    """Return a new ADBC connection in autocommit, from which others are cloned.

    Raises:
        dbapi.Error: no connection could be made.
    """
    _forget_shell()
    return dbapi.connect(url, autocommit=True)


def clone_arrow(root: dbapi.Connection, url: str) -> dbapi.Connection:
    """Return a clone of an ADBC connection, in a transaction.

    Raises:
        dbapi.Error: no connection could be made.
        UnfitConnection: as for `connect`.
    """
    _forget_shell()
    connection = root.adbc_clone()
    try:
        with connection.cursor() as cursor:
            cursor.execute(_SESSION)
            _check_session(url, *cursor.fetchone())
    except BaseException:
        connection.close()
        raise
    return connection


def retry_lost(write: Callable[P, T]) -> Callable[P, T]:
    """Repeat a write that may be done twice if its connection is lost, a few times, after longer waits.

    What the server refuses is not repeated, and after the last attempt the error is raised.
    """

    @wraps(write)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        for wait_s in RETRY_AFTER_S:
            try:
                return write(*args, **kwargs)
            except (DatabaseUnreachable, *OPERATIONAL_ERRORS) as error:
                if not is_lost(error):
                    raise
                sleep(wait_s)
        return write(*args, **kwargs)

    return attempt


def is_lost(error: Exception) -> bool:
    """Return whether an error says that the connection, and not the statement, is at fault."""
    cause = getattr(error, "orig", error)
    code = getattr(cause, "pgcode", None) or getattr(cause, "sqlstate", None) or ""
    return not code or code.startswith(_LOST_CONNECTION)


@contextmanager
def wait_at_most(seconds: float) -> Iterator[None]:
    """Let no statement of psycopg2 in the `with` statement wait longer than this for the server."""
    token = _max_wait_s.set(seconds)
    try:
        yield
    finally:
        _max_wait_s.reset(token)


def unreachable_error(url: str, error: Exception) -> DatabaseUnreachable:
    """Return the error that says why a connection failed; raise it `from None`, to hide the password."""
    why = redact_url(plain_message(error), url)
    if _REFUSES_OPTIONS in why and "options" in why:
        advice = f"{POOLER_ADVICE}. Or set the same on the login and add ?options= to the URL"
    else:
        advice = (
            "Check DATABASE_URL, or DB_HOST, DB_PORT, DB_USER, DB_PASSWORD and DB_NAME, in the environment "
            "or .env; without any of them the embedded database is used"
        )
    stop = "" if why.endswith(("?", ".")) else "."
    return DatabaseUnreachable(f"no connection to {describe(url)}: {why}{stop} {advice}")


def describe_operational_error(error: Exception) -> str:
    """Return one sentence for an error of OPERATIONAL_ERRORS: the database went away, or what it refused.

    SQLAlchemy's own text contains the statement and its parameters.
    """
    return f"the database {'went away' if is_lost(error) else 'refused'}: {plain_message(error)}"


def plain_message(error: Exception) -> str:
    """Return the message of a driver's error in one line, without the statement and the driver's prefix."""
    message = _DRIVER_PREFIX.sub("", str(getattr(error, "orig", error)).strip())
    return " ".join(_NEXT_SENTENCE.sub(". ", message).split())


def _forget_shell() -> None:
    for name in os.environ.keys() - without_shell(os.environ).keys():
        del os.environ[name]


def _check_session(url: str, time_zone: str, time_limit: str, read_only: str) -> None:
    """Raise an error for a session that lacks what its URL asks for.

    A login may have the settings of its own (ALTER ROLE ... SET) and a shorter limit.
    """
    wanted = session_settings(url)
    if wanted is None:  # no URL of `normalise`
        return
    limit_ms, wanted_ms = _milliseconds(time_limit), _milliseconds(wanted.get("statement_timeout", "0"))
    is_utc, is_limited = time_zone in ("UTC", "Etc/UTC"), 0 < limit_ms <= (wanted_ms or limit_ms)
    has = {
        "timezone": ("time zone UTC", is_utc),
        "statement_timeout": ("a time limit for statements", is_limited),
        "default_transaction_read_only": ("read-only transactions", read_only == "on"),
    }
    # A URL with empty options leaves time zone and limit to the login.
    needed = wanted or ("timezone", "statement_timeout")
    lacking = [what for name, (what, is_there) in has.items() if name in needed and not is_there]
    if lacking:
        raise UnfitConnection(
            f"the connection to {describe(url)} lacks {', '.join(lacking)}: a pooler before the server drops "
            f"what the connection asks for, or the URL's own options leave it out. {POOLER_ADVICE}"
        )


_UNITS_MS = {"": 1, "ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


def _milliseconds(duration: str) -> int:
    """Return a duration as PostgreSQL writes it ("10min", "600s", "0") in milliseconds."""
    parts = re.fullmatch(r"\s*(\d+)\s*([a-z]*)\s*", duration)
    return int(parts[1]) * _UNITS_MS.get(parts[2], 0) if parts else 0


def _wait(connection: psycopg2.extensions.connection) -> None:
    """Wait for the server in Python: a signal ends the wait, and so does the limit."""
    connect_limit_s, statement_limit_s = _limits_of(connection.dsn)
    is_connecting = connection.status == STATUS_SETUP
    limit_s = connect_limit_s if is_connecting else _max_wait_s.get() or statement_limit_s
    deadline = monotonic() + limit_s
    while (state := connection.poll()) != POLL_OK:
        readers, writers = ([connection], []) if state == POLL_READ else ([], [connection])
        if not any(select.select(readers, writers, [], max(0.0, deadline - monotonic()))):
            raise psycopg2.OperationalError(f"the server has not answered for {limit_s:.0f} s")


@lru_cache
def _limits_of(dsn: str) -> tuple[float, float]:
    """Return how long to wait for a connection, and for the answer to a statement, in seconds."""
    parameters = parse_dsn(dsn)
    limit_ms = _milliseconds(settings_of(parameters.get("options", "")).get("statement_timeout", "0"))
    connect_limit_s = float(parameters.get("connect_timeout", 0)) or UNLIMITED_S
    return connect_limit_s, limit_ms / 1000 + GRACE_S if limit_ms else UNLIMITED_S


psycopg2.extensions.set_wait_callback(_wait)
