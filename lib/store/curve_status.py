"""The status of curve versions: official, which the desk prices with, or study; and how it is withdrawn.

Nothing is deleted. A withdrawn version is a study from then on, views show the official one before it, and
`curve_withdrawal` has who, when and why. What was made of it is withdrawn with it.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adbc_driver_postgresql import dbapi

from lib.markets import market
from lib.store.bulk import lock_until_commit
from lib.store.database import Database
from lib.store.query import fetch_arrow, with_literals
from lib.store.run_log import user_name

OFFICIAL, STUDY = "official", "study"

OF_OWN_LOAD = ("own_vlr", "own_cost_curve")
"""The curves of the desk's own load, which no view shows."""

VERSIONS_OF_RUN = """
    SELECT DISTINCT ON (market_id, curve) curve_version.*
    FROM curve_version
    LEFT JOIN pipeline_curve used
        ON used.version_id = curve_version.version_id AND used.run_id = :run_id
    WHERE used.run_id IS NOT NULL OR status = 'official'
    ORDER BY market_id, curve, used.run_id IS NULL, curve_version.version_id DESC
"""
"""The versions that a run works with, one for each curve and ISO: its own, else the latest official one."""


class NotOfficial(RuntimeError):
    """A version cannot be official, or cannot be withdrawn; the message says why, and the way out."""


@dataclass(frozen=True)
class Withdrawn:
    """A withdrawn version, and the version that views show in its place (None if there is none)."""

    version_id: int
    curve: str
    iso: str
    shown_instead: int | None

    def __str__(self) -> str:
        """Return what happened in a sentence."""
        view = f"{self.iso.lower()}_{self.curve}"
        if self.curve in OF_OWN_LOAD:
            now = "no view had it"
        elif self.shown_instead is None:
            now = f"{view} is empty, because no other version is official"
        else:
            now = f"{view} shows version {self.shown_instead}"
        return f"version {self.version_id}, {self.curve} of {self.iso}, is withdrawn: {now}"


def lock_of(iso: str) -> str:
    """Return the name of the lock that guards all curves of an ISO."""
    return f"curves of {iso}"


def check_may_be_official(
    connection: dbapi.Connection,
    curve: str,
    iso: str,
    fingerprint: str,
    parameters: Mapping[str, Any],
    run_id: int,
) -> None:
    """Refuse to make a curve official that was withdrawn, or that is made of a study.

    The caller holds `lock_of` the ISO. A run with --official publishes a withdrawn curve again.

    Raises:
        NotOfficial: see above.
    """
    parts = [value for name, value in parameters.items() if name.endswith("_version")]
    studies = fetch_arrow(connection, _STUDIES, {"parts": parts}).to_pylist()
    if studies:
        part = studies[0]
        raise NotOfficial(
            f"the {curve} of {iso} is made of version {part['version_id']} ({part['curve']}), which is a "
            "study or was withdrawn meanwhile: run all notebooks again"
        )
    key = {"curve": curve, "market_id": market(iso).market_id, "fingerprint": fingerprint, "run_id": run_id}
    withdrawn = fetch_arrow(connection, _WITHDRAWN_BEFORE, key).to_pylist()
    if withdrawn:
        before = withdrawn[0]
        raise NotOfficial(
            f"the {curve} of {iso} would be version {before['version_id']} again, which "
            f"{before['user_name']} on {before['host']} withdrew at "
            f"{before['withdrawn_at']:%Y-%m-%d %H:%M} UTC: {before['reason']}. Correct what it is made of, "
            "or publish it again with --official"
        )


