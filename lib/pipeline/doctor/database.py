"""The database: whether it opens, and whether a run could begin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pandas as pd

from lib import store
from lib.markets import MARKETS, MEASURES, market
from lib.pipeline.doctor.finding import Finding, failure, ok, unused, warning
from lib.pipeline.steps import freshness
from lib.sources.fallback import routes
from lib.store import Database, find_series
from lib.store.series import read_last_hours

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


MEND = "run fetch; its report says what the source answers"


def examine_freshness(database: Database, source: str, as_of: str | None) -> Iterator[Finding]:
    """Find for each ISO how far its series are behind, of a source whose services have limits."""
    names = routes().get(source, ())
    if not names:
        yield unused("freshness", f"the numbers of {source} have no age")
        return
    for iso in MARKETS:
        series = pd.concat([find_series(database, iso, measure, names) for measure in MEASURES])
        if series.empty:
            yield unused(f"freshness of {iso}", "nothing is stored yet", MEND)
            continue
        today = date.fromisoformat(as_of) if as_of else datetime.now(market(iso).zone_info).date()
        fresh = freshness.freshness(iso, series, read_last_hours(database, iso), today - timedelta(days=1))
        yield _finding(iso, fresh)


def _finding(iso: str, fresh: pd.DataFrame) -> Finding:
    behind = fresh[fresh["status"] != freshness.FRESH]
    check = f"freshness of {iso}"
    if behind.empty:
        return ok(check, f"{len(fresh)} series are fresh")
    first = freshness.problems(iso, freshness.worst(behind))[0].message.removeprefix(f"{iso} ")
    what = f"{len(behind)} of {len(fresh)} series are behind, such as {first}"
    return warning(check, what, MEND)  # also where it is stale: only a run can mend that
