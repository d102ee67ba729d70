"""Recognise a pooler that changes the server's session between two transactions.

Through such a pooler ("transaction pooling") a lock, a setting or a role of the session is somebody else's at
the next statement. A pooler hides the server's process ids from its clients, which is the first sign. The
proof is a second connection: while it holds the process of a transaction, it must not be that of the first
connection, and the first must still have its own.
"""

from __future__ import annotations

import uuid
from contextlib import ExitStack, closing

import psycopg2
from psycopg2.extensions import connection as Connection

from lib.store.connections import POOLER_ADVICE, UnfitConnection, connect
from lib.store.url import describe

N_PROBES = 3
"""Second connections; a pooler that takes its processes in turn may show an unused one to the first."""

MARK = "epd.connection"
"""A setting of the session that nothing reads but the check."""


def check_keeps_session(connection: Connection, url: str) -> None:
    """Check a connection whose server process is another one than the connection was told.

    Raises:
        UnfitConnection: transactions of one connection come to different sessions of the server.
    """
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        if cursor.fetchone() == (connection.info.backend_pid,):
            return
    check_is_not_shared(connection, url)


def check_is_not_shared(connection: Connection, url: str) -> None:
    """Check with further connections that a session belongs to its connection.

    Raises:
        UnfitConnection: as for `check_keeps_session`.
    """
    connection.autocommit = True
    mark = uuid.uuid4().hex
    try:
        is_shared = _is_shared(connection, url, mark)
    except psycopg2.Error as error:
        raise _unfit(url, f" ({type(error).__name__})") from None
    if is_shared:
        raise _unfit(url)


def _is_shared(connection: Connection, url: str, mark: str) -> bool:
    with ExitStack() as stack:
        # They come first: then what the pooler gives out next, last used or longest unused, is not their own.
        probes = [stack.enter_context(closing(connect(url))) for _ in range(N_PROBES)]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT set_config('{MARK}', %s, false), pg_backend_pid()", (mark,))
            own = cursor.fetchone()
        for probe in probes:
            # Not in autocommit: it stays in its transaction, and so in its process, until the end.
            seen_mark, seen_pid = _look(probe)
            if seen_mark == mark or seen_pid == own[1] or _look(connection) != own:
                return True
    return False


def _look(connection: Connection) -> tuple[str | None, int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT current_setting('{MARK}', true), pg_backend_pid()")
        mark, pid = cursor.fetchone()
        return mark, pid


def _unfit(url: str, why: str = "") -> UnfitConnection:
    return UnfitConnection(
        f"{describe(url)} is behind a pooler that gives each transaction another session of the server{why}: "
        f"the lock of a run would not hold there. {POOLER_ADVICE}"
    )
