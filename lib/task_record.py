"""The record of a task of a run, as the manifest keeps it: how it ended, why, and what it left.

A manifest of an older run may lack the keys that have a default here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, PlainSerializer, StringConstraints
from pydantic.dataclasses import dataclass

FileName = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]*$")]
"""The name of a file in the run's own folder: no path leads out of it."""

Moment = Annotated[AwareDatetime, PlainSerializer(lambda moment: moment.isoformat(timespec="milliseconds"))]

Seconds = Annotated[float, AfterValidator(lambda seconds: round(seconds, 2))]


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


class ManifestPart(BaseModel, validate_assignment=True, extra="allow"):
    """A part of the manifest. Keys that this code does not know stay when the file is written again."""


class RowCounts(ManifestPart):
    """Rows that a task's writes compared, added and changed, as the store counted them."""

    read: int | None = 0
    written: int | None
    revised: int | None


class KeptReport(ManifestPart):
    """The run that computed a report which a later run keeps: id, name of the folder, start."""

    run_id: int
    folder: FileName
    started_at: Moment


class TaskRecord(ManifestPart):
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
