"""Versioned curves: a version is saved whole or not at all, never overwritten, and once per fingerprint.

A version is official, which views show and the desk prices with, or a study. `lib.store.curve_status`
withdraws the status of an official one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from adbc_driver_postgresql import dbapi

from lib.hours import BLOCK_TYPE
from lib.markets import BLOCKS, market
from lib.store.bulk import InvalidValues, lock_until_commit, record_write, to_arrow
from lib.store.curve_status import (
    OF_OWN_LOAD,
    OFFICIAL,
    STUDY,
    VERSIONS_OF_RUN,
    check_may_be_official,
    lock_of,
)
from lib.store.curve_versions import keep_curve_reference
from lib.store.database import Database
from lib.store.query import fetch_arrow, to_frame, with_literals
from lib.store.run_log import RunTask, WriteCounts

CURVE_OF_TABLE = {
    "vlr": "vlr",
    "vlr_exclusion": "vlr",
    "covariance": "vlr",
    "vlr_block": "vlr",
    "vlr_block_exclusion": "vlr",
    "vlr_residual": "vlr",
    "da_lmps_avg": "shaping",
    "shaping": "shaping",
    "load_shape_premium": "shaping",
    "cost_curve": "cost_curve",
}
"""The curve that each table of cells is part of."""

OWN_TABLES: dict[str, tuple[str, ...]] = dict(
    zip(
        OF_OWN_LOAD,
        (("vlr", "vlr_exclusion", "covariance", "load_shape_premium", "vlr_residual"), ("cost_curve",)),
        strict=True,
    )
)
"""The curves of the desk's own load, each with its tables of cells; no view shows them."""

_BAND = ("band_low", "band_high", "p75", "p95", "cvar95")

OPTIONAL = {
    "vlr": ("interval_low", "interval_mid", "interval_high", *_BAND),
    "cost_curve": (*_BAND, "risk"),
}
"""Columns of tables that are NULL where a curve comes without them, as it did in former versions."""

BLOCK_IDS = {block: i for i, block in enumerate(BLOCKS, start=1)}
"""The block_id of each block in the table block; tests/store/test_hourly.py compares the two."""


@dataclass(frozen=True)
class CurveVersion:
    """A version of a curve: its id, whether this call made it, and the counts of its writes."""

    version_id: int
    is_new: bool
    counts: WriteCounts


def save_curve(
    db: Database,
    curve: str,
    iso: str,
    start: date,
    end: date,
    parameters: Mapping[str, Any],
    series_ids: Sequence[int],
    fingerprint: str,
    cells: Mapping[str, pd.DataFrame],
    task: RunTask,
    study: str | None = None,
    inputs_sha256: str | None = None,
) -> CurveVersion:
    """Save a curve as a new version, unless the latest one has the same fingerprint.

    An official curve is compared with the latest official version, a study also with the latest study. The
    version belongs to the run from then on, whether the run made it or found it (`pipeline_curve`).

    Args:
        db: the database.
        curve: "vlr", "shaping" or "cost_curve", or a key of OWN_TABLES.
        iso: the ISO.
        start: first local day of the history.
        end: last local day, included.
        parameters: the other parameters of the curve; values that JSON can write.
        series_ids: the series used.
        fingerprint: hash of everything that the curve depends on (`lib.calc.fingerprint`).
        cells: table -> rows with the table's columns, but location and block_type instead of the ids.
        task: who writes.
        study: why the version is a study; None for an official one.
        inputs_sha256: hash of what the curve was computed from alone; None if it is not known.

    Raises:
        InvalidValues: a frame's columns or values do not fit its table.
        NotOfficial: the curve would be official, and it was withdrawn before, or is made of a study.
        ValueError: a table belongs to another curve.
    """
    others = [table for table in cells if table not in _tables_of(curve)]
    if others:
        raise ValueError(f"{', '.join(others)} is not a table of the {curve} curve")
    key = {"curve": curve, "market_id": market(iso).market_id, "fingerprint": fingerprint}
    with db.arrow_connection() as connection:
        lock_until_commit(connection, lock_of(iso))
        same = fetch_arrow(connection, _SAME, {**key, "is_study": study is not None}).to_pylist()
        if same:
            counts = WriteCounts(read=sum(map(len, cells.values())))
            record_write(connection, curve, task, counts)
            _enter_use(connection, task.run_id, same[0]["version_id"])
            return CurveVersion(same[0]["version_id"], False, counts)
        if study is None:
            check_may_be_official(connection, curve, iso, fingerprint, parameters, task.run_id)
        version = {
            **key,
            "status": OFFICIAL if study is None else STUDY,
            "study": study,
            "start": start,
            "end": end,
            "parameters": json.dumps(dict(parameters), sort_keys=True, default=str),
            "series_ids": json.dumps(sorted(map(int, series_ids))),
            "run_id": task.run_id,
            "inputs_sha256": inputs_sha256,
            "reference_sha256": keep_curve_reference(connection),
        }
        version_id = fetch_arrow(connection, _NEW_VERSION, version)[0][0].as_py()
        _enter_use(connection, task.run_id, version_id)
        written = [_save_cells(connection, iso, version_id, *named, task) for named in cells.items()]
    return CurveVersion(version_id, True, sum(written, WriteCounts()))


