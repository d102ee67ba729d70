"""The run log, the tables pipeline_*: which runs and tasks there were, how they ended and what they wrote."""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from lib.store.connections import retry_lost
from lib.store.database import Database

INTERRUPTED = "interrupted"
"""Outcome of a run or task whose process died before it could record how it ended."""


@dataclass(frozen=True)
class RunTask:
    """Who writes: a notebook of a run, for one ISO ("" for a notebook about all of them)."""

    run_id: int
    notebook: str
    iso: str


@dataclass(frozen=True)
class WriteCounts:
    """The counts of a write: rows given, new rows stored, stored rows whose values changed."""

    read: int = 0
    written: int = 0
    revised: int = 0

    def __add__(self, other: WriteCounts) -> WriteCounts:
        """Return the counts of two writes together."""
        return WriteCounts(self.read + other.read, self.written + other.written, self.revised + other.revised)


def start_run(
    db: Database,
    *,
    source: str,
    as_of: date,
    window_start: date | None,
    window_end: date | None,
    git_revision: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    versions: Mapping[str, str] | None = None,
    is_official: bool = False,
) -> int:
    """Enter a run of this process, and of the person who started it, into the run log and return its id.

    Call it while you hold the run's lock (`hold_run_lock`). Then every unfinished run is one whose process
    died: this call marks it and its unfinished tasks as interrupted. `is_official` says that the person makes
    the run's curves official (--official).
    """
    with db.engine.begin() as connection:
        connection.execute(_MARK_INTERRUPTED, {"outcome": INTERRUPTED})
        return connection.execute(
            text("""
                INSERT INTO pipeline_run
                    (source, as_of, window_start, window_end, git_revision, parameters, versions, host, pid,
                     user_name, is_official)
                VALUES (:source, :as_of, :window_start, :window_end, :git_revision,
                        CAST(:parameters AS jsonb), CAST(:versions AS jsonb), :host, :pid,
                        :user_name, :is_official)
                RETURNING run_id
            """),
            {
                "source": source,
                "as_of": as_of,
                "window_start": window_start,
                "window_end": window_end,
                "git_revision": git_revision,
                "parameters": json.dumps(dict(parameters or {}), default=str),
                "versions": json.dumps(dict(versions or {})),
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "user_name": user_name(),
                "is_official": is_official,
            },
        ).scalar_one()


def user_name() -> str:
    """Return the name of the person who runs this process, or the number of an account without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


_MARK_INTERRUPTED = text("""
    WITH dead AS (
        UPDATE pipeline_run SET outcome = :outcome, finished_at = now()
        WHERE finished_at IS NULL RETURNING run_id
    )
    UPDATE pipeline_task SET outcome = :outcome, finished_at = now()
    WHERE finished_at IS NULL AND run_id IN (SELECT run_id FROM dead)
""")


@retry_lost
def finish_run(db: Database, run_id: int, outcome: str) -> str:
    """Enter how a run ended, mark its open tasks as interrupted, and return the outcome in the run log.

    A run that has ended stays as it is: another run may have marked it as interrupted.
    """
    with db.engine.begin() as connection:
        connection.execute(
            text("""
                UPDATE pipeline_run SET outcome = :outcome, finished_at = now()
                WHERE run_id = :run_id AND finished_at IS NULL
            """),
            {"outcome": outcome, "run_id": run_id},
        )
        connection.execute(
            text("""
                UPDATE pipeline_task SET outcome = :outcome, finished_at = now()
                WHERE run_id = :run_id AND finished_at IS NULL
            """),
            {"outcome": INTERRUPTED, "run_id": run_id},
        )
        entered = text("SELECT outcome FROM pipeline_run WHERE run_id = :run_id")
        return str(connection.execute(entered, {"run_id": run_id}).scalar_one())


def read_is_official(db: Database, run_id: int) -> bool:
    """Return whether the person who started a run made its curves official by --official."""
    with db.engine.connect() as connection:
        sql = text("SELECT is_official FROM pipeline_run WHERE run_id = :run_id")
        return bool(connection.execute(sql, {"run_id": run_id}).scalar())


@retry_lost
def start_task(db: Database, task: RunTask) -> None:
    """Enter the start of a task; a second start replaces the first."""
    with db.engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO pipeline_task (run_id, notebook, iso) VALUES (:run_id, :notebook, :iso)
                ON CONFLICT (run_id, notebook, iso) DO UPDATE
                SET started_at = clock_timestamp(), outcome = NULL, finished_at = NULL, seconds = NULL,
                    error = NULL
            """),
            vars(task),
        )


