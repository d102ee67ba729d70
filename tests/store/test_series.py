from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.hours import UTC_HOUR
from lib.store import (
    Database,
    InvalidValues,
    RunTask,
    UnknownSeries,
    WriteCounts,
    count_hours,
    finish_task,
    read_last_hours,
    read_relation,
    read_revisions,
    read_series,
    read_sql,
    read_task_counts,
    start_run,
    start_task,
    write_series,
)

Register = Callable[..., pd.DataFrame]
MakeValues = Callable[..., pd.DataFrame]
START, END = pd.Timestamp("2024-01-01", tz="UTC"), pd.Timestamp("2026-01-01", tz="UTC")


def _values(database: Database) -> pd.DataFrame:
    return read_series(database, "NYISO", "da_lmp", None, START, END)


def _bad(values: pd.DataFrame, row: int, value: float) -> pd.DataFrame:
    return values.assign(value=values["value"].where(values.index != row, value))


def test_what_is_written_is_read_back(
    database: Database, task: RunTask, register: Register, make_values: MakeValues
) -> None:
    west, north = register("WEST", "NORTH")["series_id"]
    values = make_values(north, west)
    assert write_series(database, "NYISO", "da_lmp", values, task) == WriteCounts(96, 96, 0)
    back = _values(database)
    assert back["interval_start"].dtype == UTC_HOUR
    assert back["location"].unique().tolist() == ["WEST", "NORTH"]
    expected = values.sort_values(["series_id", "interval_start"], ignore_index=True)
    pd.testing.assert_frame_equal(back.drop(columns="location"), expected, check_dtype=False)


def test_the_same_again_writes_nothing(
    database: Database, task: RunTask, register: Register, make_values: MakeValues
) -> None:
    values = make_values(*register("WEST", "NORTH")["series_id"])
    write_series(database, "NYISO", "da_lmp", values, task)
    before = read_relation(database, "da_lmps_nyiso", ["series_id", "interval_start", "run_id"])
    shuffled = values.sample(frac=1, random_state=1)
    assert write_series(database, "NYISO", "da_lmp", shuffled, task) == WriteCounts(96, 0, 0)
    assert read_relation(database, "da_lmps_nyiso", ["series_id", "interval_start", "run_id"]).equals(before)
    assert read_relation(database, "value_revision").empty


def test_new_hours_are_added_to_those_stored(
    database: Database, task: RunTask, register: Register, make_values: MakeValues
) -> None:
    (west,) = register("WEST")["series_id"]
    write_series(database, "NYISO", "da_lmp", make_values(west, n_hours=48), task)
    written = write_series(database, "NYISO", "da_lmp", make_values(west, n_hours=50), task)
    assert written == WriteCounts(50, 2, 0)
    assert len(_values(database)) == 50


def test_a_changed_value_is_revised_and_the_old_one_kept(
    database: Database, task: RunTask, register: Register, make_values: MakeValues
) -> None:
    values = make_values(*register("WEST", "NORTH")["series_id"])
    write_series(database, "NYISO", "da_lmp", values, task)
    later = RunTask(task.run_id, "later", "NYISO")
    assert write_series(database, "NYISO", "da_lmp", _bad(values, 5, -7.5), later) == WriteCounts(96, 0, 1)
    assert _values(database)["value"][5] == -7.5
    (revision,) = read_relation(database, "value_revision").to_dict("records")
    assert (revision["measure"], revision["series_id"]) == ("da_lmp", values["series_id"][5])
    assert revision["interval_start"] == values["interval_start"][5]
    assert (revision["old_value"], revision["new_value"]) == (values["value"][5], -7.5)
    assert revision["run_id"] == task.run_id


