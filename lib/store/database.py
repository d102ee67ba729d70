"""Open a database.

1. The server: from the URL that is given, the environment, the settings, or the embedded server.
2. The database on it: the name of the real one, or that name with "_demo" for the simulated market.
3. It is created if the server lacks it, migrated to the schema of sql/, and checked for its purpose.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial

import psycopg2.extensions
from adbc_driver_postgresql import dbapi
from psycopg2 import errors, sql
from sqlalchemy import Engine, create_engine

from lib.redact import remember_secrets
from lib.settings import DATABASE_VARIABLE, Settings
from lib.source_names import DEMO_SOURCE, check_source_name
from lib.store import embedded
from lib.store.connections import (
    DatabaseUnreachable,
    NotPermitted,
    clone_arrow,
    connect,
    connect_arrow,
    connect_for_pool,
    unreachable_error,
)
from lib.store.poolers import check_keeps_session
from lib.store.schema import bring_up_to_date
from lib.store.url import database_name, describe, normalise, with_database

DEMO_SUFFIX = "_demo"


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
            connection = clone_arrow(_arrow_root(self.url, os.getpid()), self.url)
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
        UnfitConnection: a pooler changes the server's session between transactions, or drops settings.
    """
    settings = Settings()
    server = normalise(configured_url(url, settings) or embedded_url(settings), settings)
    name = database_name_for(source_name, database_name(server))
    database = Database(with_database(server, name), is_demo=source_name == DEMO_SOURCE)
    try:
        with closing(_connect_or_create(database)) as connection:
            check_keeps_session(connection, database.url)
            bring_up_to_date(connection, database.is_demo)
    except errors.InsufficientPrivilege as error:
        raise NotPermitted(
            f"the account may not set up {database}: {error.diag.message_primary}. Have the database made "
            "for it (CREATE DATABASE name OWNER account), or open it once with an account that may"
        ) from None
    return database


def check_takes_writes(database: Database) -> None:
    """Check that a database takes writes; whoever only reads does not need that.

    Raises:
        NotPermitted: it is a standby, or read-only for everybody or for this login.
    """
    with closing(connect(database.url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'")
        is_standby, is_read_only = cursor.fetchone()
    if is_standby:
        raise NotPermitted(
            f"{database} is a standby, which takes no writes: give the address of the server that does "
            "(DATABASE_URL, DB_HOST or --database)"
        )
    if is_read_only:
        raise NotPermitted(
            f"{database} is read-only: default_transaction_read_only is on for the database, the login or "
            "the server. Have it turned off (ALTER DATABASE ... or ALTER ROLE ... RESET "
            "default_transaction_read_only), or use another login"
        )


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


def configured_url(url: str | None, settings: Settings) -> str | None:
    """Return the URL that is given or configured; None if the embedded server is to be used."""
    remember_secrets(url or "")  # the password of --database is in no setting
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


def create_database(database: Database) -> bool:
    """Create a database where its server lacks it, and return whether it was lacking."""
    with closing(connect(with_database(database.url, "postgres"))) as maintenance:
        return _create_if_missing(maintenance, database.name)


def drop_database(database: Database) -> None:
    """Drop a database that was created for something that failed."""
    with closing(connect(with_database(database.url, "postgres"))) as maintenance:
        maintenance.autocommit = True
        with maintenance.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database.name)))


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


def _create_if_missing(maintenance: psycopg2.extensions.connection, name: str) -> bool:
    """Create the database if it is missing, and return whether it was."""
    maintenance.autocommit = True
    with maintenance.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if cursor.fetchone() is not None:
            return False
        # Another process may create it in the same moment.
        with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return True


@lru_cache
def _engine(url: str, _pid: int) -> Engine:
    # psycopg2 gets the same URL as ADBC. The process id keeps a forked child off its parent's connections.
    return create_engine("postgresql+psycopg2://", creator=partial(connect_for_pool, url), pool_pre_ping=True)


@lru_cache
def _arrow_root(url: str, _pid: int) -> dbapi.Connection:
    # The driver reads all types of the database when it opens it; clones of a connection share them.
    return connect_arrow(url)
