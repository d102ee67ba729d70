from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.cost_breakdown import (
    PARTS,
    add_loads,
    cells_on_thin_history,
    cells_without_cost,
    compare_with_past,
    cost_parts,
    flat_prices,
    parts_by_term,
)
from lib.calc.own_comparison import compare_costs


def _cells(hpfc: list[float], n_hours: list[int]) -> pd.DataFrame:
    """Two hours of the night of two months, at a block price of 20: forward 21, adjustment 1, basis -2."""
    cells = pd.DataFrame({"he": [1, 2, 1, 2], "n_hours": n_hours, "hpfc": hpfc})
    months = pd.to_datetime(["2026-02-01", "2026-02-01", "2027-03-01", "2027-03-01"])
    parts = {"forward_price": 21.0, "da_rt_adjustment": 1.0, "zone_basis": -2.0, "block_price": 20.0}
    cells = cells.assign(
        location="Z", block_type="7x8", delivery_month=months, **parts, reason=None, is_thin=False
    )
    covariance = cells["hpfc"] / 100
    return cells.assign(
        covariance=covariance, vlr_cost_per_mwh=0.5, cost_to_serve=cells["hpfc"] + covariance + 0.5
    )


@pytest.fixture
def vlr() -> pd.DataFrame:
    """A load of 100 MW in HE 1 and 300 MW in HE 2 of both months."""
    cells = pd.DataFrame({"month": [2, 2, 3, 3], "he": [1, 2, 1, 2], "n_hours": 10})
    return cells.assign(location="Z", block_type="7x8", rt_load_mwh=[1000.0, 3000.0, 1000.0, 3000.0])


def test_the_load_shape_is_what_load_in_dear_hours_costs_by_hand(vlr: pd.DataFrame) -> None:
    # Load-weighted: (100 x 10 + 300 x 30) / 400 = 25, against 20 flat.
    (parts,) = cost_parts(_cells([10, 30, 10, 30], [28, 28, 31, 31]), vlr).to_dict("records")
    assert [parts[part] for part in PARTS] == pytest.approx([21, 1, -2, 5, 0.25, 0.5, 0])
    assert parts["cost_to_serve"] == pytest.approx(25.75)
    assert (parts["n_hours"], parts["n_excluded"]) == (118, 0)


def test_hours_without_a_price_are_left_out_and_counted(vlr: pd.DataFrame) -> None:
    cells = _cells([10, 30, np.nan, 30], [28, 28, 31, 31])
    (parts,) = cost_parts(cells, vlr).to_dict("records")
    assert (parts["n_hours"], parts["n_excluded"]) == (87, 31)
    assert (parts["n_priced"], parts["n_months"]) == (2, 2)
    (half,) = cost_parts(_cells([10, 30, np.nan, np.nan], [28, 28, 31, 31]), vlr).to_dict("records")
    assert (half["n_priced"], half["n_months"]) == (1, 2)
    (none,) = cost_parts(cells, vlr.assign(rt_load_mwh=np.nan)).to_dict("records")
    assert np.isnan(none["cost_to_serve"])
    assert none["n_excluded"] == 118


def test_a_term_takes_its_first_months(vlr: pd.DataFrame) -> None:
    terms = parts_by_term(_cells([10, 30, 40, 40], [28, 28, 31, 31]), vlr).set_index("term")
    assert terms["n_hours"].to_dict() == {12: 56, 24: 118, 36: 118}
    assert terms["n_priced"].to_dict() == {12: 1, 24: 2, 36: 2}
    assert terms.loc[12, "cost_to_serve"] == pytest.approx(25.75)


def test_a_term_beyond_the_last_price_does_not_repeat_the_price_of_a_shorter_one(vlr: pd.DataFrame) -> None:
    terms = parts_by_term(_cells([10, 30, 40, 40], [28, 28, 31, 31]), vlr).set_index("term")
    figures = terms[[*PARTS, "cost_to_serve"]]
    assert figures.notna().all(axis=1).to_dict() == {12: True, 24: True, 36: False}
    assert figures.loc[36].isna().all()


