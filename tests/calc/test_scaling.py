from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.calc.scaling import (
    INDEX,
    MAX_PERCENT,
    BadInput,
    Edit,
    apply_edits,
    scale_edit,
    summarise_edits,
    value_edit,
)
from lib.hours import BLOCK_TYPE
from lib.markets import MAX_VALUE

NAN = float("nan")
ZONES = ["A", "B", "C"]
KEYS = [(month, he, block) for month in (1, 7) for he in (8, 9) for block in ("5x16", "2x16")]


def _cells(values: np.ndarray | None = None) -> pd.DataFrame:
    keys = pd.DataFrame(KEYS, columns=INDEX).astype({"block_type": BLOCK_TYPE})
    numbers = np.arange(1.0, 25.0).reshape(8, 3) if values is None else values
    return pd.DataFrame(numbers, index=pd.MultiIndex.from_frame(keys), columns=ZONES)


some = st.lists(st.sampled_from(ZONES), min_size=1, unique=True) | st.none()
months = st.lists(st.sampled_from([1, 7]), min_size=1, unique=True) | st.none()
blocks = st.lists(st.sampled_from(["5x16", "2x16"]), min_size=1, unique=True) | st.none()
edits = st.lists(
    st.builds(scale_edit, st.floats(0, 1000), some, months, blocks)
    | st.builds(value_edit, st.floats(-1e6, 1e6), some, months, blocks),
    max_size=6,
).map(tuple)


def test_a_zone_is_scaled_and_the_others_stay() -> None:
    cells = _cells()
    shown = apply_edits(cells, (scale_edit(110, ["B"]),))
    assert shown["B"].tolist() == pytest.approx((cells["B"] * 1.1).tolist())
    pd.testing.assert_frame_equal(shown[["A", "C"]], cells[["A", "C"]])


def test_scaling_again_is_of_the_source_and_not_of_what_is_shown() -> None:
    cells = _cells()
    pd.testing.assert_frame_equal(apply_edits(cells, (scale_edit(110), scale_edit(120))), cells * 1.2)
    pd.testing.assert_frame_equal(apply_edits(cells, (scale_edit(0), scale_edit(100))), cells)


def test_an_absolute_value_takes_the_chosen_cells_and_a_later_scale_gives_them_back() -> None:
    cells = _cells()
    value = value_edit(5.0, ["A"], [7], ["2x16"])
    shown = apply_edits(cells, (scale_edit(200), value))
    is_set = [key[0] == 7 and key[2] == "2x16" for key in KEYS]
    assert shown.loc[is_set, "A"].tolist() == [5.0, 5.0]
    assert (shown["A"][~np.array(is_set)] == 2 * cells["A"][~np.array(is_set)]).all()
    pd.testing.assert_frame_equal(apply_edits(cells, (value, scale_edit(150))), cells * 1.5)


def test_an_empty_cell_stays_empty_under_a_scale_and_is_filled_only_by_a_value() -> None:
    cells = _cells()
    cells.iloc[2, 0] = NAN
    assert np.isnan(apply_edits(cells, (scale_edit(500),)).iloc[2, 0])
    filled = value_edit(0.01, ["A"], [1])
    assert apply_edits(cells, (filled,)).iloc[2, 0] == 0.01
    counts = ["n_set", "n_filled", "n_empty"]
    assert summarise_edits(cells, (filled,)).loc[0, counts].tolist() == [4, 1, 0]
    assert summarise_edits(cells, (scale_edit(500),)).loc[0, counts].tolist() == [0, 0, 1]


def test_changes_say_what_each_zone_has_been_through() -> None:
    edits = (scale_edit(110), scale_edit(90, ["B"]), value_edit(1, ["C"], [7]))
    told = summarise_edits(_cells(), edits).set_index("zone")
    assert told["percent"].tolist() == pytest.approx([110, 90, NAN], nan_ok=True)
    assert told["n_scaled"].tolist() == [8, 8, 4]
    assert told["n_set"].tolist() == [0, 0, 4]
    assert told["n_cells"].tolist() == [8, 8, 8]


def test_each_zone_is_summarised_for_itself() -> None:
    cells = _cells()
    cells.iloc[2, :2] = NAN
    told = summarise_edits(cells, (scale_edit(110, ["A"], [1]), value_edit(5, ["B"]))).set_index("zone")
    assert told["percent"].tolist() == pytest.approx([NAN, NAN, 100], nan_ok=True)
    counts = told[["n_scaled", "n_set", "n_filled", "n_empty"]]
    assert counts.to_numpy().tolist() == [[4, 0, 0, 1], [0, 8, 1, 0], [0, 0, 0, 0]]
    one_cell = summarise_edits(_cells().iloc[:1], (scale_edit(110),))
    assert one_cell["percent"].tolist() == [110, 110, 110]


@given(edits)
def test_undo_is_the_history_without_its_last_and_reset_is_the_source(history: tuple[Edit, ...]) -> None:
    cells = _cells()
    pd.testing.assert_frame_equal(apply_edits(cells, ()), cells)
    before = apply_edits(cells, history)
    after = (*history, value_edit(3.0, ["B"]))
    assert (apply_edits(cells, after)["B"] == 3.0).all()
    pd.testing.assert_frame_equal(apply_edits(cells, after[:-1]), before)
    pd.testing.assert_frame_equal(cells, _cells())  # the source is never touched


@given(edits, st.integers(0, 23))
def test_each_cell_follows_the_last_edit_that_names_it(history: tuple[Edit, ...], cell: int) -> None:
    cells = _cells()
    row, column = divmod(cell, 3)
    month, _, block = KEYS[row]
    expected = cells.iloc[row, column]
    for edit in history:
        names = (edit.zones is None or ZONES[column] in edit.zones) and (
            edit.months is None or month in edit.months
        )
        if names and (edit.blocks is None or block in edit.blocks):
            expected = edit.value if edit.value is not None else cells.iloc[row, column] * edit.percent / 100
    assert apply_edits(cells, history).iloc[row, column] == pytest.approx(expected)


@pytest.mark.parametrize("percent", [-0.1, 1000.1, float("inf"), NAN])
def test_a_scale_lies_between_0_and_1000_percent(percent: float) -> None:
    with pytest.raises(BadInput, match="from 0 to 1000"):
        scale_edit(percent)


def test_the_largest_scale_and_value_are_allowed() -> None:
    assert (scale_edit(0).percent, scale_edit(MAX_PERCENT).percent) == (0, 1000)
    assert (value_edit(-MAX_VALUE).value, value_edit(MAX_VALUE).value) == (-1e6, 1e6)


@pytest.mark.parametrize("value", [1e7, float("-inf"), NAN])
def test_a_value_is_finite_and_no_slip_of_the_keyboard(value: float) -> None:
    with pytest.raises(BadInput, match="up to 1,000,000"):
        value_edit(value)
