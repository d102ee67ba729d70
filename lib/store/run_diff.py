"""Compare the curves that a run made with the versions before: what is new, and how the figures moved.

The figures are means over hours, weighted by load. The server computes them as `lib.calc` does, and the two
change together: the VLR (`_VLR`) is `cost_per_mwh` of `lib.calc.vlr.estimates_from_sums`, and the weights of
a cost to serve (`_LOADED_CELLS`) are those of `lib.calc.cost_breakdown.add_loads`.
tests/store/test_run_diff.py compares them.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.store.database import Database
from lib.store.query import read_sql

# LIMIT makes the server look each cell's load up by the key; with a plain join it would search all cells.
_LOADED_CELLS = """
        SELECT cell.version_id, location_id, delivery_month, he, block_id, cost_to_serve, covariance,
            n_hours, load_mw * n_hours AS load_mwh
        FROM cost_curve cell
        JOIN curve_version made USING (version_id)
        CROSS JOIN LATERAL (
            SELECT rt_load_mwh / nullif(n_hours, 0) AS load_mw FROM vlr
            WHERE version_id = (made.parameters ->> 'vlr_version')::integer
              AND location_id = cell.location_id AND month = extract(month FROM delivery_month)::smallint
              AND he = cell.he AND block_id = cell.block_id
            LIMIT 1
        ) mean
        WHERE reason IS NULL AND load_mw > 0"""
"""Cells with a cost to serve, and their load: the mean load of the cell in the VLR curve it was made of."""

_VLR = "sum(unitized_cost_usd) / nullif(sum(rt_load_mwh), 0)"
"""The VLR of some cells of a VLR curve, $/MWh: `lib.calc.vlr.estimates_from_sums` in SQL."""

_VERSION = """
        version AS (
            SELECT *, max(version_id) FILTER (WHERE status = 'official') OVER (
                PARTITION BY market_id, curve ORDER BY version_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier_id
            FROM curve_version
        )"""
"""Every version of every curve, with the id of the official version before: studies follow none."""

_PAIR = """
        pair AS (SELECT * FROM version WHERE run_id = :run_id AND curve = :curve)"""
"""The versions of a curve that a run made."""

_CELL_CHANGES = f"""
    WITH {_VERSION}, pair AS (
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


def read_curve_versions(db: Database, run_id: int) -> pd.DataFrame:
    """Return the version of each curve that a run made or found, else the official one of then.

    Returns:
        iso, curve, version_id, status, is_new (whether the run made it), earlier_id (of the official version
        before it, NULL where there is none); and
        for VLR and cost curves, else NULL: figure (load-weighted mean of VLR or cost to serve over all cells
        with a value, $/MWh), n_zones, n_months and n_hours of those cells (hours summed over zones), of_hours
        (hours of all cells: those of the window, or of delivery).
    """
    return read_sql(
        db,
        f"""
        WITH {_VERSION}, latest AS (
            SELECT DISTINCT ON (market_id, curve) version.* FROM version
            LEFT JOIN pipeline_curve used ON used.version_id = version.version_id AND used.run_id = :run_id
            WHERE used.run_id IS NOT NULL OR (version.run_id <= :run_id AND status = 'official')
            ORDER BY market_id, curve, used.run_id IS NULL, version.version_id DESC
        )
        SELECT iso, curve, version_id, status, run_id = :run_id AS is_new, earlier_id,
            figure, n_zones, n_months, n_hours, of_hours
        FROM latest JOIN market USING (market_id)
        LEFT JOIN LATERAL (
            SELECT {_VLR} AS figure,
                count(DISTINCT location_id) AS n_zones, count(DISTINCT month) AS n_months,
                sum(n_hours) AS n_hours,
                (SELECT sum(n_hours + n_excluded) FROM vlr WHERE version_id = latest.version_id) AS of_hours
            FROM vlr WHERE vlr.version_id = latest.version_id AND unitized_cost_usd IS NOT NULL
            HAVING count(*) > 0
            UNION ALL
            SELECT sum(cost_to_serve * load_mwh) / sum(load_mwh), count(DISTINCT location_id),
                count(DISTINCT delivery_month), sum(n_hours),
                (SELECT sum(n_hours) FROM cost_curve WHERE version_id = latest.version_id)
            FROM ({_LOADED_CELLS}) loaded WHERE loaded.version_id = latest.version_id
            HAVING count(*) > 0
        ) total ON true
        """,
        {"run_id": run_id},
    )


def read_zone_costs(db: Database, version_ids: Sequence[int]) -> pd.DataFrame:
    """Return what cost curves come to in each zone, weighted with its load.

    Args:
        db: the database.
        version_ids: versions of cost curves, one for each ISO.

    Returns:
        iso, location, cost_to_serve and, of it, covariance ($/MWh). A zone without a price has no row.
    """
    return read_sql(
        db,
        f"""
        SELECT iso, location.name AS location, sum(cost_to_serve * load_mwh) / sum(load_mwh) AS cost_to_serve,
            sum(covariance * load_mwh) / sum(load_mwh) AS covariance
        FROM ({_LOADED_CELLS}) cell
        JOIN location USING (location_id)
        JOIN market USING (market_id)
        WHERE cell.version_id IN :version_ids
        GROUP BY iso, location.name
        """,
        {"version_ids": [int(number) for number in version_ids]},
    )


def read_shape_changes(db: Database, run_id: int) -> pd.DataFrame:
    """Return the shape factor of each location that changed most in the versions that a run made.

    Returns:
        iso, location, month, he, block_type, before, now (`year_mean`); by ISO and size of the change, the
        largest first. No row without a version before, or without a change.
    """
    return read_sql(
        db,
        f"""
        WITH {_VERSION}, {_PAIR}, most AS (
            SELECT DISTINCT ON (location_id) market_id, location_id, month, he, block_id,
                before.year_mean AS before, now.year_mean AS now
            FROM pair
            JOIN shaping now USING (version_id)
            JOIN shaping before USING (location_id, month, he, block_id)
            WHERE before.version_id = earlier_id AND before.year_mean <> now.year_mean
            ORDER BY location_id, abs(now.year_mean - before.year_mean) DESC, month, he, block_id
        )
        SELECT iso, location.name AS location, month, he, block_type, before, now
        FROM most JOIN market USING (market_id) JOIN location USING (location_id) JOIN block USING (block_id)
        ORDER BY iso, abs(now - before) DESC, location
        """,
        {"run_id": run_id, "curve": "shaping"},
    )


def read_vlr_changes(db: Database, run_id: int) -> pd.DataFrame:
    """Return the VLR of each zone in the versions that a run made, and in the versions before.

    The figures are ratios of sums over all cells, as `lib.calc.vlr.estimates_from_sums` computes them.

    Returns:
        iso, location, before, now ($/MWh); by ISO and size of the change, the largest first. No row without a
        version before.
    """
    return _changes(
        db,
        run_id,
        "vlr",
        f"""
        SELECT version_id, location_id, {_VLR} AS value
        FROM vlr WHERE version_id IN (SELECT version_id FROM pair UNION SELECT earlier_id FROM pair)
        GROUP BY version_id, location_id
        """,
    )


def read_cost_changes(db: Database, run_id: int) -> pd.DataFrame:
    """Return the cost to serve of each zone in the versions that a run made, and in the versions before.

    Each figure is weighted by the loads of its own version, over the hours of delivery that both versions
    price.

    Returns:
        iso, location, before, now ($/MWh); by ISO and size of the change, the largest first. No row without a
        version before.
    """
    return _changes(
        db,
        run_id,
        "cost_curve",
        f"""
        SELECT version_id, location_id, sum(cost_to_serve * load_mwh) / sum(load_mwh) AS value
        FROM (
            SELECT *, count(*) OVER (PARTITION BY location_id, delivery_month, he, block_id) AS n_versions
            FROM ({_LOADED_CELLS}) served
            WHERE version_id IN (SELECT version_id FROM pair UNION SELECT earlier_id FROM pair)
        ) cell
        WHERE n_versions = 2 GROUP BY version_id, location_id
        """,
    )


def _changes(db: Database, run_id: int, curve: str, figures: str) -> pd.DataFrame:
    """Return the figures of zones in new versions and in those before.

    Args:
        db: the database.
        run_id: the run that made the new versions.
        curve: "vlr" or "cost_curve".
        figures: SQL with version_id, location_id, value.
    """
    return read_sql(
        db,
        f"""
        WITH {_VERSION}, {_PAIR}, figure AS ({figures})
        SELECT iso, location.name AS location, before.value AS before, now.value AS now
        FROM pair
        JOIN market USING (market_id)
        JOIN figure now USING (version_id)
        JOIN figure before ON before.version_id = earlier_id AND before.location_id = now.location_id
        JOIN location ON location.location_id = now.location_id
        ORDER BY iso, abs(now.value - before.value) DESC NULLS LAST, location
        """,
        {"run_id": run_id, "curve": curve},
    )


def read_cell_changes(db: Database, run_id: int) -> pd.DataFrame:
    """Return the locations that gained or lost cells in the versions that a run made.

    Only cells with a value count. The cells of a cost curve are those of months of delivery: when a new month
    begins, each location gains the cells of one month and loses those of another.

    Returns:
        iso, curve, location, n_gained, n_lost; by ISO, curve and size of the change, the largest first. No
        row without a version before, or without a change.
    """
    return read_sql(db, _CELL_CHANGES, {"run_id": run_id})
