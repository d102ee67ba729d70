"""The roles hold: a reader reads, a writer writes rows, and nobody else comes in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg2
import pytest
from psycopg2 import errors

from lib.store import Database, open_database
from lib.store.url import with_database, with_login

REFUSED = (
    errors.InsufficientPrivilege,
    errors.ReadOnlySqlTransaction,
    errors.InvalidAuthorizationSpecification,
)


@pytest.fixture(scope="module")
def made(server: str) -> Iterator[Database]:
    """A database that was made for this, whose rights no copying has changed, and two logins."""
    database = open_database("files", with_database(server, "roles_hold"))
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(
            "CREATE ROLE test_writer LOGIN; GRANT epd_writer TO test_writer; CREATE ROLE passer_by LOGIN"
        )
        yield database
        database.engine.dispose()
        cursor.execute("DROP DATABASE roles_hold WITH (FORCE)")
        cursor.execute("DROP ROLE test_writer; DROP ROLE passer_by")


@pytest.fixture
def execute(made: Database) -> Callable[[str, str], object]:
    """A function that executes a statement as a login, which lifts what it can, and returns a row."""

    def run(login: str, sql: str) -> object:
        with closing(psycopg2.connect(with_login(made.url, login))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SET default_transaction_read_only = off")
                cursor.execute("SET ROLE NONE")
                cursor.execute(sql)
                return cursor.fetchone() if cursor.description else None

    return run


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE mine (n integer)",
        "CREATE TEMPORARY TABLE mine (n integer)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "SELECT lo_create(0)",
        "SELECT lo_creat(-1)",
        "SELECT lo_from_bytea(0, 'x')",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_try_advisory_lock_shared(1, 2)",
        "SELECT pg_advisory_xact_lock(1)",
        "BEGIN; LOCK TABLE run_lock IN EXCLUSIVE MODE",
        "BEGIN; LOCK TABLE run_lock IN ROW EXCLUSIVE MODE",
        "SELECT * FROM run_lock FOR SHARE",
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "SELECT add_market('PJM')",
        "COPY market TO PROGRAM 'cat'",
        "COPY market TO '/tmp/mine'",
        "SET SESSION AUTHORIZATION postgres",
        "SET ROLE epd_writer",
        "VACUUM market",
        "COMMENT ON TABLE market IS 'mine'",
        "ALTER ROLE epd_reader SUPERUSER",
        "CREATE DATABASE mine",
    ],
)
def test_a_reader_only_reads(execute: Callable[[str, str], object], sql: str) -> None:
    if sql.startswith("VACUUM"):  # a warning and nothing else
        assert execute("epd_reader", sql) is None
        return
    with pytest.raises(REFUSED):
        execute("epd_reader", sql)


def test_a_reader_changes_no_table(made: Database, execute: Callable[[str, str], object]) -> None:
    tables = "pg_tables WHERE schemaname = 'public'"
    (names,) = execute("postgres", f"SELECT array_agg(tablename::text) FROM {tables}")  # type: ignore[misc]
    for name in names:
        for sql in (f'DELETE FROM "{name}"', f'TRUNCATE "{name}"', f'INSERT INTO "{name}" DEFAULT VALUES'):
            with pytest.raises(REFUSED):
                execute("epd_reader", sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE database_identity SET is_demo = NOT is_demo",
        "DELETE FROM database_identity",
        "INSERT INTO schema_migration (version, name, checksum) VALUES (999, 'x', 'x')",
        "DELETE FROM schema_migration",
        "DROP TABLE market",
        "TRUNCATE market",
        "ALTER TABLE market ADD COLUMN mine integer",
        "CREATE TABLE mine (n integer)",
        "DROP FUNCTION check_run_is_open CASCADE",
        "ALTER TABLE pipeline_write DISABLE TRIGGER ALL",
        "CREATE DATABASE mine",
        "SET ROLE epd_owner",
    ],
)
def test_a_writer_changes_rows_and_nothing_else(execute: Callable[[str, str], object], sql: str) -> None:
    with pytest.raises(REFUSED):
        execute("test_writer", sql)


def test_a_writer_writes_and_holds_the_lock(execute: Callable[[str, str], object]) -> None:
    execute("test_writer", "BEGIN; LOCK TABLE run_lock IN EXCLUSIVE MODE; ROLLBACK")
    execute("test_writer", "DELETE FROM pipeline_run WHERE run_id = 0")
    execute("test_writer", "CREATE TEMPORARY TABLE staging (n integer)")


@pytest.mark.parametrize(
    ("login", "name"), [("passer_by", None), ("epd_reader", "postgres"), ("test_writer", "template1")]
)
def test_nobody_enters_a_database_that_is_not_theirs(made: Database, login: str, name: str | None) -> None:
    url = with_login(made.url if name is None else with_database(made.url, name), login)
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        psycopg2.connect(url)


def test_the_embedded_server_listens_on_no_network_address(execute: Callable[[str, str], object]) -> None:
    assert execute("postgres", "SHOW listen_addresses") == ("",)


def test_a_reader_s_login_has_limits_of_its_own(made: Database) -> None:
    url = with_login(made.url, "epd_reader")
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')")
        assert cursor.fetchone() == ("on",)
