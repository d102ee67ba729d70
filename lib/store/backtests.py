"""The scores and verdicts of backtests: a row for each run and ISO (the table backtest).

A record of what a run's page said, as the run log is: a run writes its own, whatever the one before said.
"""

from __future__ import annotations

import pandas as pd

from lib.markets import market
from lib.store.bulk import to_arrow
from lib.store.database import Database
from lib.store.query import read_sql, with_literals
from lib.store.run_log import RunTask, WriteCounts

TABLE = "backtest"


def write_backtest(db: Database, frame: pd.DataFrame, task: RunTask) -> WriteCounts:
    """Store what a task computed, in place of what it stored before.

    Args:
        db: the database.
        frame: one row with the columns of the table but run_id and market_id.
        task: who writes; its ISO is that of the row.
    """
    keys = {"run_id": task.run_id, "market_id": market(task.iso).market_id}
    with db.arrow_connection() as connection, connection.cursor() as cursor:
        cursor.execute(with_literals(_FORGET, keys))
        cursor.adbc_ingest(TABLE, to_arrow(connection, TABLE, frame, keys), mode="append")
    return WriteCounts(len(frame), len(frame), 0)


def read_backtests(db: Database, run_id: int) -> pd.DataFrame:
    """Return the backtest of each ISO: that of a run, else the last one of an official run before it.

    Args:
        db: the database.
        run_id: the run; 0 for the last of each ISO.

    Returns:
        iso, and the columns of the table; in the order of the markets.
    """
    return read_sql(db, _LATEST, {"run_id": run_id})


_FORGET = "DELETE FROM backtest WHERE run_id = :run_id AND market_id = :market_id"

_LATEST = """
    SELECT DISTINCT ON (market_id) iso, backtest.*
    FROM backtest JOIN market USING (market_id)
    WHERE run_id = :run_id OR (NOT is_study AND (run_id <= :run_id OR :run_id = 0))
    ORDER BY market_id, run_id DESC
"""
