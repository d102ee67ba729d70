"""Locks between processes: held by a database session, so that they end with their process in any case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psycopg2

from lib.store.database import Database, connect


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
