"""Opening a database: which server, which database on it, brought up to date and checked for its purpose."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache

import psycopg2
from adbc_driver_postgresql import dbapi
from psycopg2 import errors, sql
from sqlalchemy import Engine, create_engine

from lib.settings import Settings
from lib.store import embedded
from lib.store.schema import bring_up_to_date
from lib.store.url import database_name, describe, normalise, redact, with_database

DEMO_SOURCE = "demo"
DEMO_SUFFIX = "_demo"


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
    """
    is_demo = source_name == DEMO_SOURCE
    settings = Settings()
    server = normalise(url or os.environ.get("EPD_DATABASE") or _server(settings), settings)
    name = database_name(server)
    if is_demo and not name.endswith(DEMO_SUFFIX):
        name += DEMO_SUFFIX
    database = Database(with_database(server, name), is_demo)
    try:
        connection = psycopg2.connect(database.url)
    except psycopg2.OperationalError as error:
        if f'database "{name}" does not exist' not in str(error):
            raise unreachable(database.url, error) from None
        _create(server, name)
        connection = psycopg2.connect(database.url)
    with closing(connection):
        bring_up_to_date(connection, is_demo)
    return database


def unreachable(url: str, error: Exception) -> DatabaseUnreachable:
    """Return the error that says why a connection failed; raise it `from None`, for secrecy."""
    return DatabaseUnreachable(
        f"no connection to {describe(url)}: {redact(str(error), url)}. Check DATABASE_URL, or DB_HOST, "
        "DB_PORT, DB_USER, DB_PASSWORD and DB_NAME, in the environment or .env; without any of them the "
        "embedded database is used"
    )


def _server(settings: Settings) -> str:
    configured = settings.server_url()
    if configured is not None:
        return configured.get_secret_value()
    return with_database(embedded.start(settings.pgdata), settings.db_name)


def _create(server: str, name: str) -> None:
    maintenance = with_database(server, "postgres")
    try:
        connection = psycopg2.connect(maintenance)
    except psycopg2.OperationalError as error:
        raise unreachable(maintenance, error) from None
    connection.autocommit = True
    # Another process may make it in the same moment.
    with (
        closing(connection),
        connection.cursor() as cursor,
        suppress(errors.DuplicateDatabase, errors.UniqueViolation),
    ):
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


@lru_cache
def _engine(url: str, _pid: int) -> Engine:
    # psycopg2 gets the URL that ADBC gets; the process id keeps a forked child off its parent's connections.
    return create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(url), pool_pre_ping=True)


@lru_cache
def _arrow_root(url: str, _pid: int) -> dbapi.Connection:
    # The driver asks for all types of the database when it opens it; clones of a connection share the answer.
    return dbapi.connect(url, autocommit=True)
