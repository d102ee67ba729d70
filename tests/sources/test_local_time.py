"""Local times become UTC: the repeated hour by its order, and nothing by guessing."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.sources.clean import ProblemCounter
from lib.sources.local_time import to_utc, with_utc

EASTERN = "America/New_York"


def rows_of(day: str, hours: list[int], location: str = "WEST") -> pd.DataFrame:
    local = [pd.Timestamp(day) + pd.Timedelta(hours=hour) for hour in hours]
    return pd.DataFrame({"location": location, "local": pd.Series(local, dtype="datetime64[us]")})


def utc_hours(rows: pd.DataFrame) -> list[int | None]:
    return [None if pd.isna(time) else time.hour for time in rows["interval_start"]]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([0, 1, 1, 2, 3], [4, 5, 6, 7, 8]),
        ([3, 2, 1, 1, 0], [8, 7, 6, 5, 4]),
        ([0, 1, 2, 3, 1], [4, 5, 7, 8, 6]),
        ([0, 1, 2, 3], [4, None, 7, 8]),
        ([0, 1, 1, 1, 2], [4, None, None, None, 7]),
        ([3, 1, 0, 1, 2], [8, None, 4, None, 7]),
        ([0, 0, 1, 1, 2], [4, 4, None, None, 7]),
        ([1, 1], [None, None]),
    ],
    ids=["ascending", "descending", "appended", "once", "thrice", "shuffled", "doubled", "alone"],
)
def test_the_repeated_hour_is_told_apart_by_the_order_of_the_day_or_not_at_all(
    hours: list[int], expected: list[int | None]
) -> None:
    rows = to_utc(rows_of("2024-11-03", hours), EASTERN)
    assert utc_hours(rows) == expected
    assert list(rows["defect"]) == ["" if hour is not None else "ambiguous_hour" for hour in expected]


def test_the_hour_that_spring_skips_does_not_exist() -> None:
    rows = to_utc(rows_of("2024-03-10", [1, 2, 3]), EASTERN)
    assert utc_hours(rows) == [6, None, 7]
    assert list(rows["defect"]) == ["", "nonexistent_hour", ""]


def test_a_clock_without_daylight_time_repeats_and_skips_nothing() -> None:
    for day in ("2024-03-10", "2024-11-03"):
        assert utc_hours(to_utc(rows_of(day, [0, 1, 2, 3]), "Etc/GMT+5")) == [5, 6, 7, 8]


def test_each_location_has_an_order_of_its_own() -> None:
    up, down = rows_of("2024-11-03", [0, 1, 1, 2]), rows_of("2024-11-03", [2, 1, 1, 0], "NORTH")
    mixed = pd.concat([up, down]).sort_index(kind="stable").reset_index(drop=True)
    rows = to_utc(mixed, EASTERN)
    assert utc_hours(rows[rows["location"] == "WEST"]) == [4, 5, 6, 7]
    assert utc_hours(rows[rows["location"] == "NORTH"]) == [7, 6, 5, 4]


def test_what_cannot_be_told_is_left_out_and_counted() -> None:
    counter = ProblemCounter("NYISO", "da_lmp")
    rows = pd.concat([rows_of("2024-03-10", [1, 2]), rows_of("2024-11-03", [0, 1, 2])], ignore_index=True)
    kept = with_utc(rows, EASTERN, counter)
    assert utc_hours(kept) == [6, 4, 7]
    assert [(problem.kind, problem.n_hours) for problem in counter.problems] == [
        ("nonexistent_hour", 1),
        ("ambiguous_hour", 1),
    ]
    assert "2024-11-03 01:00:00" in counter.problems[1].message


@settings(max_examples=50)
@given(
    first=st.dates(pd.Timestamp("2005-01-01").date(), pd.Timestamp("2035-01-01").date()),
    n_days=st.integers(1, 300),
    zone=st.sampled_from([EASTERN, "America/Chicago", "Etc/GMT+5"]),
    is_descending=st.booleans(),
)
def test_whole_days_in_either_order_come_back_as_they_were(
    first: object, n_days: int, zone: str, is_descending: bool
) -> None:
    hours = pd.date_range(first, periods=n_days + 1, freq="D", tz=zone)
    hours = pd.date_range(hours[0], hours[-1], freq="h", inclusive="left", unit="us")
    hours = hours[::-1] if is_descending else hours
    rows = to_utc(pd.DataFrame({"location": "WEST", "local": hours.tz_localize(None)}), zone)
    assert list(rows["interval_start"]) == list(hours.tz_convert("UTC"))
