"""manifest.json: the record of a run for programs. docs/running.md has its shape."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lib.atomic_write import write_whole
from lib.pipeline.notebooks import Task
from lib.pipeline.runner.model import State, TaskError
from lib.pipeline.steps.window import Window

FORMAT = 1
FILE_NAME = "manifest.json"


@dataclass(frozen=True)
class Rows:
    """Rows that a task's writes looked at, added and changed, as the store counted them."""

    read: int = 0
    written: int = 0
    revised: int = 0


@dataclass(frozen=True)
class TaskRecord:
    """What is known of one task; `warnings` say that it is done, but stands on something old or wrong."""

    task: Task
    state: State = State.WAITING
    reason: str | None = None
    error: TaskError | None = None
    started_at: datetime | None = None
    seconds: float | None = None
    attempts: int = 0
    rows: Rows = field(default_factory=Rows)
    has_ipynb: bool = False
    has_html: bool = False
    files: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunFigures:
    """How things stand once all tasks have ended.

    `freshness` has of each ISO and measure the local start of the last hour that all its series have stored,
    None where one of them has none; `figures` of each ISO `vlr_usd_per_mwh` and `cost_to_serve_usd_per_mwh`,
    over all cells of its curves that have a value; `coverage` of each figure the `zones`, `months` and
    `hours` of these cells (the hours of all zones added up), and `of_months` and `of_hours`, how many there
    were if none were missing.
    """

    freshness: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    coverage: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)


@dataclass(frozen=True)
class RunInfo:
    """What is known of a run when it starts, and does not change."""

    run_id: int
    folder: str
    started_at: datetime
    source: str
    is_demo: bool
    as_of: str
    windows: Mapping[str, Window]
    bases: Mapping[str, str]
    left_out: Mapping[str, str]
    parameters: Mapping[str, Any]
    database: str
    jobs: int
    host: str
    pid: int
    git: Mapping[str, Any] | None
    versions: Mapping[str, str]


def build_manifest(
    info: RunInfo,
    tasks: Iterable[TaskRecord],
    outcome: str,
    finished_at: datetime | None,
    figures: RunFigures = RunFigures(),
    reason: str | None = None,
) -> dict[str, Any]:
    """Return the manifest as plain data: lists, dicts, texts and numbers.

    `reason` says what interrupted the run, where that is known.
    """
    records = list(tasks)
    return {
        "format": FORMAT,
        **vars(info),
        "outcome": outcome,
        "reason": reason,
        "started_at": _moment(info.started_at),
        "finished_at": _moment(finished_at),
        "seconds": _rounded((finished_at - info.started_at).total_seconds()) if finished_at else None,
        "windows": {
            iso: {"start": str(window.start), "end": str(window.end)} for iso, window in info.windows.items()
        },
        **vars(figures),
        "totals": _totals(records),
        "tasks": [_task(record) for record in records],
    }


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of a run's folder so that a reader sees the old one or the new one, whole."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False, default=str)
    write_whole(folder / FILE_NAME, f"{text}\n".encode())


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run's folder."""
    manifest: dict[str, Any] = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    return manifest


def mark_manifest_interrupted(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest of a run that died without a word: what had not ended is marked as interrupted."""
    open_states = (State.WAITING, State.RUNNING)
    tasks = [
        {**task, "outcome": State.INTERRUPTED} if task["outcome"] in open_states else task
        for task in manifest["tasks"]
    ]
    outcomes = Counter(task["outcome"] for task in tasks)
    totals = {**manifest["totals"], State.INTERRUPTED: outcomes[State.INTERRUPTED]}
    return {**manifest, "outcome": State.INTERRUPTED, "totals": totals, "tasks": tasks}


def _task(record: TaskRecord) -> dict[str, Any]:
    return {
        "notebook": record.task.notebook,
        "iso": record.task.iso,
        "outcome": record.state,
        "reason": record.reason,
        "error": vars(record.error) if record.error else None,
        "started_at": _moment(record.started_at),
        "seconds": _rounded(record.seconds),
        "attempts": record.attempts,
        "rows": vars(record.rows),
        "ipynb": f"{record.task.stem}.ipynb" if record.has_ipynb else None,
        "html": f"{record.task.stem}.html" if record.has_html else None,
        "files": list(record.files),
        "warnings": list(record.warnings),
    }


def _totals(records: Iterable[TaskRecord]) -> dict[str, int]:
    records = list(records)
    outcomes = Counter(record.state for record in records)
    return {
        **{state.value: outcomes[state] for state in State if state.is_final},
        "rows_read": sum(record.rows.read for record in records),
        "rows_written": sum(record.rows.written for record in records),
        "rows_revised": sum(record.rows.revised for record in records),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds") if moment else None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)
