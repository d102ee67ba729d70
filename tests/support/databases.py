"""Databases of their own for tests, copied from one that is ready."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2

from lib.store import Database
from lib.store.url import database_name, with_database


@contextmanager
def copy_of(server: str, template: Database) -> Iterator[Database]:
    """A copy of a database, whose idle connections are ended for it; the copy is dropped afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}" + ("_demo" if template.is_demo else "")
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        former = database_name(template.url)
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [former])
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {former} STRATEGY FILE_COPY")
        database = Database(with_database(template.url, name), template.is_demo)
        yield database
        database.engine.dispose()
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
