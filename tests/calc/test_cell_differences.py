"""Two versions of a curve are compared bit for bit, and their moves add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.cell_differences import (
    PARTS,
    Compared,
    common_cells,
    find_differences,
    largest_moves,
    month_block_moves,
    part_moves,
    whole_figure,
)
from lib.hours import BLOCK_TYPE

VLR = Compared("cost_per_mwh", "rt_load_mwh", base="da_price")
COST = Compared("cost_to_serve", "n_hours", month="delivery_month")


def _vlr(values: list[float], loads: list[float], prices: float = 40.0) -> pd.DataFrame:
    """Cells of one July 5x16 block, HE 8 and the next."""
    return pd.DataFrame(
        {
            "location": "A",
            "month": 7,
            "he": range(8, 8 + len(values)),
            "block_type": pd.Categorical(["5x16"] * len(values), dtype=BLOCK_TYPE),
            "cost_per_mwh": values,
            "rt_load_mwh": loads,
            "da_price": prices,
        }
    )


def test_the_worked_example_of_the_moves() -> None:
    before, now = _vlr([0.5, 1.0], [900.0, 100.0]), _vlr([0.6, 0.8], [1000.0, 3000.0])
    (row,) = month_block_moves(before, now, VLR).to_dict("records")
    # (1,000 x 0.5 + 3,000 x 1.0) / 4,000 = 0.875 -> (1,000 x 0.6 + 3,000 x 0.8) / 4,000 = 0.75
    assert row["before"] == pytest.approx(0.875) and row["now"] == pytest.approx(0.75)
    assert row["change"] == pytest.approx(-0.125) and row["change_pct"] == pytest.approx(-0.125 / 40)
    assert row["n_cells"] == 2
    most = largest_moves(before, now, VLR)
    assert most["he"].tolist() == [9, 8]
    assert most["change"].tolist() == pytest.approx([-0.2, 0.1])
    assert whole_figure(now, VLR) == pytest.approx(0.75)


def test_a_cell_that_only_one_version_has_moves_nothing() -> None:
    before, now = _vlr([0.5], [1000.0]), _vlr([0.5, 9.0], [1000.0, 1000.0])
    assert month_block_moves(before, now, VLR)["change"].tolist() == [0.0]
    assert largest_moves(before, now, VLR).empty
    only = common_cells(before, now, VLR)
    assert whole_figure(now, VLR, only) == 0.5 and whole_figure(now, VLR) == pytest.approx(4.75)


def test_a_fraction_of_a_price_near_zero_is_empty() -> None:
    before, now = _vlr([0.5], [1.0], prices=0.5), _vlr([0.6], [1.0], prices=0.5)
    assert month_block_moves(before, now, VLR)["change_pct"].isna().all()
    assert largest_moves(before, now, VLR)["change_pct"].isna().all()


@given(st.lists(st.tuples(*[st.floats(-1e3, 1e3)] * 2, st.floats(1, 1e6)), min_size=1, max_size=16))
@settings(max_examples=30)
def test_the_figure_of_a_block_lies_between_its_cells(rows: list[tuple[float, float, float]]) -> None:
    olds, news, loads = (list(column) for column in zip(*rows, strict=True))
    (row,) = month_block_moves(_vlr(olds, loads), _vlr(news, loads), VLR).to_dict("records")
    assert row["change"] == pytest.approx(row["now"] - row["before"], abs=1e-9)
    assert min(olds) - 1e-9 <= row["before"] <= max(olds) + 1e-9
    assert row["now"] == pytest.approx(whole_figure(_vlr(news, loads), VLR), abs=1e-9)


def test_one_bit_is_a_difference_and_null_equals_null() -> None:
    stored = _vlr([0.1, np.nan, 0.3], [1.0, 2.0, 3.0])
    computed = _vlr([np.nextafter(0.1, 1), np.nan, 0.3], [1.0, 2.0, 3.0])
    found, n = find_differences("vlr", stored, computed)
    assert n == 3 * 3
    (row,) = found.to_dict("records")
    assert (row["table"], row["cell"], row["column"]) == ("vlr", "A, 7, 8, 5x16", "cost_per_mwh")
    assert row["stored"] == 0.1 and row["computed"] > 0.1
    assert find_differences("vlr", stored, stored.iloc[::-1])[0].empty


def test_a_zero_with_another_sign_is_a_difference() -> None:
    assert len(find_differences("vlr", _vlr([0.0], [1.0]), _vlr([-0.0], [1.0]))[0]) == 1


def test_a_cell_that_is_missing_differs_in_every_column() -> None:
    found, n = find_differences("vlr", _vlr([0.1, 0.2], [1.0, 1.0]), _vlr([0.1], [1.0]))
    assert n == 6 and set(found["cell"]) == {"A, 7, 9, 5x16"} and len(found) == 3


def test_a_column_that_later_code_added_is_compared_only_where_the_version_has_it() -> None:
    stored, computed = _vlr([0.1], [1.0]), _vlr([0.1], [1.0])
    assert find_differences("vlr", stored.assign(band=np.nan), computed)[0].empty
    assert find_differences("vlr", stored.assign(band=1.0), computed)[0]["column"].tolist() == ["band"]


def _costs(parts: list[tuple[float, ...]]) -> pd.DataFrame:
    """Cells of a cost curve: forward, adjustment, basis, hpfc, covariance, VLR and risk of each."""
    names = ("forward_price", "da_rt_adjustment", "basis", "hpfc", "covariance", "vlr", "risk")
    cells = pd.DataFrame(parts, columns=names).assign(
        location="A",
        delivery_month=pd.Timestamp("2026-07-01"),
        he=range(8, 8 + len(parts)),
        block_type=pd.Categorical(["5x16"] * len(parts), dtype=BLOCK_TYPE),
        n_hours=range(20, 20 + len(parts)),
    )
    block_price = cells["forward_price"] + cells["da_rt_adjustment"] + cells["basis"]
    cost = cells["hpfc"] + cells["covariance"] + cells["vlr"] + cells["risk"]
    return cells.assign(block_price=block_price, cost_to_serve=cost)


numbers = st.floats(-1e3, 1e3)
cost_cells = st.lists(st.tuples(*[numbers] * 7), min_size=3, max_size=3)


@given(cost_cells, cost_cells)
@settings(max_examples=30)
def test_the_moves_of_the_parts_add_up_to_that_of_the_cost(
    before: list[tuple[float, ...]], now: list[tuple[float, ...]]
) -> None:
    old, new = _costs(before), _costs(now)
    moves = part_moves(old, new)
    assert moves["price_part"].tolist() == list(PARTS)
    whole = month_block_moves(old, new, COST)
    assert moves["change"].sum() == pytest.approx(whole["change"].item(), abs=1e-9)
    assert moves["now"].sum() == pytest.approx(whole_figure(new, COST), abs=1e-9)


def test_texts_and_flags_are_compared_as_they_are() -> None:
    stored = _vlr([0.1, 0.2], [1.0, 1.0]).assign(hub=["West", None], is_thin=[True, False])
    assert find_differences("vlr", stored, stored.copy())[0].empty
    computed = stored.assign(hub=["East", None], is_thin=[True, True])
    found = find_differences("vlr", stored, computed)[0]
    assert found[["cell", "column", "stored", "computed"]].to_numpy().tolist() == [
        ["A, 7, 8, 5x16", "hub", "West", "East"],
        ["A, 7, 9, 5x16", "is_thin", False, True],
    ]


def test_a_text_that_is_missing_on_one_side_is_a_difference() -> None:
    stored = _vlr([0.1], [1.0]).assign(hub=[None])
    found = find_differences("vlr", stored, stored.assign(hub=["West"]))[0]
    assert found["computed"].tolist() == ["West"] and found["stored"].isna().all()


def test_a_cell_that_is_new_differs_though_its_numbers_are_null() -> None:
    stored, computed = _vlr([0.1], [1.0]), _vlr([0.1, np.nan], [1.0, np.nan], prices=np.nan)
    found = find_differences("vlr", stored.assign(da_price=np.nan), computed)[0]
    assert set(found["cell"]) == {"A, 7, 9, 5x16"} and found["column"].nunique() == 3


def test_months_of_delivery_are_one_in_any_resolution_and_named_by_month() -> None:
    stored = _costs([(50.0, 0.0, 0.0, 50.0, 0.5, 0.2, 0.0)])
    computed = stored.assign(delivery_month=stored["delivery_month"].astype("datetime64[s]"))
    assert find_differences("cost_curve", stored, computed)[0].empty
    found = find_differences("cost_curve", stored, computed.assign(hpfc=51.0))[0]
    assert found["cell"].tolist() == ["A, 2026-07, 8, 5x16"]


def test_a_version_of_before_the_covariance_was_kept_has_a_covariance_of_zero() -> None:
    old = _costs([(50.0, 0.0, 0.0, 50.0, 0.0, 0.2, 0.0)]).assign(covariance=np.nan, risk=np.nan)
    new = _costs([(50.0, 0.0, 0.0, 50.0, 0.5, 0.3, 0.1)])
    moves = part_moves(old, new).set_index("price_part")["change"]
    assert moves[moves.abs() > 1e-12].to_dict() == pytest.approx({"covariance": 0.5, "VLR": 0.1, "risk": 0.1})


def test_cells_without_a_positive_load_have_no_figure() -> None:
    assert np.isnan(whole_figure(_vlr([0.5, 0.6], [0.0, -1.0]), VLR))
    assert whole_figure(_vlr([0.5, 0.9], [10.0, 0.0]), VLR) == 0.5


def test_a_price_of_exactly_the_least_base_has_a_percent() -> None:
    before, now = _vlr([0.5], [1.0], prices=1.0), _vlr([0.6], [1.0], prices=1.0)
    assert largest_moves(before, now, VLR)["change_pct"].tolist() == pytest.approx([0.1])


def test_cells_that_moved_alike_stay_in_their_order_and_ten_are_shown() -> None:
    before = _vlr([0.0] * 12, [1.0] * 12)
    now = _vlr([0.5] * 12, [1.0] * 12)
    most = largest_moves(before, now, VLR)
    assert most["he"].tolist() == list(range(8, 18)) and most.index.tolist() == list(range(10))
