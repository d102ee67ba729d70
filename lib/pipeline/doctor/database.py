"""The database: whether it opens, and whether a run could begin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lib import store
from lib.pipeline.doctor.finding import Finding, failure, ok, warning
from lib.store import Database

CANNOT_BE_OPENED = (
    store.ConfigurationError,
    store.DatabaseUnreachable,
    store.EmbeddedServerError,
    store.NotPermitted,
    store.SchemaError,
    store.WrongDatabase,
)


def open_or_find(source_name: str, url: str | None) -> Database | Finding:
    """Return the database that a run would use, opened as a run would, or what keeps it from opening."""
    try:
        return store.open_database(source_name, url)
    except CANNOT_BE_OPENED as error:
        what, _, mend = str(error).partition(". ")
        return failure("database", what, mend or "see docs/running.md, exit codes 2 and 4")


def examine(database: Database) -> Iterator[Finding]:
    """Find which server it is, how large the database is, and whether another run holds its lock."""
    facts = store.read_sql(
        database,
        "SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes",
    ).iloc[0]
    yield ok(
        "database",
        f"{database}: PostgreSQL {facts['version']}, {facts['bytes'] / 1e9:,.2f} GB, schema current",
    )
    try:
        with store.try_lock(database, "run"):
            yield ok("lock", "no other run is going on")
    except store.AlreadyRunning as error:
        what, _, mend = str(error).partition("; ")
        yield warning("lock", what, mend)


def time_of(database: Database) -> datetime:
    """Return what the server says the time is, UTC."""
    moment: datetime = store.read_sql(database, "SELECT clock_timestamp() AS now")["now"].iloc[0]
    return moment
