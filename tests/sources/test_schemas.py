"""What a source promises is checked before it is stored."""

from __future__ import annotations

import pandas as pd
import pytest

from lib.sources import SourceError
from lib.sources.schemas import validate_series

START = pd.Timestamp("2024-01-15", tz="UTC").as_unit("us")
END = START + pd.Timedelta(days=1)


@pytest.fixture
def frame() -> pd.DataFrame:
    hours = pd.date_range(START, periods=3, freq="h", unit="us")
    return pd.DataFrame({"location": "WEST", "interval_start": hours, "value": [1.0, -2.0, 0.0]})


def check(frame: pd.DataFrame) -> pd.DataFrame:
    return validate_series(frame, "NYISO", "da_lmp", ["WEST", "NORTH"], START, END)


def test_a_good_frame_passes_unchanged(frame):
    assert check(frame) is frame


def test_a_frame_without_rows_passes(frame):
    assert check(frame.iloc[:0]).empty


BREAKS = {
    "a column more": lambda frame: frame.assign(note="x"),
    "a column less": lambda frame: frame.drop(columns="value"),
    "another order": lambda frame: frame[["interval_start", "location", "value"]],
    "a time without a zone": lambda frame: frame.assign(
        interval_start=frame["interval_start"].dt.tz_localize(None)
    ),
    "a time off the hour": lambda frame: frame.assign(
        interval_start=frame["interval_start"] + pd.Timedelta(minutes=15)
    ),
    "an infinite value": lambda frame: frame.assign(value=[1.0, float("inf"), 2.0]),
    "a missing value": lambda frame: frame.assign(value=[1.0, float("nan"), 2.0]),
    "an hour twice": lambda frame: pd.concat([frame, frame.head(1)], ignore_index=True),
    "a location that was not asked for": lambda frame: frame.assign(location="CAPITL"),
    "an hour outside the window": lambda frame: frame.assign(
        interval_start=frame["interval_start"] + pd.Timedelta(days=1)
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_promise_is_an_error_that_names_the_measure(frame, name):
    with pytest.raises(SourceError, match="NYISO da_lmp: "):
        check(BREAKS[name](frame))
