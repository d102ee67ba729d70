"""A run from its order to its report."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from lib import store
from lib.pipeline.command.console import say
from lib.pipeline.command.exits import Exit
from lib.pipeline.command.progress import progress_for, summary_lines
from lib.pipeline.execution.execute import execute
from lib.pipeline.execution.interrupt import Interrupted
from lib.pipeline.execution.pool import Pool
from lib.pipeline.execution.preload import warm_up
from lib.pipeline.execution.worker import Job
from lib.pipeline.planning.board import State
from lib.pipeline.planning.order import Order
from lib.pipeline.planning.plan import NOTEBOOKS, Task
from lib.pipeline.records import folder as folders
from lib.pipeline.records import manifest
from lib.pipeline.records.journal import journal
from lib.pipeline.records.manifest import RunFacts
from lib.pipeline.records.record import RunRecord
from lib.pipeline.records.versions import git_revision, package_versions
from lib.present.index import write_index
from lib.store import Database

LOCK = "run"

DATABASE_VARIABLE = "EPD_DATABASE"
"""Environment variable by which the kernels learn of the database; its URL may hold a password."""

EXIT_OF = {State.DONE: Exit.DONE, State.FAILED: Exit.FAILED, State.INTERRUPTED: Exit.INTERRUPTED}


def run(order: Order, database_url: str | None, console: Console) -> Exit:
    """Carry out an order; when it returns, nothing of it runs any more.

    Raises:
        AlreadyRunning: another run holds the lock of the database.
        DatabaseUnreachable, EmbeddedServerError: there is no database to work with.
        ConfigurationError, WrongDatabase, SchemaError: it is not one this run may use.
    """
    warm_up()
    database = store.open_database(order.source.name, database_url)
    with store.try_lock(database, LOCK):
        facts = _facts(order, database)
        folder = folders.make(order.runs, facts.folder)
        _bury_the_dead(order.runs, facts.database)
        with journal(folder):
            record = RunRecord(database, facts, folder, order.plan)
            try:
                outcome = _carry_out(order, database, facts, folder, record, console)
                record.finish(outcome.value)
            finally:
                write_index(folder)
                folders.point_latest(folder)
    seconds = (datetime.now(UTC) - facts.started_at).total_seconds()
    for line in summary_lines(record.tasks, seconds, str(order.runs / folders.LATEST / "index.html")):
        say(console, line)
    return EXIT_OF[outcome]


def _carry_out(
    order: Order, database: Database, facts: RunFacts, folder: Path, record: RunRecord, console: Console
) -> State:
    """Run all tasks, write down what happens, and return the outcome of the run."""
    progress = progress_for(console, order.plan)
    job_of = _job_maker(order, database, facts, folder)
    try:
        with progress.live(), Pool() as pool:
            for event in execute(order.plan, job_of, pool, order.jobs):
                record.take(event)
                progress.show(event)
    except Interrupted:
        record.interrupt()
        return State.INTERRUPTED
    except BaseException:
        record.abandon()
        raise
    has_failed = any(known.state is State.FAILED for known in record.tasks)
    return State.FAILED if has_failed else State.DONE


def _facts(order: Order, database: Database) -> RunFacts:
    """Enter the run into the ledger, and gather what is known of it."""
    all_windows = order.windows.values()
    git, versions = git_revision(), {**package_versions(), "postgresql": _server_version(database)}
    started_at = datetime.now(UTC)
    run_id = store.start_run(
        database,
        source=order.source_spec,
        as_of=order.as_of,
        window_start=min(window.start for window in all_windows),
        window_end=max(window.end for window in all_windows),
        git_revision=f"{git['revision']}{'-dirty' if git['is_dirty'] else ''}" if git else None,
        parameters=order.extra_parameters,
        versions=versions,
    )
    return RunFacts(
        run_id=run_id,
        folder=folders.name_of(run_id, started_at),
        started_at=started_at,
        source=order.source_spec,
        as_of=str(order.as_of),
        windows=order.windows,
        left_out=order.left_out,
        parameters=order.extra_parameters,
        database=str(database),
        jobs=order.jobs,
        host=socket.gethostname(),
        pid=os.getpid(),
        git=git,
        versions=versions,
    )


def _server_version(database: Database) -> str:
    return str(store.read_sql(database, "SELECT current_setting('server_version')").iloc[0, 0])


def _job_maker(order: Order, database: Database, facts: RunFacts, folder: Path) -> Callable[[Task], Job]:
    common: dict[str, Any] = {
        "run_id": facts.run_id,
        "started_at": facts.started_at.isoformat(),
        "source": facts.source,
        "git": facts.git,
        "versions": facts.versions,
    }

    def job_of(task: Task) -> Job:
        parameters = order.parameters_of(task, facts.run_id)
        window = {"start": parameters["start"], "end": parameters["end"]}
        return Job(
            task=task,
            notebook=order.notebooks_folder / NOTEBOOKS[task.notebook].file,
            ipynb=folder / f"{task.stem}.ipynb",
            html=folder / f"{task.stem}.html",
            parameters=parameters,
            context={**common, "notebook": task.notebook, "iso": task.iso, "window": window},
            cell_timeout=order.timeout,
            environment={DATABASE_VARIABLE: database.url},
        )

    return job_of


def _bury_the_dead(runs: Path, database: str) -> None:
    """Say of runs that were killed on this database, whose lock is ours now, that they are no more."""
    for folder in manifest.left_running(runs, database):
        manifest.write(folder, manifest.as_interrupted(manifest.read(folder)))
        write_index(folder)
