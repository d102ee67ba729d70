"""Which hours, days and years VLR stands on: near-zero hours, dear days, and the window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.diagnostics import (
    ALL_ZONES,
    daily_costs,
    dear_day_shares,
    dearest_days,
    near_zero_hours,
    window_sensitivity,
)
from lib.calc.drift import vlr_by_year
from lib.calc.interval import INTERVAL, bootstrap
from lib.calc.resampling import day_sums, quantiles
from lib.calc.vlr import estimate, hourly_vlr
from lib.hours import market_hours

INPUTS = ["da_lmp_usd_per_mwh", "da_load_mw", "rt_lmp_usd_per_mwh", "rt_load_mw"]

WORKED = [(40.0, 1000.0, 60.0, 1100.0), (0.5, 1000.0, 60.0, 1100.0), (50.0, 1000.0, 30.0, 950.0)]
"""Three of the worked hours of VLR; the second has a day-ahead price of 50 cents."""


def _hours(rows: list[tuple[float, float, float, float]], zone: str = "A") -> pd.DataFrame:
    return hourly_vlr(pd.DataFrame(rows, columns=INPUTS).assign(location=pd.Categorical([zone] * len(rows))))


def _costs(*days: float) -> pd.DataFrame:
    dates = pd.date_range("2024-07-01", periods=len(days), name="market_date")
    return pd.DataFrame({ALL_ZONES: days, "A": days}, dates)


def test_one_hour_near_zero_makes_the_mean_of_ratios() -> None:
    row = near_zero_hours(_hours(WORKED)).iloc[0]
    assert (row["n_hours"], row["n_under_1"], row["n_under_5"]) == (3, 1, 1)
    assert row["share_under_1"] == pytest.approx(1 / 3)
    assert row["mean_ratio"] == pytest.approx(3.628230, abs=5e-7)
    assert row["mean_ratio_without_1"] == pytest.approx(0.033254, abs=5e-7)
    assert row["cost_weighted"] == pytest.approx(0.097230, abs=5e-7)
    assert row["cost_weighted_without_1"] == pytest.approx(0.032787, abs=5e-7)


def test_a_threshold_counts_sizes_and_leaves_itself_in() -> None:
    hours = _hours([(-0.5, 10, 1, 11), (1.0, 10, 1, 11), (-5.0, 10, 1, 11), (40.0, 10, float("nan"), 11)])
    row = near_zero_hours(hours).iloc[0]
    assert (row["n_hours"], row["n_under_1"], row["n_under_5"]) == (3, 1, 2)


def test_what_is_left_without_an_hour_is_null() -> None:
    row = near_zero_hours(_hours([(0.5, 1000, 60, 1100)])).iloc[0]
    assert row["n_under_1"] == 1
    assert row[["mean_ratio", "mean_ratio_without_1", "cost_weighted_without_5"]].isna().all()
    empty = near_zero_hours(_hours([(40, 1000, float("nan"), 1100)])).iloc[0]
    assert empty["n_hours"] == 0 and np.isnan(empty["share_under_1"])


def test_the_shares_of_dear_days_in_both_sums() -> None:
    whole, zone = dear_day_shares(_costs(500, 300, -150, 50, -100), n=2).to_dict("records")
    assert (whole["location"], zone["location"]) == (ALL_ZONES, "A")
    assert (whole["net_usd"], whole["gross_usd"], whole["dear_usd"]) == (600, 850, 800)
    assert whole["share_of_net"] == pytest.approx(800 / 600) == zone["share_of_net"]
    assert whole["share_of_gross"] == pytest.approx(800 / 850)
    assert whole["dearest_day"] == pd.Timestamp("2024-07-01")
    days = dearest_days(_costs(500, 300, -150, 50, -100), n=2)
    assert days["cost_usd"].tolist() == [500, 300]
    assert days["share_of_net"].tolist() == pytest.approx([500 / 600, 300 / 600])


@pytest.mark.parametrize("costs", [(500, 300, 50, -100, -700), (500, 300, 50, -100, -900)])
def test_a_share_of_almost_nothing_is_null_and_the_other_stands(costs: tuple[float, ...]) -> None:
    """The net of 50 is 3 % of 1,650; a net saving has no share either."""
    row = dear_day_shares(_costs(*costs), n=2).iloc[0]
    assert np.isnan(row["share_of_net"])
    assert row["share_of_gross"] == pytest.approx(800 / 850)


def test_days_that_save_are_never_dear_and_no_cost_has_no_share() -> None:
    row = dear_day_shares(_costs(-5, -3, float("nan"))).iloc[0]
    assert (row["dear_usd"], row["net_usd"]) == (0, -8)
    assert row[["share_of_net", "share_of_gross", "dearest_day"]].isna().all()
    assert dearest_days(_costs(-5, -3)).empty
    assert len(dearest_days(_costs(7, -3, 0))) == 1


@settings(max_examples=40)
@given(st.lists(st.integers(-1_000_000, 1_000_000), min_size=1, max_size=40), st.floats(0.01, 100))
def test_shares_do_not_depend_on_the_scale_and_the_sequence(days: list[int], scale: float) -> None:
    before = dear_day_shares(_costs(*days), 3).iloc[0]
    after = dear_day_shares(_costs(*(scale * day for day in reversed(days))), 3).iloc[0]
    for name in ("share_of_net", "share_of_gross"):
        assert after[name] == pytest.approx(before[name], rel=1e-6, nan_ok=True)
        assert not before[name] < 0
    assert not before["share_of_gross"] > 1 + 1e-12


def test_a_load_that_zones_share_counts_once() -> None:
    hours = market_hours("MISO", date(2024, 7, 1), date(2024, 9, 30))
    grid = pd.concat([hours.assign(location=zone) for zone in ("A", "B", "C")], ignore_index=True)
    load = np.random.default_rng(1).uniform(5, 15, (2, len(hours)))
    grid = grid.assign(
        unitized_cost=0.5, da_lmp_usd_per_mwh=30.0, rt_load_mw=np.r_[load[0], load[0], load[1]]
    )
    costs = daily_costs(grid)
    assert costs[ALL_ZONES].sum() == pytest.approx(0.5 * load.sum())
    dear = grid.assign(unitized_cost=np.repeat([1.0, 0.0, 2.0], len(hours)))
    expected = (load[0].sum() / 2 + 2 * load[1].sum()) / load.sum()
    assert window_sensitivity(dear, resamples=5)["cost_per_mwh"].iloc[0] == pytest.approx(expected)
    assert vlr_by_year(dear)["cost_per_mwh"].iloc[0] == pytest.approx(expected)


@pytest.fixture(scope="module")
def three_years() -> pd.DataFrame:
    """Two zones over three years; the cost of one MWh is the year's last digit in cents, plus noise."""
    hours = market_hours("PJM", date(2021, 1, 1), date(2023, 12, 31))
    grid = pd.concat([hours.assign(location=zone) for zone in ("A", "B")], ignore_index=True)
    grid["location"] = pd.Categorical(grid["location"], ["A", "B"])
    dice = np.random.default_rng(3)
    noise = dice.normal(0, 0.2, len(grid))
    cost = (grid["year"] - 2020) / 100 + noise
    return grid.assign(unitized_cost=cost, da_lmp_usd_per_mwh=30.0, rt_load_mw=dice.uniform(5, 15, len(grid)))


