"""The lock of a database: one run at a time, and a run that loses the lock stops.

1. The lock is held by a transaction of a connection of its own: it cannot outlive its session, and a session
   cannot be changed under it. LOCK TABLE needs the rights of a writer, so no reader can hold it.
2. The run looks at it every few seconds (`RunLock.check`), which also keeps the connection from being idle.
3. Whoever takes the lock marks the runs that were open as interrupted. From then on the database refuses
   their writes (sql/029_run_lock.sql), and their end cannot be entered any more (`finish_run`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from time import monotonic

import psycopg2
from psycopg2 import errors
from psycopg2.extensions import connection as Connection

from lib.store.connections import connect, plain_message, wait_at_most
from lib.store.database import Database
from lib.store.poolers import check_is_not_shared

CHECK_EVERY_S = 10
"""How often a run looks at its lock."""

MAX_WAIT_S = 60
"""How long the server may take to answer that."""


class AlreadyRunning(RuntimeError):
    """Another process holds the lock; the message names it and says since when."""


class LockLost(RuntimeError):
    """The run has lost its lock, or another one has marked it as interrupted; it must stop."""


class RunLock:
    """The lock of a database, held by an open transaction."""

    def __init__(self, db: Database, connection: Connection) -> None:
        """Stand for the lock that the connection's transaction holds."""
        self._db, self._connection = db, connection
        self._checked_at = monotonic()

    def check(self) -> None:
        """Look whether the lock is still held, unless that was done a moment ago.

        Raises:
            LockLost: it is not, or the server does not answer.
        """
        if monotonic() - self._checked_at < CHECK_EVERY_S:
            return
        self.check_now()

    def check_now(self) -> None:
        """Look whether the lock is still held.

        Raises:
            LockLost: it is not, or the server does not answer.
        """
        try:
            with wait_at_most(MAX_WAIT_S), self._connection.cursor() as cursor:
                cursor.execute(_IS_HELD)
                (is_held,) = cursor.fetchone()
        except psycopg2.Error as error:
            raise self._lost(plain_message(error)) from None
        if not is_held:
            raise self._lost("another session of the server answers")
        self._checked_at = monotonic()

    def _lost(self, why: str) -> LockLost:
        return LockLost(
            f"the run has lost the lock of {self._db} ({why.rstrip('.')}) and stops, so that no other run "
            "works beside it. Start it again; if this happens often, look for what ends or changes "
            "connections: a firewall, a pooler, a failover, a time-out of the server"
        )


@contextmanager
def hold_run_lock(db: Database) -> Iterator[RunLock]:
    """Hold the database's lock inside the `with` statement; do not wait for it.

    Raises:
        AlreadyRunning: another process holds it.
        DatabaseUnreachable: no connection could be made.
        UnfitConnection: a pooler gives each transaction another session.
    """
    with closing(connect(db.url)) as connection:
        check_is_not_shared(connection, db.url)
        connection.autocommit = False
        with connection.cursor() as cursor:
            if cursor.connection.server_version >= 170000:
                cursor.execute("SET LOCAL transaction_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            try:
                cursor.execute("LOCK TABLE run_lock IN EXCLUSIVE MODE NOWAIT")
            except errors.LockNotAvailable:
                connection.rollback()
                raise AlreadyRunning(_describe_holder(db, connection)) from None
        lock = RunLock(db, connection)
        lock.check_now()
        try:
            yield lock
        finally:
            # The server notices a closed connection only after a while, and the next run may be faster.
            with suppress(psycopg2.Error), wait_at_most(CHECK_EVERY_S):
                connection.rollback()


def _describe_holder(db: Database, connection: Connection) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_HOLDER)
        holder = cursor.fetchone()
    return (
        f"another run holds the lock of {db}: {holder[0] if holder else 'one that just starts'}; wait for "
        "its end, or end it"
    )


_IS_HELD = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE pid = pg_backend_pid() AND relation = 'run_lock'::regclass AND mode = 'ExclusiveLock'
          AND granted
    )
"""

_HOLDER = """
    SELECT format('pid %s on %s, since %s', pid, host, to_char(started_at, 'YYYY-MM-DD HH24:MI:SS TZ'))
    FROM pipeline_run WHERE finished_at IS NULL ORDER BY run_id DESC LIMIT 1
"""
