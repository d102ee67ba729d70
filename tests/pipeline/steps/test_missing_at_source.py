"""Hours that a source does not have are asked for ever more rarely, and unknown ones are no absent ones."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from lib.hours import HOUR
from lib.pipeline.steps.gaps import GapQuery
from lib.pipeline.steps.known_missing import RETRY_DAYS, due_hours, find_missing_at_source
from lib.sources import SeriesResult, Unanswered
from lib.sources.protocol import empty_series

HOURS = pd.date_range("2025-01-01", periods=10, freq="h", tz="UTC", unit="us")
FIRST = date(2025, 3, 1)


def known(last_asked: date, n_asked: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "location": "WEST",
            "interval_start": HOURS[2:4],
            "last_asked": pd.Timestamp(last_asked),
            "n_asked": n_asked,
        }
    )


def test_an_hour_is_asked_for_after_1_2_4_8_16_30_30_days() -> None:
    asked_on, n_asked, last = [0], 1, FIRST
    for offset in range(1, 100):
        day = FIRST + timedelta(days=offset)
        if len(due_hours({"WEST": HOURS[2:4]}, known(last, n_asked), day)):
            asked_on, n_asked, last = [*asked_on, offset], n_asked + 1, day
    assert RETRY_DAYS == (1, 2, 4, 8, 16, 30)
    assert asked_on == [0, 1, 3, 7, 15, 31, 61, 91]


def test_only_the_absent_hours_of_the_series_wait() -> None:
    gaps = {"WEST": HOURS, "NORTH": HOURS[:5], "CAPITL": HOURS[2:3]}
    absent = pd.concat([known(FIRST, 1), known(FIRST, 1).assign(location="CAPITL")])
    due = due_hours(gaps, absent, FIRST)
    assert {place: list(hours) for place, hours in due.items()} == {
        "WEST": list(HOURS.delete([2, 3])),
        "NORTH": list(HOURS[:5]),
    }


def test_absent_is_what_was_asked_for_and_answered_and_is_not_there() -> None:
    frame = pd.DataFrame({"location": "WEST", "interval_start": HOURS[4:6], "value": 1.0})
    unanswered = (Unanswered("WEST", HOURS[6], HOURS[8]), Unanswered("NORTH", HOURS[0], HOURS[9] + HOUR))
    gaps = {"WEST": HOURS[3:], "NORTH": HOURS, "CAPITL": HOURS}
    queries = [GapQuery(("WEST", "NORTH"), HOURS[1], HOURS[9])]
    absent = find_missing_at_source(gaps, queries, SeriesResult(frame, (), unanswered))
    assert {place: list(hours) for place, hours in absent.items()} == {"WEST": [HOURS[3], HOURS[8]]}


def test_an_answer_without_a_row_makes_every_hour_absent() -> None:
    queries = [GapQuery(("WEST",), HOURS[0], HOURS[3]), GapQuery(("WEST",), HOURS[5], HOURS[6])]
    absent = find_missing_at_source({"WEST": HOURS}, queries, SeriesResult(empty_series()))
    assert list(absent["WEST"]) == [*HOURS[:3], HOURS[5]]
