"""Open a database.

1. The server: from the URL that is given, the environment, the settings, or the embedded server.
2. The database on it: the name of the real one, or that name with "_demo" for the simulated market.
3. It is created if the server lacks it, migrated to the schema of sql/, and checked for its purpose.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache

import psycopg2
import psycopg2.extensions
import sqlalchemy.exc
from adbc_driver_postgresql import dbapi
from psycopg2 import errors, sql
from sqlalchemy import Engine, create_engine

from lib.settings import Settings
from lib.source_names import DEMO_SOURCE, check_source_name
from lib.store import embedded
from lib.store.schema import bring_up_to_date
from lib.store.url import database_name, describe, normalise, redact_url, with_database

DEMO_SUFFIX = "_demo"

DATABASE_VARIABLE = "EPD_DATABASE"
"""Environment variable with the database's URL; it wins over every setting. A run sets it for its kernels."""

OPERATIONAL_ERRORS = (sqlalchemy.exc.OperationalError, psycopg2.OperationalError, dbapi.OperationalError)
"""The errors of SQLAlchemy, psycopg2 and ADBC for a connection or a statement that the server ends."""

_LOST_CONNECTION = ("08", "57P")
"""How PostgreSQL's error codes begin for a lost connection and for a server that stops."""

_DRIVER_PREFIX = re.compile(r"^[A-Z_]+: \[libpq\] (Failed to connect: )?")
"""What ADBC puts before the message of libpq."""

_NEXT_SENTENCE = re.compile(r"\.?\n\s*(?=[A-Z])")
"""A line break that begins a new sentence."""


class NotPermitted(RuntimeError):
    """The account may not create the database or its schema; the message says who has to do what."""


class DatabaseUnreachable(RuntimeError):
    """No connection could be made; the message says where to, why and what to do, without the password."""


@dataclass(frozen=True)
class Database:
    """An opened database: where it is, and whether its numbers are simulated.

    It is small and picklable; each process has connections of its own. The URL contains the password: use it
    only to connect and in the environment of child processes.
    """

    url: str
    is_demo: bool

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's pooled engine: one for each database and process."""
        return _engine(self.url, os.getpid())

    @property
    def name(self) -> str:
        """Name of the database on its server."""
        return database_name(self.url)

    def __str__(self) -> str:
        """Return the database's name and place, for people."""
        return describe(self.url)

    def __repr__(self) -> str:
        """Return the database's name and place, without account and password."""
        return f"<{self}>"

    @contextmanager
    def arrow_connection(self) -> Iterator[dbapi.Connection]:
        """Yield an ADBC connection in a transaction, committed at the end, rolled back on an error.

        Raises:
            DatabaseUnreachable: no connection could be made.
        """
        try:
            connection = _arrow_root(self.url, os.getpid()).adbc_clone()
        except dbapi.Error as error:
            raise unreachable_error(self.url, error) from None
        with connection:
            yield connection
            connection.commit()


def open_database(source_name: str, url: str | None = None) -> Database:
    """Return the database for a source; create it, migrate it and fill in reference data if needed.

    The server is that of the URL, else of the environment's EPD_DATABASE, else of the settings, else the
    embedded one. The name of the demo market's database ends in "_demo": simulated numbers stay apart.

    Args:
        source_name: "demo", or the name of any real source.
        url: a PostgreSQL URL, in the form of libpq or of SQLAlchemy.

    Raises:
        UnknownSourceName: there is no such source.
        InvalidDatabaseUrl: the URL is not a PostgreSQL URL.
        DatabaseUnreachable: no connection could be made.
        WrongDatabase: a simulated source in a real database, or the reverse.
        SchemaError: the database's schema differs from the files of sql/.
        EmbeddedServerError: the embedded server does not start.
        NotPermitted: the account may not create what is missing.
    """
    settings = Settings()
    server = normalise(configured_url(url, settings) or embedded_url(settings), settings)
    name = database_name_for(source_name, database_name(server))
    database = Database(with_database(server, name), is_demo=source_name == DEMO_SOURCE)
    try:
        with closing(_connect_or_create(database)) as connection:
            bring_up_to_date(connection, database.is_demo)
    except errors.InsufficientPrivilege as error:
        raise NotPermitted(
            f"the account may not set up {database}: {error.diag.message_primary}. Have the database made "
            "for it (CREATE DATABASE name OWNER account), or open it once with an account that may"
        ) from None
    return database


