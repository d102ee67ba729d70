"""Opening a database: which server, which database on it, brought up to date and checked for its purpose."""

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
from lib.store import embedded
from lib.store.schema import bring_up_to_date
from lib.store.url import database_name, describe, normalise, redact, with_database

DEMO_SOURCE = "demo"
DEMO_SUFFIX = "_demo"

DATABASE_VARIABLE = "EPD_DATABASE"
"""Environment variable that names the database before any setting: by it a run tells its kernels."""


class NotPermitted(RuntimeError):
    """The account may not make the database or its schema; the message says who has to do what."""


class DatabaseUnreachable(RuntimeError):
    """No connection could be made; the message says where to, why, and what to do, and holds no password."""


@dataclass(frozen=True)
class Database:
    """A database that was opened: where it is, and whether its numbers are simulated.

    Small and picklable; the connections belong to each process. The URL holds the password, so it is kept out
    of the repr and is for connecting and for the environment of child processes only.
    """

    url: str
    is_demo: bool

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's pooled engine, one for each database and process."""
        return _engine(self.url, os.getpid())

    @property
    def name(self) -> str:
        """Name of the database on its server."""
        return database_name(self.url)

    def __str__(self) -> str:
        """Say which database it is, for people."""
        return describe(self.url)

    def __repr__(self) -> str:
        """Say which database it is, without its account and password."""
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
            raise unreachable(self.url, error) from None
        with connection:
            yield connection
            connection.commit()


def open_database(source_name: str, url: str | None = None) -> Database:
    """Return the database for a source, made, migrated and filled with reference data where needed.

    The server is that of the URL, else of the environment's EPD_DATABASE, else of the settings, else the
    embedded one. The demo market's database has "_demo" after its name, so that simulated numbers stay apart.

    Args:
        source_name: "demo", or the name of any real source.
        url: a PostgreSQL URL, in the form of libpq or of SQLAlchemy.

    Raises:
        ConfigurationError: the URL is none.
        DatabaseUnreachable: no connection could be made.
        WrongDatabase: a simulated source in a real database, or the reverse.
        SchemaError: the database's schema and the files of sql/ have parted.
        EmbeddedServerError: the embedded server does not start.
        NotPermitted: the account may not make what is missing.
    """
    settings = Settings()
    server = normalise(configured_url(url, settings) or embedded_url(settings), settings)
    name = name_for(source_name, database_name(server))
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
    """Return which database `open_database` would open, without an account; nothing is started or made.

    Raises:
        ConfigurationError: the URL is none.
    """
    settings = Settings()
    configured = configured_url(url, settings)
    if configured is None:
        name = name_for(source_name, settings.db_name)
        return f"database {name!r} of the embedded server in {settings.pgdata}"
    server = normalise(configured, settings)
    return describe(with_database(server, name_for(source_name, database_name(server))))


def connect(url: str) -> psycopg2.extensions.connection:
    """Return a connection of its own, outside any pool.

    Raises:
        DatabaseUnreachable: it could not be made.
    """
    try:
        return psycopg2.connect(url)
    except psycopg2.OperationalError as error:
        raise unreachable(url, error) from None


def unreachable(url: str, error: Exception) -> DatabaseUnreachable:
    """Return the error that says why a connection failed; raise it `from None`, for secrecy."""
    why = redact(plain(error), url)
    return DatabaseUnreachable(
        f"no connection to {describe(url)}: {why}{'' if why.endswith(('?', '.')) else '.'} Check "
        "DATABASE_URL, or DB_HOST, DB_PORT, DB_USER, DB_PASSWORD and DB_NAME, in the environment or .env; "
        "without any of them the embedded database is used"
    )


def configured_url(url: str | None, settings: Settings) -> str | None:
    """Return the URL that is given or configured, or None when the embedded server is to be used."""
    configured = settings.server_url()
    return url or os.environ.get(DATABASE_VARIABLE) or (configured.get_secret_value() if configured else None)


def embedded_url(settings: Settings) -> str:
    """Return the URL of the embedded server, which is started if it is not up."""
    return with_database(embedded.start(settings.pgdata), settings.db_name)


def name_for(source_name: str, name: str) -> str:
    """Return the name of a source's database, given that of the real ones."""
    is_to_change = source_name == DEMO_SOURCE and not name.endswith(DEMO_SUFFIX)
    return name + DEMO_SUFFIX if is_to_change else name


def _connect_or_create(database: Database) -> psycopg2.extensions.connection:
    """Return a connection to a database, which is made if the server does not have it.

    A refused connection has no error code, and its text is in the server's language: the server is asked.
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
            # Another process may make it in the same moment.
            with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


@lru_cache
def _engine(url: str, _pid: int) -> Engine:
    # psycopg2 gets the URL that ADBC gets; the process id keeps a forked child off its parent's connections.
    return create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(url), pool_pre_ping=True)


@lru_cache
def _arrow_root(url: str, _pid: int) -> dbapi.Connection:
    # The driver asks for all types of the database when it opens it; clones of a connection share the answer.
    return dbapi.connect(url, autocommit=True)


OPERATIONAL_ERRORS = (sqlalchemy.exc.OperationalError, psycopg2.OperationalError, dbapi.OperationalError)
"""The errors of SQLAlchemy, psycopg2 and ADBC where the server ends a connection or a statement."""


def describe_operational_error(error: Exception) -> str:
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
