"""Every way to a database tells in its own way that it went away; the exit code is one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import psycopg2
import pytest
from sqlalchemy import text

from lib.pipeline.console import Exit
from lib.pipeline.runner.expected_errors import EXPECTED, exit_code_of, format_error
from lib.store import Database
from lib.store.connections import connect
from lib.store.query import fetch_arrow

End = Callable[[], None]


def _by_engine(database: Database, end: End) -> None:
    with database.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        end()
        connection.execute(text("SELECT 2"))


def _by_arrow(database: Database, end: End) -> None:
    with database.arrow_connection() as connection:
        fetch_arrow(connection, "SELECT 1")
        end()
        fetch_arrow(connection, "SELECT 2")


def _by_itself(database: Database, end: End) -> None:
    with closing(connect(database.url)) as connection, connection.cursor() as cursor:
        end()
        cursor.execute("SELECT 2")


@pytest.mark.parametrize("use", [_by_engine, _by_arrow, _by_itself])
def test_a_database_that_goes_away_is_unreachable_however_it_was_used(
    server: str, database: Database, use: Callable[[Database, End], None]
) -> None:
    def end_connections() -> None:
        with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
            ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            cursor.execute(ends, (database.name,))

    with pytest.raises(EXPECTED) as caught:
        use(database, end_connections)
    assert exit_code_of(caught.value) == Exit.UNREACHABLE
    assert format_error(caught.value).startswith("the database went away: ")
