"""Open a database for reading only: as a login that may only read, in transactions that cannot write.

1. A login that may only read is used as it is: that of DATABASE_READER_URL, say.
2. In place of any other, the login epd_reader is tried at the same server, without a password. The embedded
   server lets it in. A session of an owner that takes a reader's role could give the role back.
3. The connection is then checked for what it should have: rights, read-only transactions, limits, its own
   session.
"""

from __future__ import annotations

import os
from contextlib import closing

from psycopg2 import errors
from psycopg2.extensions import connection as Connection

from lib.settings import DATABASE_VARIABLE, Settings
from lib.source_names import DEMO_SOURCE
from lib.store import embedded
from lib.store.connections import DatabaseUnreachable, NotPermitted, connect
from lib.store.database import (
    DEMO_SUFFIX,
    Database,
    configured_url,
    database_name_for,
    embedded_url,
)
from lib.store.poolers import check_keeps_session
from lib.store.schema import check_current
from lib.store.url import database_name, normalise, with_database, with_login, with_parameters

ROLE = "epd_reader"


def open_reader(source_name: str, url: str | None = None) -> Database:
    """Return the database of a source for reading only; nothing is created or migrated.

    The login comes from the URL, else from the environment's EPD_DATABASE, else from DATABASE_READER_URL,
    else from the other settings. A login that may write is replaced by epd_reader.

    Args:
        source_name: "demo", or the name of any real source.
        url: a PostgreSQL URL, in the form of libpq or of SQLAlchemy.

    Raises:
        InvalidDatabaseUrl: the URL is not a PostgreSQL URL.
        DatabaseUnreachable: no connection could be made, or there is no database yet.
        WrongDatabase: the database is for the other kind of source.
        SchemaError: the database is older than the code, or newer.
        NotPermitted: there is no login that may read and nothing else.
        UnfitConnection: a pooler drops settings, or changes the server's session between transactions.
    """
    settings = Settings()
    login, is_readers = _login(source_name, url, settings)
    server = normalise(login, settings)
    is_demo = source_name == DEMO_SOURCE
    database = Database(with_database(server, database_name_for(source_name, database_name(server))), is_demo)
    with closing(_connect(database, source_name)) as connection:
        connection.autocommit = True
        try:
            if not _may_enter(connection):
                raise _not_permitted(database)
            check_current(connection, is_demo)
        except errors.InsufficientPrivilege:
            raise _not_permitted(database) from None
        may_write = not _may_only_read(connection)
    if may_write and is_readers:
        raise NotPermitted(f"the login of DATABASE_READER_URL may change {database}: {_HOW_TO_MAKE_A_READER}")
    reader = with_login(database.url, ROLE) if may_write else database.url
    opened = Database(with_parameters(reader, default_transaction_read_only="on"), is_demo)
    _check(opened)
    return opened


def reader_url(source_name: str) -> str:
    """Return a URL with a reader's login from which the databases of all sources can be opened.

    Raises:
        as `open_reader`.
    """
    reader = open_reader(source_name)
    name = reader.name.removesuffix(DEMO_SUFFIX) if reader.is_demo else reader.name
    return with_database(reader.url, name)


def _check(opened: Database) -> None:
    """Raise an error unless the database is open for reading and for nothing else."""
    try:
        connection = connect(opened.url)
    except DatabaseUnreachable:
        raise _not_permitted(opened) from None
    with closing(connection):
        check_keeps_session(connection, opened.url)
        if not _may_only_read(connection) or not _is_read_only(connection):
            raise _not_permitted(opened)


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
        if "CONNECT" in str(error):  # the server names the privilege that the login lacks
            raise _not_permitted(database) from None
        raise DatabaseUnreachable(f"{error}. {_advice(source_name)}") from None


def _advice(source_name: str) -> str:
    return f"The first run makes it: `python run_all.py --source {source_name}`"


def _may_enter(connection: Connection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege('public', 'USAGE')")
        return bool(cursor.fetchone() == (True,))


def _may_only_read(connection: Connection) -> bool:
    """Return whether neither the login nor any role that it can take may change anything."""
    with connection.cursor() as cursor:
        cursor.execute(_MAY_ONLY_READ)
        return bool(cursor.fetchone() == (True,))


def _is_read_only(connection: Connection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only') = 'on'")
        return bool(cursor.fetchone() == (True,))


def _not_permitted(database: Database) -> NotPermitted:
    return NotPermitted(
        f"there is no login that may read {database} and nothing else: {_HOW_TO_MAKE_A_READER}"
    )


_HOW_TO_MAKE_A_READER = (
    f"have the administrator CREATE ROLE desk_reader LOGIN PASSWORD '...', GRANT {ROLE} TO desk_reader, and "
    "set DATABASE_READER_URL to it (docs/running.md, Logins); sql/009_roles.sql makes the roles"
)

_MAY_ONLY_READ = """
    SELECT session_user = current_user AND NOT EXISTS (
        SELECT FROM pg_roles role
        WHERE pg_has_role(session_user, role.oid, 'MEMBER')
          AND (role.rolsuper OR role.rolcreaterole OR role.rolcreatedb OR role.rolreplication
               OR role.rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program')
               OR has_schema_privilege(role.oid, 'public', 'CREATE')
               OR has_database_privilege(role.oid, current_database(), 'CREATE')
               OR EXISTS (
                   SELECT FROM pg_class
                   WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
                     AND (relowner = role.oid
                          OR has_table_privilege(role.oid, oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
               ))
    )
"""
