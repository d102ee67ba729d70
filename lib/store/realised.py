"""Realised against quoted: the official cost curves of former days, their prices, and what runs computed."""

from __future__ import annotations

import pandas as pd

from lib.store.bulk import location_ids, record_write, to_arrow
from lib.store.database import Database
from lib.store.query import read_sql, with_literals
from lib.store.run_log import RunTask, WriteCounts

TABLE = "realised_cost"


def read_former_curves(db: Database, iso: str) -> pd.DataFrame:
    """Return all cost curves of an ISO that are official, or were until somebody withdrew them.

    Returns:
        version_id, as_of (the clock of its run, a day), created_at (UTC), first_day and first_month (of
        delivery), holidays, trade_date (texts), vlr_version, withdrawn_at (UTC; NULL where it is official);
        by version.
    """
    versions = read_sql(db, _FORMER, {"iso": iso})
    days = {name: pd.to_datetime(versions[name]) for name in ("as_of", "first_day", "first_month")}
    times = {name: pd.to_datetime(versions[name], utc=True) for name in ("created_at", "withdrawn_at")}
    return versions.assign(**days, **times)


def read_quoted_month(db: Database, version_id: int, month: pd.Timestamp) -> pd.DataFrame:
    """Return the cells of a version of a cost curve for one month of delivery.

    Returns:
        location, delivery_month, he, block_type, n_hours, hub, forward_price, da_rt_adjustment, zone_basis,
        hpfc, covariance and risk (0 in versions of before they were kept), vlr (the one that the cost to
        serve contains), cost_to_serve ($/MWh; NULL where the curve has no price).
    """
    return read_sql(db, _QUOTED, {"version_id": version_id, "month": month.date()}).assign(
        delivery_month=month
    )


def write_realised_costs(db: Database, iso: str, frame: pd.DataFrame, task: RunTask) -> WriteCounts:
    """Store what a task computed, in place of what it stored before.

    Args:
        db: the database.
        iso: the ISO of the zones.
        frame: location, and the columns of the table but run_id and location_id.
        task: who writes.
    """
    with db.arrow_connection() as connection, connection.cursor() as cursor:
        ids = location_ids(connection, iso, frame["location"])
        keyed = frame.assign(location_id=ids).drop(columns="location")
        columns = connection.adbc_get_table_schema(TABLE).names
        rows = to_arrow(
            connection, TABLE, keyed[[name for name in columns if name in keyed]], {"run_id": task.run_id}
        )
        given = {"run_id": task.run_id, "ids": ids.tolist()}
        cursor.execute(with_literals(_FORGET, given))
        cursor.adbc_ingest(TABLE, rows, mode="append")
        counts = WriteCounts(len(frame), len(frame), 0)
        record_write(connection, TABLE, task, counts)
    return counts


def read_realised_costs(db: Database, run_id: int) -> pd.DataFrame:
    """Return what a run computed: iso, location, the columns of the table; by ISO, period and location."""
    return read_sql(db, _COMPUTED, {"run_id": run_id})


_FORMER = """
    SELECT version_id, as_of, created_at, version.parameters ->> 'first_month' AS first_month,
           coalesce(version.parameters ->> 'first_day', version.parameters ->> 'first_month') AS first_day,
           version.parameters ->> 'holidays' AS holidays, version.parameters ->> 'trade_date' AS trade_date,
           (version.parameters ->> 'vlr_version')::integer AS vlr_version, withdrawn_at
    FROM curve_version version JOIN market USING (market_id) JOIN pipeline_run USING (run_id)
    LEFT JOIN curve_withdrawal USING (version_id)
    WHERE curve = 'cost_curve' AND iso = :iso AND (status = 'official' OR withdrawn_at IS NOT NULL)
    ORDER BY version_id
"""

_QUOTED = """
    SELECT location.name AS location, he, block_type, n_hours, cell.hub, forward_price, da_rt_adjustment,
           cell.basis AS zone_basis, hpfc, coalesce(covariance, 0) AS covariance, coalesce(risk, 0) AS risk,
           cost_to_serve - hpfc - coalesce(covariance, 0) - coalesce(risk, 0) AS vlr, cost_to_serve
    FROM cost_curve cell JOIN location USING (location_id) JOIN block USING (block_id)
    WHERE version_id = :version_id AND delivery_month = :month
    ORDER BY location_id, he, block_id
"""

_FORGET = "DELETE FROM realised_cost WHERE run_id = :run_id AND location_id IN :ids"

_COMPUTED = """
    SELECT iso, location.name AS location, realised_cost.*
    FROM realised_cost JOIN location USING (location_id) JOIN market USING (market_id)
    WHERE run_id = :run_id
    ORDER BY market_id, period, location_id
"""
