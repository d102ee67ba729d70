"""Keeps the records of a run in step: ledger, manifest with the index made of it, and journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lib import store
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner.model import Plan, State, TaskEvent, initial_states, mark_interrupted
from lib.pipeline.runner.records.event_log import log
from lib.pipeline.runner.records.manifest import (
    Rows,
    RunFigures,
    RunInfo,
    TaskRecord,
    build_manifest,
    write_manifest,
)
from lib.pipeline.runner.run_folder import find_task_files
from lib.pipeline.steps.fetch import find_warning
from lib.present.pages.index import write_index
from lib.store import Database


class RunRecorder:
    """What is known of a run, written down as it becomes known."""

    def __init__(self, database: Database, info: RunInfo, folder: Path, plan: Plan) -> None:
        """Begin with every task waiting."""
        self._database, self._info, self._folder = database, info, folder
        self._states = initial_states(plan)
        self._tasks = {task: TaskRecord(task) for task in plan.tasks}
        self._figures = RunFigures()
        self._write(State.RUNNING)
        log.info("run_started", extra={"facts": {"run_id": info.run_id, "source": info.source}})

    @property
    def tasks(self) -> Sequence[TaskRecord]:
        """What is known of each task, in the order of the plan."""
        return tuple(self._tasks.values())

    def record_event(self, event: TaskEvent) -> None:
        """Write down that a task started, ended or was skipped."""
        self._states = event.states
        if event.state is State.RUNNING:
            self._begin(event)
        else:
            self._end(event)
        self._write(State.RUNNING)
        log.info(f"task_{event.state}", extra={"facts": self._event_fields(event.task)})

    def mark_interrupted(self) -> None:
        """Write down that whatever had not ended never will."""
        before, self._states = self._states, mark_interrupted(self._states)
        for task, state in self._states.by_task.items():
            if state is not before.by_task[task]:
                self._tasks[task] = replace(self._tasks[task], state=state)
                self._finish_in_run_log(task)

    def finish(self, outcome: State, figures: RunFigures) -> None:
        """Write down how the run as a whole ended: in the ledger first, for that is what may fail."""
        self._figures = figures
        store.finish_run(self._database, self._info.run_id, outcome.value)
        self._write(outcome)
        log.info(f"run_{outcome}", extra={"facts": {"run_id": self._info.run_id}})

    def abandon(self, reason: str | None) -> None:
        """Write down what can be without the database that the run ended in an error, and why if known."""
        self._states = mark_interrupted(self._states)
        self._tasks = {
            task: replace(known, state=self._states.by_task[task]) for task, known in self._tasks.items()
        }
        self._write(State.INTERRUPTED, reason)
        log.exception("run_abandoned", extra={"facts": {"run_id": self._info.run_id}})

    def _begin(self, event: TaskEvent) -> None:
        self._tasks[event.task] = replace(
            self._tasks[event.task], state=State.RUNNING, started_at=datetime.now(UTC), attempts=event.attempt
        )
        store.start_task(self._database, self._store_task(event.task))

    def _end(self, event: TaskEvent) -> None:
        result = event.result
        self._tasks[event.task] = replace(
            self._tasks[event.task],
            state=event.state,
            reason=event.states.reasons.get(event.task),
            error=result.error if result else None,
            seconds=result.seconds if result else None,
            has_ipynb=(self._folder / f"{event.task.stem}.ipynb").exists(),
            has_html=result.has_html if result else False,
            files=find_task_files(self._folder, event.task.stem),
        )
        self._finish_in_run_log(event.task)

    def _finish_in_run_log(self, task: Task) -> None:
        known = self._tasks[task]
        why = str(known.error) if known.error else known.reason
        counts = store.finish_task(self._database, self._store_task(task), known.state.value, why)
        rows = Rows(counts.read, counts.written, counts.revised)
        self._tasks[task] = replace(known, rows=rows, warnings=self._warnings(task))

    def _warnings(self, task: Task) -> tuple[str, ...]:
        """Return what is wrong with what a task that is done stands on; of a fetch only the gravest."""
        if self._tasks[task].state is not State.DONE:
            return ()
        columns, its = ["number", "kind", "message"], vars(self._store_task(task))
        problems = store.read_relation(self._database, "pipeline_problem", columns, its).sort_values("number")
        if NOTEBOOKS[task.notebook].writes_series:
            return tuple(filter(None, [find_warning(problems)]))
        return tuple(problems["message"])

    def _store_task(self, task: Task) -> store.Task:
        return store.Task(self._info.run_id, task.notebook, task.iso or "")

    def _write(self, outcome: State, reason: str | None = None) -> None:
        finished_at = None if outcome is State.RUNNING else datetime.now(UTC)
        contents = build_manifest(self._info, self.tasks, outcome, finished_at, self._figures, reason)
        write_manifest(self._folder, contents)
        write_index(self._folder)  # reports lead to it from the first one on, and after a kill too

    def _event_fields(self, task: Task) -> dict[str, object]:
        known = self._tasks[task]
        return {
            "run_id": self._info.run_id,
            "notebook": task.notebook,
            "iso": task.iso,
            "attempt": known.attempts,
            "seconds": known.seconds,
            "rows": vars(known.rows),
            "error": vars(known.error) if known.error else None,
            "reason": known.reason,
        }
