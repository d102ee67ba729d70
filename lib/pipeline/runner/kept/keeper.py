"""Decide whether a task has to run, or keeps the report of an earlier run that is the same in everything.

1. Before a task starts: read what it depends on, and the state of the tables that it reads.
2. An earlier run has a task with the same dependencies, the same state of what the notebook reads and writes,
   and a report that is as that run left it: copy the report, and what the run log has of the task.
3. Else the task runs. When it is done, its dependencies go into the manifest, with the state of what it read
   and wrote. If what it read changed while it ran, they do not, and no later run keeps the report.

Whatever cannot be read or is not certain makes the task run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import perf_counter

from lib.manifest import Manifest
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner.kept.dependencies import (
    DataState,
    groups_read,
    hash_code,
    hash_of,
    is_keepable,
    read_dependencies,
    read_environment,
    read_states,
    state_keys,
)
from lib.pipeline.runner.kept.reports import copy_report, hash_report, report_files
from lib.pipeline.runner.model import TaskResult
from lib.pipeline.runner.planning.run_spec import RunSpec
from lib.pipeline.runner.records.event_log import log
from lib.pipeline.runner.records.known_runs import KnownRun, known_runs
from lib.pipeline.runner.run_folder import find_task_files
from lib.present.pages.regions import Region, render_kept, write_regions
from lib.sources import SourceError, parse_source_spec
from lib.store import Database, RunTask
from lib.store.task_log import keep_task, read_known_runs
from lib.task_record import KeptReport, State, TaskRecord

DATA, REPORT = "data", "report"
"""Names of what a task depends on beside those of `lib.pipeline.runner.kept.dependencies`: the stored data it
reads and writes; and its report, which must be as its run left it."""


class ReportKeeper:
    """Keeps reports in one run."""

    def __init__(self, db: Database, spec: RunSpec, manifest: Manifest, folder: Path) -> None:
        """Find the earlier runs whose reports may be kept: those that this database knows and that ended."""
        self._db, self._spec, self._manifest, self._folder = db, spec, manifest, folder
        self._source = parse_source_spec(spec.source_spec)
        self._code, self._environment = hash_code(), read_environment(db)
        self._states: DataState = {}
        self._before: dict[Task, tuple[dict[str, str], DataState]] = {}
        self._earlier = _known_runs_of(db, spec.runs)

    def keep(self, task: Task) -> TaskResult | None:
        """Return how a task ended that keeps the report of an earlier run; None if it has to run."""
        started = perf_counter()
        if not is_keepable(task, self._source):
            return self._keep_done(task)
        try:
            parts = read_dependencies(self._spec, task, self._code, self._environment)
        except (SourceError, OSError) as error:
            self._log(task, f"what it depends on cannot be read: {error}")
            return None
        self._before[task] = parts, self._cached_state(task, groups_read(task))
        found = None if self._spec.is_forced else self._find(task, parts)
        if found is None:
            return None
        run, record = found
        try:
            kept = self._copy(task, run, record)
        except (OSError, UnicodeDecodeError) as error:
            self._log(task, f"the report of run {run.manifest.run_id} cannot be copied: {error}")
            return None
        del self._before[task]
        seconds = perf_counter() - started
        return TaskResult(None, has_html=True, seconds=seconds, kept=kept, depends_on=record.depends_on)

    def _keep_done(self, task: Task) -> TaskResult | None:
        """Keep what a service was asked for in the run that this one resumes: only the rest is left to do."""
        started = perf_counter()
        found = [
            (run, record) for run, record in self._done(task) if run.manifest.run_id == self._spec.resumes
        ]
        if not found:
            return None
        run, record = found[0]
        try:
            kept = self._copy(task, run, record)
        except (OSError, UnicodeDecodeError) as error:
            self._log(task, f"the report of run {run.manifest.run_id} cannot be copied: {error}")
            return None
        return TaskResult(None, has_html=True, seconds=perf_counter() - started, kept=kept)

    def complete(self, task: Task, result: TaskResult) -> TaskResult:
        """Return the result of a task that has run, with what it depends on, where that is certain."""
        # It may have written, whether it is done or failed.
        writes = NOTEBOOKS[task.notebook].writes
        self._states = {key: state for key, state in self._states.items() if key[0] not in writes}
        if result.error or task not in self._before:
            return result
        parts, before = self._before.pop(task)
        after = read_states(self._db, task, (*groups_read(task), *writes), self._as_of(task))
        self._states |= after
        if any(after[key] != state for key, state in before.items()):
            self._log(task, "what it reads changed while it ran: the next run does it again")
            return result
        stem = task.stem
        names = (*find_task_files(self._folder, stem), f"{stem}.ipynb", f"{stem}.html")
        try:
            report = hash_report(self._folder, names)
        except (OSError, UnicodeDecodeError):
            return result
        return replace(result, depends_on={**parts, DATA: _hash_of_state(after), REPORT: report})

    def _find(self, task: Task, parts: Mapping[str, str]) -> tuple[KnownRun, TaskRecord] | None:
        """Return the newest run whose task is the same in everything, with its record; log why none is."""
        reason = ""
        for run, record in self._candidates(task):
            differing = [part for part in parts if record.depends_on.get(part) != parts[part]]
            if not differing and record.depends_on[DATA] != self._data_state(task):
                differing = [DATA]
            if not differing and not _is_untouched(run.folder, record):
                differing = [REPORT]
            if not differing:
                return run, record
            if not reason:
                reason = f"changed since run {run.manifest.run_id}: {', '.join(differing)}"
        if reason:
            self._log(task, reason)
        return None

    def _candidates(self, task: Task) -> Iterator[tuple[KnownRun, TaskRecord]]:
        """Yield the earlier runs in which the task was done with known dependencies, the newest first."""
        yield from (
            (run, record) for run, record in self._done(task) if {DATA, REPORT} <= record.depends_on.keys()
        )

    def _done(self, task: Task) -> Iterator[tuple[KnownRun, TaskRecord]]:
        """Yield the earlier runs in which the task was done, the newest first."""
        for run in self._earlier:
            for record in run.manifest.tasks:
                is_task = (record.notebook, record.iso) == (task.notebook, task.iso)
                if is_task and record.outcome is State.DONE:
                    yield run, record

    def _copy(self, task: Task, run: KnownRun, record: TaskRecord) -> KeptReport:
        """Copy a report and what the run log has of its task, and return which run computed it."""
        copy_report(run.folder, self._folder, report_files(record))
        kept = record.kept or KeptReport(
            run_id=run.manifest.run_id, folder=run.folder.name, started_at=run.manifest.started_at
        )
        write_regions(self._folder / f"{task.stem}.html", {Region.KEPT: render_kept(kept)})
        own = RunTask(self._manifest.run_id, task.notebook, task.iso or "")
        keep_task(self._db, own, run.manifest.run_id, NOTEBOOKS[task.notebook].writes)
        return kept

    def _data_state(self, task: Task) -> str:
        writes = NOTEBOOKS[task.notebook].writes
        return _hash_of_state(self._cached_state(task, (*groups_read(task), *writes)))

    def _cached_state(self, task: Task, groups: Sequence[str]) -> DataState:
        """Return the state of groups of tables; a state is read again only after a task of this run wrote."""
        missing = [group for group in groups if not self._states.keys() >= state_keys(task, [group])]
        self._states |= read_states(self._db, task, missing, self._as_of(task))
        return {key: self._states[key] for key in state_keys(task, groups)}

    def _as_of(self, task: Task) -> date:
        return self._spec.windows[task.iso].as_of if task.iso else self._spec.as_of

    def _log(self, task: Task, reason: str) -> None:
        fields = {"notebook": task.notebook, "iso": task.iso, "reason": reason}
        log.info("report_not_kept", extra={"fields": fields})


def _known_runs_of(db: Database, runs: Path) -> list[KnownRun]:
    """Return the ended runs of a folder that a database knows, the newest first."""
    ended = [run for run in known_runs(runs)[0] if run.manifest.database == str(db) and run.has_ended]
    known = read_known_runs(db, {run.manifest.run_id: run.manifest.started_at for run in ended})
    return [run for run in ended if run.manifest.run_id in known]


def _is_untouched(folder: Path, record: TaskRecord) -> bool:
    """Return whether the report of a task is as its run left it."""
    names = report_files(record)
    try:
        return bool(names) and hash_report(folder, names) == record.depends_on[REPORT]
    except (OSError, UnicodeDecodeError):
        return False


def _hash_of_state(states: DataState) -> str:
    return hash_of(sorted((*key, state) for key, state in states.items()))
