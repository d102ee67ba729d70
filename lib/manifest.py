"""manifest.json: the record of a run, as the runner writes it and the pages of any later run read it.

docs/running.md documents the file. FORMAT is its version. A manifest of an older run may lack the keys that
have a default here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)
from pydantic.dataclasses import dataclass

from lib.atomic_write import write_whole
from lib.source_names import DEMO_SOURCE

FORMAT = 1

FILE_NAME = "manifest.json"

FileName = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]*$")]
"""The name of a file in the run's own folder: no path leads out of it."""

Moment = Annotated[AwareDatetime, PlainSerializer(lambda moment: moment.isoformat(timespec="milliseconds"))]

Seconds = Annotated[float, AfterValidator(lambda seconds: round(seconds, 2))]

Freshness = dict[str, dict[str, str | None]]
"""ISO -> measure -> local start of the last hour that all its series have stored; None where one has none."""

Figures = dict[str, dict[str, float | None]]
"""ISO -> name of a figure -> its value, over all cells of the ISO's curve that have one."""

Coverage = dict[str, dict[str, dict[str, int]]]
"""ISO -> name of a figure -> number of `zones`, `months` and `hours` of its cells, the hours of all zones
added up; `of_months` and `of_hours` count what there would be if none were missing."""


class State(StrEnum):
    """The state of a task or a run; a run is never waiting or skipped."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        """Whether a task in this state has ended."""
        return self not in (State.WAITING, State.RUNNING)


class ErrorKind(StrEnum):
    """What went wrong with a task."""

    CELL = "cell"
    EXIT = "exit"
    TIMEOUT = "timeout"
    KERNEL = "kernel"
    WORKER = "worker"
    RENDER = "render"
    RUN = "run"


@dataclass(frozen=True)
class TaskError:
    """Why a task failed: the kind, the exception's name, one sentence, and the index of the cell to blame."""

    kind: ErrorKind
    name: str
    sentence: str
    cell: int | None = None

    def __str__(self) -> str:
        """Return why the task failed, in a line."""
        return f"{self.name}: {self.sentence}"


class _Model(BaseModel, validate_assignment=True, extra="allow"):
    """A part of the manifest. Keys that this code does not know stay when the file is written again."""


class RowCounts(_Model):
    """Rows that a task's writes compared, added and changed, as the store counted them."""

    read: int | None = 0
    written: int | None
    revised: int | None


class KeptReport(_Model):
    """The run that computed a report which a later run keeps: id, name of the folder, start."""

    run_id: int
    folder: FileName
    started_at: Moment


class TaskRecord(_Model):
    """One task of a run; `warnings` say that it is done, but relies on something old or wrong.

    `depends_on` has a hash of each thing that the report depends on; nothing where one is not certain. `kept`
    is set where they were the same in an earlier run, and its report was kept.
    """

    notebook: str
    iso: str | None
    outcome: State
    reason: str | None
    error: TaskError | None
    started_at: Moment | None = None
    seconds: Seconds | None
    attempts: int = 0
    rows: RowCounts
    ipynb: FileName | None
    html: FileName | None
    files: tuple[FileName, ...] = ()
    warnings: tuple[str, ...] = ()
    kept: KeptReport | None = None
    depends_on: dict[str, str] = {}

    @classmethod
    def waiting(cls, notebook: str, iso: str | None) -> TaskRecord:
        """Return the record of a task that has not started."""
        return cls(
            notebook=notebook,
            iso=iso,
            outcome=State.WAITING,
            reason=None,
            error=None,
            seconds=None,
            rows=RowCounts(written=0, revised=0),
            ipynb=None,
            html=None,
        )


class Totals(_Model):
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


class Days(_Model):
    """The first and last local day of a window, YYYY-MM-DD, both included."""

    start: str
    end: str


class Git(_Model):
    """The revision of the code, and whether files differed from it."""

    revision: str
    is_dirty: bool


class RunFigures(_Model):
    """What a run records of the database once all its tasks have ended."""

    freshness: Freshness = {}
    figures: Figures = {}
    coverage: Coverage = {}


def format_studies(studies: Mapping[str, str]) -> str | None:
    """Return which ISOs' curves are studies and why, in words; None where all are official."""
    by_reason: dict[str, list[str]] = {}
    for iso, reason in studies.items():
        by_reason.setdefault(reason, []).append(iso)
    return "; ".join(f"{', '.join(isos)}: {reason}" for reason, isos in by_reason.items()) or None


class Manifest(_Model):
    """The record of a run.

    `studies` has for each ISO whose curves are not official the reason; `official_by` names who made them
    official by --official, where somebody did.
    """

    format: Annotated[int, Field(ge=1, le=FORMAT)] = FORMAT
    run_id: int
    folder: str
    started_at: Moment
    source: str
    is_demo: bool
    as_of: str
    windows: dict[str, Days]
    bases: dict[str, str] = {}
    left_out: dict[str, str]
    parameters: dict[str, Any]
    studies: dict[str, str] = {}
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
    freshness: Freshness = {}
    figures: Figures = {}
    coverage: Coverage = {}
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