def _tables_of(curve: str) -> tuple[str, ...]:
    """Return the tables of a curve's cells."""
    return OWN_TABLES.get(curve) or tuple(table for table, its in CURVE_OF_TABLE.items() if its == curve)


def _enter_use(connection: dbapi.Connection, run_id: int, version_id: int) -> None:
    """Enter that a run made a version, or found it unchanged."""
    with connection.cursor() as cursor:
        cursor.execute(with_literals(_USE, {"run_id": run_id, "version_id": version_id}))


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
        The table's columns, but location and block_type (ordered) instead of the ids; sorted by location,
        delivery month, month, season, HE and block, as far as the table has them. Empty if there is no
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
        cells = to_frame(
            fetch_arrow(
                connection,
                f"SELECT {shown} FROM {table} JOIN location USING (location_id) {block} "
                f"WHERE version_id = :version_id AND market_id = :market_id ORDER BY {order}",
                {"version_id": version_id, "market_id": market(iso).market_id},
            )
        )
    return cells.astype({"block_type": BLOCK_TYPE}) if block else cells


_ORDER = ("location_id", "delivery_month", "month", "season", "he", "block_id", "year", "reason")

_SHOWN = {"location_id": "location.name AS location", "block_id": "block_type"}

_SAME = """
    SELECT version_id FROM (
        SELECT DISTINCT ON (status) version_id, status, fingerprint
        FROM curve_version WHERE curve = :curve AND market_id = :market_id
        ORDER BY status, version_id DESC
    ) latest
    WHERE fingerprint = :fingerprint AND (status = 'official' OR :is_study)
    ORDER BY status LIMIT 1
"""

_LATEST = f"""
    SELECT version_id FROM ({VERSIONS_OF_RUN}) latest WHERE curve = :curve AND market_id = :market_id
"""

_USE = "INSERT INTO pipeline_curve (run_id, version_id) VALUES (:run_id, :version_id) ON CONFLICT DO NOTHING"

_NEW_VERSION = """
    INSERT INTO curve_version
        (curve, market_id, window_start, window_end, parameters, series_ids, fingerprint, run_id, status,
         study_reason, inputs_sha256, reference_sha256)
    VALUES (:curve, :market_id, :start, :end, :parameters,
            ARRAY(SELECT value::integer FROM jsonb_array_elements_text(:series_ids)), :fingerprint, :run_id,
            :status, :study, :inputs_sha256, :reference_sha256)
    RETURNING version_id
"""


def _save_cells(
    connection: dbapi.Connection, iso: str, version_id: int, table: str, frame: pd.DataFrame, task: RunTask
) -> WriteCounts:
    keyed = frame.assign(location_id=location_ids(connection, iso, frame["location"])).drop(
        columns="location"
    )
    if "block_type" in keyed:
        keyed = keyed.assign(block_id=block_ids(keyed["block_type"])).drop(columns="block_type")
    absent = [name for name in OPTIONAL.get(table, ()) if name not in keyed]
    keyed = keyed.assign(**dict.fromkeys(absent, np.nan))
    rows = to_arrow(connection, table, keyed, {"version_id": version_id})
    with connection.cursor() as cursor:
        cursor.adbc_ingest(table, rows, mode="append")
    counts = WriteCounts(len(frame), len(frame), 0)
    record_write(connection, table, task, counts)
    return counts


def block_ids(block_type: pd.Series) -> pd.Series:
    """Return the block_id of each block_type.

    Raises:
        InvalidValues: a block is unknown.
    """
    ids = block_type.astype(object).map(BLOCK_IDS)
    if ids.isna().any():
        raise InvalidValues(
            f"unknown block {block_type[ids.isna()].iloc[0]!r}: known are {', '.join(BLOCKS)}"
        )
    return ids.astype("int16")


def location_ids(connection: dbapi.Connection, iso: str, location: pd.Series) -> pd.Series:
    """Return the location_id of each location name.

    Raises:
        InvalidValues: the ISO has no location with a name.
    """
    sql = "SELECT location.name, location_id FROM location JOIN market USING (market_id) WHERE iso = :iso"
    known = to_frame(fetch_arrow(connection, sql, {"iso": iso})).set_index("name")["location_id"]
    ids = location.astype(object).map(known)
    if ids.isna().any():
        raise InvalidValues(f"{iso} has no location {location[ids.isna()].iloc[0]!r}")
    return ids.astype("int16")
