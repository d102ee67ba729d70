"""Save a curve as a new version: whole or not at all, never over another, and once per fingerprint.

1. The lock on the curves of the ISO is taken: two runs save one after the other.
2. If the latest version has the same fingerprint, the run uses that one, and nothing is written.
3. An official version is refused where `lib.store.curve_status` says that it cannot be official.
4. The version, its reference data and its cells are written in one transaction with the counts of the writes.
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

from lib.markets import market
from lib.store.bulk import block_ids, location_ids, lock_until_commit, record_write, to_arrow
from lib.store.curve_status import OFFICIAL, STUDY, check_may_be_official, lock_of
from lib.store.curve_versions import keep_curve_reference
from lib.store.curves import tables_of
from lib.store.database import Database
from lib.store.query import fetch_arrow, with_literals
from lib.store.run_log import RunTask, WriteCounts

_BAND = ("band_low", "band_high", "p75", "p95", "cvar95")

OPTIONAL = {
    "vlr": ("interval_low", "interval_mid", "interval_high", *_BAND),
    "vlr_block": ("hedge_cost_usd", "imbalance_cost_usd", "load_shape_usd", "covariance_usd", "load_share"),
    "cost_curve": (*_BAND, "risk"),
}
"""Columns of tables that are NULL where a curve comes without them, as it did in former versions."""


@dataclass(frozen=True)
class NewVersion:
    """What a version of a curve is made of.

    curve is "vlr", "shaping" or "cost_curve", or a curve of own load. start and end are the first and last
    local day of the history; parameters are the other choices, in values that JSON can write. fingerprint is
    the hash of everything that the curve depends on (`lib.calc.fingerprint`), inputs_sha256 that of what it
    was computed from alone. study says why the version is a study; None makes it official.
    """

    curve: str
    iso: str
    start: date
    end: date
    parameters: Mapping[str, Any]
    series_ids: Sequence[int]
    fingerprint: str
    study: str | None = None
    inputs_sha256: str | None = None

    @property
    def key(self) -> dict[str, Any]:
        """The values by which the database finds a version that is the same."""
        market_id = market(self.iso).market_id
        return {"curve": self.curve, "market_id": market_id, "fingerprint": self.fingerprint}


@dataclass(frozen=True)
class CurveVersion:
    """A version of a curve: its id, whether this call made it, and the counts of its writes."""

    version_id: int
    is_new: bool
    counts: WriteCounts


def save_curve(
    db: Database, version: NewVersion, cells: Mapping[str, pd.DataFrame], task: RunTask
) -> CurveVersion:
    """Save a curve as a new version, unless the latest one has the same fingerprint.

    An official curve is compared with the latest official version, a study also with the latest study. The
    version belongs to the run from then on, whether the run made it or found it (`pipeline_curve`).

    Args:
        db: the database.
        version: what the version is made of.
        cells: table -> rows with the table's columns, but location and block_type instead of the ids.
        task: who writes.

    Raises:
        InvalidValues: a frame's columns or values do not fit its table.
        NotOfficial: the curve would be official, and it was withdrawn before, or is made of a study.
        ValueError: a table belongs to another curve.
    """
    others = [table for table in cells if table not in tables_of(version.curve)]
    if others:
        raise ValueError(f"{', '.join(others)} is not a table of the {version.curve} curve")
    with db.arrow_connection() as connection:
        lock_until_commit(connection, lock_of(version.iso))
        version_id = _find_same(connection, version)
        if is_new := version_id is None:
            version_id = _insert_version(connection, version, task)
            written = [
                _save_cells(connection, version.iso, version_id, *named, task) for named in cells.items()
            ]
            counts = sum(written, WriteCounts())
        else:
            counts = WriteCounts(read=sum(map(len, cells.values())))
            record_write(connection, version.curve, task, counts)
        _enter_use(connection, task.run_id, version_id)
    return CurveVersion(version_id, is_new, counts)


def _find_same(connection: dbapi.Connection, version: NewVersion) -> int | None:
    """Return the id of the latest version if it has the fingerprint, else None."""
    same = fetch_arrow(connection, _SAME, {**version.key, "is_study": version.study is not None}).to_pylist()
    return same[0]["version_id"] if same else None


def _insert_version(connection: dbapi.Connection, version: NewVersion, task: RunTask) -> int:
    """Write the row of a version, and return its id."""
    if version.study is None:
        check_may_be_official(
            connection, version.curve, version.iso, version.fingerprint, version.parameters, task.run_id
        )
    row = {
        **version.key,
        "status": OFFICIAL if version.study is None else STUDY,
        "study": version.study,
        "start": version.start,
        "end": version.end,
        "parameters": json.dumps(dict(version.parameters), sort_keys=True, default=str),
        "series_ids": json.dumps(sorted(map(int, version.series_ids))),
        "run_id": task.run_id,
        "inputs_sha256": version.inputs_sha256,
        "reference_sha256": keep_curve_reference(connection),
    }
    return int(fetch_arrow(connection, _NEW_VERSION, row)[0][0].as_py())


def _enter_use(connection: dbapi.Connection, run_id: int, version_id: int) -> None:
    """Enter that a run made a version, or found it unchanged."""
    with connection.cursor() as cursor:
        cursor.execute(with_literals(_USE, {"run_id": run_id, "version_id": version_id}))


def _save_cells(
    connection: dbapi.Connection, iso: str, version_id: int, table: str, frame: pd.DataFrame, task: RunTask
) -> WriteCounts:
    keyed = frame
    if "location" in keyed:
        ids = location_ids(connection, iso, keyed["location"])
        keyed = keyed.assign(location_id=ids).drop(columns="location")
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


_SAME = """
    SELECT version_id FROM (
        SELECT DISTINCT ON (status) version_id, status, fingerprint
        FROM curve_version WHERE curve = :curve AND market_id = :market_id
        ORDER BY status, version_id DESC
    ) latest
    WHERE fingerprint = :fingerprint AND (status = 'official' OR :is_study)
    ORDER BY status LIMIT 1
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
