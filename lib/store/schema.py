"""The schema: the numbered files of sql/, each applied once, in order, and never changed afterwards.

`bring_up_to_date` migrates in three steps, each in a transaction of its own: it applies the files that the
database lacks, marks a new database as real or simulated, and copies the reference data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg2 import errors
from psycopg2.extensions import connection as Connection

from lib.paths import SQL_FOLDER
from lib.store.reference import reference_checksum, sync_reference

_SCHEMA_MIGRATION = """
    CREATE TABLE IF NOT EXISTS schema_migration (
        version     integer PRIMARY KEY,
        name        text NOT NULL,
        checksum    text NOT NULL,
        applied_at  timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE schema_migration IS 'The files of sql/ that were applied';
    COMMENT ON COLUMN schema_migration.version IS 'Number of the file';
    COMMENT ON COLUMN schema_migration.name IS 'Name of the file';
    COMMENT ON COLUMN schema_migration.checksum IS 'SHA-256 of its text';
    COMMENT ON COLUMN schema_migration.applied_at IS 'When';
"""


class SchemaError(RuntimeError):
    """The database's schema differs from the files of sql/; the message says where and what to do."""


class WrongDatabase(RuntimeError):
    """A simulated source was given a database of real numbers, or the reverse."""


@dataclass(frozen=True)
class Migration:
    """One numbered file of the schema."""

    version: int
    name: str
    checksum: str
    text: str


@dataclass(frozen=True)
class _State:
    applied: dict[int, tuple[str, str]]  # version -> name, checksum
    is_demo: bool | None
    reference: str | None


def read_migrations(folder: Path = SQL_FOLDER) -> tuple[Migration, ...]:
    """Return the folder's migrations, sorted by number.

    Raises:
        SchemaError: two files have the same number.
    """
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("[0-9]*_*.sql")):
        text = path.read_text(encoding="utf-8")
        version = int(path.name.partition("_")[0])
        if version in found:
            raise SchemaError(
                f"two schema files have the number {version}: {found[version].name} and {path.name}"
            )
        found[version] = Migration(version, path.name, hashlib.sha256(text.encode()).hexdigest(), text)
    return tuple(found[version] for version in sorted(found))


def bring_up_to_date(connection: Connection, is_demo: bool, folder: Path = SQL_FOLDER) -> None:
    """Apply the schema files and reference data that the database lacks; one query if it lacks nothing.

    Args:
        connection: a new connection; it needs the right to create tables if any are missing.
        is_demo: whether the database is for simulated numbers; a new one is marked, another one is checked.
        folder: where the numbered files are.

    Raises:
        WrongDatabase: the database is marked for the other purpose.
        SchemaError: an applied file has changed, or the database has one that the folder lacks.
    """
    known = read_migrations(folder)
    connection.autocommit = True
    if _is_current(connection, known, is_demo):
        return
    with _locked(connection):
        # Another process may have migrated it meanwhile.
        if not _is_current(connection, known, is_demo):
            _upgrade(connection, known, is_demo)


def check_current(connection: Connection, is_demo: bool, folder: Path = SQL_FOLDER) -> None:
    """Raise an error for a database that lacks schema files or reference data; change nothing.

    Raises:
        WrongDatabase: the database is marked for the other purpose.
        SchemaError: the database is older than the code, or has a file that the folder lacks.
    """
    connection.autocommit = True
    if not _is_current(connection, read_migrations(folder), is_demo):
        raise SchemaError(
            f"the database {connection.info.dbname!r} is older than this version of the code: the next "
            "run (`make run`) brings it up to date"
        )


def _is_current(connection: Connection, known: Sequence[Migration], is_demo: bool) -> bool:
    state = _read_state(connection)
    if state.is_demo not in (None, is_demo):
        name = connection.info.dbname
        kept, given = ("simulated", "real") if state.is_demo else ("real", "simulated")
        raise WrongDatabase(
            f"the database {name!r} holds {kept} numbers and is not opened for a {given} source: "
            "choose another database (DB_NAME, DATABASE_URL or --database)"
        )
    _check_applied(state.applied, known)
    is_complete = len(state.applied) == len(known) and state.is_demo is not None
    return is_complete and state.reference == reference_checksum()


def _read_state(connection: Connection) -> _State:
    with connection.cursor() as cursor:
        try:
            cursor.execute("""
                SELECT (SELECT json_agg(json_build_array(version, name, checksum)) FROM schema_migration),
                       (SELECT is_demo FROM database_identity),
                       (SELECT reference_checksum FROM database_identity)
            """)
        except errors.UndefinedTable:
            return _State({}, None, None)
        applied, is_demo, reference = cursor.fetchone()
    return _State(
        {version: (name, checksum) for version, name, checksum in applied or ()}, is_demo, reference
    )


def _check_applied(applied: dict[int, tuple[str, str]], known: Sequence[Migration]) -> None:
    by_version = {migration.version: migration for migration in known}
    for version, (name, checksum) in sorted(applied.items()):
        migration = by_version.get(version)
        if migration is None:
            raise SchemaError(
                f"the database has the schema file {name}, which this version of the code does not know: "
                "update the code"
            )
        if migration.checksum != checksum:
            raise SchemaError(
                f"the schema file {migration.name} is not the one that was applied to the database: put it "
                "back as it was, and make the change in a new file with the next number"
            )


def _upgrade(connection: Connection, known: Sequence[Migration], is_demo: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SCHEMA_MIGRATION)
        cursor.execute("SELECT version FROM schema_migration")
        applied = {version for (version,) in cursor.fetchall()}
    for migration in known:
        if migration.version not in applied:
            with _transaction(connection):
                _apply(connection, migration)
    with _transaction(connection), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO database_identity (is_demo) VALUES (%s) ON CONFLICT (only_row) DO NOTHING",
            (is_demo,),
        )
        sync_reference(cursor)


def _apply(connection: Connection, migration: Migration) -> None:
    with connection.cursor() as cursor:
        cursor.execute(migration.text)
        cursor.execute(
            "INSERT INTO schema_migration (version, name, checksum) VALUES (%s, %s, %s)",
            (migration.version, migration.name, migration.checksum),
        )


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    connection.autocommit = False
    try:
        with connection:
            yield
    finally:
        connection.autocommit = True


@contextmanager
def _locked(connection: Connection) -> Iterator[None]:
    """Make other processes wait that would change this database's schema."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('epd schema', 0))")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended('epd schema', 0))")
