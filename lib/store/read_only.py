"""Open a database for reading only: as the role epd_reader, in transactions that cannot write."""

from __future__ import annotations

import os
from contextlib import closing

from psycopg2 import errors
from psycopg2.extensions import connection as Connection

from lib.settings import Settings
from lib.source_names import DEMO_SOURCE
from lib.store import embedded
from lib.store.connections import DatabaseUnreachable, NotPermitted, connect
from lib.store.database import (
    DATABASE_VARIABLE,
    Database,
    configured_url,
    database_name_for,
    embedded_url,
)
from lib.store.schema import check_current
from lib.store.url import database_name, normalise, with_database, with_parameters

ROLE = "epd_reader"


def open_reader(source_name: str, url: str | None = None) -> Database:
    """Return the database of a source for reading only; nothing is created or migrated.

    The login comes from the URL, else from the environment's EPD_DATABASE, else from DATABASE_READER_URL,
    else from the other settings. The login of DATABASE_READER_URL may only read; every other one takes the
    role epd_reader.

    Args:
        source_name: "demo", or the name of any real source.
        url: a PostgreSQL URL, in the form of libpq or of SQLAlchemy.

    Raises:
        UnknownSourceName: there is no such source.
        InvalidDatabaseUrl: the URL is not a PostgreSQL URL.
        DatabaseUnreachable: no connection could be made, or there is no database yet.
        WrongDatabase: the database is for the other kind of source.
        SchemaError: the database is older than the code, or newer.
        NotPermitted: the login may not take the role, or may not read.
    """
    settings = Settings()
    login, is_reader = _login(source_name, url, settings)
    server = normalise(login, settings)
    is_demo = source_name == DEMO_SOURCE
    database = Database(with_database(server, database_name_for(source_name, database_name(server))), is_demo)
    with closing(_connect(database, source_name)) as connection:
        try:
            check_current(connection, is_demo)
        except errors.InsufficientPrivilege:
            raise _not_permitted(database) from None
        if not is_reader and not _has_role(connection):
            raise _not_permitted(database)
    role = {} if is_reader else {"role": ROLE}
    return Database(with_parameters(database.url, default_transaction_read_only="on", **role), is_demo)


def _login(source_name: str, url: str | None, settings: Settings) -> tuple[str, bool]:
    """Return the URL of the server, and whether its login is the one of DATABASE_READER_URL."""
    reader = settings.database_reader_url
    if reader is not None and not (url or os.environ.get(DATABASE_VARIABLE)):
        return reader.get_secret_value(), True
    configured = configured_url(url, settings)
    if configured is None and not embedded.is_made(settings.pgdata):
        raise DatabaseUnreachable(f"there is no database in {settings.pgdata} yet. {_advice(source_name)}")
    return configured or embedded_url(settings), False


def _connect(database: Database, source_name: str) -> Connection:
    try:
        return connect(database.url)
    except DatabaseUnreachable as error:
        raise DatabaseUnreachable(f"{error}. {_advice(source_name)}") from None


def _advice(source_name: str) -> str:
    return f"The first run makes it: `python run_all.py --source {source_name}`"


def _has_role(connection: Connection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s AND pg_has_role(oid, 'MEMBER')", (ROLE,))
        return cursor.rowcount > 0


def _not_permitted(database: Database) -> NotPermitted:
    return NotPermitted(
        f"the login cannot read {database} as {ROLE}: have the administrator apply sql/009_roles.sql and "
        f"GRANT {ROLE} TO the login, or set DATABASE_READER_URL to a login that may only read"
    )
