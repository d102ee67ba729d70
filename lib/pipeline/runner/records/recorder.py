"""Keeps the records of a run in step: ledger, manifest with the index made of it, and journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lib import store
from lib.pipeline.notebooks import Task
from lib.pipeline.runner import model as rules
from lib.pipeline.runner import run_folder as folders
from lib.pipeline.runner.model import Event, Plan, State
from lib.pipeline.runner.records import manifest
from lib.pipeline.runner.records.event_log import log
from lib.pipeline.runner.records.manifest import Rows, RunFacts, Standing, TaskRecord
from lib.pipeline.steps import fetch
from lib.present.pages.index import write_index
from lib.store import Database


class RunRecord:
    """What is known of a run, written down as it becomes known."""

    def __init__(self, database: Database, facts: RunFacts, folder: Path, plan: Plan) -> None:
        """Begin with every task waiting."""
        self._database, self._facts, self._folder = database, facts, folder
        self._board = rules.new_board(plan)
        self._tasks = {task: TaskRecord(task) for task in plan.tasks}
        self._standing = Standing()
        self._write_down(State.RUNNING)
        log.info("run_started", extra={"facts": {"run_id": facts.run_id, "source": facts.source}})

    @property
    def tasks(self) -> Sequence[TaskRecord]:
        """What is known of each task, in the order of the plan."""
        return tuple(self._tasks.values())

    def take(self, event: Event) -> None:
        """Write down that a task started, ended or was skipped."""
        self._board = event.board
        if event.state is State.RUNNING:
            self._begin(event)
        else:
            self._end(event)
        self._write_down(State.RUNNING)
        log.info(f"task_{event.state}", extra={"facts": self._journal_facts(event.task)})

    def interrupt(self) -> None:
        """Write down that whatever had not ended never will."""
        before, self._board = self._board, rules.interrupt(self._board)
        for task, state in self._board.states.items():
            if state is not before.states[task]:
                self._tasks[task] = replace(self._tasks[task], state=state)
                self._keep_in_ledger(task)

    def finish(self, outcome: State, standing: Standing) -> None:
        """Write down how the run as a whole ended: in the ledger first, for that is what may fail."""
        self._standing = standing
        store.finish_run(self._database, self._facts.run_id, outcome.value)
        self._write_down(outcome)
        log.info(f"run_{outcome}", extra={"facts": {"run_id": self._facts.run_id}})

    def abandon(self, reason: str | None) -> None:
        """Write down what can be without the database that the run ended in an error, and why if known."""
        self._board = rules.interrupt(self._board)
        self._tasks = {
            task: replace(known, state=self._board.states[task]) for task, known in self._tasks.items()
        }
        self._write_down(State.INTERRUPTED, reason)
        log.exception("run_abandoned", extra={"facts": {"run_id": self._facts.run_id}})

    def _begin(self, event: Event) -> None:
        self._tasks[event.task] = replace(
            self._tasks[event.task], state=State.RUNNING, started_at=datetime.now(UTC), attempts=event.attempt
        )
        store.start_task(self._database, self._ledger_task(event.task))

    def _end(self, event: Event) -> None:
        result = event.result
        self._tasks[event.task] = replace(
            self._tasks[event.task],
            state=event.state,
            reason=event.board.reasons.get(event.task),
            error=result.error if result else None,
            seconds=result.seconds if result else None,
            has_ipynb=(self._folder / f"{event.task.stem}.ipynb").exists(),
            has_html=result.has_html if result else False,
            files=folders.files_of(self._folder, event.task.stem),
        )
        self._keep_in_ledger(event.task)

    def _keep_in_ledger(self, task: Task) -> None:
        known = self._tasks[task]
        why = str(known.error) if known.error else known.reason
        counts = store.finish_task(self._database, self._ledger_task(task), known.state.value, why)
        rows = Rows(counts.read, counts.written, counts.revised)
        self._tasks[task] = replace(known, rows=rows, warnings=self._warnings(task))

    def _warnings(self, task: Task) -> tuple[str, ...]:
        """Return what is wrong with what a task that is done stands on; of a fetch only the gravest."""
        if self._tasks[task].state is not State.DONE:
            return ()
        columns, its = ["number", "kind", "message"], vars(self._ledger_task(task))
        problems = store.read_relation(self._database, "pipeline_problem", columns, its).sort_values("number")
        if task.notebook == fetch.NOTEBOOK:
            return tuple(filter(None, [fetch.warning(problems)]))
        return tuple(problems["message"])

    def _ledger_task(self, task: Task) -> store.Task:
        return store.Task(self._facts.run_id, task.notebook, task.iso or "")

    def _write_down(self, outcome: State, reason: str | None = None) -> None:
        finished_at = None if outcome is State.RUNNING else datetime.now(UTC)
        contents = manifest.contents(self._facts, self.tasks, outcome, finished_at, self._standing, reason)
        manifest.write(self._folder, contents)
        write_index(self._folder)  # reports lead to it from the first one on, and after a kill too

    def _journal_facts(self, task: Task) -> dict[str, object]:
        known = self._tasks[task]
        return {
            "run_id": self._facts.run_id,
            "notebook": task.notebook,
            "iso": task.iso,
            "attempt": known.attempts,
            "seconds": known.seconds,
            "rows": vars(known.rows),
            "error": vars(known.error) if known.error else None,
            "reason": known.reason,
        }
