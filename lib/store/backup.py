"""Backup and restore of a database, with PostgreSQL's own programs.

A backup is one file in pg_dump's custom format, consistent as of its first moment: runs may go on meanwhile.
A restore never changes a database that holds anything:

1. The database is made; it must not exist yet, or be empty.
2. The three roles are made, where the login may, and everything is restored in one transaction.
3. Rights are granted anew: they name logins of the server, and the other server may have others.
4. The database is opened as for a run, which checks its purpose and brings an older schema up to date.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn, parse_dsn

from lib.paths import SQL_FOLDER
from lib.settings import Settings
from lib.source_names import DEMO_SOURCE
from lib.store.connections import connect, program_environment
from lib.store.database import (
    Database,
    configured_url,
    create_database,
    database_name_for,
    drop_database,
    embedded_url,
    open_database,
)
from lib.store.embedded_programs import INSTALLATION
from lib.store.url import database_name, normalise, redact_url, with_database

ROLE_FILES = "*_roles.sql"
"""The files of the schema that make the roles and grant them their rights; each may run again."""


class BackupError(Exception):
    """A backup could not be made or restored; the message says why, and what to do."""


@dataclass(frozen=True)
class Contents:
    """What a database holds, in numbers that a person can compare."""

    database: str
    schema: int
    runs: int
    versions: int
    hours: int

    def __str__(self) -> str:
        """Return the numbers as a sentence has them."""
        return (
            f"{self.database}: schema {self.schema:03}, {self.runs:,} runs, "
            f"{self.versions:,} versions of curves, {self.hours:,} hourly values"
        )


def back_up(db: Database, file: Path) -> Contents:
    """Write a backup of a database into a file that does not exist yet, and return what the database holds.

    Raises:
        BackupError: the file exists or cannot be written, or pg_dump fails; no half of a file is left.
    """
    if file.exists():
        raise BackupError(f"{file} exists already: a backup replaces no file, give another name")
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        _run("pg_dump", db.url, "--format=custom", "--no-owner", "--no-privileges", f"--file={unfinished}")
        _check(unfinished)
        unfinished.replace(file)
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return read_contents(db)


def restore(file: Path, source_name: str, url: str | None = None) -> Contents:
    """Restore a backup into the database of a source, which must not hold anything, and return what it holds.

    Args:
        file: what `back_up` wrote.
        source_name: "demo", or the name of any real source, as for `open_database`.
        url: the PostgreSQL server and database, as for `open_database`.

    Raises:
        BackupError: the file is no backup, the database holds something, or pg_restore fails; a database that
            was made for it is removed again.
        WrongDatabase: the backup is of the other kind of numbers.
    """
    _check(file)
    settings = Settings()
    server = normalise(configured_url(url, settings) or embedded_url(settings), settings)
    db = Database(
        with_database(server, database_name_for(source_name, database_name(server))),
        source_name == DEMO_SOURCE,
    )
    is_made = create_database(db)
    try:
        _restore_into(db, file)
        open_database(source_name, url)
    except BaseException:
        if is_made:
            drop_database(db)
        raise
    return read_contents(db)


def read_contents(db: Database) -> Contents:
    """Return what a database holds."""
    with closing(connect(db.url)) as connection, connection.cursor() as cursor:
        cursor.execute("""
            SELECT (SELECT max(version) FROM schema_migration), (SELECT count(*) FROM pipeline_run),
                   (SELECT count(*) FROM curve_version),
                   (SELECT count(*) FROM da_lmps) + (SELECT count(*) FROM rt_lmps)
                   + (SELECT count(*) FROM da_load) + (SELECT count(*) FROM rt_load)
        """)
        return Contents(str(db), *cursor.fetchone())


def _restore_into(db: Database, file: Path) -> None:
    with closing(connect(db.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
            if cursor.fetchone()[0]:
                raise BackupError(
                    f"{db} holds something already, and a restore replaces nothing: give a new database by "
                    "--database or DB_NAME, or rename that one (ALTER DATABASE ... RENAME TO ...)"
                )
        _grant(connection, next(iter(_role_files())))
        options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        _run("pg_restore", db.url, *options, str(file))
        for path in _role_files():
            _grant(connection, path)


def _role_files() -> list[Path]:
    return sorted(SQL_FOLDER.glob(ROLE_FILES))


def _grant(connection: Connection, path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(path.read_text(encoding="utf-8"))


def _check(file: Path) -> None:
    """Raise an error for a file that is no whole backup."""
    if not file.is_file():
        raise BackupError(f"{file} does not exist")
    command = [str(INSTALLATION / "bin" / "pg_restore"), "--list", str(file)]
    done = subprocess.run(command, env=program_environment(), capture_output=True, text=True)
    if done.returncode or "TABLE DATA public pipeline_run" not in done.stdout:
        raise BackupError(f"{file} is no backup of this project, or it is damaged: `epd backup` makes one")


def _run(program: str, url: str, *options: str) -> None:
    """Run a program on a database; its password goes through the environment, which others cannot see."""
    given = parse_dsn(url)
    environment = {**program_environment(), "PGPASSWORD": given.pop("password", "")}
    command = [str(INSTALLATION / "bin" / program), f"--dbname={make_dsn(**given)}", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        output = redact_url(done.stderr or done.stdout, url).splitlines()
        raise BackupError(f"{program} failed: {' '.join(output[:3])[:500]}")
