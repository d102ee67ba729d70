"""The raw values of series: write them, read them, and tell how far they reach and what was revised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from adbc_driver_postgresql import dbapi

from lib.hours import UTC_HOUR
from lib.markets import MEASURES, market
from lib.store.bulk import InvalidValues, Target, to_arrow, write_rows
from lib.store.database import Database
from lib.store.query import fetch_arrow, read_sql, to_frame
from lib.store.registry import SERIES, UnknownSeries
from lib.store.run_log import RunTask, WriteCounts


def read_series(
    db: Database,
    iso: str,
    measure: str,
    series_ids: Sequence[int] | None,
    start: pd.Timestamp,
    end: pd.Timestamp,
) -> pd.DataFrame:
    """Return the stored values of series in a window.

    Args:
        db: the database.
        iso: the ISO.
        measure: one of lib.markets.MEASURES.
        series_ids: which series; None for all series of the ISO and measure.
        start: first hour, UTC.
        end: end of the window, UTC, excluded.

    Returns:
        series_id, location, interval_start, value ($/MWh or MW); by series_id and interval_start.
    """
    chosen = "" if series_ids is None else "AND series_id IN :series_ids"
    sql = f"""
        SELECT series_id, interval_start, value FROM {partition_of(iso, measure)}
        WHERE interval_start >= :start AND interval_start < :end {chosen}
    """
    with db.arrow_connection() as connection:
        names = locations_of_series(connection, iso, measure)
        table = fetch_arrow(connection, sql, {"start": start, "end": end, "series_ids": series_ids})
    frame = sorted_by_series(to_frame(table))
    frame.insert(1, "location", names.reindex(frame["series_id"]).to_numpy())
    return frame


def write_series(db: Database, iso: str, measure: str, frame: pd.DataFrame, task: RunTask) -> WriteCounts:
    """Store values of series: add new ones, revise changed ones, and record each change in value_revision.

    Args:
        db: the database.
        iso: whose series.
        measure: one of lib.markets.MEASURES, the same for all series.
        frame: series_id, interval_start (UTC), value ($/MWh or MW).
        task: who writes.

    Raises:
        InvalidValues: a value is missing or not finite, or an hour comes twice.
        UnknownSeries: a series is not registered for this ISO and measure.
    """
    with db.arrow_connection() as connection:
        return write_values(connection, iso, measure, frame, task)


def write_values(
    connection: dbapi.Connection, iso: str, measure: str, frame: pd.DataFrame, task: RunTask
) -> WriteCounts:
    """Do what `write_series` does, in the connection's transaction, which the caller commits."""
    kind = MEASURES[measure]
    target = Target(kind.table, partition_of(iso, measure), "series_id", ("value",))
    dtypes = {"series_id": "int64", "interval_start": UTC_HOUR, "value": "float64"}
    frame = sorted_by_series(frame[list(dtypes)].astype(dtypes))
    _check_values(iso, measure, frame, locations_of_series(connection, iso, measure))
    constants = {"market_id": market(iso).market_id, "run_id": task.run_id}
    rows = to_arrow(connection, target.table, frame, constants)
    return write_rows(connection, target, rows, task, on_change=_insert_revisions_sql(kind.name, target))


def count_hours(
    db: Database, iso: str, measure: str, first: pd.Timestamp, last: pd.Timestamp
) -> dict[int, int]:
    """Return the number of stored hours from the first to the last (UTC starts), by series_id."""
    counted = read_sql(
        db,
        f"""
        SELECT series_id, count(*) AS n FROM {MEASURES[measure].table}
        WHERE market_id = :market_id AND interval_start BETWEEN :first AND :last
        GROUP BY series_id
        """,
        {"market_id": market(iso).market_id, "first": first, "last": last},
    )
    return dict(zip(counted["series_id"], counted["n"], strict=True))


def read_last_hours(db: Database, iso: str) -> pd.Series:
    """Return the UTC start of the last stored hour of each series of an ISO, by series_id; NaT for none."""
    # One index lookup for each series; an aggregate over all series would read every row.
    latest = " UNION ALL ".join(
        f"""
        SELECT series_id, (SELECT max(interval_start) FROM {measure.table}
                           WHERE market_id = :market_id AND series_id = series.series_id) AS last
        FROM series JOIN location USING (location_id)
        WHERE market_id = :market_id AND measure = '{measure.name}'
        """
        for measure in MEASURES.values()
    )
    return read_sql(db, latest, {"market_id": market(iso).market_id}).set_index("series_id")["last"]


