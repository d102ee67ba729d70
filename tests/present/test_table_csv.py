"""A table as CSV, as a spreadsheet or pandas reads it back."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from lib.present.table_csv import encode_csv, escape_formula


def _read(rows: pa.Table) -> list[list[str]]:
    return list(csv.reader(io.StringIO(encode_csv(rows).decode(), newline="")))


def test_texts_that_a_spreadsheet_would_act_on_are_harmless_and_numbers_are_numbers() -> None:
    rows = pa.table(
        {"hub": ["=1+1", "+x", "-y", "@z", "WEST", None], "price": [-1.5, 2.0, None, 0.0, 1.0, 3.1]}
    )
    read = _read(rows)
    assert read[0] == ["hub", "price"]
    assert [row[0] for row in read[1:]] == ["'=1+1", "'+x", "'-y", "'@z", "WEST", ""]
    assert [row[1] for row in read[1:]] == ["-1.5", "2", "", "0", "1", "3.1"]
    strikes = _read(pa.table({"hub": ["A", "B"], "strike": [float("nan"), 12.5]}))
    assert strikes[1:] == [["A", ""], ["B", "12.5"]]


def test_lists_days_and_hours_are_written_as_people_read_them() -> None:
    hour = datetime(2025, 3, 9, 7, tzinfo=UTC)
    rows = pa.table(
        {
            "ids": pa.array([[1, None, 2], []], pa.list_(pa.int32())),
            "day": [date(2025, 3, 9), None],
            "hour": pa.array([hour, None], pa.timestamp("us", "UTC")),
            "moment": pa.array([hour.replace(microsecond=5), None], pa.timestamp("us", "UTC")),
        }
    )
    assert _read(rows)[1] == ["1, , 2", "2025-03-09", "2025-03-09 07:00:00Z", "2025-03-09 07:00:00.000005Z"]


def test_without_rows_there_are_the_names_of_the_columns() -> None:
    assert _read(pa.table({"a": pa.array([], pa.string()), "b": pa.array([], pa.float64())})) == [["a", "b"]]


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1))
def test_every_text_is_read_back_as_it_was_but_for_what_could_act(texts: list[str]) -> None:
    read = _read(pa.table({"n": list(range(len(texts))), "text": texts}))
    assert [row[1] for row in read[1:]] == [escape_formula(text) for text in texts]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_every_number_is_read_back_exactly(numbers: list[float]) -> None:
    read = _read(pa.table({"number": numbers}))
    assert [float(row[0]) for row in read[1:]] == numbers
