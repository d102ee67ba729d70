"""The changes that the tool sees between two snapshots."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd

from lib.store.published import EndedRun
from lib.tool.snapshot import Snapshot, Version, find_newer_run

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def _version(fingerprint: str) -> Version:
    return Version(
        version_id=1, start=date(2025, 1, 1), end=date(2025, 12, 31), holidays="nerc", vlr_version=None,
        series=pd.DataFrame({"series_id": [1]}), fingerprint=fingerprint, run_id=1, created_at=NOON,
        last_write=7,
    )  # fmt: skip


BEFORE = Snapshot(
    EndedRun(1, NOON),
    {("NYISO", "vlr"): _version("a"), ("NYISO", "shaping"): _version("b"), ("PJM", "vlr"): _version("c")},
)


def _after(**changes: object) -> Snapshot:
    """Return the snapshot after a run that changed PJM's VLR."""
    versions = {**BEFORE.versions, ("PJM", "vlr"): replace(BEFORE.versions["PJM", "vlr"], **changes)}
    return Snapshot(EndedRun(2, NOON), versions)


def _changed(now: Snapshot) -> tuple[str, ...]:
    newer = find_newer_run(BEFORE, now)
    assert newer is not None
    return newer.isos


def test_a_run_that_changed_only_raw_hours_names_their_iso() -> None:
    assert _changed(_after(last_write=8)) == ("PJM",)


def test_a_run_that_published_a_new_curve_names_its_iso() -> None:
    assert _changed(_after(fingerprint="d")) == ("PJM",)
    first = {**BEFORE.versions, ("MISO", "vlr"): _version("e")}
    assert _changed(Snapshot(EndedRun(2, NOON), first)) == ("MISO",)


def test_a_run_that_changed_nothing_names_no_iso() -> None:
    assert _changed(_after()) == ()
    assert find_newer_run(BEFORE, Snapshot(BEFORE.run, _after(last_write=8).versions)) is None