def test_a_cell_stands_for_the_mean_load_of_its_hours(vlr: pd.DataFrame) -> None:
    cells = _cells([10, 30, 10, 30], [28, 20, 31, 31])
    loads = vlr.assign(rt_load_mwh=[1000.0, 3000.0, 0.0, -10.0])
    weighed = add_loads(cells, loads)
    assert weighed["load_mwh"].fillna(-1).tolist() == [100 * 28, 300 * 20, -1, -1]
    assert add_loads(cells, loads.assign(n_hours=0))["load_mwh"].isna().all()


@settings(max_examples=30)
@given(
    st.lists(st.floats(-100, 500), min_size=4, max_size=4),
    st.lists(st.integers(1, 40), min_size=4, max_size=4),
)
def test_the_parts_add_up_to_the_cost_to_serve(hpfc: list[float], n_hours: list[int]) -> None:
    vlr = pd.DataFrame({"month": [2, 2, 3, 3], "he": [1, 2, 1, 2], "n_hours": 3, "rt_load_mwh": 90.0})
    (parts,) = cost_parts(_cells(hpfc, n_hours), vlr.assign(location="Z", block_type="7x8")).to_dict(
        "records"
    )
    assert sum(parts[part] for part in PARTS) == pytest.approx(parts["cost_to_serve"], abs=1e-9)


def test_load_shape_and_covariance_are_compared_with_the_past_by_hand(vlr: pd.DataFrame) -> None:
    parts = cost_parts(_cells([10, 30, 10, 30], [28, 28, 31, 31]), vlr)  # flat 20, load shape 5
    past = pd.DataFrame({"location": ["Z"], "flat_price": 40.0, "load_shape": 2.0, "covariance": 1.0})
    (row,) = compare_with_past(parts, past).to_dict("records")
    assert row == {
        **{"location": "Z", "past_load_shape": 0.05, "past_covariance": 0.025},
        **{"past_premium": pytest.approx(0.075), "load_shape": pytest.approx(0.25)},
        **{"covariance": pytest.approx(0.0125), "premium": pytest.approx(0.2625)},
    }
    near_zero = compare_with_past(parts, past.assign(flat_price=0.9))
    assert near_zero.filter(like="past_").isna().all(axis=None)
    assert near_zero["premium"].notna().all()


def test_a_blocks_mean_weighs_its_hours() -> None:
    flat = flat_prices(_cells([10, 30, np.nan, 30], [10, 30, 31, 31]), "hpfc")
    assert flat["hpfc"].tolist() == [(100 + 900) / 40, 30]


def test_cells_without_a_cost_are_named_by_reason_and_month() -> None:
    cells = _cells([10, 30, 10, 30], [28, 28, 31, 31]).assign(reason=[None, "no VLR", "no VLR", None])
    assert cells_without_cost(cells).to_dict("records") == [
        {
            "location": "Z",
            "reason": "no VLR",
            "blocks": "7x8",
            "months": "2026-02, 2027-03",
            "n_months": 2,
            "n_cells": 2,
        }
    ]
    assert cells_without_cost(cells.assign(reason=None)).empty


def test_months_that_lack_the_same_blocks_are_named_together_and_no_others() -> None:
    months = pd.date_range("2026-02-01", periods=4, freq="MS")
    cells = pd.DataFrame(
        {
            "location": "Z",
            "reason": "no basis history",
            "delivery_month": [*months, months[1]],
            "block_type": ["7x8"] * 4 + ["5x16"],
            "he": 1,
        }
    )
    named = cells_without_cost(cells)[["blocks", "months", "n_months", "n_cells"]]
    assert named.to_numpy().tolist() == [
        ["7x8", "2026-02, 2026-04 to 2026-05", 3, 3],
        ["5x16, 7x8", "2026-03", 1, 2],
    ]


def test_priced_cells_on_few_days_are_named() -> None:
    cells = _cells([10, 30, 10, 30], [28, 28, 31, 31]).assign(
        is_thin=[True, False, True, True], reason=[None, None, "no VLR", None]
    )
    assert cells_on_thin_history(cells).to_dict("records") == [
        {"location": "Z", "blocks": "7x8", "months": "2026-02, 2027-03", "n_months": 2, "n_cells": 2}
    ]


