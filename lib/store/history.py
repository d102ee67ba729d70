"""What a run has changed beside the runs before it: outcomes of tasks, and figures of curves."""

from __future__ import annotations

import pandas as pd

from lib.store.database import Database
from lib.store.read import read_sql


def changed_outcomes(db: Database, run_id: int) -> pd.DataFrame:
    """Return the tasks of a run that ended otherwise than when they last ran.

    Returns:
        notebook, iso ("" for all of them), before, now (outcomes); none for a task that never ran before.
    """
    return read_sql(
        db,
        """
        SELECT notebook, iso, earlier.outcome AS before, task.outcome AS now
        FROM pipeline_task task
        CROSS JOIN LATERAL (
            SELECT outcome FROM pipeline_task
            WHERE notebook = task.notebook AND iso = task.iso AND run_id < task.run_id
            ORDER BY run_id DESC LIMIT 1
        ) earlier
        WHERE run_id = :run_id AND earlier.outcome IS DISTINCT FROM task.outcome
        ORDER BY iso, notebook
        """,
        {"run_id": run_id},
    )


def curve_moves(db: Database, run_id: int) -> pd.DataFrame:
    """Return the VLR of each zone in the versions that a run has made, beside the version before.

    The figures are ratios of sums over all cells, as everywhere.

    Returns:
        iso, location, before, now ($/MWh); by ISO and size of the change, the largest first. No row where
        there was no version before.
    """
    return read_sql(
        db,
        """
        WITH pair AS (
            SELECT market_id, version_id,
                (SELECT max(version_id) FROM curve_version earlier
                 WHERE earlier.curve = made.curve AND earlier.market_id = made.market_id
                   AND earlier.version_id < made.version_id) AS earlier_id
            FROM curve_version made WHERE run_id = :run_id AND curve = 'vlr'
        ), figure AS (
            SELECT version_id, location_id,
                sum(unitized_cost_usd) / nullif(sum(rt_load_mwh), 0) AS cost_per_mwh
            FROM vlr WHERE version_id IN (SELECT version_id FROM pair UNION SELECT earlier_id FROM pair)
            GROUP BY version_id, location_id
        )
        SELECT iso, location.name AS location, before.cost_per_mwh AS before, now.cost_per_mwh AS now
        FROM pair
        JOIN market USING (market_id)
        JOIN figure now USING (version_id)
        JOIN figure before ON before.version_id = earlier_id AND before.location_id = now.location_id
        JOIN location ON location.location_id = now.location_id
        ORDER BY iso, abs(now.cost_per_mwh - before.cost_per_mwh) DESC NULLS LAST, location
        """,
        {"run_id": run_id},
    )
