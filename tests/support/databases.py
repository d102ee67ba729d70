"""Databases of their own for tests, copied from one that is ready."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial

import psycopg2
import psycopg2.errors
import psycopg2.extensions

from lib.store import Database
from lib.store.url import database_name, with_database
from tests.support.waiting import wait_until

ENDS_IDLE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = %s AND state = 'idle' AND state_change < now() - interval '1 second'
"""
"""A connection between two statements is idle too, but not for so long."""

COUNTS_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"


@contextmanager
def copy_of(server: str, template: Database) -> Iterator[Database]:
    """A copy of a database, whose idle connections are ended for it; the copy is dropped afterwards.

    Another test may read the database meanwhile: what is at work is waited for.
    """
    name = f"test_{uuid.uuid4().hex[:12]}" + ("_demo" if template.is_demo else "")
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        wait_until(partial(_create_copy, cursor, name, database_name(template.url)))
        database = Database(with_database(template.url, name), template.is_demo)
        yield database
        database.engine.dispose()
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _create_copy(cursor: psycopg2.extensions.cursor, name: str, former: str) -> bool:
    """End the connections that wait in a pool, and copy the database unless another one is at work in it."""
    cursor.execute(ENDS_IDLE, [former])
    cursor.execute(COUNTS_OTHERS, [former])
    if cursor.fetchone() != (0,):
        return False
    try:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {former} STRATEGY FILE_COPY")
    except psycopg2.errors.ObjectInUse:
        return False
    return True
