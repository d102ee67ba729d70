"""manifest.json: the record of a run, as the runner writes it and the pages of any later run read it.

docs/running.md documents the file. FORMAT is its version. A manifest of an older run may lack the keys that
have a default here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    Field,
    model_validator,
)

from lib.atomic_write import write_whole
from lib.source_names import DEMO_SOURCE
from lib.task_record import ManifestPart, Moment, Seconds, State, TaskRecord

FORMAT = 1

FILE_NAME = "manifest.json"

Freshness = dict[str, dict[str, str | None]]
"""ISO -> measure -> local start of the last hour that all its series have stored; None where one has none."""

Figures = dict[str, dict[str, float | None]]
"""ISO -> name of a figure -> its value, over all cells of the ISO's curve that have one."""

Coverage = dict[str, dict[str, dict[str, int]]]
"""ISO -> name of a figure -> number of `zones`, `months` and `hours` of its cells, the hours of all zones
added up; `of_months` and `of_hours` count what there would be if none were missing."""


class Totals(ManifestPart):
    """How many tasks ended in each final state, how many done ones kept a report, and the sums of rows."""

    done: int = 0
    kept: int = 0
    failed: int = 0
    skipped: int = 0
    interrupted: int = 0
    rows_read: int | None
    rows_written: int | None
    rows_revised: int | None


def count_totals(tasks: Sequence[TaskRecord]) -> Totals:
    """Return the totals of the tasks of a run."""
    outcomes = Counter(task.outcome for task in tasks)
    return Totals(
        **{state.value: outcomes[state] for state in State if state.is_final},
        kept=sum(task.kept is not None for task in tasks),
        rows_read=sum(task.rows.read or 0 for task in tasks),
        rows_written=sum(task.rows.written or 0 for task in tasks),
        rows_revised=sum(task.rows.revised or 0 for task in tasks),
    )


class Days(ManifestPart):
    """The first and last local day of a window, YYYY-MM-DD, both included."""

    start: str
    end: str


class Git(ManifestPart):
    """The revision of the code, and whether files differed from it."""

    revision: str
    is_dirty: bool


class RunFigures(ManifestPart):
    """What a run records of the database once all its tasks have ended."""

    freshness: Freshness = Field(default_factory=dict)
    figures: Figures = Field(default_factory=dict)
    coverage: Coverage = Field(default_factory=dict)


def format_studies(studies: Mapping[str, str]) -> str | None:
    """Return which ISOs' curves are studies and why, in words; None where all are official."""
    by_reason: dict[str, list[str]] = {}
    for iso, reason in studies.items():
        by_reason.setdefault(reason, []).append(iso)
    return "; ".join(f"{', '.join(isos)}: {reason}" for reason, isos in by_reason.items()) or None


class Manifest(ManifestPart):
    """The record of a run.

    `studies` has for each ISO whose curves are not official the reason; `official_by` names who made them
    official by --official, where somebody did. `options` are those that say what the run computes, and
    `resumes` is the run whose options they are, with --resume.
    """

    format: Annotated[int, Field(ge=1, le=FORMAT)] = FORMAT
    run_id: int
    folder: str
    started_at: Moment
    source: str
    is_demo: bool
    as_of: str
    windows: dict[str, Days]
    bases: dict[str, str] = Field(default_factory=dict)
    left_out: dict[str, str]
    parameters: dict[str, Any]
    options: dict[str, Any] = Field(default_factory=dict)
    resumes: int | None = None
    studies: dict[str, str] = Field(default_factory=dict)
    official_by: str | None = None
    database: str
    jobs: int
    host: str
    pid: int | None = None
    git: Git | None
    versions: dict[str, str]
    outcome: State
    reason: str | None = None
    finished_at: Moment | None
    seconds: Seconds | None
    freshness: Freshness = Field(default_factory=dict)
    figures: Figures = Field(default_factory=dict)
    coverage: Coverage = Field(default_factory=dict)
    totals: Totals
    tasks: list[TaskRecord]

    @model_validator(mode="before")
    @classmethod
    def _fill_is_demo(cls, data: Any) -> Any:
        """Derive `is_demo` from the source in a manifest of a run that did not record it."""
        if isinstance(data, dict) and data.get("is_demo") is None:
            return {**data, "is_demo": data.get("source") == DEMO_SOURCE}
        return data

    @property
    def study(self) -> str | None:
        """Which of the run's curves are studies, and why; None where all are official."""
        return format_studies(self.studies)

    @property
    def has_ended(self) -> bool:
        """Whether the run is over, whatever its outcome."""
        return self.outcome is not State.RUNNING

    def end(self, outcome: State, finished_at: datetime) -> None:
        """Record how and when the run ended."""
        self.outcome, self.finished_at = outcome, finished_at
        self.seconds = (finished_at - self.started_at).total_seconds()

    def mark_interrupted(self) -> None:
        """Mark a run that died, and all its tasks that had not ended, as interrupted."""
        for task in self.tasks:
            if not task.outcome.is_final:
                task.outcome = State.INTERRUPTED
        self.outcome = State.INTERRUPTED
        self.totals.interrupted = sum(task.outcome is State.INTERRUPTED for task in self.tasks)

    def to_json(self) -> str:
        """Return the text of manifest.json."""
        return f"{json.dumps(self.model_dump(), indent=2, ensure_ascii=False, default=str)}\n"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into a run's folder so that a reader sees the old one or the new one, whole."""
    write_whole(folder / FILE_NAME, manifest.to_json().encode())


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a run's folder.

    Raises:
        OSError: there is none, or it cannot be read.
        ValidationError: it is damaged, or of a format that this code does not know.
    """
    return Manifest.model_validate_json((folder / FILE_NAME).read_bytes())