def test_parts_are_those_of_the_places_that_have_cells_in_their_order(vlr: pd.DataFrame) -> None:
    places = pd.CategoricalDtype(["A", "never met", "Z"])
    both = [_cells([10, 30, 10, 30], [28, 28, 31, 31]).assign(location=name) for name in ("Z", "A")]
    cells = pd.concat(both, ignore_index=True).astype({"location": places})
    loads = pd.concat([vlr, vlr.assign(location="A")], ignore_index=True).astype({"location": places})
    parts = cost_parts(cells, loads)
    assert parts["location"].tolist() == ["Z", "A"]
    assert parts["cost_to_serve"].tolist() == pytest.approx([25.75, 25.75])
    assert parts["n_hours"].tolist() == [118, 118]
    prices = flat_prices(cells)
    assert prices["location"].tolist() == ["Z", "Z", "A", "A"]
    assert prices["cost_to_serve"].tolist() == pytest.approx([20.7] * 4)


def test_a_term_ends_before_the_same_month_of_a_later_year(vlr: pd.DataFrame) -> None:
    cells = _cells([10, 30, 40, 40], [28, 28, 31, 31])
    cells["delivery_month"] = cells["delivery_month"].replace(
        pd.Timestamp("2027-03-01"), pd.Timestamp("2027-02-01")
    )
    terms = parts_by_term(cells, vlr)
    assert terms[["term", "n_hours"]].to_numpy().tolist() == [[12, 56], [24, 118], [36, 118]]
    assert terms.index.tolist() == [0, 1, 2]
    assert next(iter(terms)) == "term"


def test_a_mean_load_that_is_not_above_zero_is_none(vlr: pd.DataFrame) -> None:
    loads = vlr.assign(rt_load_mwh=[0.0, 5.0, -5.0, np.nan])
    found = add_loads(_cells([10, 30, 40, 40], [28, 28, 31, 31]), loads)
    assert found["load_mw"].fillna(-1).tolist() == [-1, 0.5, -1, -1]
    assert len(add_loads(_cells([10, 30, 40, 40], [28, 28, 31, 31]), loads.iloc[:1])) == 4


def test_own_load_is_compared_with_its_zone_over_the_cells_that_both_have(vlr: pd.DataFrame) -> None:
    """The zone has 100 MW in HE 1 and 300 in HE 2, the own load 1 MW in both: 20 flat, no load shape."""
    cells = _cells([10, 30, 10, 30], [28, 28, 31, 31])
    own_cells = cells.assign(covariance=0.0, cost_to_serve=cells["hpfc"] + 0.7)
    flat = vlr.assign(rt_load_mwh=10.0)
    compared = compare_costs(own_cells, flat, cells, vlr).set_index("price_part")
    assert compared["own_per_mwh"].to_dict() == pytest.approx(
        {"load shape": 0, "covariance": 0, "VLR": 0.7, "risk": 0, "cost to serve (energy)": 20.7}
    )
    assert compared["zone_per_mwh"].to_dict() == pytest.approx(
        {"load shape": 5, "covariance": 0.25, "VLR": 0.5, "risk": 0, "cost to serve (energy)": 25.75}
    )
    assert compared["own_less_zone"].to_numpy() == pytest.approx([-5, -0.25, 0.2, 0, -5.05])
    assert set(compared["n_hours"]) == {118}
    # A month that the own load does not have counts for neither.
    february = compare_costs(own_cells, flat[flat["month"] == 2], cells, vlr)
    assert set(february["n_hours"]) == {56}


def test_own_load_that_is_the_zones_costs_the_same_and_none_compares_nothing(vlr: pd.DataFrame) -> None:
    cells = _cells([10, 30, 10, 30], [28, 28, 31, 31])
    assert compare_costs(cells, vlr, cells, vlr)["own_less_zone"].tolist() == [0] * 5
    assert compare_costs(cells, vlr.assign(rt_load_mwh=np.nan), cells, vlr).empty
    assert compare_costs(cells.head(0), vlr.head(0), cells, vlr).empty
