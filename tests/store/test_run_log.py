from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import date

import pandas as pd
import psycopg2
import pytest
import sqlalchemy.exc
from adbc_driver_postgresql import dbapi

from lib.store import (
    AlreadyRunning,
    Database,
    RunTask,
    WriteCounts,
    connections,
    finish_run,
    finish_task,
    hold_run_lock,
    read_relation,
    start_run,
    start_task,
    write_series,
)
from lib.store.run_log import read_fetched_until


def _start(database: Database) -> int:
    return start_run(
        database,
        source="files",
        as_of=date(2026, 1, 1),
        window_start=None,
        window_end=None,
        parameters={"source": "files", "start": date(2025, 1, 1)},
        versions={"python": "3.11"},
        git_revision="abc",
    )


def test_a_run_is_entered_and_ended(database: Database) -> None:
    run_id = _start(database)
    (running,) = read_relation(database, "pipeline_run").to_dict("records")
    assert running["run_id"] == run_id
    assert running["outcome"] is None
    assert running["parameters"] == '{"start": "2025-01-01", "source": "files"}'
    finish_run(database, run_id, "done")
    (ended,) = read_relation(database, "pipeline_run").to_dict("records")
    assert ended["outcome"] == "done"
    assert ended["finished_at"] >= ended["started_at"]


def test_a_run_that_died_is_marked_by_the_next_with_its_tasks(database: Database) -> None:
    dead, ended = _start(database), None
    start_task(database, RunTask(dead, "fetch", "PJM"))
    start_task(database, RunTask(dead, "fetch", "MISO"))
    finish_task(database, RunTask(dead, "fetch", "MISO"), "done")
    ended = _start(database)
    finish_run(database, ended, "done")
    current = _start(database)
    outcomes = read_relation(database, "pipeline_run").set_index("run_id")["outcome"].to_dict()
    assert outcomes == {dead: "interrupted", ended: "done", current: None}
    assert read_relation(database, "pipeline_task", where={"run_id": dead}).set_index("iso")[
        "outcome"
    ].to_dict() == {
        "PJM": "interrupted",
        "MISO": "done",
    }


def test_a_run_that_ends_leaves_no_task_open_and_ends_once(database: Database, task: RunTask) -> None:
    start_task(database, task)
    finish_run(database, task.run_id, "failed")
    finish_run(database, task.run_id, "done")
    assert read_relation(database, "pipeline_run")["outcome"].tolist() == ["failed"]
    (row,) = read_relation(database, "pipeline_task").to_dict("records")
    assert row["outcome"] == "interrupted"
    assert row["finished_at"] >= row["started_at"]


def test_a_task_ends_with_its_time_its_error_and_the_counts_of_its_writes(
    database: Database,
    task: RunTask,
    register: Callable[..., pd.DataFrame],
    make_values: Callable[..., pd.DataFrame],
) -> None:
    start_task(database, task)
    (west,) = register("WEST")["series_id"]
    write_series(database, "NYISO", "da_lmp", make_values(west), task)
    assert finish_task(database, task, "failed", "no more files") == WriteCounts(48, 48, 0)
    (row,) = read_relation(database, "pipeline_task", where={"run_id": task.run_id}).to_dict("records")
    assert (row["outcome"], row["error"]) == ("failed", "no more files")
    assert (row["n_read"], row["n_written"], row["n_revised"]) == (48, 48, 0)
    assert 0 < row["seconds"] < 60


def test_a_task_that_is_started_again_begins_anew(database: Database, task: RunTask) -> None:
    start_task(database, task)
    finish_task(database, task, "failed", "a reason")
    start_task(database, task)
    (row,) = read_relation(database, "pipeline_task", where={"run_id": task.run_id}).to_dict("records")
    assert row["outcome"] is None
    assert row["error"] is None


def test_a_task_that_never_began_is_entered_without_a_time(database: Database, task: RunTask) -> None:
    finish_task(database, task, "blocked", "fetch failed")
    (row,) = read_relation(database, "pipeline_task", where={"run_id": task.run_id}).to_dict("records")
    assert row["outcome"] == "blocked"
    assert pd.isna(row["seconds"])


