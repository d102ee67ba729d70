"""The series of the desk's own load: a write replaces them, and deletes what the desk no longer has."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from adbc_driver_postgresql import dbapi

from lib.hours import UTC_HOUR
from lib.markets import MEASURES, OWN, OWN_SOURCE, market
from lib.store.database import Database
from lib.store.query import fetch_arrow, read_sql, with_literals
from lib.store.registry import SERIES
from lib.store.run_log import RunTask, WriteCounts
from lib.store.series import write_values


def list_own_series(db: Database, iso: str) -> pd.DataFrame:
    """Return the series of own load of an ISO: series_id, location, measure, source, basis; by series_id."""
    known = read_sql(
        db,
        f"{SERIES} WHERE iso = :iso AND source = :source AND basis = :basis ORDER BY series_id",
        {"iso": market(iso).iso, "source": OWN_SOURCE, "basis": OWN},
    )
    return known[["series_id", "location", "measure", "source", "basis"]]


def replace_own_series(
    db: Database, iso: str, measure: str, frame: pd.DataFrame, task: RunTask
) -> tuple[WriteCounts, int]:
    """Store what the desk has of a measure, and delete the other stored hours of its own series.

    A deleted hour is a revision of the run: `value_revision` keeps its value, so that a version that was
    made of it can be computed again.

    Args:
        db: the database.
        iso: whose series.
        measure: "da_load" or "rt_load".
        frame: series_id, interval_start (UTC), value (MW), of registered series; perhaps without a row.
        task: who writes.

    Returns:
        the counts of the write, and the number of hours deleted.

    Raises:
        InvalidValues, UnknownSeries: as `lib.store.series.write_series`.
    """
    series = list_own_series(db, iso)
    ids = series.loc[series["measure"] == measure, "series_id"].tolist()
    with db.arrow_connection() as connection:
        counts = write_values(connection, iso, measure, frame, task) if len(frame) else WriteCounts()
        n_deleted = _delete_others(connection, iso, measure, ids, frame, task) if ids else 0
    return counts, n_deleted


def _delete_others(
    connection: dbapi.Connection, iso: str, measure: str, ids: list[int], frame: pd.DataFrame, task: RunTask
) -> int:
    """Delete the stored hours of series that a frame does not have; return their number.

    The table's trigger enters each into `value_revision`, at the time of the transaction and without a run.
    """
    table, market_id = MEASURES[measure].table, market(iso).market_id
    kept = frame[["series_id", "interval_start"]].astype({"series_id": "int64", "interval_start": UTC_HOUR})
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE kept (series_id bigint, interval_start timestamptz) ON COMMIT DROP"
        )
        cursor.adbc_ingest(
            "kept", pa.Table.from_pandas(kept, preserve_index=False), mode="append", temporary=True
        )
        # The planner knows nothing of what this transaction wrote: without an index it compares each stored
        # hour with each kept one.
        cursor.execute("CREATE INDEX ON kept (series_id, interval_start)")
        cursor.execute("ANALYZE kept")
    deleted = fetch_arrow(
        connection,
        f"""
        DELETE FROM {table} stored WHERE market_id = :market_id AND series_id IN :ids
          AND NOT EXISTS (SELECT FROM kept WHERE kept.series_id = stored.series_id
                          AND kept.interval_start = stored.interval_start)
        RETURNING 1 AS one
        """,
        {"market_id": market_id, "ids": ids},
    )
    with connection.cursor() as cursor:
        given = {"run_id": task.run_id, "measure": measure, "ids": ids}
        cursor.execute(with_literals(_DELETED_BY, given))
    return int(deleted.num_rows)


_DELETED_BY = """
    UPDATE value_revision SET run_id = :run_id
    WHERE measure = :measure AND series_id IN :ids AND run_id IS NULL AND new_value IS NULL
      AND revised_at = now()
"""