@retry_lost
def finish_task(db: Database, task: RunTask, outcome: str, error: str | None = None) -> WriteCounts:
    """Enter how a task ended with the counts of its writes, and return the counts.

    A task may end without a start, because a task that it needs failed: its start is then the time of this
    call, and its seconds are NULL.
    """
    counts = read_task_counts(db, task)
    with db.engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO pipeline_task AS known
                    (run_id, notebook, iso, outcome, finished_at, error, n_read, n_written, n_revised)
                VALUES (:run_id, :notebook, :iso, :outcome, clock_timestamp(), :error,
                        :read, :written, :revised)
                ON CONFLICT (run_id, notebook, iso) DO UPDATE
                SET outcome = excluded.outcome, finished_at = excluded.finished_at, error = excluded.error,
                    seconds = extract(epoch FROM excluded.finished_at - known.started_at),
                    n_read = excluded.n_read, n_written = excluded.n_written, n_revised = excluded.n_revised
            """),
            {**vars(task), **vars(counts), "outcome": outcome, "error": error},
        )
    return counts


def read_fetched_until(db: Database, source: str, notebook: str, iso: str, start: date) -> date | None:
    """Return the day up to which runs have fetched an ISO's series from a source; None if no run has.

    That is the latest as-of day of a task that ended well and whose window reaches back to `start`, or the
    day after the end of its window if that is earlier. Without such a task it is the as-of day of the first
    task: nothing was fetched before it.
    """
    with db.engine.connect() as connection:
        return connection.execute(
            text("""
                SELECT greatest(
                    min(as_of),
                    max(least(as_of, window_end + 1)) FILTER (
                        WHERE pipeline_task.outcome = 'done'
                          AND (window_start IS NULL OR window_start <= :start)
                    )
                )
                FROM pipeline_task JOIN pipeline_run USING (run_id)
                WHERE source = :source AND notebook = :notebook AND iso = :iso
            """),
            {"source": source, "notebook": notebook, "iso": iso, "start": start},
        ).scalar_one()


def has_fetched_before(db: Database, source: str, task: RunTask, start: date) -> bool:
    """Return whether an earlier run has fetched an ISO's series of a window back to `start` from a source."""
    with db.engine.connect() as connection:
        return bool(
            connection.execute(
                text("""
                    SELECT EXISTS (
                        SELECT FROM pipeline_task JOIN pipeline_run USING (run_id)
                        WHERE source = :source AND notebook = :notebook AND iso = :iso AND run_id < :run_id
                          AND (window_start IS NULL OR window_start <= :start)
                          AND pipeline_task.outcome IN ('done', 'failed')
                    )
                """),
                {"source": source, "start": start, **vars(task)},
            ).scalar_one()
        )


def read_task_counts(db: Database, task: RunTask) -> WriteCounts:
    """Return the sum of the counts that the task's writes recorded in their own transactions."""
    with db.engine.connect() as connection:
        row = connection.execute(
            text("""
                SELECT coalesce(sum(n_read), 0)::bigint, coalesce(sum(n_written), 0)::bigint,
                       coalesce(sum(n_revised), 0)::bigint
                FROM pipeline_write WHERE run_id = :run_id AND notebook = :notebook AND iso = :iso
            """),
            vars(task),
        ).one()
    return WriteCounts(*row)
