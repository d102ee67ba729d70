"""Which cells of which zones the curves of a run have that those before them had not, and the reverse."""

from __future__ import annotations

import pandas as pd

from lib.store.database import Database
from lib.store.query import read_sql
from lib.store.run_diff import VERSION


def cell_moves(db: Database, run_id: int) -> pd.DataFrame:
    """Return the locations that gained or lost cells in the versions that a run has made.

    A cell is one that has a value. Those of a cost curve are of a month of delivery, so that each location
    gains a month and loses one when a new month begins.

    Returns:
        iso, curve, location, n_gained, n_lost; by ISO, curve and size of the change, the largest first. No
        row where there was no version before, or where all cells are those of before.
    """
    return read_sql(db, _CELL_MOVES, {"run_id": run_id})


_CELL_MOVES = f"""
    WITH {VERSION}, pair AS (
        SELECT * FROM version WHERE run_id = :run_id AND earlier_id IS NOT NULL
    ), compared AS (
        SELECT version_id AS pair_id, version_id, true AS is_now FROM pair
        UNION ALL SELECT version_id, earlier_id, false FROM pair
    ), cell AS (
        SELECT version_id, location_id, month::text AS month, he, block_id FROM vlr
        WHERE version_id IN (SELECT version_id FROM compared) AND cost_per_mwh IS NOT NULL
        UNION ALL
        SELECT version_id, location_id, month::text, he, block_id FROM shaping
        WHERE version_id IN (SELECT version_id FROM compared) AND year_mean IS NOT NULL
        UNION ALL
        SELECT version_id, location_id, delivery_month::text, he, block_id FROM cost_curve
        WHERE version_id IN (SELECT version_id FROM compared) AND reason IS NULL
    ), single AS (
        SELECT pair_id, location_id, bool_and(is_now) AS is_gained
        FROM cell JOIN compared USING (version_id)
        GROUP BY pair_id, location_id, month, he, block_id HAVING count(*) = 1
    )
    SELECT iso, curve, location.name AS location, count(*) FILTER (WHERE is_gained) AS n_gained,
        count(*) FILTER (WHERE NOT is_gained) AS n_lost
    FROM single
    JOIN pair ON pair.version_id = pair_id
    JOIN market USING (market_id)
    JOIN location USING (location_id)
    GROUP BY iso, curve, location.name
    ORDER BY iso, curve, count(*) DESC, location.name
"""