def test_windows_reach_back_from_the_last_day(three_years: pd.DataFrame) -> None:
    table = window_sensitivity(three_years, resamples=50)
    whole = table[table["location"] == ALL_ZONES]
    assert table["location"].tolist() == [ALL_ZONES] * 3 + ["A"] * 3 + ["B"] * 3
    assert whole["last_years"].tolist()[:2] == [1, 2] and whole["last_years"].isna().tolist()[2]
    assert whole["first_day"].tolist() == [pd.Timestamp(f"{year}-01-01") for year in (2023, 2022, 2021)]
    assert whole["n_days"].tolist() == [365, 730, 1095]
    for row in table.itertuples():
        inside = three_years[three_years["market_date"] >= row.first_day]
        if row.location != ALL_ZONES:
            inside = inside[inside["location"] == row.location]
        (figures,) = estimate(inside.assign(hourly_vlr=0.0, iso="X"), ["iso"]).itertuples()
        assert row.cost_per_mwh == pytest.approx(figures.cost_per_mwh, rel=1e-12)
        assert row.cost_weighted == pytest.approx(figures.cost_weighted, rel=1e-12)
    assert (whole[INTERVAL].diff(axis=1).iloc[:, 1:] > 0).all(axis=None)


def test_all_days_have_the_draws_of_months_and_blocks(three_years: pd.DataFrame) -> None:
    table = window_sensitivity(three_years, resamples=50, seed=7)
    _, draws = bootstrap(day_sums(three_years), 50, 7)
    cost, load = draws.totals[[0, 2]].sum(axis=(1, 2, 3))
    all_days = table[(table["location"] == ALL_ZONES) & table["last_years"].isna()]
    assert all_days[INTERVAL].to_numpy()[0] == pytest.approx(quantiles(cost, load), rel=1e-9)
    again = window_sensitivity(three_years, resamples=50, seed=7)
    pd.testing.assert_frame_equal(table, again, check_exact=True)


