"""What has changed since the last run that ended well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from lib.store import Task, finish_task, read_revisions, start_run, start_task, write_series


@pytest.fixture
def write(database) -> Callable[..., int]:
    """A function that writes values in a run of its own, and returns the run's id."""

    def in_a_run(values: pd.DataFrame, outcome: str | None = "done") -> int:
        day = date(2025, 2, 1)
        run_id = start_run(database, source="files", as_of=day, window_start=None, window_end=None)
        task = Task(run_id, "fetch", "NYISO")
        start_task(database, task)
        write_series(database, "NYISO", "da_lmp", values, task)
        if outcome is not None:
            finish_task(database, task, outcome)
        return run_id

    return in_a_run


@pytest.fixture
def values(register, make_values) -> pd.DataFrame:
    return make_values(*register("WEST", "NORTH")["series_id"])


def changed(values: pd.DataFrame, **by_place: float) -> pd.DataFrame:
    values = values.copy()
    for place, change in by_place.items():
        values.loc[int(place.removeprefix("at_")), "value"] += change
    return values


def test_each_series_is_a_row_with_the_hour_that_moved_most(database, values, write):
    write(values)
    run_id = write(changed(values, at_2=1.0, at_7=-3.0, at_9=2.0, at_50=0.5))
    west, north = read_revisions(database, "NYISO", "fetch", run_id).itertuples()
    times, old = values["interval_start"], values["value"]
    assert (west.location, west.measure, west.source, west.basis) == ("WEST", "da_lmp", "files", "actual")
    assert (west.n_hours, west.first, west.last) == (3, times[2], times[9])
    assert (west.interval_start, west.old_value, west.new_value) == (times[7], old[7], old[7] - 3)
    assert (north.location, north.n_hours, north.interval_start) == ("NORTH", 1, times[50])
    assert read_revisions(database, "PJM", "fetch", run_id).empty


def test_what_was_told_by_a_run_is_not_told_by_the_next(database, values, write):
    write(values)
    write(changed(values, at_2=1.0))
    run_id = write(changed(values, at_2=1.0, at_3=1.0))
    (row,) = read_revisions(database, "NYISO", "fetch", run_id).itertuples()
    assert (row.n_hours, row.first) == (1, values["interval_start"][3])


def test_what_a_run_could_not_tell_because_it_did_not_end_is_told_by_the_next(database, values, write):
    write(values)
    write(changed(values, at_2=1.0), outcome=None)
    run_id = write(changed(values, at_2=1.0, at_3=1.0))
    (row,) = read_revisions(database, "NYISO", "fetch", run_id).itertuples()
    assert (row.n_hours, row.first, row.last) == (2, *values["interval_start"][[2, 3]])


def test_without_a_run_the_last_one_is_meant(database, values, write):
    write(values)
    assert read_revisions(database, "NYISO", "fetch", None).empty
    write(changed(values, at_2=1.0))
    assert len(read_revisions(database, "NYISO", "fetch", None)) == 1