def test_the_run_log_counts_what_the_writes_did(
    database: Database, task: RunTask, register: Register, make_values: MakeValues
) -> None:
    values = make_values(*register("WEST")["series_id"])
    for frame in (values, values, _bad(values, 0, 99.0)):
        write_series(database, "NYISO", "da_lmp", frame, task)
    assert read_task_counts(database, task) == WriteCounts(3 * 48, 48, 1)
    lines = read_sql(database, "SELECT relation, n_written, n_revised FROM pipeline_write ORDER BY write_id")
    assert lines.to_numpy().tolist() == [["da_lmps", 48, 0], ["da_lmps", 0, 0], ["da_lmps", 0, 1]]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_no_number_is_refused_with_its_series_and_hour(
    database: Database, task: RunTask, register: Register, make_values: MakeValues, value: float
) -> None:
    values = make_values(*register("WEST", "NORTH")["series_id"])
    with pytest.raises(InvalidValues, match=rf"NYISO NORTH da_lmp: {value} at 2025-01-01 02:00 UTC is not a"):
        write_series(database, "NYISO", "da_lmp", _bad(values, 50, value), task)
    assert _values(database).empty


def test_the_table_itself_refuses_what_is_no_number(database: Database, task: RunTask) -> None:
    for value in ("NaN", "Infinity", "-Infinity"):
        with (
            pytest.raises(Exception, match="violates check constraint"),
            database.arrow_connection() as arrow,
        ):
            arrow.cursor().execute(f"INSERT INTO rt_load VALUES (4, 1, {task.run_id}, now(), '{value}')")


def test_an_hour_given_twice_is_refused(
    database: Database, task: RunTask, register: Register, make_values: MakeValues
) -> None:
    values = make_values(*register("WEST")["series_id"])
    with pytest.raises(
        InvalidValues, match=r"NYISO WEST da_lmp: 13\.0 at 2025-01-01 03:00 UTC is given twice"
    ):
        write_series(database, "NYISO", "da_lmp", pd.concat([values, values[3:4]]), task)


def test_a_series_of_another_measure_is_refused(
    database: Database, task: RunTask, register: Register, make_values: MakeValues
) -> None:
    (load,) = register("WEST", measure="rt_load")["series_id"]
    with pytest.raises(UnknownSeries, match=f"NYISO da_lmp has no series {load}"):
        write_series(database, "NYISO", "da_lmp", make_values(load), task)


def test_a_write_without_rows_is_a_write(database: Database, task: RunTask, make_values: MakeValues) -> None:
    assert write_series(database, "NYISO", "da_lmp", make_values(1)[:0], task) == WriteCounts()
    assert len(read_relation(database, "pipeline_write")) == 1


def test_a_write_of_an_unknown_run_is_refused_whole(
    database: Database, register: Register, make_values: MakeValues
) -> None:
    values = make_values(*register("WEST")["series_id"])
    with pytest.raises(Exception, match="violates foreign key"):
        write_series(database, "NYISO", "da_lmp", values, RunTask(12345, "fetch", "NYISO"))
    assert _values(database).empty


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    hours=st.dictionaries(
        st.datetimes(
            pd.Timestamp("2024-01-01").to_pydatetime(), pd.Timestamp("2025-12-31").to_pydatetime()
        ).map(lambda moment: pd.Timestamp(moment).floor("h").tz_localize("UTC")),
        st.floats(allow_nan=False, allow_infinity=False),
        min_size=1,
    )
)
def test_any_finite_number_at_any_hour_comes_back_as_it_was(
    database: Database, task: RunTask, register: Register, hours: dict[pd.Timestamp, float]
) -> None:
    (west,) = register("WEST")["series_id"]
    values = pd.DataFrame({"series_id": west, "interval_start": list(hours), "value": list(hours.values())})
    write_series(database, "NYISO", "da_lmp", values, task)
    back = read_series(database, "NYISO", "da_lmp", [west], START, END)
    stored = dict(zip(back["interval_start"], back["value"], strict=True))
    assert {hour: stored[hour] for hour in hours} == hours


