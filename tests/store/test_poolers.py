"""What stands between a run and its server: poolers that change sessions, and networks that go silent."""

from __future__ import annotations

from contextlib import closing

import pytest

from lib.store import (
    Database,
    DatabaseUnreachable,
    LockLost,
    UnfitConnection,
    hold_run_lock,
    open_database,
    open_reader,
    read_sql,
    run_lock,
)
from lib.store.connections import connect
from tests.standins.pooler import serving


@pytest.mark.parametrize("open_as", [open_database, open_reader])
def test_a_pooler_that_drops_settings_is_refused(open_as: object, database: Database) -> None:
    with serving(database.url, drops_options=True) as pooler:
        url = f"{pooler.url(database.url)}?options=-c%20statement_timeout%3D9s"
        for use in (open_as, lambda _, url: connect(url), lambda _, url: _read(url)):
            with pytest.raises(UnfitConnection, match=r"lacks .*time limit.*pool_mode = session"):
                use("files", url)  # type: ignore[operator]


def _read(url: str) -> None:
    read_sql(Database(url, is_demo=False), "SELECT 1")


def test_a_session_that_its_login_gives_a_limit_is_taken(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {database.name} SET statement_timeout = '5min'")
    with serving(database.url, refuses_options=True) as pooler:
        opened = open_database("files", f"{pooler.url(database.url)}?options=")
        limit = read_sql(opened, "SELECT current_setting('statement_timeout') AS t")["t"].item()
        opened.engine.dispose()
    assert limit == "5min"


def test_a_pooler_that_refuses_settings_is_explained(database: Database) -> None:
    with (
        serving(database.url, refuses_options=True) as pooler,
        pytest.raises(DatabaseUnreachable, match=r"unsupported startup parameter.*Poolers.*\?options="),
    ):
        open_database("files", pooler.url(database.url))


@pytest.mark.parametrize("hides_pids", [True, False])
def test_a_pooler_that_changes_sessions_is_refused(database: Database, hides_pids: bool) -> None:
    with serving(database.url, by_transaction=True, hides_pids=hides_pids) as pooler:
        url = pooler.url(database.url)
        with pytest.raises(UnfitConnection, match=r"each transaction another session.*pool_mode = session"):
            hold_run_lock(Database(url + "?options=-c%20statement_timeout%3D9s", False)).__enter__()
        if hides_pids:
            with pytest.raises(UnfitConnection, match="each transaction another session"):
                open_database("files", url)


def test_a_pooler_that_keeps_sessions_holds_the_lock(database: Database) -> None:
    with serving(database.url) as pooler:
        opened = open_database("files", pooler.url(database.url))
        with hold_run_lock(opened) as lock:
            lock.check_now()


def test_a_network_that_goes_silent_loses_the_lock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_lock, "MAX_WAIT_S", 0.1)
    monkeypatch.setattr(run_lock, "CHECK_EVERY_S", 0.1)
    with (
        serving(database.url) as pooler,
        hold_run_lock(open_database("files", pooler.url(database.url))) as lock,
    ):
        pooler.is_frozen = True
        with pytest.raises(LockLost, match="has not answered"):
            lock.check_now()
        pooler.close()


def test_a_lock_whose_session_was_ended_is_lost(database: Database) -> None:
    with hold_run_lock(database) as lock:
        with closing(connect(database.url)) as other, other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'run_lock'::regclass"
            )
        with pytest.raises(LockLost, match=r"lost the lock of .* and stops.*Start it again"):
            lock.check_now()
    with hold_run_lock(database):
        pass