def withdraw_version(db: Database, version_id: int, reason: str) -> list[Withdrawn]:
    """Withdraw the official status of a version, and of the official cost curves that are made of it.

    Returns:
        what was withdrawn, the version itself first.

    Raises:
        NotOfficial: there is no such version, it is a study, or it was withdrawn before.
    """
    with db.arrow_connection() as connection:
        version = _read_version(connection, version_id)
        lock_until_commit(connection, lock_of(version["iso"]))
        version = _read_version(connection, version_id)  # it may have changed while another held the lock
        _check_is_official(version)
        made_of_it = fetch_arrow(connection, _MADE_OF, {"version": json.dumps(version_id)}).to_pylist()
        why = f"made of version {version_id}, which was withdrawn: {reason}"
        rows = [(version, reason), *((cost_curve, why) for cost_curve in made_of_it)]
        who = {"user_name": user_name(), "host": socket.gethostname()}
        for row, text in rows:
            with connection.cursor() as cursor:
                given = {"version_id": row["version_id"], "reason": text, **who}
                cursor.execute(with_literals(_BECOME_STUDY, given))
                cursor.execute(with_literals(_ENTER_WITHDRAWAL, given))
        return [
            Withdrawn(row["version_id"], row["curve"], row["iso"], _shown_instead(connection, row))
            for row, _ in rows
        ]


def _read_version(connection: dbapi.Connection, version_id: int) -> dict[str, Any]:
    found: list[dict[str, Any]] = fetch_arrow(connection, _VERSION, {"version_id": version_id}).to_pylist()
    if not found:
        raise NotOfficial(f"there is no version {version_id}: the table curve_version has all there are")
    return found[0]


def _check_is_official(version: Mapping[str, Any]) -> None:
    if version["withdrawn_at"] is not None:
        raise NotOfficial(
            f"version {version['version_id']} is withdrawn already: {version['user_name']} on "
            f"{version['host']}, {version['withdrawn_at']:%Y-%m-%d %H:%M} UTC, {version['reason']}"
        )
    if version["status"] != OFFICIAL:
        raise NotOfficial(
            f"version {version['version_id']}, {version['curve']} of {version['iso']}, is a study, which no "
            "view shows: there is nothing to withdraw"
        )


def _shown_instead(connection: dbapi.Connection, row: Mapping[str, Any]) -> int | None:
    found = fetch_arrow(
        connection, _OFFICIAL, {"curve": row["curve"], "market_id": row["market_id"]}
    ).to_pylist()
    return found[0]["version_id"] if found else None


_VERSION = """
    SELECT version_id, curve, iso, market_id, status, reason, user_name, host, withdrawn_at
    FROM curve_version JOIN market USING (market_id) LEFT JOIN curve_withdrawal USING (version_id)
    WHERE version_id = :version_id
"""

_STUDIES = """
    SELECT version_id, curve FROM curve_version WHERE version_id IN :parts AND status = 'study'
    ORDER BY version_id
"""

_WITHDRAWN_BEFORE = """
    SELECT version_id, reason, user_name, host, withdrawn_at
    FROM curve_withdrawal JOIN curve_version gone USING (version_id)
    WHERE curve = :curve AND market_id = :market_id AND fingerprint = :fingerprint
      AND NOT EXISTS (SELECT FROM pipeline_run WHERE run_id = :run_id AND is_official)
      AND NOT EXISTS (SELECT FROM curve_version later WHERE later.version_id > gone.version_id
                      AND later.curve = :curve AND later.market_id = :market_id
                      AND later.fingerprint = :fingerprint AND later.status = 'official')
    ORDER BY version_id DESC LIMIT 1
"""

_MADE_OF = """
    SELECT version_id, curve, iso, market_id FROM curve_version JOIN market USING (market_id)
    WHERE status = 'official' AND curve IN ('cost_curve', 'own_cost_curve')
      AND :version::jsonb IN (parameters -> 'vlr_version', parameters -> 'shaping_version',
                              parameters -> 'own_vlr_version')
    ORDER BY version_id DESC
"""

_BECOME_STUDY = "UPDATE curve_version SET status = 'study' WHERE version_id = :version_id"

_ENTER_WITHDRAWAL = """
    INSERT INTO curve_withdrawal (version_id, reason, user_name, host)
    VALUES (:version_id, :reason, :user_name, :host)
"""

_OFFICIAL = """
    SELECT max(version_id) AS version_id FROM curve_version
    WHERE curve = :curve AND market_id = :market_id AND status = 'official'
    HAVING count(*) > 0
"""
