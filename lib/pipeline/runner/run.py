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
from lib.pipeline.console import Exit, Interrupted, say
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner import run_folder as folders
from lib.pipeline.runner.after_run import post_run
from lib.pipeline.runner.after_run.digest import Digest, mail_digest
from lib.pipeline.runner.after_run.run_figures import standing
from lib.pipeline.runner.execution.processes import Pool, warm_up
from lib.pipeline.runner.execution.scheduler import execute
from lib.pipeline.runner.execution.worker import Job
from lib.pipeline.runner.model import State
from lib.pipeline.runner.planning.run_spec import Order
from lib.pipeline.runner.progress import progress_for, summary_lines
from lib.pipeline.runner.records.event_log import attempt, journal, nothing
from lib.pipeline.runner.records.manifest import RunFacts
from lib.pipeline.runner.records.recorder import RunRecord
from lib.pipeline.runner.run_folder import git_revision, package_versions
from lib.sources import open_source
from lib.store import Database

LOCK = "run"

EXIT_OF = {State.DONE: Exit.DONE, State.FAILED: Exit.FAILED, State.INTERRUPTED: Exit.INTERRUPTED}


def run(order: Order, database_url: str | None, console: Console) -> Exit:
    """Carry out an order; when it returns, nothing of it runs any more.

    Raises:
        AlreadyRunning: another run holds the lock of the database.
        DatabaseUnreachable, EmbeddedServerError: there is no database to work with.
        ConfigurationError, WrongDatabase, SchemaError: it is not one this run may use.
    """
    warm_up()
    database = store.open_database(order.source_name, database_url)
    with store.try_lock(database, LOCK):
        facts = _facts(order, database)
        with _ended_in_ledger(database, facts.run_id):
            folder = folders.make(order.runs, facts.folder)
            with journal(folder):
                post_run.close_interrupted_runs(database, order.runs)
                record = RunRecord(database, facts, folder, order.plan)
                try:
                    outcome = _carry_out(order, database, facts, folder, record, console)
                    attempt("statistics of the tables", lambda: store.update_statistics(database), nothing)
                    digest = post_run.complete(database, order.runs, folder)
                except (store.DatabaseUnreachable, *store.OPERATIONAL_ERRORS):
                    post_run.complete(database, order.runs, folder)
                    raise
                finally:
                    post_run.update_all_runs(order.runs, order.keep_runs)
    seconds = (datetime.now(UTC) - facts.started_at).total_seconds()
    for line in summary_lines(record.tasks, seconds, str(order.runs / folders.LATEST / "index.html")):
        say(console, line)
    is_told = order.mail_server is None or _mailed(digest, order.mail_server, console)
    return EXIT_OF[outcome] if is_told or outcome is not State.DONE else Exit.NOT_MAILED


def _mailed(digest: Digest | None, server: MailServer, console: Console) -> bool:
    """Mail the digest of a run, and return whether that went well."""
    if digest is None:
        say(console, "the digest was not mailed: it could not be made, and log.jsonl of the run says why")
        return False
    try:
        mail_digest(digest, server)
    except MailError as error:
        say(console, f"the digest was not mailed: {error}")
        return False
    say(console, f"the digest was mailed to {', '.join(server.recipients)}")
    return True


def _carry_out(
    order: Order, database: Database, facts: RunFacts, folder: Path, record: RunRecord, console: Console
) -> State:
    """Run all tasks, write down what happens and how the run ends, and return its outcome."""
    sources = open_source(order.source_spec, is_asked=False).stored_as
    try:
        outcome = _run_tasks(order, _job_maker(order, database, facts, folder), record, console)
        reach = standing(database, facts.run_id, sources, order.windows, record.tasks)
        record.finish(outcome, reach)
    except BaseException as error:
        is_lost = isinstance(error, (store.DatabaseUnreachable, *store.OPERATIONAL_ERRORS))
        record.abandon("the database went away" if is_lost else None)
        raise
    finally:
        folders.point_latest(folder)
    return outcome


def _run_tasks(order: Order, job_of: Callable[[Task], Job], record: RunRecord, console: Console) -> State:
    """Run all tasks, write down and show what happens, and return what it comes to."""
    progress = progress_for(console, order.plan)
    try:
        with progress.live(), Pool() as pool:
            for event in execute(order.plan, job_of, pool, order.jobs):
                record.take(event)
                progress.show(event)
    except Interrupted:
        record.interrupt()
        return State.INTERRUPTED
    has_failed = any(known.state is State.FAILED for known in record.tasks)
    return State.FAILED if has_failed else State.DONE


@contextmanager
def _ended_in_ledger(database: Database, run_id: int) -> Iterator[None]:
    """Enter a run that an error ends as interrupted; without a database the next run will do it."""
    try:
        yield
    except BaseException:
        with suppress(*store.OPERATIONAL_ERRORS):
            store.finish_run(database, run_id, State.INTERRUPTED.value)
        raise


def _facts(order: Order, database: Database) -> RunFacts:
    """Enter the run into the ledger, and gather what is known of it."""
    window_start, window_end = order.window
    git, versions = git_revision(), {**package_versions(), "postgresql": _server_version(database)}
    started_at = datetime.now(UTC)
    run_id = store.start_run(
        database,
        source=order.source_spec,
        as_of=order.as_of,
        window_start=window_start,
        window_end=window_end,
        git_revision=f"{git['revision']}{'-dirty' if git['is_dirty'] else ''}" if git else None,
        parameters=order.extra_parameters,
        versions=versions,
    )
    return RunFacts(
        run_id=run_id,
        folder=folders.name_of(run_id, started_at),
        started_at=started_at,
        source=order.source_spec,
        is_demo=database.is_demo,
        as_of=str(order.as_of),
        windows=order.windows,
        bases=order.bases,
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
        "is_demo": facts.is_demo,
        "git": facts.git,
        "versions": facts.versions,
    }

    def job_of(task: Task) -> Job:
        parameters = order.parameters_of(task, facts.run_id, folder)
        days = {"start": parameters["start"], "end": parameters["end"]}
        return Job(
            task=task,
            notebook=order.notebooks_folder / NOTEBOOKS[task.notebook].file,
            ipynb=folder / f"{task.stem}.ipynb",
            html=folder / f"{task.stem}.html",
            parameters=parameters,
            context={
                **common,
                "notebook": task.notebook,
                "iso": task.iso,
                "window": days if all(days.values()) else None,
                "basis": facts.bases.get(task.iso or ""),
            },
            cell_timeout=order.timeout_of(task),
            environment={store.DATABASE_VARIABLE: database.url},  # the URL may hold a password
        )

    return job_of