def test_a_lock_is_held_once_and_its_holder_is_named(database: Database) -> None:
    with hold_run_lock(database):
        run_id = _start(database)
        pid = read_relation(database, "pipeline_run")["pid"].item()
        with pytest.raises(
            AlreadyRunning, match=rf"another run .*{database.name}.*pid {pid} on .*, since 20"
        ):
            hold_run_lock(database).__enter__()
        assert finish_run(database, run_id, "done") == "done"
    with hold_run_lock(database):
        pass


def test_a_run_that_was_marked_as_interrupted_writes_no_more(
    database: Database,
    task: RunTask,
    register: Callable[..., pd.DataFrame],
    make_values: Callable[..., pd.DataFrame],
) -> None:
    (west,) = register("WEST")["series_id"]
    _start(database)
    with pytest.raises(dbapi.Error, match="marked as interrupted and may not write"):
        write_series(database, "NYISO", "da_lmp", make_values(west), task)
    assert read_relation(database, "pipeline_write").empty
    assert read_relation(database, "da_lmps").empty


def test_a_lock_ends_with_its_killed_holder(
    database: Database, python: Callable[..., subprocess.Popen[str]]
) -> None:
    code = """
import sys, time
from lib.store import Database, hold_run_lock
with hold_run_lock(Database(sys.argv[1], False)):
    print("locked", flush=True)
    time.sleep(600)
"""
    holder = python(code, database.url)
    assert holder.stdout
    assert holder.stdout.readline() == "locked\n"
    with pytest.raises(AlreadyRunning, match="one that just starts"):
        hold_run_lock(database).__enter__()
    holder.kill()
    holder.wait()
    for _ in range(100):
        try:
            with hold_run_lock(database):
                return
        except AlreadyRunning:
            pass  # the server has not seen the end of its session yet
    pytest.fail("the lock outlived its holder")


def test_how_far_runs_have_followed_counts_what_ended_well_and_looked_far_enough_back(
    database: Database,
) -> None:
    def run(as_of: date, start: date | None, end: date | None, outcome: str, source: str = "public") -> None:
        run_id = start_run(database, source=source, as_of=as_of, window_start=start, window_end=end)
        finish_task(database, RunTask(run_id, "fetch", "PJM"), outcome)

    def followed() -> date | None:
        return read_fetched_until(database, "public", "fetch", "PJM", date(2025, 1, 1))

    assert followed() is None
    run(date(2026, 1, 10), date(2025, 1, 1), None, "failed")
    assert followed() == date(2026, 1, 10), "nothing was known before"
    run(date(2026, 2, 10), None, date(2026, 1, 31), "done")
    assert followed() == date(2026, 2, 1), "it looked no further"
    run(date(2026, 3, 10), date(2025, 6, 1), None, "done")
    run(date(2026, 3, 10), None, None, "failed")
    run(date(2026, 3, 10), None, None, "done", source="replay:public")
    assert followed() == date(2026, 2, 1)
    run(date(2026, 2, 20), date(2024, 1, 1), date(2026, 2, 19), "done")
    assert followed() == date(2026, 2, 20)


def test_a_write_whose_connection_is_reset_is_repeated_and_a_refused_one_is_not(
    database: Database, task: RunTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "RETRY_AFTER_S", (0.0, 0.0))
    attempts: list[str] = []

    def fail(error: Exception, times: int) -> Callable[[], str]:
        def write() -> str:
            attempts.append("")
            if len(attempts) <= times:
                raise error
            return "written"

        attempts.clear()
        return connections.retry_lost(write)

    assert fail(psycopg2.OperationalError("server closed the connection unexpectedly"), 2)() == "written"
    with pytest.raises(psycopg2.OperationalError):
        fail(psycopg2.OperationalError("server closed the connection unexpectedly"), 9)()
    assert len(attempts) == 3
    with database.engine.connect() as connection, pytest.raises(sqlalchemy.exc.OperationalError) as refused:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 1")
        connection.exec_driver_sql("SELECT pg_sleep(1)")
    with pytest.raises(sqlalchemy.exc.OperationalError):
        fail(refused.value, 1)()
    assert len(attempts) == 1
