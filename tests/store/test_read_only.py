from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from adbc_driver_postgresql import dbapi
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lib.store import (
    Database,
    DatabaseUnreachable,
    NotPermitted,
    SchemaError,
    WrongDatabase,
    open_database,
    open_reader,
    read_only,
    read_relation,
    read_sql,
)
from lib.store.__main__ import main as run_command
from lib.store.url import database_name, with_database


@pytest.fixture
def execute(server: str) -> Callable[..., None]:
    """A function that executes SQL as the server's owner: execute(url, sql)."""

    def run(url: str, sql: str) -> None:
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(sql)

    return run


@pytest.fixture
def login(server: str, database: Database, execute: Callable[..., None]) -> Iterator[str]:
    """A login of the server without any right."""
    execute(server, "CREATE ROLE stranger LOGIN")
    yield database.url.replace("postgres@", "stranger@")
    execute(database.url, "DROP OWNED BY stranger")
    execute(server, "DROP ROLE stranger")


def test_a_reader_sees_everything_as_the_role_that_may_only_read(database: Database) -> None:
    reader = open_reader("files", database.url)
    assert read_sql(reader, "SELECT current_user AS role")["role"].item() == "epd_reader"
    known = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN :kinds"
    names = read_sql(database, known, {"kinds": ["r", "p", "v"]})["relname"]
    assert len(names) > 50
    for name in names:
        read_relation(reader, name, limit=1)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO pipeline_problem DEFAULT VALUES",
        "UPDATE market SET name = 'x'",
        "DROP TABLE vlr",
        "CREATE TABLE mine (n integer)",
        "SET transaction_read_only = off; UPDATE market SET name = 'x'",
    ],
)
def test_a_reader_cannot_write(database: Database, sql: str) -> None:
    reader = open_reader("files", database.url)
    with (
        pytest.raises(DBAPIError, match=r"permission denied|read-only|must be owner"),
        reader.engine.begin() as connection,
    ):
        connection.execute(text(sql))
    with pytest.raises(dbapi.Error), reader.arrow_connection() as arrow, arrow.cursor() as cursor:
        cursor.execute(sql)
    reader.engine.dispose()


def test_a_reader_makes_no_database_and_says_how_one_is_made(
    server: str, execute: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(DatabaseUnreachable, match=r"not_there.*run_all.py --source files"):
        open_reader("files", with_database(server, "not_there"))
    monkeypatch.setenv("EPD_PGDATA", str(tmp_path / "pg"))
    with pytest.raises(DatabaseUnreachable, match=r"no database.*run_all.py --source demo"):
        open_reader("demo")
    assert not (tmp_path / "pg").exists()


def test_a_database_older_than_the_code_is_refused_and_left_alone(
    database: Database, execute: Callable[..., None]
) -> None:
    newest = "DELETE FROM schema_migration WHERE version = (SELECT max(version) FROM schema_migration)"
    execute(database.url, newest)
    with pytest.raises(SchemaError, match=r"older than this version of the code.*make run"):
        open_reader("files", database.url)
    before = read_relation(database, "schema_migration")
    assert len(before) == before["version"].max()


def test_simulated_and_real_numbers_are_told_apart(database: Database) -> None:
    renamed = Database(database.url, is_demo=True)
    with pytest.raises(DatabaseUnreachable, match=f"{renamed.name}_demo"):
        open_reader("demo", renamed.url)


def test_a_login_without_the_role_is_told_what_to_have_granted(login: str) -> None:
    with pytest.raises(NotPermitted, match="GRANT epd_reader"):
        open_reader("files", login)


def test_a_login_of_its_own_reads_with_its_own_rights(
    login: str, execute: Callable[..., None], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_READER_URL", login)
    execute(database.url, "GRANT USAGE ON SCHEMA public TO stranger")
    execute(database.url, "GRANT SELECT ON schema_migration, database_identity, market TO stranger")
    reader = open_reader("files")
    assert read_sql(reader, "SELECT current_user AS role")["role"].item() == "stranger"
    assert read_sql(reader, "SELECT current_setting('transaction_read_only') AS x")["x"].item() == "on"


def test_a_login_that_may_write_is_no_reader(
    login: str, execute: Callable[..., None], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_READER_URL", login)
    for more in ("INSERT ON market TO stranger", "epd_writer TO stranger WITH INHERIT FALSE"):
        execute(database.url, f"GRANT epd_reader TO stranger; GRANT {more}")
        with pytest.raises(NotPermitted, match=r"DATABASE_READER_URL may change .* CREATE ROLE"):
            open_reader("files")
        execute(database.url, f"REVOKE {more.split(' WITH')[0].replace(' TO ', ' FROM ')}")
    assert open_reader("files").url.startswith("postgresql://stranger@")


def test_an_owner_whose_server_has_no_reader_is_told_how_to_make_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_only, "ROLE", "nobody_here")
    with pytest.raises(NotPermitted, match=r"no login that may read .* CREATE ROLE .*DATABASE_READER_URL"):
        open_reader("files", database.url)


def test_a_reader_stays_one_whatever_it_sets(database: Database) -> None:
    reader = open_reader("files", database.url)
    with reader.engine.connect() as connection:
        connection.execute(text("SET ROLE NONE"))
        assert connection.execute(text("SELECT current_user")).scalar() == "epd_reader"
        connection.rollback()
        for role in ("postgres", "epd_writer", "epd_owner"):
            with pytest.raises(DBAPIError, match="permission denied"):
                connection.execute(text(f"SET ROLE {role}"))
            connection.rollback()
    reader.engine.dispose()


def test_what_python_m_lib_store_hands_on_opens_every_source_for_reading(
    demo_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", demo_database.url.replace("_demo", ""))
    url = read_only.reader_url("demo")
    assert database_name(url) == demo_database.name.removesuffix("_demo")
    monkeypatch.setenv("EPD_DATABASE", url)
    opened = open_database("demo")
    assert opened.name == demo_database.name
    assert read_sql(opened, "SELECT session_user AS who")["who"].item() == "epd_reader"
    opened.engine.dispose()


def test_a_command_that_may_not_read_gets_a_sentence(
    login: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", login)
    monkeypatch.setenv("EPD_SOURCE", "files")
    assert run_command(["--reader", "--", "true"]) == 2
    assert "DATABASE_READER_URL" in capsys.readouterr().err


def test_a_database_of_the_other_kind_is_refused(demo_database: Database) -> None:
    with pytest.raises(WrongDatabase, match="simulated"):
        open_reader("files", demo_database.url)