def test_a_writer_killed_in_mid_transaction_leaves_nothing(
    database: Database,
    task: RunTask,
    register: Register,
    make_values: MakeValues,
    python: Callable[..., subprocess.Popen[str]],
    tmp_path: object,
) -> None:
    (west,) = register("WEST")["series_id"]
    make_values(west).to_parquet(f"{tmp_path}/values.parquet")
    code = """
import sys, time
import pandas as pd
from lib.store import Database, RunTask, bulk, write_series
record = bulk.record_write
def record_and_stall(*arguments):
    record(*arguments)
    print("all is written, nothing committed", flush=True)
    time.sleep(600)
bulk.record_write = record_and_stall
frame = pd.read_parquet(sys.argv[2])
task = RunTask(int(sys.argv[3]), "fetch", "NYISO")
write_series(Database(sys.argv[1], False), "NYISO", "da_lmp", frame, task)
"""
    victim = python(code, database.url, f"{tmp_path}/values.parquet", task.run_id)
    assert victim.stdout
    assert victim.stdout.readline() == "all is written, nothing committed\n"
    victim.kill()
    victim.wait()
    # It also let go of the table, or this would wait.
    assert write_series(database, "NYISO", "da_lmp", make_values(west), task) == WriteCounts(48, 48, 0)
    assert len(read_relation(database, "pipeline_write")) == 1


def test_two_writers_at_once_neither_lose_nor_double(
    database: Database, task: RunTask, register: Register, python: Callable[..., subprocess.Popen[str]]
) -> None:
    """Each writes hours that overlap the other's, in turn and at once, table by table in opposite order."""
    ids = {measure: register("WEST", measure=measure)["series_id"].item() for measure in ("da_lmp", "rt_lmp")}
    code = """
import sys
import pandas as pd
from lib.store import Database, RunTask, write_series
url, run_id, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
pairs = [pair.split("=") for pair in sys.argv[4:]]
sys.stdin.readline()
for chunk in range(10):
    hours = pd.date_range("2025-01-01", periods=4000, freq="h", tz="UTC")[first + 100 * chunk:][:1500]
    for measure, number in pairs:
        frame = pd.DataFrame({"series_id": int(number), "interval_start": hours, "value": 1.0})
        task = RunTask(run_id, f"writer {first}", "NYISO")
        write_series(Database(url, False), "NYISO", measure, frame, task)
"""
    pairs = [f"{measure}={number}" for measure, number in ids.items()]
    writers = [
        python(code, database.url, task.run_id, 0, *pairs),
        python(code, database.url, task.run_id, 700, *reversed(pairs)),
    ]
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.wait() for writer in writers] == [0, 0]
    n_hours = 700 + 900 + 1500
    for measure in ids:
        assert len(read_series(database, "NYISO", measure, None, START, END)) == n_hours
    written = [
        read_task_counts(database, RunTask(task.run_id, f"writer {first}", "NYISO")) for first in (0, 700)
    ]
    assert sum(counts.written for counts in written) == 2 * n_hours
    assert sum(counts.revised for counts in written) == 0


def test_a_window_of_some_series_can_be_read(
    database: Database, task: RunTask, register: Register, make_values: MakeValues
) -> None:
    west, north = register("WEST", "NORTH")["series_id"]
    write_series(database, "NYISO", "da_lmp", make_values(west, north), task)
    start, end = pd.Timestamp("2025-01-01 05:00", tz="UTC"), pd.Timestamp("2025-01-01 08:00", tz="UTC")
    part = read_series(database, "NYISO", "da_lmp", [north], start, end)
    assert part["location"].unique().tolist() == ["NORTH"]
    assert part["interval_start"].dt.hour.tolist() == [5, 6, 7]
    assert read_series(database, "NYISO", "da_lmp", [], start, end).empty


def test_hours_are_counted_from_the_first_to_the_last(
    database: Database, task: RunTask, register: Register, make_values: MakeValues
) -> None:
    west, north = register("WEST", "NORTH")["series_id"]
    values = make_values(west, north)
    write_series(database, "NYISO", "da_lmp", values.drop(5), task)
    first, last = values["interval_start"].iloc[0], values["interval_start"].iloc[23]
    assert count_hours(database, "NYISO", "da_lmp", first, last) == {west: 23, north: 24}
    assert count_hours(database, "NYISO", "rt_lmp", first, last) == {}
    assert count_hours(database, "PJM", "da_lmp", first, last) == {}