def read_revisions(db: Database, iso: str, notebook: str, run_id: int | None) -> pd.DataFrame:
    """Return the revisions since a notebook last ended well for an ISO, up to and including a run.

    They include the revisions of a run that was killed before it could report them.

    Args:
        db: the database.
        iso: whose series.
        notebook: the notebook that writes series.
        run_id: the run; None for the last run in which the notebook was started for the ISO.

    Returns:
        measure, location, source, basis, n_hours, first, last (UTC starts); and interval_start, old_value,
        new_value ($/MWh or MW) of the hour that changed most; one row for each series with a revision.
    """
    return read_sql(
        db,
        _REVISIONS,
        {"market_id": market(iso).market_id, "iso": iso, "notebook": notebook, "run_id": run_id},
    )


_REVISIONS = """
    WITH this AS (
        SELECT coalesce(:run_id, max(run_id)) AS run_id FROM pipeline_task
        WHERE notebook = :notebook AND iso = :iso
    ), before AS (
        SELECT coalesce(max(pipeline_task.run_id), 0) AS run_id FROM pipeline_task, this
        WHERE notebook = :notebook AND iso = :iso AND outcome = 'done' AND pipeline_task.run_id < this.run_id
    ), revised AS (
        SELECT value_revision.* FROM value_revision, this, before
        WHERE value_revision.run_id > before.run_id AND value_revision.run_id <= this.run_id
    ), extent AS (
        SELECT series_id, count(DISTINCT interval_start) AS n_hours,
               min(interval_start) AS first, max(interval_start) AS last
        FROM revised GROUP BY series_id
    ), largest AS (
        SELECT DISTINCT ON (series_id) series_id, interval_start, old_value, new_value
        FROM revised ORDER BY series_id, abs(new_value - old_value) DESC, revision_id
    )
    SELECT measure, location.name AS location, source, basis, n_hours, first, last,
           interval_start, old_value, new_value
    FROM extent JOIN largest USING (series_id) JOIN series USING (series_id)
    JOIN location USING (location_id)
    WHERE market_id = :market_id ORDER BY series_id
"""


def _insert_revisions_sql(measure: str, target: Target) -> str:
    return f"""
        INSERT INTO value_revision
            (measure, series_id, interval_start, old_value, new_value, run_id, old_run_id)
        SELECT '{measure}', series_id, interval_start, stored.value, changed.value, changed.run_id,
               stored.run_id
        FROM changed JOIN {target.table} stored USING (market_id, series_id, interval_start)
        ORDER BY series_id, interval_start
    """


def partition_of(iso: str, measure: str) -> str:
    """Return the table of an ISO's values of a measure."""
    return f"{MEASURES[measure].table}_{market(iso).iso.lower()}"


def locations_of_series(connection: dbapi.Connection, iso: str, measure: str) -> pd.Series:
    """Return the location of each series of an ISO and measure, by series_id."""
    sql = f"{SERIES} WHERE iso = :iso AND measure = :measure"
    return to_frame(fetch_arrow(connection, sql, {"iso": iso, "measure": measure})).set_index("series_id")[
        "location"
    ]


def sorted_by_series(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows sorted by series and hour; most are sorted already, and sorting is slow."""
    series = frame["series_id"].to_numpy()
    hour = frame["interval_start"].dt.tz_localize(None).to_numpy()  # with a time zone they become objects
    is_later = (series[1:] > series[:-1]) | ((series[1:] == series[:-1]) & (hour[1:] >= hour[:-1]))
    if is_later.all():
        return frame.reset_index(drop=True)
    return frame.sort_values(["series_id", "interval_start"], ignore_index=True)


def _check_values(iso: str, measure: str, frame: pd.DataFrame, names: pd.Series) -> None:
    """Raise an error for values that may not be stored; the frame is sorted."""
    unknown = sorted(set(frame["series_id"].unique()) - set(names.index))
    if unknown:
        raise UnknownSeries(
            f"{iso} {measure} has no series {', '.join(map(str, unknown))}: register it first"
        )
    is_infinite = ~np.isfinite(frame["value"].to_numpy())
    is_twice = frame.duplicated(["series_id", "interval_start"]).to_numpy()
    for is_bad, reason in ((is_infinite, "not a finite number"), (is_twice, "given twice")):
        if is_bad.any():
            first = frame[is_bad].iloc[0]
            raise InvalidValues(
                f"{iso} {names[first['series_id']]} {measure}: {first['value']} at "
                f"{first['interval_start']:%Y-%m-%d %H:%M} UTC is {reason} ({is_bad.sum()} such values); "
                "leave an hour without a number out"
            )
