"""A series that has stopped coming is reported first and fails later, by the limits of its own service."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from lib.pipeline.steps.freshness import (
    StaleSeries,
    check_freshness,
    compute_freshness,
    freshness_problems,
    furthest_behind,
)

DUE = date(2025, 3, 20)
SERIES = pd.DataFrame(
    [
        (1, "da_lmp", "WEST", "public", "actual"),
        (2, "da_lmp", "NORTH", "public", "actual"),
        (3, "da_load", "WEST", "public", "forecast"),
        (4, "da_load", "WEST", "public", "cleared"),
        (5, "rt_load", "WEST", "files", "actual"),
        (None, "rt_lmp", "WEST", "public", "actual"),
    ],
    columns=["series_id", "measure", "location", "source", "basis"],
)


def fresh(*last_days: str) -> pd.DataFrame:
    """The freshness of the first series, whose last hours are the last of these local days."""
    hours = pd.DatetimeIndex([f"{day} 23:00" for day in last_days], tz="America/New_York").tz_convert("UTC")
    last = pd.Series(hours, index=range(1, len(hours) + 1))
    return compute_freshness("NYISO", SERIES.iloc[: len(hours)], last, DUE)


@pytest.mark.parametrize(
    ("last_day", "n_days", "status"),
    [
        ("2025-03-20", 0, "fresh"),
        ("2025-03-19", 1, "fresh"),
        ("2025-03-18", 2, "late"),
        ("2025-03-16", 4, "late"),
        ("2025-03-15", 5, "stale"),
        ("2025-03-25", 0, "fresh"),
    ],
)
def test_days_behind_are_local_days_against_the_limits_of_the_service(last_day, n_days, status) -> None:
    (row,) = fresh(last_day).itertuples()
    assert (row.days_behind, row.warn_after_days, row.fail_after_days) == (n_days, 1, 4)
    assert row.status == status


def test_each_basis_has_its_own_limits() -> None:
    frame = fresh("2025-03-20", "2025-03-20", "2025-03-17", "2025-03-17").set_index("basis")
    assert (frame.loc["forecast", "status"], frame.loc["cleared", "status"]) == ("late", "fresh")


def test_a_source_without_limits_is_left_out_and_a_series_without_an_hour_is_empty() -> None:
    frame = compute_freshness("NYISO", SERIES, pd.Series({1: pd.Timestamp("2025-03-20", tz="UTC")}), DUE)
    assert "files" not in set(frame["source"])
    assert frame.set_index("measure").loc["rt_lmp", "status"] == "empty"
    check_freshness("NYISO", frame)  # what never came has not stopped coming


def test_no_series_of_a_service_is_no_row() -> None:
    files = SERIES[SERIES["source"] == "files"]
    frame = compute_freshness("NYISO", files, pd.Series(dtype="datetime64[us, UTC]"), DUE)
    assert frame.empty
    assert furthest_behind(frame).empty
    assert freshness_problems("NYISO", frame) == ()


def test_stale_series_are_named_with_their_last_hour_and_what_to_do() -> None:
    frame = fresh("2025-03-10", "2025-03-18")
    with pytest.raises(StaleSeries) as caught:
        check_freshness("NYISO", frame)
    message = str(caught.value)
    assert "NYISO: 1 series have stopped coming" in message
    assert "da_lmp WEST (public, actual): the last hour is 2025-03-11 03:00 UTC, 10 days before" in message
    assert "NORTH" not in message
    assert "lib/reference/services.csv" in message


def test_late_and_stale_series_are_problems_and_fresh_ones_are_not() -> None:
    found = freshness_problems("NYISO", fresh("2025-03-10", "2025-03-18", "2025-03-20"))
    assert [(one.kind, one.measure, one.location) for one in found] == [
        ("stale", "da_lmp", "WEST"),
        ("late", "da_lmp", "NORTH"),
    ]
    assert found[1].last == pd.Timestamp("2025-03-19 03:00", tz="UTC")
    assert "2 days before" in found[1].message


def test_of_each_service_the_series_that_is_furthest_behind_is_shown() -> None:
    frame = furthest_behind(fresh("2025-03-20", "2025-03-18", "2025-03-20"))
    assert frame[["measure", "location", "days_behind", "n_series"]].to_numpy().tolist() == [
        ["da_lmp", "NORTH", 2, 2],
        ["da_load", "WEST", 0, 1],
    ]
