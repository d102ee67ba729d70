"""The tables of curves, and the cells of a version read back.

A version is official, which views show and the desk prices with, or a study. `lib.store.new_version` saves
versions; `lib.store.curve_status` withdraws the status of an official one.
"""

from __future__ import annotations

import pandas as pd

from lib.hours import BLOCK_TYPE
from lib.markets import market
from lib.store.curve_status import OF_OWN_LOAD, VERSIONS_OF_RUN
from lib.store.database import Database
from lib.store.query import fetch_arrow, to_frame

CURVE_OF_TABLE = {
    "vlr": "vlr",
    "vlr_exclusion": "vlr",
    "covariance": "vlr",
    "vlr_block": "vlr",
    "vlr_block_exclusion": "vlr",
    "vlr_residual": "vlr",
    "vlr_level": "vlr",
    "vlr_level_block": "vlr",
    "vlr_day": "vlr",
    "da_lmps_avg": "shaping",
    "shaping": "shaping",
    "load_shape_premium": "shaping",
    "cost_curve": "cost_curve",
}
"""The curve that each table of cells is part of."""

OWN_TABLES: dict[str, tuple[str, ...]] = dict(
    zip(
        OF_OWN_LOAD,
        (
            (
                *("vlr", "vlr_exclusion", "covariance", "load_shape_premium"),
                *("vlr_residual", "vlr_block", "vlr_block_exclusion"),
            ),
            ("cost_curve",),
        ),
        strict=True,
    )
)
"""The curves of the desk's own load, each with its tables of cells; no view shows them."""


def tables_of(curve: str) -> tuple[str, ...]:
    """Return the tables that hold the cells of a curve."""
    return OWN_TABLES.get(curve) or tuple(table for table, its in CURVE_OF_TABLE.items() if its == curve)


def read_latest_version(db: Database, curve: str, iso: str, run_id: int = 0) -> int | None:
    """Return the id of the version of an ISO's curve that a run works with, None if there is none.

    That is the version that the run made or found unchanged, else the latest official one; for run 0, which
    is no run, always the latter.
    """
    key = {"curve": curve, "market_id": market(iso).market_id, "run_id": run_id}
    with db.arrow_connection() as connection:
        latest = fetch_arrow(connection, _LATEST, key).to_pylist()
    return latest[0]["version_id"] if latest else None


def read_curve(db: Database, table: str, iso: str, version_id: int | None = None) -> pd.DataFrame:
    """Return the cells of a version of a curve.

    Args:
        db: the database.
        table: a key of CURVE_OF_TABLE.
        iso: the ISO.
        version_id: the version; None for the latest official one.

    Returns:
        The table's columns, but location and block_type (ordered) instead of the ids; sorted by location or
        level, delivery month, month, season, HE and block, as far as the table has them. Empty if there is no
        version.

    Raises:
        ValueError: the table is not a table of a curve.
    """
    if table not in CURVE_OF_TABLE:
        raise ValueError(f"{table!r} is no table of a curve: {', '.join(CURVE_OF_TABLE)}")
    if version_id is None:
        version_id = read_latest_version(db, CURVE_OF_TABLE[table], iso) or 0
    with db.arrow_connection() as connection:
        names = connection.adbc_get_table_schema(table).names
        shown = ", ".join(_SHOWN.get(name, name) for name in names)
        order = ", ".join(name for name in _ORDER if name in names)
        block = "JOIN block USING (block_id)" if "block_id" in names else ""
        owner, key = ("curve_version", "version_id")
        if "location_id" in names:
            owner, key = ("location", "location_id")
        cells = to_frame(
            fetch_arrow(
                connection,
                f"SELECT {shown} FROM {table} JOIN {owner} USING ({key}) {block} "
                f"WHERE version_id = :version_id AND market_id = :market_id ORDER BY {order}",
                {"version_id": version_id, "market_id": market(iso).market_id},
            )
        )
    return cells.astype({"block_type": BLOCK_TYPE}) if block else cells


_ORDER = (
    *("location_id", "level", "member", "delivery_month", "market_date"),
    *("month", "season", "he", "block_id", "year", "reason"),
)

_SHOWN = {"location_id": "location.name AS location", "block_id": "block_type"}

_LATEST = f"""
    SELECT version_id FROM ({VERSIONS_OF_RUN}) latest WHERE curve = :curve AND market_id = :market_id
"""
