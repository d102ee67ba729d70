"""Record a run while it goes on: in the run log, the manifest, the index made from it, and the event log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from lib import store
from lib.atomic_write import write_whole
from lib.manifest import FILE_NAME, Manifest, RunFigures, count_totals
from lib.pipeline.notebooks import NOTEBOOKS, TITLES, Task
from lib.pipeline.runner.model import Plan, TaskEvent, TaskStates, initial_states, mark_interrupted
from lib.pipeline.runner.records.event_log import log
from lib.pipeline.runner.run_folder import find_task_files
from lib.pipeline.steps.fetch import find_warning
from lib.present.pages.index import INDEX, render_index
from lib.present.pages.regions import write_report_links
from lib.redact import redact
from lib.store import Database
from lib.task_record import RowCounts, State, TaskRecord


class RunRecorder:
    """Writes what is known of a run as soon as it is known."""

    def __init__(self, database: Database, manifest: Manifest, folder: Path, plan: Plan) -> None:
        """Begin with every task waiting; the tasks of the manifest are those of the plan."""
        self._database, self._manifest, self._folder = database, manifest, folder
        self._states = initial_states(plan)
        self._records = dict(zip(plan.tasks, manifest.tasks, strict=True))
        self._written: dict[str, str] = {}
        self._entered: State | None = None  # the outcome in the run log
        self._write_changes()
        log.info("run_started", extra={"fields": {"run_id": manifest.run_id, "source": manifest.source}})

    @property
    def tasks(self) -> Sequence[TaskRecord]:
        """The record of each task, in the sequence of the plan."""
        return tuple(self._manifest.tasks)

    def record_events(self, events: Sequence[TaskEvent]) -> None:
        """Record tasks that started, ended or were skipped at one time."""
        for event in events:
            self._states = event.states
            if event.state is State.RUNNING:
                self._record_start(event)
            else:
                self._record_end(event)
        self._write_changes()
        for event in events:
            is_kept = event.result is not None and event.result.kept is not None
            name = "task_kept" if is_kept else f"task_{event.state}"
            log.info(name, extra={"fields": self._event_fields(event.task)})

    def record_interruption(self) -> None:
        """Record that the tasks that have not ended never will."""
        before: TaskStates = self._states
        self._states = mark_interrupted(before)
        for task, state in self._states.by_task.items():
            if state is not before.by_task[task]:
                self._records[task].outcome = state
                self._finish_task(task)

    def finish(self, outcome: State, figures: RunFigures) -> None:
        """Record how the run ended: in the run log first, because only the database may be gone.

        Raises:
            LockLost: another run has marked this one as interrupted meanwhile.
        """
        manifest = self._manifest
        entered = store.finish_run(self._database, manifest.run_id, outcome.value)
        if entered != outcome.value:
            raise store.LockLost(
                f"another run has marked this one as {entered} in the run log of {self._database}: its lock "
                "was lost before it ended. Start it again"
            )
        self._entered = outcome
        manifest.freshness, manifest.figures = figures.freshness, figures.figures
        manifest.coverage = figures.coverage
        self._end_run(outcome)
        log.info(f"run_{outcome}", extra={"fields": {"run_id": manifest.run_id}})

    def abandon(self, reason: str | None) -> None:
        """Record, without the database, that the run ended in an error; `reason` is None if it is unknown.

        A run whose end is in the run log has ended like that, whatever happened afterwards.
        """
        if self._entered is not None:
            self._end_run(self._entered)
            return
        self._states = mark_interrupted(self._states)
        for task, record in self._records.items():
            record.outcome = self._states.by_task[task]
        self._manifest.reason = reason
        self._end_run(State.INTERRUPTED)
        log.exception("run_abandoned", extra={"fields": {"run_id": self._manifest.run_id}})

    def _record_start(self, event: TaskEvent) -> None:
        record = self._records[event.task]
        record.outcome, record.started_at = State.RUNNING, datetime.now(UTC)
        record.attempts = event.attempt
        store.start_task(self._database, self._store_task(event.task))

    def _record_end(self, event: TaskEvent) -> None:
        record, result, stem = self._records[event.task], event.result, event.task.stem
        record.outcome = event.state
        record.reason = event.states.reasons.get(event.task)
        record.ipynb = name if (self._folder / (name := f"{stem}.ipynb")).exists() else None
        record.files = find_task_files(self._folder, stem)
        if result:
            record.error, record.seconds = result.error, result.seconds
            record.kept, record.depends_on = result.kept, dict(result.depends_on)
            record.html = f"{stem}.html" if result.has_html else None
        self._finish_task(event.task)

    def _finish_task(self, task: Task) -> None:
        """Record the end of a task in the run log, and take its rows and warnings from there."""
        record = self._records[task]
        why = str(record.error) if record.error else record.reason
        counts = store.finish_task(self._database, self._store_task(task), record.outcome.value, why)
        record.rows = RowCounts(read=counts.read, written=counts.written, revised=counts.revised)
        record.warnings = self._warnings(task)

    def _warnings(self, task: Task) -> tuple[str, ...]:
        """Return what is wrong with the inputs of a task that is done; of a fetch only the worst problem."""
        if self._records[task].outcome is not State.DONE:
            return ()
        columns, of_task = ["number", "kind", "message"], vars(self._store_task(task))
        problems = store.read_relation(self._database, "pipeline_problem", columns, of_task)
        problems = problems.sort_values("number")
        if NOTEBOOKS[task.notebook].writes_series:
            return tuple(filter(None, [find_warning(problems)]))
        return tuple(problems["message"])

    def _store_task(self, task: Task) -> store.RunTask:
        return store.RunTask(self._manifest.run_id, task.notebook, task.iso or "")

    def _end_run(self, outcome: State) -> None:
        self._manifest.end(outcome, datetime.now(UTC))
        self._write_changes()
        write_report_links(self._folder, self._manifest.tasks)

    def _write_changes(self) -> None:
        """Write the manifest and the index, each only if its text has changed.

        Reports link to the index from the first one on, and a killed run leaves both as they are.
        """
        self._manifest.totals = count_totals(self._manifest.tasks)
        texts = {FILE_NAME: self._manifest.to_json(), INDEX: render_index(self._manifest, TITLES)}
        for name, text in texts.items():
            if self._written.get(name) != text:
                write_whole(self._folder / name, redact(text).encode())
                self._written[name] = text

    def _event_fields(self, task: Task) -> dict[str, object]:
        record = self._records[task]
        return {
            "run_id": self._manifest.run_id,
            "notebook": task.notebook,
            "iso": task.iso,
            "attempt": record.attempts,
            "seconds": record.seconds,
            "rows": record.rows.model_dump(),
            "error": vars(record.error) if record.error else None,
            "reason": record.reason,
        }
