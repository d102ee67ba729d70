"""The versions of all curves that are published at one moment, and what has changed since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pandas as pd

from lib.hours import HolidayRule
from lib.store import OFFICIAL, Database
from lib.store.published import (
    EndedRun,
    describe_series,
    read_last_ended_run,
    read_last_writes,
    read_latest_studies,
    read_latest_versions,
)


@dataclass(frozen=True)
class Version:
    """A published version of a curve.

    Attributes:
        version_id: its key.
        start, end: its window, both days included.
        holidays: the holiday rule of its blocks.
        vlr_version: the VLR version, perhaps of own load, that a cost curve includes; None for other curves.
        series: series_id, market_id, location, measure, source, basis of the series it was made of.
        fingerprint: hash of its parameters, inputs and cells.
        run_id: the run that made it.
        created_at: when it was made.
        last_write: the last write that changed raw values of its ISO.
        status: official, or study.
    """

    version_id: int
    start: date
    end: date
    holidays: HolidayRule
    vlr_version: int | None
    series: pd.DataFrame
    fingerprint: str
    run_id: int
    created_at: datetime
    last_write: int
    status: str = OFFICIAL

    @property
    def data_fingerprint(self) -> tuple[object, ...]:
        """What determines the curves of free ranges: series, holiday rule, window and last write."""
        return (*self.series["series_id"], self.holidays, self.start, self.end, self.last_write)


@dataclass(frozen=True)
class Snapshot:
    """The run that ended last; the latest official version, and the latest study, of each (ISO, curve)."""

    run: EndedRun
    versions: Mapping[tuple[str, str], Version]
    studies: Mapping[tuple[str, str], Version] = field(default_factory=dict)

    def of_status(self, status: str) -> Mapping[tuple[str, str], Version]:
        """Return the versions of a status, official or study."""
        return self.versions if status == OFFICIAL else self.studies


@dataclass(frozen=True)
class NewerRun:
    """A run that has ended since the tool read its data, and the ISOs whose data it changed.

    `is_same_run` says that no run has ended, and somebody has withdrawn curves of the ISOs.
    """

    run_id: int
    ended_at: datetime | None
    isos: tuple[str, ...]
    is_same_run: bool = False


def read_snapshot(db: Database) -> Snapshot:
    """Read which versions are published now."""
    run, writes = read_last_ended_run(db), read_last_writes(db)
    official, studies = read_latest_versions(db), read_latest_studies(db)
    used = {number for rows in (official, studies) for ids in rows["series_ids"] for number in ids}
    series = describe_series(db, sorted(used))
    return Snapshot(run, *(_versions(rows, series, writes) for rows in (official, studies)))


def _versions(
    rows: pd.DataFrame, series: pd.DataFrame, writes: Mapping[str, int]
) -> dict[tuple[str, str], Version]:
    return {(row.iso, row.curve): _version(row, series, writes) for row in rows.itertuples()}


def find_newer_run(before: Snapshot, now: Snapshot) -> NewerRun | None:
    """Return the run that ended between two snapshots, with the ISOs whose official curves changed.

    A version that is withdrawn changes them too, without a run. None if neither happened.
    """
    changed = {
        iso
        for (iso, curve), version in now.versions.items()
        if (iso, curve) not in before.versions or _content(version) != _content(before.versions[iso, curve])
    }
    withdrawn = {
        iso
        for (iso, curve), version in before.versions.items()
        if (iso, curve) not in now.versions or now.versions[iso, curve].version_id < version.version_id
    }
    is_same_run = now.run == before.run
    if is_same_run and not withdrawn:
        return None
    return NewerRun(now.run.run_id, now.run.ended_at, tuple(sorted(changed | withdrawn)), is_same_run)


def _content(version: Version) -> tuple[str, int]:
    return version.fingerprint, version.last_write


def _version(row: Any, series: pd.DataFrame, writes: Mapping[str, int]) -> Version:
    parameters = json.loads(row.parameters)
    return Version(
        version_id=row.version_id,
        status=row.status,
        start=row.window_start.date(),
        end=row.window_end.date(),
        holidays=parameters.get("holidays", "nerc"),
        vlr_version=parameters.get("vlr_version", parameters.get("own_vlr_version")),
        series=series[series["series_id"].isin(list(row.series_ids))],
        fingerprint=row.fingerprint,
        run_id=row.run_id,
        created_at=row.created_at.to_pydatetime(),
        last_write=writes.get(row.iso, 0),
    )
