"""Known missing hours are stored with the values of the same result, and counted once a day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.store import InvalidValues, read_known_missing, read_relation, read_task_counts, write_fetched

DAY, NEXT_DAY = date(2025, 2, 1), date(2025, 2, 2)
SPAN = pd.Timestamp("2025-01-01", tz="UTC"), pd.Timestamp("2025-01-03", tz="UTC")


@pytest.fixture
def numbers(register) -> list[int]:
    return register("WEST", "NORTH")["series_id"].tolist()


def hours(values: pd.DataFrame, *rows: int) -> pd.DataFrame:
    return values.iloc[list(rows)][["series_id", "interval_start"]]


def test_values_and_missing_hours_of_a_result_are_stored(database, task, numbers, make_values):
    values = make_values(numbers[0])
    counts = write_fetched(database, "NYISO", "da_lmp", values.drop([3, 7]), hours(values, 3, 7), DAY, task)
    assert (counts.read, counts.written) == (46, 46)
    assert read_task_counts(database, task) == counts, "the run log counts values"
    known = read_known_missing(database, "NYISO", numbers, *SPAN)
    assert known["interval_start"].tolist() == values["interval_start"].iloc[[3, 7]].tolist()
    assert known[["first_asked", "last_asked", "n_asked"]].drop_duplicates().to_numpy().tolist() == [
        [pd.Timestamp(DAY), pd.Timestamp(DAY), 1]
    ]


def test_a_result_that_cannot_be_stored_leaves_no_missing_hour_either(database, task, numbers, make_values):
    values = make_values(numbers[0])
    bad = values.drop(3).assign(value=np.nan)
    with pytest.raises(InvalidValues):
        write_fetched(database, "NYISO", "da_lmp", bad, hours(values, 3), DAY, task)
    assert read_relation(database, "absent_hour").empty
    assert read_relation(database, "pipeline_write").empty


def test_an_hour_counts_as_asked_for_once_a_day(database, task, numbers, make_values):
    values = make_values(numbers[0])
    for day in (DAY, DAY, NEXT_DAY, DAY):
        write_fetched(database, "NYISO", "da_lmp", values.iloc[:0], hours(values, 3), day, task)
    (row,) = read_relation(database, "absent_hour").itertuples()
    assert (row.first_asked, row.last_asked, row.n_asked) == (pd.Timestamp(DAY), pd.Timestamp(NEXT_DAY), 2)


def test_only_the_hours_that_have_arrived_are_removed(database, task, numbers, make_values):
    values = make_values(*numbers)
    missing = hours(values, 3, 7, 48 + 3)
    write_fetched(database, "NYISO", "da_lmp", values.drop([3, 7, 48 + 3]), missing, DAY, task)
    write_fetched(database, "NYISO", "da_lmp", values.iloc[[3]], hours(values, 7), NEXT_DAY, task)
    known = read_known_missing(database, "NYISO", numbers, *SPAN)
    assert list(zip(known["series_id"], known["interval_start"], known["n_asked"], strict=True)) == [
        (numbers[0], values["interval_start"].iloc[7], 2),
        (numbers[1], values["interval_start"].iloc[3], 1),
    ]


def test_known_missing_hours_are_those_of_the_series_and_the_window(database, task, numbers, make_values):
    values = make_values(*numbers)
    write_fetched(database, "NYISO", "da_lmp", values.iloc[:0], hours(values, 3, 30, 48 + 3), DAY, task)
    first_day = SPAN[0], SPAN[0] + pd.Timedelta(days=1)
    assert len(read_known_missing(database, "NYISO", numbers[:1], *first_day)) == 1
    assert read_known_missing(database, "NYISO", [], *SPAN).empty
    assert read_known_missing(database, "PJM", numbers, *SPAN).empty
