from __future__ import annotations

import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from lib.store.bulk import compare_rows

Rows = dict[tuple[int, int], float | None]

rows = st.dictionaries(
    st.tuples(st.integers(-3, 3), st.integers(-5, 5)),
    st.one_of(st.none(), st.sampled_from([0.0, -0.0, 1.5, float("inf")])),
)


def _table(rows: Rows) -> pa.Table:
    hours = [pd.Timestamp("2025-01-01", tz="UTC") + pd.Timedelta(hours=hour) for _, hour in rows]
    return pa.table(
        {
            "series_id": pa.array([series for series, _ in rows], pa.int16()),
            "interval_start": pa.array(hours, pa.timestamp("us", tz="UTC")),
            "value": pa.array(list(rows.values()), pa.float64()),
        }
    )


@given(given_rows=rows, stored=rows)
def test_rows_are_new_or_changed_as_a_dictionary_would_have_it(given_rows: Rows, stored: Rows) -> None:
    is_new, is_changed = compare_rows(_table(given_rows), _table(stored), "series_id", ["value"])
    assert is_new.to_pylist() == [key not in stored for key in given_rows]
    assert is_changed.to_pylist() == [
        key in stored and stored[key] != value for key, value in given_rows.items()
    ]


def test_without_an_entity_the_hour_is_the_key() -> None:
    stored = _table({(1, 0): 1.0, (1, 1): None})
    is_new, is_changed = compare_rows(_table({(2, 1): 5.0, (2, 2): 5.0}), stored, None, ["value"])
    assert (is_new.to_pylist(), is_changed.to_pylist()) == ([False, True], [True, False])


def test_texts_and_flags_are_compared_too() -> None:
    stored = _table({(1, 0): 1.0, (1, 1): 1.0}).append_column("kind", pa.array(["a", None]))
    given_rows = _table({(1, 0): 1.0, (1, 1): 1.0}).append_column("kind", pa.array(["b", None]))
    _, is_changed = compare_rows(given_rows, stored, "series_id", ["value", "kind"])
    assert is_changed.to_pylist() == [True, False]
