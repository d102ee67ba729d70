"""Carry out a run, from its specification to its reports and its exit code."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from lib import store
from lib.mail import MailError, MailServer
from lib.manifest import Days, Git, Manifest, count_totals
from lib.pipeline.console import Exit, Interrupted, print_line
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner.after_run import post_run
from lib.pipeline.runner.after_run.digest import Digest, mail_digest
from lib.pipeline.runner.after_run.run_figures import compute_run_figures
from lib.pipeline.runner.execution.processes import Pool, start_fork_server
from lib.pipeline.runner.execution.scheduler import execute_plan
from lib.pipeline.runner.execution.worker import Job
from lib.pipeline.runner.kept.keeper import ReportKeeper
from lib.pipeline.runner.planning.run_spec import RunSpec, describe_status
from lib.pipeline.runner.planning.status import find_steps_back
from lib.pipeline.runner.progress import make_progress, summary_lines
from lib.pipeline.runner.records.event_log import event_log, return_none, run_safely
from lib.pipeline.runner.records.known_runs import known_runs
from lib.pipeline.runner.records.recorder import RunRecorder
from lib.pipeline.runner.run_folder import (
    LATEST,
    errors_of_the_disk,
    make_run_folder,
    read_git_revision,
    read_package_versions,
    run_folder_name,
    switch_latest,
)
from lib.present.pages.index import INDEX
from lib.present.pages.report import ReportContext
from lib.sources import open_source
from lib.store import Database
from lib.task_record import State, TaskRecord

EXIT_OF = {State.DONE: Exit.DONE, State.FAILED: Exit.FAILED, State.INTERRUPTED: Exit.INTERRUPTED}

LOST_DATABASE = (store.DatabaseUnreachable, store.LockLost, *store.OPERATIONAL_ERRORS)
"""What ends a run that has begun: its database or its lock is gone."""


def run(spec: RunSpec, database_url: str | None, console: Console) -> Exit:
    """Carry out a run; when this returns, no process of it is left.

    Raises:
        AlreadyRunning: another run holds the lock of the database.
        DatabaseUnreachable, EmbeddedServerError: there is no database to work with.
        ConfigurationError, WrongDatabase, SchemaError, NotPermitted: it is not one this run may use.
        RunsNotWritable: the disk of the run's folder is full or read-only.
    """
    if not _may_be_nothing_new(spec):
        start_fork_server()
    database = store.open_database(spec.source_name, database_url)
    store.check_takes_writes(database)
    with store.hold_run_lock(database) as lock:
        spec = _without_steps_back(spec, database)
        for line in describe_status(spec):
            print_line(console, line)
        manifest = _start_run(spec, database)
        with errors_of_the_disk(spec.runs, manifest.run_id), _interrupted_on_error(database, manifest.run_id):
            folder = make_run_folder(spec.runs, manifest.folder)
            with event_log(folder):
                post_run.close_interrupted_runs(database, spec.runs)
                recorder = RunRecorder(database, manifest, folder, spec.plan)
                try:
                    outcome = _carry_out(spec, database, manifest, folder, recorder, console, lock)
                    run_safely(
                        "statistics of the tables", lambda: store.update_statistics(database), return_none
                    )
                    digest = post_run.complete_run_folder(database, spec.runs, folder)
                except LOST_DATABASE:
                    post_run.complete_run_folder(database, spec.runs, folder)
                    raise
                finally:
                    post_run.update_all_runs(spec.runs, spec.keep_runs)
    seconds = (datetime.now(UTC) - manifest.started_at).total_seconds()
    for line in summary_lines(recorder.tasks, seconds, str(spec.runs / LATEST / INDEX)):
        print_line(console, line)
    is_mailed = spec.mail_server is None or _mail(digest, spec.mail_server, console)
    return EXIT_OF[outcome] if is_mailed or outcome is not State.DONE else Exit.NOT_MAILED


def _may_be_nothing_new(spec: RunSpec) -> bool:
    """Return whether the last run was on the same source and day: then perhaps no task needs a process.

    If one does, the server of the processes starts with it, two seconds later than it could.
    """
    last = next(iter(known_runs(spec.runs)[0]), None)
    if spec.is_forced or last is None:
        return False
    return (last.manifest.source, last.manifest.as_of) == (spec.source_spec, str(spec.as_of))


def _without_steps_back(spec: RunSpec, database: Database) -> RunSpec:
    """Return the specification with studies in place of curves that would step back behind official ones."""
    if spec.is_official or not any(NOTEBOOKS[task.notebook].curve for task in spec.plan.tasks):
        return spec
    return replace(spec, studies={**find_steps_back(database, spec.windows), **spec.studies})


def _mail(digest: Digest | None, server: MailServer, console: Console) -> bool:
    """Mail the digest of a run, and return whether the server took it."""
    if digest is None:
        message = "the digest was not mailed: it could not be made, and log.jsonl of the run says why"
        print_line(console, message)
        return False
    try:
        mail_digest(digest, server)
    except MailError as error:
        print_line(console, f"the digest was not mailed: {error}")
        return False
    print_line(console, f"the digest was mailed to {', '.join(server.recipients)}")
    return True


def _carry_out(
    spec: RunSpec,
    database: Database,
    manifest: Manifest,
    folder: Path,
    recorder: RunRecorder,
    console: Console,
    lock: store.RunLock,
) -> State:
    """Run all tasks, record what happens and how the run ends, and return its outcome."""
    sources = open_source(spec.source_spec, is_to_fetch=False).stored_as
    try:
        keeper = ReportKeeper(database, spec, manifest, folder)
        make_job = _job_maker(spec, database, manifest, folder)
        outcome = _run_tasks(spec, make_job, keeper, recorder, console, lock)
        figures = compute_run_figures(database, manifest.run_id, sources, spec.windows, recorder.tasks)
        recorder.finish(outcome, figures)
    except BaseException as error:
        recorder.abandon(_reason(error))
        raise
    finally:
        switch_latest(folder)
    return outcome


def _reason(error: BaseException) -> str | None:
    """Return why a run ended in an error, as its manifest says it; None if that is not known."""
    if isinstance(error, store.LockLost):
        return "the run's lock was lost"
    return "the database went away" if isinstance(error, LOST_DATABASE) else None


def _run_tasks(
    spec: RunSpec,
    make_job: Callable[[Task], Job],
    keeper: ReportKeeper,
    recorder: RunRecorder,
    console: Console,
    lock: store.RunLock,
) -> State:
    """Run all tasks while the lock holds, record and show what happens, and return the run's outcome."""
    progress = make_progress(console, spec.plan)
    try:
        with progress.live(), Pool(lock.check) as pool:
            for events in execute_plan(spec.plan, make_job, pool, spec.jobs, keeper):
                recorder.record_events(events)
                for event in events:
                    progress.show(event)
    except Interrupted:
        recorder.record_interruption()
        return State.INTERRUPTED
    has_failed = any(task.outcome is State.FAILED for task in recorder.tasks)
    return State.FAILED if has_failed else State.DONE


