"""What a source promises is checked before it is stored."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import pytest
from pandera.config import config_context

from lib.sources import SourceError
from lib.sources.schemas import SERIES_FRAME, validate_series

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


Frame = pd.DataFrame
START_COLUMN = "interval_start"

DECLARED: dict[tuple[str, str], tuple[Callable[[Frame], Frame], str]] = {
    ("frame", "strict"): (lambda frame: frame.assign(note="x"), "column note: column_in_schema"),
    ("frame", "columns"): (lambda frame: frame.drop(columns="value"), "column value: column_in_dataframe"),
    ("frame", "ordered"): (lambda frame: frame[[START_COLUMN, "location", "value"]], "column_ordered"),
    ("frame", "unique"): (
        lambda frame: pd.concat([frame, frame.head(1)], ignore_index=True),
        "row 0: multiple_fields_uniqueness",
    ),
    ("location", "dtype"): (
        lambda frame: frame.assign(location=[1, 2, 3]),
        "column location: dtype('object')",
    ),
    ("location", "nullable"): (
        lambda frame: frame.assign(location=["WEST", None, "WEST"]),
        "column location, row 1: not_nullable",
    ),
    (START_COLUMN, "dtype"): (
        lambda frame: frame.assign(interval_start=frame[START_COLUMN].dt.tz_localize(None)),
        "column interval_start: dtype('datetime64[us, UTC]')",
    ),
    (START_COLUMN, "nullable"): (
        lambda frame: frame.assign(interval_start=frame[START_COLUMN].where([True, False, True])),
        "column interval_start, row 1: not_nullable",
    ),
    (START_COLUMN, "starts on the hour"): (
        lambda frame: frame.assign(interval_start=frame[START_COLUMN] + pd.Timedelta(minutes=15)),
        "column interval_start, row 0: starts on the hour",
    ),
    ("value", "dtype"): (
        lambda frame: frame.assign(value=["1.0", "n/a", "2"]),
        "column value, row 1: dtype('float64'), but n/a",
    ),
    ("value", "nullable"): (
        lambda frame: frame.assign(value=[1.0, float("nan"), 2.0]),
        "column value, row 1: not_nullable",
    ),
    ("value", "is finite"): (
        lambda frame: frame.assign(value=[1.0, 2.0, float("-inf")]),
        "column value, row 2: is finite, but -inf",
    ),
}
"""For every check that the schema declares a frame that breaks it, and what the error says."""


def test_every_declared_check_has_a_frame_that_breaks_it() -> None:
    declared = {("frame", rule) for rule in ("strict", "columns", "ordered", "unique")}
    assert SERIES_FRAME.strict and SERIES_FRAME.ordered and SERIES_FRAME.unique
    for name, column in SERIES_FRAME.columns.items():
        assert not column.nullable and column.required and not column.coerce
        declared |= {(name, "dtype"), (name, "nullable"), *((name, check.name) for check in column.checks)}
    assert declared == DECLARED.keys()


@pytest.mark.parametrize("switched_off", [False, True])
@pytest.mark.parametrize("rule", DECLARED, ids=" ".join)
def test_a_frame_that_breaks_a_check_is_refused_with_column_and_row(frame, rule, switched_off):
    change, words = DECLARED[rule]
    with (
        config_context(validation_enabled=not switched_off),
        pytest.raises(SourceError, match=re.escape(words)) as caught,
    ):
        check(change(frame))
    assert str(caught.value).startswith("NYISO da_lmp: the source gave no series frame: column")


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