def test_a_window_of_few_days_has_no_interval_and_of_none_no_figure(three_years: pd.DataFrame) -> None:
    known = three_years["unitized_cost"].where(three_years["market_date"] >= "2023-12-01")
    table = window_sensitivity(three_years.assign(unitized_cost=known), resamples=20)
    assert table["last_years"].isna().all() and (table["n_days"] == 31).all()
    assert table["cost_per_mwh"].notna().all() and table[INTERVAL].isna().all(axis=None)
    nothing = window_sensitivity(three_years.assign(unitized_cost=np.nan), resamples=20)
    assert nothing["cost_per_mwh"].isna().all() and (nothing["n_days"] == 0).all()


@settings(max_examples=8)
@given(load=st.floats(0.01, 100), price=st.floats(0.01, 100))
def test_loads_do_not_matter_and_prices_scale(three_years: pd.DataFrame, load: float, price: float) -> None:
    some = three_years[three_years["year"] == 2023].reset_index(drop=True)
    before = window_sensitivity(some, resamples=20)
    other = some.assign(
        rt_load_mw=some["rt_load_mw"] * load,
        unitized_cost=some["unitized_cost"] * price,
        da_lmp_usd_per_mwh=some["da_lmp_usd_per_mwh"] * price,
    )
    after = window_sensitivity(other, resamples=20)
    for name in ("cost_per_mwh", *INTERVAL):
        assert after[name].to_numpy() == pytest.approx(price * before[name].to_numpy(), rel=1e-6)


def test_in_ercot_ten_days_hold_half_and_west_has_the_hours_near_zero(
    years_hourly: Callable[[str], pd.DataFrame],
) -> None:
    hourly = years_hourly("ERCOT")
    costs = daily_costs(hourly)
    assert costs.drop(columns=ALL_ZONES).sum().sum() == pytest.approx(
        (hourly["unitized_cost"] * hourly["rt_load_mw"]).sum()
    )
    shares = dear_day_shares(costs).set_index("location")
    assert 0.45 < shares.loc[ALL_ZONES, "share_of_net"] < 0.55
    assert 0.30 < shares.loc[ALL_ZONES, "share_of_gross"] < 0.36
    near = near_zero_hours(hourly).set_index("location")
    assert near["n_under_1"].idxmax() == "WEST ZONE"
    west = near.loc["WEST ZONE"]
    assert west["mean_ratio"] < 0 < west["mean_ratio_without_1"] < west["cost_weighted"]
    assert west["cost_weighted_without_1"] == pytest.approx(west["cost_weighted"], rel=0.01)


def test_in_vermont_costs_and_savings_cancel_out(years_hourly: Callable[[str], pd.DataFrame]) -> None:
    shares = dear_day_shares(daily_costs(years_hourly("ISONE"))).set_index("location")
    assert shares["share_of_net"].isna().to_dict() == {name: name == "VERMONT" for name in shares.index}
    assert shares.loc["VERMONT", "share_of_gross"] == pytest.approx(0.13, abs=0.01)