@contextmanager
def _interrupted_on_error(database: Database, run_id: int) -> Iterator[None]:
    """Mark a run that ends in an error as interrupted; without a database the next run does that."""
    try:
        yield
    except BaseException:
        with suppress(*store.OPERATIONAL_ERRORS):
            store.finish_run(database, run_id, State.INTERRUPTED.value)
        raise


def _start_run(spec: RunSpec, database: Database) -> Manifest:
    """Enter the run into the run log, and return its manifest with every task waiting."""
    window_start, window_end = spec.window
    git, versions = read_git_revision(), {**read_package_versions(), "postgresql": _server_version(database)}
    tasks = [TaskRecord.waiting(task.notebook, task.iso) for task in spec.plan.tasks]
    started_at = datetime.now(UTC)
    run_id = store.start_run(
        database,
        source=spec.source_spec,
        as_of=spec.as_of,
        window_start=window_start,
        window_end=window_end,
        git_revision=f"{git['revision']}{'-dirty' if git['is_dirty'] else ''}" if git else None,
        parameters=spec.extra_parameters,
        versions=versions,
        is_official=spec.is_official,
    )
    return Manifest(
        run_id=run_id,
        folder=run_folder_name(run_id, started_at),
        started_at=started_at,
        source=spec.source_spec,
        is_demo=database.is_demo,
        as_of=str(spec.as_of),
        windows={iso: Days(start=str(w.start), end=str(w.end)) for iso, w in spec.windows.items()},
        bases=dict(spec.bases),
        left_out=dict(spec.left_out),
        parameters=spec.extra_parameters,
        options=dict(spec.options),
        resumes=spec.resumes,
        studies=dict(spec.studies),
        official_by=f"{store.user_name()} on {socket.gethostname()}" if spec.is_official else None,
        database=str(database),
        jobs=spec.jobs,
        host=socket.gethostname(),
        pid=os.getpid(),
        git=Git(**git) if git else None,
        versions=versions,
        outcome=State.RUNNING,
        finished_at=None,
        seconds=None,
        totals=count_totals(tasks),
        tasks=tasks,
    )


def _server_version(database: Database) -> str:
    return str(store.read_sql(database, "SELECT current_setting('server_version')").iloc[0, 0])


def _job_maker(spec: RunSpec, database: Database, manifest: Manifest, folder: Path) -> Callable[[Task], Job]:
    """Return the function that makes the job of a task."""

    def make_job(task: Task) -> Job:
        parameters = spec.parameters_of(task, manifest.run_id, folder)
        start, end = parameters["start"], parameters["end"]
        return Job(
            task=task,
            notebook=spec.notebooks_folder / NOTEBOOKS[task.notebook].file,
            ipynb=folder / f"{task.stem}.ipynb",
            html=folder / f"{task.stem}.html",
            parameters=parameters,
            report_context=ReportContext(
                run_id=manifest.run_id,
                started_at=manifest.started_at,
                source=manifest.source,
                is_demo=manifest.is_demo,
                git=manifest.git,
                versions=manifest.versions,
                notebook=task.notebook,
                iso=task.iso,
                window=Days(start=start, end=end) if start and end else None,
                basis=manifest.bases.get(task.iso or ""),
                study=parameters.get("study"),
            ),
            cell_timeout=spec.timeout_of(task),
            environment={**os.environ, store.DATABASE_VARIABLE: database.url},  # the URL may hold a password
        )

    return make_job
