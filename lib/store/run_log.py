"""The ledger: which runs and tasks there were, how they ended, and what they wrote."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg2
from sqlalchemy import text

from lib.store.database import Database, connect

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


def read_task_counts(db: Database, task: Task) -> WriteCounts:
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


class AlreadyRunning(RuntimeError):
    """Another process holds the lock; the message names it and since when."""


@contextmanager
def try_lock(db: Database, name: str) -> Iterator[None]:
    """Hold the lock of this name in the database, or refuse at once.

    Raises:
        AlreadyRunning: another process has it.
        DatabaseUnreachable: no connection could be made.
    """
    with closing(connect(db.url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (f"epd {name}",))
        if cursor.fetchone() != (True,):
            cursor.execute(_HOLDER)
            holder = cursor.fetchone()
            raise AlreadyRunning(
                f"another {name} holds the lock of {db}: {holder[0] if holder else 'one that just starts'}; "
                "wait for its end, or end it"
            )
        try:
            yield
        finally:
            # The server notices the end of a connection only after a while, and the next run may be faster.
            with suppress(psycopg2.Error):
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (f"epd {name}",))


_HOLDER = """
    SELECT format('pid %s on %s, since %s', pid, host, to_char(started_at, 'YYYY-MM-DD HH24:MI:SS TZ'))
    FROM pipeline_run WHERE finished_at IS NULL ORDER BY run_id DESC LIMIT 1
"""


def send_once(
    db: Database, kind: str, parts: Mapping[str, str], run_id: int, send: Callable[[], None]
) -> bool:
    """Send a mail unless all its parts were sent before, and return whether it was sent now.

    The note is made together with the sending: a failure leaves none, and only a process that dies between
    the two sends once more.

    Args:
        db: where mails are noted.
        kind: what the mail is about.
        parts: what it says: for the key of each part, the SHA-256 of its content.
        run_id: the run that sends.
        send: sends it, or raises.
    """
    with db.engine.begin() as connection:
        n_new = sum(
            connection.execute(
                text("""
                    INSERT INTO mail_log (kind, subject_key, content_sha256, run_id)
                    VALUES (:kind, :key, :sha256, :run_id) ON CONFLICT DO NOTHING
                """),
                {"kind": kind, "key": key, "sha256": sha256, "run_id": run_id},
            ).rowcount
            for key, sha256 in parts.items()
        )
        if n_new == 0:
            return False
        send()
    return True
