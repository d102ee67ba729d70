"""Known missing hours: hours that a source was asked for and does not have (the table absent_hour).

They are stored in one transaction with the values that the source returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
from adbc_driver_postgresql import dbapi

from lib.hours import UTC_HOUR
from lib.markets import MEASURES, market
from lib.store.bulk import to_arrow
from lib.store.database import Database
from lib.store.query import read_sql, with_literals
from lib.store.run_log import RunTask, WriteCounts
from lib.store.series import write_values


def read_known_missing(
    db: Database, iso: str, series_ids: Sequence[int], start: pd.Timestamp, end: pd.Timestamp
) -> pd.DataFrame:
    """Return the known missing hours of series in a window.

    Args:
        db: the database.
        iso: whose series.
        series_ids: which series.
        start: first hour, UTC.
        end: end of the window, UTC, excluded.

    Returns:
        series_id, interval_start, first_asked, last_asked (days), n_asked (days on which a source was asked);
        by series_id and interval_start.
    """
    return read_sql(
        db,
        """
        SELECT series_id, interval_start, first_asked, last_asked, n_asked FROM absent_hour
        WHERE market_id = :market_id AND series_id IN :series_ids
          AND interval_start >= :start AND interval_start < :end
        ORDER BY series_id, interval_start
        """,
        {"market_id": market(iso).market_id, "series_ids": list(series_ids), "start": start, "end": end},
    )


def write_fetched(
    db: Database,
    iso: str,
    measure: str,
    values: pd.DataFrame,
    missing: pd.DataFrame,
    as_of: date,
    task: RunTask,
) -> WriteCounts:
    """Store the values that a source returned and the hours that it does not have, in one transaction.

    An hour that is missing again on a later day has its count increased; an hour whose value has arrived is
    removed from the known missing hours.

    Args:
        db: the database.
        iso: whose series.
        measure: one of lib.markets.MEASURES.
        values: series_id, interval_start (UTC), value ($/MWh or MW).
        missing: series_id, interval_start.
        as_of: the day on which the source was asked.
        task: who writes.

    Returns:
        the counts of the values.

    Raises:
        InvalidValues: a value is missing or not finite, or an hour comes twice.
        UnknownSeries: a series is not registered for this ISO and measure.
    """
    with db.arrow_connection() as connection:
        counts = write_values(connection, iso, measure, values, task)
        if counts.written:
            _remove_arrived(connection, iso, measure, values["series_id"].unique())
        if not missing.empty:
            _add_missing(connection, iso, missing, as_of)
    return counts


def _remove_arrived(connection: dbapi.Connection, iso: str, measure: str, series_ids: Sequence[int]) -> None:
    table = MEASURES[measure].table
    sql = f"""
        DELETE FROM absent_hour USING {table} stored
        WHERE absent_hour.market_id = :market_id AND absent_hour.series_id IN :series_ids
          AND stored.market_id = absent_hour.market_id AND stored.series_id = absent_hour.series_id
          AND stored.interval_start = absent_hour.interval_start
    """
    with connection.cursor() as cursor:
        cursor.execute(with_literals(sql, {"market_id": market(iso).market_id, "series_ids": series_ids}))


def _add_missing(connection: dbapi.Connection, iso: str, missing: pd.DataFrame, as_of: date) -> None:
    constants = {
        "market_id": market(iso).market_id,
        "first_asked": as_of,
        "last_asked": as_of,
        "n_asked": 1,
    }
    frame = missing[["series_id", "interval_start"]].astype({"interval_start": UTC_HOUR})
    rows = to_arrow(connection, "absent_hour", frame, constants)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE asked (LIKE absent_hour) ON COMMIT DROP")
        cursor.adbc_ingest("asked", rows, mode="append", temporary=True)
        cursor.execute(_UPSERT)


_UPSERT = """
    INSERT INTO absent_hour AS known SELECT * FROM asked
    ON CONFLICT (market_id, series_id, interval_start) DO UPDATE
    SET last_asked = excluded.last_asked, n_asked = known.n_asked + 1
    WHERE known.last_asked < excluded.last_asked
"""
