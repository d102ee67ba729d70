"""Which stored values have changed between two runs, summed up for people."""

from __future__ import annotations

import pandas as pd

from lib.markets import market
from lib.store.database import Database
from lib.store.query import read_sql


def changed_values(db: Database, iso: str, notebook: str, run_id: int | None) -> pd.DataFrame:
    """Return what was revised after the last time a notebook ended well for an ISO, up to a run.

    Changes that a run made before it was killed, and could not report, are among them.

    Args:
        db: the database.
        iso: whose series.
        notebook: the one that writes series.
        run_id: the run; None for the last one in which the notebook was started for the ISO.

    Returns:
        measure, location, source, basis, n_hours, first, last (UTC starts), and of the hour that changed most
        interval_start, old_value and new_value ($/MWh or MW); a row for each series with a change.
    """
    return read_sql(
        db, _CHANGED, {"market_id": market(iso).market_id, "iso": iso, "notebook": notebook, "run_id": run_id}
    )


_CHANGED = """
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
