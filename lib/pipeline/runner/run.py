"""A run from its order to its report."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from lib import store
from lib.mail import MailError, MailServer
from lib.pipeline.console import Exit, Interrupted, print_line
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner.after_run import post_run
from lib.pipeline.runner.after_run.digest import Digest, mail_digest
from lib.pipeline.runner.after_run.run_figures import compute_run_figures
from lib.pipeline.runner.execution.processes import Pool, start_fork_server
from lib.pipeline.runner.execution.scheduler import execute
from lib.pipeline.runner.execution.worker import Job
from lib.pipeline.runner.model import State
from lib.pipeline.runner.planning.run_spec import RunSpec
from lib.pipeline.runner.progress import make_progress, summary_lines
from lib.pipeline.runner.records.event_log import event_log, return_none, run_safely
from lib.pipeline.runner.records.manifest import RunInfo
from lib.pipeline.runner.records.recorder import RunRecorder
from lib.pipeline.runner.run_folder import (
    LATEST,
    make_run_folder,
    read_git_revision,
    read_package_versions,
    run_folder_name,
    switch_latest,
)
from lib.sources import open_source
from lib.store import Database

LOCK = "run"

EXIT_OF = {State.DONE: Exit.DONE, State.FAILED: Exit.FAILED, State.INTERRUPTED: Exit.INTERRUPTED}


def run(spec: RunSpec, database_url: str | None, console: Console) -> Exit:
    """Carry out an order; when it returns, nothing of it runs any more.

    Raises:
        AlreadyRunning: another run holds the lock of the database.
        DatabaseUnreachable, EmbeddedServerError: there is no database to work with.
        ConfigurationError, WrongDatabase, SchemaError: it is not one this run may use.
    """
    start_fork_server()
    database = store.open_database(spec.source_name, database_url)
    with store.try_lock(database, LOCK):
        info = _start_run(spec, database)
        with _interrupted_on_error(database, info.run_id):
            folder = make_run_folder(spec.runs, info.folder)
            with event_log(folder):
                post_run.close_interrupted_runs(database, spec.runs)
                recorder = RunRecorder(database, info, folder, spec.plan)
                try:
                    outcome = _carry_out(spec, database, info, folder, recorder, console)
                    run_safely(
                        "statistics of the tables", lambda: store.update_statistics(database), return_none
                    )
                    digest = post_run.complete_run_folder(database, spec.runs, folder)
                except (store.DatabaseUnreachable, *store.OPERATIONAL_ERRORS):
                    post_run.complete_run_folder(database, spec.runs, folder)
                    raise
                finally:
                    post_run.update_all_runs(spec.runs, spec.keep_runs)
    seconds = (datetime.now(UTC) - info.started_at).total_seconds()
    for line in summary_lines(recorder.tasks, seconds, str(spec.runs / LATEST / "index.html")):
        print_line(console, line)
    is_told = spec.mail_server is None or _mailed(digest, spec.mail_server, console)
    return EXIT_OF[outcome] if is_told or outcome is not State.DONE else Exit.NOT_MAILED


def _mailed(digest: Digest | None, server: MailServer, console: Console) -> bool:
    """Mail the digest of a run, and return whether that went well."""
    if digest is None:
        print_line(
            console, "the digest was not mailed: it could not be made, and log.jsonl of the run says why"
        )
        return False
    try:
        mail_digest(digest, server)
    except MailError as error:
        print_line(console, f"the digest was not mailed: {error}")
        return False
    print_line(console, f"the digest was mailed to {', '.join(server.recipients)}")
    return True


def _carry_out(
    spec: RunSpec, database: Database, info: RunInfo, folder: Path, recorder: RunRecorder, console: Console
) -> State:
    """Run all tasks, write down what happens and how the run ends, and return its outcome."""
    sources = open_source(spec.source_spec, is_asked=False).stored_as
    try:
        outcome = _run_tasks(spec, _job_maker(spec, database, info, folder), recorder, console)
        figures = compute_run_figures(database, info.run_id, sources, spec.windows, recorder.tasks)
        recorder.finish(outcome, figures)
    except BaseException as error:
        is_lost = isinstance(error, (store.DatabaseUnreachable, *store.OPERATIONAL_ERRORS))
        recorder.abandon("the database went away" if is_lost else None)
        raise
    finally:
        switch_latest(folder)
    return outcome


def _run_tasks(
    spec: RunSpec, job_of: Callable[[Task], Job], recorder: RunRecorder, console: Console
) -> State:
    """Run all tasks, write down and show what happens, and return what it comes to."""
    progress = make_progress(console, spec.plan)
    try:
        with progress.live(), Pool() as pool:
            for event in execute(spec.plan, job_of, pool, spec.jobs):
                recorder.record_event(event)
                progress.show(event)
    except Interrupted:
        recorder.mark_interrupted()
        return State.INTERRUPTED
    has_failed = any(known.state is State.FAILED for known in recorder.tasks)
    return State.FAILED if has_failed else State.DONE


@contextmanager
def _interrupted_on_error(database: Database, run_id: int) -> Iterator[None]:
    """Enter a run that an error ends as interrupted; without a database the next run will do it."""
    try:
        yield
    except BaseException:
        with suppress(*store.OPERATIONAL_ERRORS):
            store.finish_run(database, run_id, State.INTERRUPTED.value)
        raise


def _start_run(spec: RunSpec, database: Database) -> RunInfo:
    """Enter the run into the ledger, and gather what is known of it."""
    window_start, window_end = spec.window
    git, versions = read_git_revision(), {**read_package_versions(), "postgresql": _server_version(database)}
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
    )
    return RunInfo(
        run_id=run_id,
        folder=run_folder_name(run_id, started_at),
        started_at=started_at,
        source=spec.source_spec,
        is_demo=database.is_demo,
        as_of=str(spec.as_of),
        windows=spec.windows,
        bases=spec.bases,
        left_out=spec.left_out,
        parameters=spec.extra_parameters,
        database=str(database),
        jobs=spec.jobs,
        host=socket.gethostname(),
        pid=os.getpid(),
        git=git,
        versions=versions,
    )


def _server_version(database: Database) -> str:
    return str(store.read_sql(database, "SELECT current_setting('server_version')").iloc[0, 0])


def _job_maker(spec: RunSpec, database: Database, info: RunInfo, folder: Path) -> Callable[[Task], Job]:
    common: dict[str, Any] = {
        "run_id": info.run_id,
        "started_at": info.started_at.isoformat(),
        "source": info.source,
        "is_demo": info.is_demo,
        "git": info.git,
        "versions": info.versions,
    }

    def job_of(task: Task) -> Job:
        parameters = spec.parameters_of(task, info.run_id, folder)
        days = {"start": parameters["start"], "end": parameters["end"]}
        return Job(
            task=task,
            notebook=spec.notebooks_folder / NOTEBOOKS[task.notebook].file,
            ipynb=folder / f"{task.stem}.ipynb",
            html=folder / f"{task.stem}.html",
            parameters=parameters,
            context={
                **common,
                "notebook": task.notebook,
                "iso": task.iso,
                "window": days if all(days.values()) else None,
                "basis": info.bases.get(task.iso or ""),
            },
            cell_timeout=spec.timeout_of(task),
            environment={store.DATABASE_VARIABLE: database.url},  # the URL may hold a password
        )

    return job_of