def describe_target(source_name: str, url: str | None = None) -> str:
    """Return a text for the database that `open_database` would open; nothing is started or created.

    Raises:
        InvalidDatabaseUrl: the URL is not a PostgreSQL URL.
    """
    settings = Settings()
    configured = configured_url(url, settings)
    if configured is None:
        name = database_name_for(source_name, settings.db_name)
        return f"database {name!r} of the embedded server in {settings.pgdata}"
    server = normalise(configured, settings)
    return describe(with_database(server, database_name_for(source_name, database_name(server))))


def connect(url: str) -> psycopg2.extensions.connection:
    """Return a new psycopg2 connection, outside any pool.

    Raises:
        DatabaseUnreachable: no connection could be made.
    """
    try:
        return psycopg2.connect(url)
    except psycopg2.OperationalError as error:
        raise unreachable_error(url, error) from None


def unreachable_error(url: str, error: Exception) -> DatabaseUnreachable:
    """Return the error that says why a connection failed; raise it `from None`, to hide the password."""
    why = redact_url(plain_message(error), url)
    return DatabaseUnreachable(
        f"no connection to {describe(url)}: {why}{'' if why.endswith(('?', '.')) else '.'} Check "
        "DATABASE_URL, or DB_HOST, DB_PORT, DB_USER, DB_PASSWORD and DB_NAME, in the environment or .env; "
        "without any of them the embedded database is used"
    )


def configured_url(url: str | None, settings: Settings) -> str | None:
    """Return the URL that is given or configured; None if the embedded server is to be used."""
    configured = settings.server_url()
    return url or os.environ.get(DATABASE_VARIABLE) or (configured.get_secret_value() if configured else None)


def embedded_url(settings: Settings) -> str:
    """Return the URL of the embedded server; start the server if it is not up."""
    return with_database(embedded.start(settings.pgdata), settings.db_name)


def database_name_for(source_name: str, name: str) -> str:
    """Return the name of a source's database, given the name of the real one.

    Raises:
        UnknownSourceName: there is no such source. A typing error must not open the real database.
    """
    check_source_name(source_name)
    is_to_change = source_name == DEMO_SOURCE and not name.endswith(DEMO_SUFFIX)
    return name + DEMO_SUFFIX if is_to_change else name


def describe_operational_error(error: Exception) -> str:
    """Return one sentence for an error of OPERATIONAL_ERRORS: the database went away, or what it refused.

    SQLAlchemy's own text contains the statement and its parameters.
    """
    cause = getattr(error, "orig", error)
    code = getattr(cause, "pgcode", None) or getattr(cause, "sqlstate", None) or ""
    is_gone = not code or code.startswith(_LOST_CONNECTION)
    return f"the database {'went away' if is_gone else 'refused'}: {plain_message(error)}"


def plain_message(error: Exception) -> str:
    """Return the message of a driver's error in one line, without the statement and the driver's prefix."""
    message = _DRIVER_PREFIX.sub("", str(getattr(error, "orig", error)).strip())
    return " ".join(_NEXT_SENTENCE.sub(". ", message).split())


def _connect_or_create(database: Database) -> psycopg2.extensions.connection:
    """Return a connection to a database; create the database if the server lacks it.

    A refused connection has no error code, and its text is in the server's language: only a look into the
    server tells whether the database is missing.
    """
    try:
        return connect(database.url)
    except DatabaseUnreachable as refusal:
        try:
            maintenance = connect(with_database(database.url, "postgres"))
        except DatabaseUnreachable:
            raise refusal from None
    with closing(maintenance):
        _create_if_missing(maintenance, database.name)
    return connect(database.url)


def _create_if_missing(maintenance: psycopg2.extensions.connection, name: str) -> None:
    maintenance.autocommit = True
    with maintenance.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if cursor.fetchone() is None:
            # Another process may create it in the same moment.
            with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


@lru_cache
def _engine(url: str, _pid: int) -> Engine:
    # psycopg2 gets the same URL as ADBC. The process id keeps a forked child off its parent's connections.
    return create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(url), pool_pre_ping=True)


@lru_cache
def _arrow_root(url: str, _pid: int) -> dbapi.Connection:
    # The driver reads all types of the database when it opens it; clones of a connection share them.
    return dbapi.connect(url, autocommit=True)
