"""The ledger: which runs and tasks there were, how they ended, and what they wrote."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from lib.store.database import Database

INTERRUPTED = "interrupted"
"""Outcome of a run or task that could not say itself how it ended."""


@dataclass(frozen=True)
class Task:
    """Who writes: a notebook of a run, for one ISO ("" for a notebook about all of them)."""

    run_id: int
    notebook: str
    iso: str


@dataclass(frozen=True)
class WriteCounts:
    """What came of a write: rows given, new rows stored, stored rows whose values changed."""

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
) -> int:
    """Enter a run of this process into the ledger and return its id.

    Call it while holding the run's lock (`try_lock`): an unfinished run is then one whose process died; it is
    marked interrupted, and so are its unfinished tasks.
    """
    with db.engine.begin() as connection:
        connection.execute(_MARK_THE_DEAD, {"outcome": INTERRUPTED})
        return connection.execute(
            text("""
                INSERT INTO pipeline_run
                    (source, as_of, window_start, window_end, git_revision, parameters, versions, host, pid)
                VALUES (:source, :as_of, :window_start, :window_end, :git_revision,
                        CAST(:parameters AS jsonb), CAST(:versions AS jsonb), :host, :pid)
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
            },
        ).scalar_one()


_MARK_THE_DEAD = text("""
    WITH dead AS (
        UPDATE pipeline_run SET outcome = :outcome, finished_at = now()
        WHERE finished_at IS NULL RETURNING run_id
    )
    UPDATE pipeline_task SET outcome = :outcome, finished_at = now()
    WHERE finished_at IS NULL AND run_id IN (SELECT run_id FROM dead)
""")


def finish_run(db: Database, run_id: int, outcome: str) -> None:
    """Enter how a run ended; its open tasks are interrupted. A run that has ended already stays as it is."""
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


def start_task(db: Database, task: Task) -> None:
    """Enter the beginning of a task; one that is started again begins anew."""
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


def finish_task(db: Database, task: Task, outcome: str, error: str | None = None) -> WriteCounts:
    """Enter how a task ended, with the counts of its writes, and return these.

    A task that was never started, because one it needs failed, is entered at the moment of this call, and
    took no seconds (NULL).
    """
    counts = task_counts(db, task)
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


def followed_until(db: Database, source: str, notebook: str, iso: str, start: date) -> date | None:
    """Return the day up to which runs have followed an ISO's series of a source; None if there was no run.

    It is the last day on which a task of a window from `start` on ended well (or the day after its window's
    end, if that is earlier). Where there is none it is the day of the first task: nothing was known before.
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


def task_counts(db: Database, task: Task) -> WriteCounts:
    """Return what the task's writes came to, as their own transactions recorded it."""
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
