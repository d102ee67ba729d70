"""Check the database: does it open, could a run begin, and how old are the stored series."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pandas as pd

from lib import store
from lib.markets import MARKETS, MEASURES, market
from lib.pipeline.doctor.finding import Finding, failure, ok, unused, warning
from lib.pipeline.steps.freshness import FRESH, compute_freshness, freshness_problems, furthest_behind
from lib.source_names import UnknownSourceName, routes
from lib.store import Database, find_series
from lib.store.published import read_latest_studies, read_latest_versions
from lib.store.series import read_last_hours

CANNOT_BE_OPENED = (
    UnknownSourceName,
    store.InvalidDatabaseUrl,
    store.DatabaseUnreachable,
    store.EmbeddedServerError,
    store.NotPermitted,
    store.SchemaError,
    store.WrongDatabase,
)

RUN_FETCH = "run fetch; its report says what the source answers"


def try_database(source_name: str, url: str | None) -> Database | Finding:
    """Return the database that a run would use, opened as a run does, or the reason why it does not open."""
    try:
        return store.open_database(source_name, url)
    except CANNOT_BE_OPENED as error:
        what, _, remedy = str(error).partition(". ")
        return failure("database", what, remedy or "see docs/running.md, exit codes 2 and 4")


def check_database(database: Database) -> Iterator[Finding]:
    """Yield the server's version and the database's size, and whether another run holds its lock."""
    server = store.read_sql(
        database,
        "SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes",
    ).iloc[0]
    yield ok(
        "database",
        f"{database}: PostgreSQL {server['version']}, {server['bytes'] / 1e9:,.2f} GB, schema current",
    )
    try:
        with store.hold_run_lock(database):
            yield ok("lock", "no other run is going on")
    except store.AlreadyRunning as error:
        what, _, remedy = str(error).partition("; ")
        yield warning("lock", what, remedy)


def check_official(database: Database) -> Iterator[Finding]:
    """Yield for each ISO its official curves, which views show, or that there are studies only."""
    official = read_latest_versions(database)
    studies = read_latest_studies(database)
    for iso in MARKETS:
        check = f"official curves of {iso}"
        curves = official[official["iso"] == iso]
        of_iso = studies[studies["iso"] == iso]
        lacking = sorted(set(of_iso["curve"]) - set(curves["curve"]))
        if lacking:
            remedy = "a whole run over twelve months publishes officially; --official makes any run do so"
            yield warning(
                check, f"{', '.join(lacking)}: there are studies only, and the view is empty", remedy
            )
        elif len(curves):
            versions = ", ".join(
                f"{row.curve} {row.version_id} to {row.window_end:%Y-%m-%d}" for row in curves.itertuples()
            )
            yield ok(check, f"versions {versions}")
        else:
            yield unused(check, "no curve is stored yet")


def read_server_time(database: Database) -> datetime:
    """Return the time at the server, UTC."""
    moment: datetime = store.read_sql(database, "SELECT clock_timestamp() AS now")["now"].iloc[0]
    return moment


def check_series_age(database: Database, source: str, as_of: str | None) -> Iterator[Finding]:
    """Yield for each ISO how far its series are behind; a source whose services have no limits has no age."""
    names = routes().get(source, ())
    if not names:
        yield unused("freshness", f"the numbers of {source} have no age")
        return
    for iso in MARKETS:
        series = pd.concat([find_series(database, iso, measure, names) for measure in MEASURES])
        if series.empty:
            yield unused(f"freshness of {iso}", "nothing is stored yet", RUN_FETCH)
            continue
        today = date.fromisoformat(as_of) if as_of else datetime.now(market(iso).zone_info).date()
        yesterday = today - timedelta(days=1)
        yield _freshness_of(iso, compute_freshness(iso, series, read_last_hours(database, iso), yesterday))


def _freshness_of(iso: str, fresh: pd.DataFrame) -> Finding:
    behind = fresh[fresh["status"] != FRESH]
    check = f"freshness of {iso}"
    if behind.empty:
        return ok(check, f"{len(fresh)} series are fresh")
    first = freshness_problems(iso, furthest_behind(behind))[0].message.removeprefix(f"{iso} ")
    what = f"{len(behind)} of {len(fresh)} series are behind, such as {first}"
    return warning(
        check, what, RUN_FETCH
    )  # not a failure even where a series is stale: only a run can fix it
