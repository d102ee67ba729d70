"""Which versions of curves there are, what each was made of, and the reference data it was computed with.

A version keeps its window, its parameters and the ids of its series. What these series and the settlements
were when it was published, `lib.store.past_values` reads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from adbc_driver_postgresql import dbapi

from lib.markets import read_curve_reference
from lib.store.curve_status import OF_OWN_LOAD
from lib.store.database import Database
from lib.store.query import fetch_arrow, read_sql, with_literals

CURVES = ("vlr", "shaping", "cost_curve", *OF_OWN_LOAD)
"""The curves that have versions."""


class UnknownVersion(LookupError):
    """No version has the number; the message says how to find those that there are."""


@dataclass(frozen=True)
class PublishedAt:
    """The moment at which a version was published: the run that made it, and the time.

    Runs on one database follow each other, so all that runs up to this one wrote was there, and nothing that
    later runs wrote. Only what somebody deletes by hand belongs to no run: then the time decides.
    """

    run_id: int
    at: pd.Timestamp


@dataclass(frozen=True)
class StoredVersion:
    """A version of a curve as `curve_version` has it, with the run that made it.

    `reference` is the reference data that it was computed with, name of the file -> its text; empty for a
    version of before it was kept. `withdrawn` says who withdrew it, when and why; None if nobody did.
    """

    version_id: int
    curve: str
    iso: str
    status: str
    study_reason: str | None
    start: date
    end: date
    parameters: Mapping[str, Any]
    series_ids: tuple[int, ...]
    fingerprint: str
    inputs_sha256: str | None
    reference: Mapping[str, str]
    moment: PublishedAt
    as_of: date
    source: str
    git_revision: str | None
    user_name: str | None
    withdrawn: str | None
    earlier_id: int | None

    def __str__(self) -> str:
        """Return the version as a sentence names it."""
        return f"version {self.version_id}, the {self.status} {self.curve} curve of {self.iso}"

    @property
    def is_kept_whole(self) -> bool:
        """Whether everything it was computed from was kept, so that it can be reproduced bit for bit."""
        return bool(self.reference)


def list_versions(
    db: Database,
    isos: Collection[str] = (),
    curves: Collection[str] = (),
    status: str | None = None,
    last: int | None = None,
) -> pd.DataFrame:
    """Return the versions of curves, the latest first.

    Args:
        db: the database.
        isos: only these; empty for all.
        curves: only these (CURVES); empty for all.
        status: "official" or "study"; None for both.
        last: at most so many; None for all.

    Returns:
        version_id, curve, iso, status, created_at (UTC), window_start, window_end, run_id, user_name, about
        (why it is a study, or was withdrawn), is_latest (whether it is the latest official one of its curve
        and ISO).
    """
    conditions = {
        "iso IN :isos": isos,
        "curve IN :curves": curves,
        "status = :status": status,
    }
    chosen = " AND ".join(condition for condition, value in conditions.items() if value) or "true"
    limit = "" if last is None else "LIMIT :last"
    params = {"isos": list(isos), "curves": list(curves), "status": status, "last": last}
    return read_sql(
        db, f"SELECT * FROM ({_LIST}) listed WHERE {chosen} ORDER BY version_id DESC {limit}", params
    )


def read_version(db: Database, version_id: int) -> StoredVersion:
    """Return a version of a curve.

    Raises:
        UnknownVersion: there is none with this number.
    """
    with db.arrow_connection() as connection:
        found = fetch_arrow(connection, _VERSION, {"version_id": version_id}).to_pylist()
        if not found:
            raise UnknownVersion(f"{db} has no version {version_id} of a curve: `epd curve list` lists them")
        row = found[0]
        sha256 = row.pop("reference_sha256")
        reference = {} if sha256 is None else _read_kept_reference(connection, sha256)
    moment = PublishedAt(row.pop("run_id"), pd.Timestamp(row.pop("created_at")).tz_convert("UTC"))
    row["parameters"] = json.loads(row["parameters"])
    row["series_ids"] = tuple(row["series_ids"])
    return StoredVersion(**row, reference=reference, moment=moment)


def keep_curve_reference(connection: dbapi.Connection) -> str:
    """Keep the reference data that curves depend on as it is now, and return its SHA-256."""
    files = json.dumps(read_curve_reference(), sort_keys=True)
    sha256 = hashlib.sha256(files.encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(with_literals(_KEEP, {"sha256": sha256, "files": files}))
    return sha256


def _read_kept_reference(connection: dbapi.Connection, sha256: str) -> dict[str, str]:
    kept = fetch_arrow(connection, _KEPT, {"sha256": sha256})
    files: dict[str, str] = json.loads(kept["files"][0].as_py())
    return files


_KEEP = "INSERT INTO reference_state (sha256, files) VALUES (:sha256, :files) ON CONFLICT DO NOTHING"

_KEPT = "SELECT files::text AS files FROM reference_state WHERE sha256 = :sha256"

_LIST = """
    SELECT version_id, curve, iso, status, created_at, curve_version.window_start, curve_version.window_end,
           run_id, pipeline_run.user_name,
           coalesce('withdrawn: ' || curve_withdrawal.reason, study_reason) AS about,
           status = 'official' AND version_id = max(version_id) FILTER (WHERE status = 'official')
               OVER (PARTITION BY market_id, curve) AS is_latest
    FROM curve_version JOIN market USING (market_id) JOIN pipeline_run USING (run_id)
    LEFT JOIN curve_withdrawal USING (version_id)
"""

_VERSION = """
    SELECT version_id, curve, iso, status, study_reason, curve_version.window_start AS start,
           curve_version.window_end AS end, curve_version.parameters::text AS parameters, series_ids,
           fingerprint, inputs_sha256, reference_sha256, run_id, created_at, as_of, source, git_revision,
           pipeline_run.user_name,
           CASE WHEN reason IS NOT NULL THEN
               format('by %s on %s at %s UTC: %s', curve_withdrawal.user_name, curve_withdrawal.host,
                      to_char(withdrawn_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), reason)
           END AS withdrawn,
           (SELECT max(version_id) FROM curve_version earlier
            WHERE earlier.curve = curve_version.curve AND earlier.market_id = curve_version.market_id
              AND earlier.status = 'official' AND earlier.version_id < curve_version.version_id) AS earlier_id
    FROM curve_version JOIN market USING (market_id) JOIN pipeline_run USING (run_id)
    LEFT JOIN curve_withdrawal USING (version_id)
    WHERE version_id = :version_id
"""
