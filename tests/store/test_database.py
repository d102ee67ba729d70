from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg2
import pytest
from psycopg2.extensions import parse_dsn
from sqlalchemy import text

from lib.store import (
    DATABASE_VARIABLE,
    Database,
    DatabaseUnreachable,
    InvalidDatabaseUrl,
    NotPermitted,
    WrongDatabase,
    describe_target,
    hold_run_lock,
    open_database,
    read_sql,
)
from lib.store.connections import unreachable_error
from lib.store.url import with_database

PASSWORD = "hunter2hunter2"


@pytest.fixture
def drop(server: str) -> Callable[[str], None]:
    """A function that drops a database, if it is there."""

    def drop_database(name: str) -> None:
        with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    return drop_database


def test_a_database_is_made_when_it_is_missing(server: str, drop: Callable[[str], None]) -> None:
    drop("brand new")
    database = open_database("files", with_database(server, "brand new"))
    assert database.name == "brand new"
    assert not database.is_demo
    assert read_sql(database, "SELECT iso FROM market ORDER BY market_id")["iso"].tolist()
    drop("brand new")


def test_a_missing_database_is_noticed_in_every_language(
    server: str, drop: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = psycopg2.connect

    def connect_to_a_german(url: str) -> object:
        try:
            return connect(url)
        except psycopg2.OperationalError:
            raise psycopg2.OperationalError("FATAL: Datenbank existiert nicht") from None

    monkeypatch.setattr(psycopg2, "connect", connect_to_a_german)
    assert open_database("files", with_database(server, "brand new german")).name == "brand new german"
    drop("brand new german")


def test_a_database_that_takes_no_connections_is_unreachable_and_not_made_again(
    server: str, drop: Callable[[str], None]
) -> None:
    url = with_database(server, "closed")
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("CREATE DATABASE closed ALLOW_CONNECTIONS false")
    with pytest.raises(DatabaseUnreachable, match=r"'closed'.*not currently accepting connections"):
        open_database("files", url)
    drop("closed")


def test_the_target_is_told_without_opening_it(
    server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = f"postgresql://somebody:{PASSWORD}@db.example.com:5433/desk"
    assert describe_target("files", url) == "database 'desk' at db.example.com:5433"
    assert describe_target("demo", url) == "database 'desk_demo' at db.example.com:5433"
    monkeypatch.setenv("EPD_PGDATA", str(tmp_path / "none"))
    assert describe_target("demo") == f"database 'epd_demo' of the embedded server in {tmp_path / 'none'}"
    assert not (tmp_path / "none").exists()
    monkeypatch.setenv(DATABASE_VARIABLE, with_database(server, "of the run"))
    assert describe_target("files").startswith("database 'of the run' at ")


def test_a_url_without_a_name_gets_that_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_NAME", "desk")
    assert describe_target("files", "postgresql://db.example.com") == "database 'desk' at db.example.com"


def test_the_demo_has_a_database_of_its_own(server: str, demo_database: Database) -> None:
    base = demo_database.name.removesuffix("_demo")
    assert open_database("demo", with_database(server, base)) == demo_database
    assert open_database("demo", demo_database.url) == demo_database


def test_both_drivers_reach_a_server_by_the_folder_of_its_socket(database: Database) -> None:
    assert "host=" in urlsplit(database.url).query
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT current_database()")).scalar() == database.name
    assert read_sql(database, "SELECT current_database() AS name")["name"].tolist() == [database.name]


def test_both_drivers_take_the_timeouts_and_utc(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_STATEMENT_TIMEOUT_S", "77")
    opened = open_database("files", database.url.partition("&")[0])
    question = "SELECT current_setting('statement_timeout') AS t, current_setting('timezone') AS z"
    with opened.engine.connect() as connection:
        assert tuple(connection.execute(text(question)).one()) == ("77s", "UTC")
    assert read_sql(opened, question).iloc[0].tolist() == ["77s", "UTC"]


def test_simulated_and_real_numbers_never_share_a_database(
    database: Database, demo_database: Database
) -> None:
    with pytest.raises(WrongDatabase, match="holds simulated numbers"):
        open_database("files", demo_database.url)
    with psycopg2.connect(database.url) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE database_identity SET is_demo = true")
    with pytest.raises(WrongDatabase, match="holds simulated numbers"):
        open_database("files", database.url)


def test_the_environment_names_the_database_of_a_run(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPD_DATABASE", database.url)
    assert open_database("files") == database


def test_the_settings_name_the_server(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url)
    assert open_database("files") == database


@pytest.mark.parametrize("host", ["127.0.0.1:1", "no-such-host.invalid"])
def test_an_unreachable_server_is_named_and_the_password_is_not(host: str) -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        open_database("files", f"postgresql://somebody:{PASSWORD}@{host}/epd")
    said = "".join(traceback.format_exception(caught.value))
    assert host.partition(":")[0] in str(caught.value)
    assert "DATABASE_URL" in str(caught.value)
    assert PASSWORD not in said


@pytest.mark.parametrize(
    "use", [lambda db: read_sql(db, "SELECT 1"), lambda db: hold_run_lock(db).__enter__()]
)
def test_a_server_that_went_away_is_named_and_the_password_is_not(use: Callable[[Database], object]) -> None:
    database = Database(f"postgresql://somebody:{PASSWORD}@127.0.0.1:1/epd", is_demo=False)
    with pytest.raises(DatabaseUnreachable) as caught:
        use(database)
    said = str(caught.value)
    assert said.startswith("no connection to database 'epd' at 127.0.0.1:1: ")
    assert "Connection refused. Is the server running on that host" in said
    assert " accepting TCP/IP connections? Check DATABASE_URL, " in said
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_a_reason_that_is_no_question_ends_with_a_stop() -> None:
    error = unreachable_error("postgresql://somebody@db/epd", Exception("IO: [libpq] out of\n\tslots\n"))
    assert str(error).startswith("no connection to database 'epd' at db: out of slots. Check ")


def test_a_database_is_shown_without_its_account() -> None:
    database = Database(f"postgresql://somebody:{PASSWORD}@127.0.0.1:1/epd", is_demo=False)
    for shown in (repr(database), str(database), repr(database.engine), repr(database.engine.url)):
        assert PASSWORD not in shown
        assert "somebody" not in shown


def test_a_wrong_url_is_a_matter_of_configuration() -> None:
    with pytest.raises(InvalidDatabaseUrl):
        open_database("files", "sqlite:///x.db")


def test_a_database_can_be_sent_to_another_process(database: Database) -> None:
    assert pickle.loads(pickle.dumps(database)) == database


def test_a_forked_child_has_connections_of_its_own(database: Database) -> None:
    def backend() -> int:
        with database.engine.connect() as connection:
            return connection.execute(text("SELECT pg_backend_pid()")).scalar_one()

    mine = backend()
    if (child := os.fork()) == 0:
        try:
            os._exit(int(backend() == mine or read_sql(database, "SELECT 1 AS n")["n"].item() != 1))
        finally:
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert backend() == mine, "the child spoilt its parent's connection"


def test_a_socket_folder_alone_in_the_url_is_enough(server: str, database: Database) -> None:
    folder = parse_dsn(server)["host"]
    url = f"postgresql:///{database.name}?host={quote(folder)}&user=postgres"
    opened = open_database("files", url)
    assert len(read_sql(opened, "SELECT 1 AS one")) == 1
    with opened.engine.connect() as connection:
        assert connection.execute(text("SELECT current_database()")).scalar_one() == database.name


def test_an_account_without_the_right_to_make_a_database_is_told_so(server: str, database: Database) -> None:
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("CREATE ROLE guest LOGIN")
        cursor.execute("GRANT CONNECT ON DATABASE postgres TO guest")  # the embedded server is closed
        try:
            url = with_database(server, "never_made").replace("postgres@", "guest@")
            with pytest.raises(
                NotPermitted, match=r"permission denied.*never_made|never_made.*permission denied"
            ):
                open_database("files", url)
        finally:
            cursor.execute("DROP OWNED BY guest; DROP ROLE guest")