def test_the_last_hour_of_every_series_is_known_and_that_of_an_empty_one_is_not(
    database: Database, task: RunTask, register: Register, make_values: MakeValues
) -> None:
    (west,) = register("WEST")["series_id"]
    (load,) = register("WEST", measure="rt_load")["series_id"]
    (empty,) = register("NORTH")["series_id"]
    write_series(database, "NYISO", "da_lmp", make_values(west), task)
    write_series(database, "NYISO", "rt_load", make_values(load, n_hours=5), task)
    last = read_last_hours(database, "NYISO")
    assert last[west] == pd.Timestamp("2025-01-02 23:00", tz="UTC")
    assert last[load] == pd.Timestamp("2025-01-01 04:00", tz="UTC")
    assert pd.isna(last[empty])
    assert read_last_hours(database, "PJM").empty


@pytest.fixture
def write_in_a_run(database: Database) -> Callable[..., int]:
    """A function that writes values in a run of its own, and returns the run's id."""

    def write(values: pd.DataFrame, outcome: str | None = "done") -> int:
        day = date(2025, 2, 1)
        run_id = start_run(database, source="files", as_of=day, window_start=None, window_end=None)
        task = RunTask(run_id, "fetch", "NYISO")
        start_task(database, task)
        write_series(database, "NYISO", "da_lmp", values, task)
        if outcome is not None:
            finish_task(database, task, outcome)
        return run_id

    return write


@pytest.fixture
def values(register: Register, make_values: MakeValues) -> pd.DataFrame:
    return make_values(*register("WEST", "NORTH")["series_id"])


def _changed(values: pd.DataFrame, **by_row: float) -> pd.DataFrame:
    values = values.copy()
    for row, change in by_row.items():
        values.loc[int(row.removeprefix("at_")), "value"] += change
    return values


def test_each_series_is_a_row_with_the_hour_that_moved_most(
    database: Database, values: pd.DataFrame, write_in_a_run: Callable[..., int]
) -> None:
    write_in_a_run(values)
    run_id = write_in_a_run(_changed(values, at_2=1.0, at_7=-3.0, at_9=2.0, at_50=0.5))
    west, north = read_revisions(database, "NYISO", "fetch", run_id).itertuples()
    times, old = values["interval_start"], values["value"]
    assert (west.location, west.measure, west.source, west.basis) == ("WEST", "da_lmp", "files", "actual")
    assert (west.n_hours, west.first, west.last) == (3, times[2], times[9])
    assert (west.interval_start, west.old_value, west.new_value) == (times[7], old[7], old[7] - 3)
    assert (north.location, north.n_hours, north.interval_start) == ("NORTH", 1, times[50])
    assert read_revisions(database, "PJM", "fetch", run_id).empty


def test_what_was_told_by_a_run_is_not_told_by_the_next(
    database: Database, values: pd.DataFrame, write_in_a_run: Callable[..., int]
) -> None:
    write_in_a_run(values)
    write_in_a_run(_changed(values, at_2=1.0))
    run_id = write_in_a_run(_changed(values, at_2=1.0, at_3=1.0))
    (row,) = read_revisions(database, "NYISO", "fetch", run_id).itertuples()
    assert (row.n_hours, row.first) == (1, values["interval_start"][3])


def test_what_a_run_could_not_tell_because_it_did_not_end_is_told_by_the_next(
    database: Database, values: pd.DataFrame, write_in_a_run: Callable[..., int]
) -> None:
    write_in_a_run(values)
    write_in_a_run(_changed(values, at_2=1.0), outcome=None)
    run_id = write_in_a_run(_changed(values, at_2=1.0, at_3=1.0))
    (row,) = read_revisions(database, "NYISO", "fetch", run_id).itertuples()
    assert (row.n_hours, row.first, row.last) == (2, *values["interval_start"][[2, 3]])


def test_without_a_run_the_last_one_is_meant(
    database: Database, values: pd.DataFrame, write_in_a_run: Callable[..., int]
) -> None:
    write_in_a_run(values)
    assert read_revisions(database, "NYISO", "fetch", None).empty
    write_in_a_run(_changed(values, at_2=1.0))
    assert len(read_revisions(database, "NYISO", "fetch", None)) == 1
