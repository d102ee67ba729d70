"""ERCOT's clock and headers: what day, hour, quarter and flag mean, and what is refused."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.sources.clean import ProblemCounter
from lib.sources.public.ercot.tables import with_interval_start, with_known_names
from lib.sources.public.query import Unreadable

CENTRAL = "America/Chicago"

ReaderEntry = dict[str, object]


def _row(day: str, hour_ending: object, flag: object = "N", **more: object) -> ReaderEntry:
    return {"location": "WEST ZONE", "day": day, "hour_ending": hour_ending, "is_repeated": flag, **more}


def _utc(*rows: ReaderEntry) -> tuple[list[str], ProblemCounter]:
    counter = ProblemCounter("ERCOT", "da_lmp")
    times = with_interval_start(pd.DataFrame(rows), CENTRAL, counter)["interval_start"]
    return [f"{time:%Y-%m-%d %H:%M}" for time in times], counter


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (_row("01/15/2024", "01:00"), "2024-01-15 06:00"),
        (_row("07/15/2024", "24:00"), "2024-07-16 04:00"),
        (_row("2024-07-15 00:00:00", 24), "2024-07-16 04:00"),
        (_row("03/10/2024", "02:00"), "2024-03-10 07:00"),
        (_row("03/10/2024", "04:00"), "2024-03-10 08:00"),
        (_row("11/03/2024", "02:00", "N"), "2024-11-03 06:00"),
        (_row("11/03/2024", "02:00", "Y"), "2024-11-03 07:00"),
        (_row("11/03/2024", 2, True), "2024-11-03 07:00"),
        (_row("11/03/2024", 2, "Y", quarter=3), "2024-11-03 07:30"),
    ],
)
def test_a_row_stands_at_its_utc_start(row: ReaderEntry, expected: str) -> None:
    times, counter = _utc(row)
    assert times == [expected]
    assert counter.problems == []


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (_row("03/10/2024", "03:00"), "impossible_hour"),
        (_row("11/03/2024", "25:00"), "unreadable_time"),
        (_row("13/13/2024", "01:00"), "unreadable_time"),
        (_row("01/15/2024", None), "unreadable_time"),
        (_row("01/15/2024", 1, quarter=5), "unreadable_time"),
    ],
)
def test_a_time_that_cannot_be_is_left_out_and_counted(row: ReaderEntry, kind: str) -> None:
    times, counter = _utc(row)
    assert times == []
    assert [(problem.kind, problem.n_hours) for problem in counter.problems] == [(kind, 1)]


def test_without_the_flag_the_repeated_hour_is_not_guessed() -> None:
    bare = {name: value for name, value in _row("11/03/2024", "02:00").items() if name != "is_repeated"}
    times, counter = _utc(bare, {**bare, "hour_ending": "04:00"})
    assert times == ["2024-11-03 09:00"]
    assert [problem.kind for problem in counter.problems] == ["impossible_hour"]


@given(
    st.lists(
        st.datetimes(datetime(2010, 1, 1), datetime(2035, 1, 1), timezones=st.just(ZoneInfo("UTC"))),
        min_size=1,
    )
)
def test_every_hour_comes_back_from_how_the_clock_shows_it(moments: list[datetime]) -> None:
    hours = [pd.Timestamp(moment).floor("h") for moment in moments]
    shown = [hour.tz_convert(CENTRAL).to_pydatetime() for hour in hours]
    rows = [_row(f"{local:%m/%d/%Y}", local.hour + 1, "Y" if local.fold else "N") for local in shown]
    times, counter = _utc(*rows)
    assert times == [f"{hour:%Y-%m-%d %H:%M}" for hour in hours]
    assert counter.problems == []


def test_headers_differ_in_case_and_spaces() -> None:
    table = pd.DataFrame(columns=["OperDay", "HourEnding", "DSTFlag    ", "Settlement Point", "NORTH"])
    named = with_known_names(table, {"day", "hour_ending"})
    assert named.columns.tolist() == ["day", "hour_ending", "is_repeated", "name", "north"]


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(Unreadable, match="no column for hour_ending among OperDay, Hour"):
        with_known_names(pd.DataFrame(columns=["OperDay", "Hour"]), {"day", "hour_ending"})
