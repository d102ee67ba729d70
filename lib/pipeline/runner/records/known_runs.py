"""The runs of a folder, read back from their manifests, of whatever age these are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, ValidationError

from lib.pipeline.runner.model import State
from lib.pipeline.runner.records.manifest import FILE_NAME, FORMAT

FileName = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]*$")]
"""The name of a file in the run's own folder: no path leads out of it."""


class _Rows(BaseModel):
    written: int | None
    revised: int | None


class _Error(BaseModel):
    sentence: str


class _Task(BaseModel):
    notebook: str
    iso: str | None
    outcome: State
    reason: str | None
    error: _Error | None
    seconds: float | None
    rows: _Rows
    ipynb: FileName | None
    html: FileName | None
    files: list[FileName] = []
    warnings: list[str] = []


class _Totals(BaseModel):
    rows_read: int | None
    rows_written: int | None
    rows_revised: int | None


class _Window(BaseModel):
    start: str
    end: str


class _Git(BaseModel):
    revision: str
    is_dirty: bool


class _Manifest(BaseModel):
    """What any page reads of a manifest, of this run or another: without it the folder cannot be used.

    Every run has written all of it, but for what has a value here: that came later.
    """

    format: Annotated[int, Field(ge=1, le=FORMAT)]
    run_id: int
    folder: str
    outcome: State
    reason: str | None = None
    started_at: AwareDatetime
    finished_at: AwareDatetime | None
    seconds: float | None
    source: str
    is_demo: bool | None = None
    as_of: str
    windows: dict[str, _Window]
    bases: dict[str, str] = {}
    left_out: dict[str, str]
    parameters: dict[str, Any]
    database: str
    jobs: int
    host: str
    git: _Git | None
    versions: dict[str, str]
    freshness: dict[str, dict[str, str | None]] = {}
    figures: dict[str, dict[str, float | None]] = {}
    coverage: dict[str, dict[str, dict[str, int]]] = {}
    totals: _Totals
    tasks: list[_Task]


@dataclass(frozen=True)
class KnownRun:
    """A run whose manifest could be read: its folder, and the manifest's part that `known_runs` checks."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def group(self) -> tuple[str, str]:
        """What runs must share to be compared and linked with each other: source and database."""
        return self.manifest["source"], self.manifest["database"]

    @property
    def age(self) -> tuple[datetime, int]:
        """What runs are ordered by: their start and, within a moment, their id."""
        return self.manifest["started_at"], self.manifest["run_id"]

    @property
    def has_ended(self) -> bool:
        """Whether the run is over, however it went."""
        return self.manifest["outcome"] != State.RUNNING


def known_runs(runs: Path) -> tuple[list[KnownRun], list[Path]]:
    """Return the runs of a folder, the newest first, and the folders whose manifest cannot be used.

    A folder without a manifest is none of ours, and neither is a link to one.
    """
    known: list[KnownRun] = []
    unreadable: list[Path] = []
    for path in sorted(runs.glob(f"*/{FILE_NAME}"), reverse=True):
        if path.parent.is_symlink():
            continue
        try:
            known.append(KnownRun(path.parent, _read(path)))
        except FileNotFoundError:  # deleted in this moment
            continue
        except (OSError, ValidationError):
            unreadable.append(path.parent)
    return sorted(known, key=lambda run: run.age, reverse=True), unreadable


def earlier_runs(runs: Path, folder: Path) -> list[KnownRun]:
    """Return the ended runs before that of a folder, of its source and database, the newest first."""
    known, _ = known_runs(runs)
    return [
        run
        for this in known
        if this.folder.name == folder.name
        for run in known
        if run.group == this.group and run.age < this.age and run.has_ended
    ]


def _read(path: Path) -> dict[str, Any]:
    """Return what a manifest says.

    Raises:
        ValidationError: it is damaged, or of a format that this code does not know.
    """
    return _Manifest.model_validate_json(path.read_bytes()).model_dump()
