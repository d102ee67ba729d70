"""Typical differences: the median of the month, drawn towards the block."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.calc.hub_history import PriceHistory
from lib.calc.robust import robust_estimate, year_month_means
from lib.events import is_event
from lib.hours import market_hours

X = st.lists(st.floats(-1000, 1000), min_size=2, max_size=8)


def _means(x: list[float], month: list[int] | None = None, block: str = "7x8") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "hub": "A",
            "year": range(2020, 2020 + len(x)),
            "month": month or 2,
            "block_type": block,
            "x": x,
            "n_hours": 10,
            "n_days": 5,
        }
    )


def test_a_month_is_drawn_towards_its_block() -> None:
    means = _means([1.0, 2.0, 9.0, 3.0, 5.0], month=[2, 2, 2, 3, 3])
    february, march = robust_estimate(means, "hub").itertuples()
    assert february.estimate == pytest.approx(0.25 * 2 + 0.75 * 3)
    assert march.estimate == pytest.approx(0.25 * 4 + 0.75 * 3)
    error = 1.2533 * np.std([1, 2, 9, 3, 5], ddof=1) / np.sqrt(5)
    assert february.standard_error == march.standard_error == pytest.approx(error)
    assert (february.n_years, february.n_hours, february.n_days, march.n_years) == (3, 30, 15, 2)


def test_the_standard_error_of_a_single_value_is_not_known() -> None:
    only = robust_estimate(_means([4.0]), "hub").iloc[0]
    assert only["estimate"] == 4.0
    assert np.isnan(only["standard_error"])


def test_months_and_blocks_without_a_value_have_no_row() -> None:
    hours = market_hours("ERCOT", date(2024, 1, 1), date(2024, 2, 29))
    one = (hours["month"] == 2) & (hours["block_type"] == "7x8")
    values = pd.DataFrame({"A": np.where(one & ~one.shift(fill_value=False), 3.0, np.nan)})
    values.loc[np.flatnonzero(values["A"].notna())[1:], "A"] = np.nan
    means = year_month_means(values, hours, "hub")
    assert means.astype({"block_type": str}).to_dict("records") == [
        {"hub": "A", "year": 2024, "month": 2, "block_type": "7x8", "x": 3.0, "n_hours": 1, "n_days": 1}
    ]
    assert len(robust_estimate(means, "hub")) == 1


def test_hours_of_an_event_do_not_count() -> None:
    hours = market_hours("ERCOT", date(2021, 2, 1), date(2021, 3, 31))
    left_out = is_event("ERCOT", hours["market_date"])
    values = pd.DataFrame({"A": np.where(left_out, -5000.0, 2.0)})
    usual = year_month_means(values, hours, "hub", left_out)
    assert set(usual["x"]) == {2.0}
    of_february = usual[(usual["month"] == 2) & (usual["block_type"] == "7x8")].iloc[0]
    assert (of_february["n_days"], of_february["n_hours"]) == (28 - 9, 8 * (28 - 9))
    assert year_month_means(values, hours, "hub")["x"].min() < -1000


@given(x=X, shift=st.floats(-100, 100), scale=st.floats(0.1, 10))
def test_it_moves_and_scales_with_the_values(x: list[float], shift: float, scale: float) -> None:
    before = robust_estimate(_means(x), "hub").iloc[0]
    after = robust_estimate(_means([scale * value + shift for value in x]), "hub").iloc[0]
    assert after["estimate"] == pytest.approx(scale * before["estimate"] + shift, abs=1e-6)
    assert after["standard_error"] == pytest.approx(scale * before["standard_error"], abs=1e-6)


@given(x=st.lists(st.floats(-10, 10), min_size=3, max_size=7), wild=st.floats(-1e6, 1e6))
def test_a_wild_year_moves_it_no_further_than_the_others_reach(x: list[float], wild: float) -> None:
    estimate = robust_estimate(_means([*x, wild]), "hub")["estimate"].iloc[0]
    assert min(x) - 1e-9 <= estimate <= max(x) + 1e-9


def test_real_basis_of_each_year_is_the_known_one(ercot_years: PriceHistory) -> None:
    difference = ercot_years.da[["WEST ZONE"]].sub(ercot_years.da["HB_NORTH"], axis=0)
    on_peak = ercot_years.hours["block_type"] == "5x16"
    of_years = difference[on_peak].groupby(ercot_years.hours["year"])["WEST ZONE"].mean()
    assert of_years.round(2).tolist() == [-2.07, -4.81, -6.52, -0.80, 1.20]
    means = year_month_means(difference, ercot_years.hours, "location")
    means = means[means["block_type"] == "5x16"]
    totals = (means["x"] * means["n_hours"]).groupby(means["year"]).sum()
    hours = means.groupby("year")["n_hours"].sum()
    assert (totals / hours).round(2).tolist() == of_years.round(2).tolist()


def test_real_difference_of_february_survives_the_storm(ercot_years: PriceHistory) -> None:
    hours = ercot_years.hours
    difference = ercot_years.da[["HB_NORTH"]] - ercot_years.rt[["HB_NORTH"]]
    of_february = (hours["month"] == 2) & (hours["block_type"] == "7x8")
    assert difference.loc[of_february, "HB_NORTH"].mean() == pytest.approx(-25.95, abs=0.005)
    usual = year_month_means(difference, hours, "hub", is_event("ERCOT", hours["market_date"]))
    estimates = robust_estimate(usual, "hub").set_index(["month", "block_type"])["estimate"]
    assert estimates.loc[2].abs().max() < 3
    by_hand = usual[usual["block_type"] == "7x8"]
    of_month, of_block = by_hand.loc[by_hand["month"] == 2, "x"].median(), by_hand["x"].median()
    assert estimates[(2, "7x8")] == pytest.approx(0.25 * of_month + 0.75 * of_block)
