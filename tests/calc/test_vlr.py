from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.checks import check_vlr
from lib.calc.grid import CELL, VALUES, build_grid
from lib.calc.vlr import (
    CHAIN,
    EXCLUSIONS,
    count_exclusions,
    estimate,
    estimates_from_sums,
    hourly_vlr,
    vlr_curve,
)
from lib.hours import market_hours
from lib.markets import SETTLED_COLUMN

NAN = float("nan")

# DA LMP, DA load, RT LMP, RT load -> hedge, imbalance, total, total price, unitized cost, VLR
WORKED = [
    (40, 1000, 60, 1100, 40000, 6000, 46000, 41.818182, 1.818182, 0.045455),
    (40, 1000, 60, 900, 40000, -6000, 34000, 37.777778, -2.222222, -0.055556),
    (40, 1000, 20, 1100, 40000, 2000, 42000, 38.181818, -1.818182, -0.045455),
    (50, 1000, 30, 950, 50000, -1500, 48500, 51.052632, 1.052632, 0.021053),
    (0.5, 1000, 60, 1100, 500, 6000, 6500, 5.909091, 5.409091, 10.818182),
    (-5, 1000, 10, 1100, -5000, 1000, -4000, -3.636364, 1.363636, -0.272727),
]

prices = st.one_of(st.floats(-500, 5000), st.sampled_from([0.0, 0.01, -0.01, NAN]))
loads = st.one_of(st.floats(0.1, 50_000), st.sampled_from([0.0, -1.0, NAN]))
hours_of_values = st.lists(st.tuples(prices, prices, loads, loads), min_size=1, max_size=40)


def _frame(rows: list[tuple[float, float, float, float]]) -> pd.DataFrame:
    """Rows of (DA LMP, RT LMP, DA load, RT load)."""
    return pd.DataFrame(rows, columns=VALUES, dtype=float)


def _grid(rows: list[tuple[float, float, float, float]], location: str = "A") -> pd.DataFrame:
    """The rows as the hours of a window that begins on Monday 2025-07-14."""
    n_days = -(-len(rows) // 24)
    hours = market_hours("PJM", date(2025, 7, 14), date(2025, 7, 13 + n_days))
    values = _frame(rows).assign(location=location, interval_start=hours["interval_start"].iloc[: len(rows)])
    return build_grid(values, hours, [location])


@pytest.mark.parametrize("row", WORKED)
def test_worked_rows(row: tuple[float, ...]) -> None:
    da_lmp, da_load, rt_lmp, rt_load, *expected = row
    out = hourly_vlr(_frame([(da_lmp, rt_lmp, da_load, rt_load)])).iloc[0]
    names = ["hedge_cost", "imbalance_cost", "total_cost", "total_price", "unitized_cost", "hourly_vlr"]
    assert out[names].astype(float).round(6).tolist() == expected
    assert out["price_variance"] == rt_lmp - da_lmp
    assert out["price_variance_pct"] == pytest.approx((rt_lmp - da_lmp) / da_lmp)
    assert out["load_variance"] == rt_load - da_load
    assert out["load_variance_pct"] == pytest.approx((rt_load - da_load) / da_load)
    assert pd.isna(out["exclusion"])


@pytest.mark.parametrize(
    ("values", "null", "reason"),
    [
        ((NAN, 60, 1000, 1100), set(CHAIN) - {"load_variance", "load_variance_pct", "imbalance_cost"}, 0),
        (
            (40, NAN, 1000, 1100),
            set(CHAIN) - {"load_variance", "load_variance_pct", "hedge_cost"},
            1,
        ),
        ((40, 60, NAN, 1100), set(CHAIN) - {"price_variance", "price_variance_pct"}, 2),
        ((40, 60, 1000, NAN), set(CHAIN) - {"price_variance", "price_variance_pct", "hedge_cost"}, 3),
        ((40, 60, 0, 1100), set(CHAIN) - {"price_variance", "price_variance_pct"}, 4),
        ((40, 60, 1000, -1), set(CHAIN) - {"price_variance", "price_variance_pct", "hedge_cost"}, 5),
        ((0, 60, 1000, 1100), {"price_variance_pct", "hourly_vlr"}, None),
        ((NAN, NAN, NAN, NAN), set(CHAIN), 0),
    ],
)
def test_a_column_is_null_exactly_where_one_of_its_own_inputs_is_unusable(
    values: tuple[float, float, float, float], null: set[str], reason: int | None
) -> None:
    out = hourly_vlr(_frame([values])).iloc[0]
    assert {name for name in CHAIN if pd.isna(out[name])} == null
    assert (None if pd.isna(out["exclusion"]) else out["exclusion"]) == (
        None if reason is None else EXCLUSIONS[reason]
    )


@given(hours_of_values)
def test_unitized_cost_is_the_load_error_share_of_the_spread(rows: list) -> None:
    out = hourly_vlr(_frame(rows))
    known = out[out["unitized_cost"].notna()]
    identity = (1 - known["da_load_mw"] / known["rt_load_mw"]) * known["price_variance"]
    size = known[["total_price", "da_lmp_usd_per_mwh", "rt_lmp_usd_per_mwh"]].abs().max(axis=1).clip(lower=1)
    assert ((known["unitized_cost"] - identity).abs() <= 1e-9 * size).all()
    assert (out["unitized_cost"].isna() == out["exclusion"].notna()).all()
    assert np.isfinite(out[list(CHAIN)].to_numpy(float)[out[list(CHAIN)].notna()]).all()


@given(hours_of_values, st.floats(0.01, 100))
@settings(max_examples=30)
def test_vlr_is_scale_free_in_load(rows: list, scale: float) -> None:
    grid = _grid(rows)
    scaled = grid.assign(da_load_mw=grid["da_load_mw"] * scale, rt_load_mw=grid["rt_load_mw"] * scale)
    one, other = (estimate(hourly_vlr(g), ["location"]).iloc[0] for g in (grid, scaled))
    for name in ("cost_weighted", "cost_per_mwh"):
        assert other[name] == pytest.approx(one[name], rel=1e-6, abs=1e-6, nan_ok=True)


@given(hours_of_values)
@settings(max_examples=30)
def test_used_and_excluded_hours_are_the_window_and_cells_add_up(rows: list) -> None:
    hourly = hourly_vlr(_grid(rows))
    curve, zone = vlr_curve(hourly), estimate(hourly, ["location"]).iloc[0]
    assert (curve["n_hours"] + curve["n_excluded"]).sum() == len(hourly)
    assert count_exclusions(hourly)["n_hours"].sum() == curve["n_excluded"].sum()
    assert curve["unitized_cost_usd"].sum() == pytest.approx(
        0 if pd.isna(zone["unitized_cost_usd"]) else zone["unitized_cost_usd"], rel=1e-9, abs=1e-3
    )


def test_estimators_of_one_cell_by_hand() -> None:
    # HE 1 of two days: unitized costs 1.818182 and 1.052632 over 1100 and 950 MWh.
    day = [(40.0, 60.0, 1000.0, 1100.0)] + [(NAN, NAN, NAN, NAN)] * 23
    other = [(50.0, 30.0, 1000.0, 950.0)] + [(NAN, NAN, NAN, NAN)] * 23
    curve = vlr_curve(hourly_vlr(_grid(day + other)))
    cell = curve[(curve["he"] == 1)].iloc[0]
    assert cell[["month", "block_type"]].tolist() == [7, "7x8"]
    assert cell["unitized_cost_usd"] == pytest.approx(2000 + 1000)
    assert cell["da_value_usd"] == pytest.approx(40 * 1100 + 50 * 950)
    assert cell["rt_load_mwh"] == pytest.approx(2050)
    assert cell["mean_ratio"] == pytest.approx((1.8181818 / 40 + 1.0526316 / 50) / 2)
    assert cell["cost_weighted"] == pytest.approx(3000 / 91500)
    assert cell["cost_per_mwh"] == pytest.approx(3000 / 2050)
    assert cell[["n_hours", "n_days", "n_years", "n_excluded"]].tolist() == [2, 2, 1, 0]
    assert cell["is_thin"]
    assert not cell["is_near_zero"]
    empty = curve[curve["he"] == 2].iloc[0]
    assert empty[["n_hours", "n_excluded"]].tolist() == [0, 2]
    assert empty[["mean_ratio", "cost_weighted", "cost_per_mwh", "unitized_cost_usd"]].isna().all()


def test_a_price_near_zero_has_no_percent_but_a_cost() -> None:
    zone = estimate(hourly_vlr(_grid([(0.5, 60.0, 1000.0, 1100.0)])), ["location"]).iloc[0]
    assert zone["is_near_zero"]
    assert pd.isna(zone["cost_weighted"])
    assert pd.isna(zone["mean_ratio"])
    assert zone["cost_per_mwh"] == pytest.approx(5.409091)


def test_both_hours_of_the_autumn_he_2_enter_its_mean() -> None:
    hours = market_hours("PJM", date(2025, 11, 2), date(2025, 11, 2))
    values = _frame([(40.0, 60.0, 1000.0, 1100.0)] * 25).assign(
        location="A", interval_start=hours["interval_start"]
    )
    curve = vlr_curve(hourly_vlr(build_grid(values, hours, ["A"])))
    assert curve.loc[curve["he"] == 2, ["n_hours", "n_days"]].to_numpy().tolist() == [[2, 1]]


def test_real_nyiso_is_plausible(real_hourly: Callable[[str], pd.DataFrame]) -> None:
    zones = estimate(real_hourly("NYISO"), ["location"]).set_index("location")
    assert zones["n_hours"].unique().tolist() == [8088]
    assert zones["n_excluded"].unique().tolist() == [696]  # April 2020, whose forecasts are not in the set
    assert zones["cost_weighted"].between(0.0005, 0.0095).all(), zones["cost_weighted"]
    # NORTH touches zero: its mean of ratios has the wrong sign, the cost-weighted figure does not.
    assert zones.loc["NORTH", "mean_ratio"] < -0.01
    assert zones.loc["NORTH", "cost_weighted"] > 0
    assert len(vlr_curve(real_hourly("NYISO"))) == 11 * 480


def test_real_ercot_counts_what_is_missing(real_hourly: Callable[[str], pd.DataFrame]) -> None:
    hourly = real_hourly("ERCOT")
    counts = count_exclusions(hourly).set_index(["location", "reason"])["n_hours"]
    assert counts.loc["NORTH ZONE"].to_dict() == {"no DA price": 10, "no DA load": 11851, "no RT load": 43}
    assert estimate(hourly, ["location"])["n_hours"].unique().tolist() == [5640]


def test_a_roll_up_of_cells_is_the_figure_of_their_hours(
    real_hourly: Callable[[str], pd.DataFrame],
) -> None:
    hourly = real_hourly("NYISO")
    rolled = vlr_curve(hourly).groupby("location", observed=True)[["unitized_cost_usd", "da_value_usd"]].sum()
    zone = estimate(hourly, ["location"]).set_index("location")
    np.testing.assert_allclose(
        rolled["unitized_cost_usd"] / rolled["da_value_usd"], zone["cost_weighted"], rtol=1e-9
    )
    assert list(vlr_curve(hourly).columns[:4]) == CELL


def test_excluded_hours_are_counted_by_place_and_reason() -> None:
    hourly = pd.DataFrame(
        {
            "location": pd.Categorical(["A", "A", "A"], categories=["A", "never met"]),
            "exclusion": pd.Categorical(["no RT load", "no RT load", None], categories=EXCLUSIONS),
        }
    )
    counts = count_exclusions(hourly).to_dict("list")
    assert counts == {"location": ["A"], "reason": ["no RT load"], "n_hours": [2]}


def test_a_price_of_just_one_dollar_has_a_percent() -> None:
    sums = pd.DataFrame({"unitized_cost_usd": [0.5], "da_value_usd": [4.0], "rt_load_mwh": [4.0]})
    (row,) = estimates_from_sums(sums).to_dict("records")
    assert (row["cost_weighted"], row["is_near_zero"]) == (0.125, False)


def test_with_a_half_life_an_hour_of_the_last_year_counts_twice_one_of_the_year_before() -> None:
    frame = _frame([(40.0, 60.0, 1000.0, 1100.0), (50.0, 30.0, 1000.0, 950.0)])
    days = pd.to_datetime(["2024-07-15", "2025-07-15"])
    hourly = hourly_vlr(frame.assign(location="A", market_date=days, year=[2024, 2025]))
    cell = estimate(hourly, ["location"], half_life_years=1).iloc[0]
    assert cell["unitized_cost_usd"] == pytest.approx(0.5 * 2000 + 1000)
    assert cell["cost_per_mwh"] == pytest.approx((0.5 * 2000 + 1000) / (0.5 * 1100 + 950))
    assert cell["mean_ratio"] == pytest.approx((0.5 * 1.8181818 / 40 + 1.0526316 / 50) / 1.5)
    assert cell[["n_hours", "n_days", "n_years"]].tolist() == [2, 2, 2]


def _with_settled(frame: pd.DataFrame, settled: list[float] | pd.Series) -> pd.DataFrame:
    return frame.assign(**{SETTLED_COLUMN: settled})


def test_metered_load_pays_the_settled_price_and_the_day_ahead_load_is_credited_with_the_other() -> None:
    """DA 40 x 1000 MW + settled 62 x 1100 MW - RT 60 x 1000 MW = 48,200 $."""
    out = hourly_vlr(_with_settled(_frame([(40, 60, 1000, 1100)]), [62.0])).iloc[0]
    assert out["imbalance_cost"] == 62 * 1100 - 60 * 1000 == 8200
    assert out["total_cost"] == 48_200
    chain = out[["total_price", "unitized_cost", "hourly_vlr"]].astype(float).round(6).tolist()
    assert chain == [43.818182, 3.818182, 0.095455]
    assert out["price_variance"] == 20


@given(hours_of_values, st.booleans())
def test_a_settled_price_that_is_the_zones_own_changes_nothing(
    rows: list[tuple[float, float, float, float]], has_any: bool
) -> None:
    frame = _frame(rows)
    settled = frame["rt_lmp_usd_per_mwh"] if has_any else pd.Series(NAN, frame.index)
    plain, with_settled = hourly_vlr(frame), hourly_vlr(_with_settled(frame, settled))
    pd.testing.assert_frame_equal(with_settled[list(plain)], plain, check_exact=True)


@given(hours_of_values, st.data())
@settings(max_examples=30)
def test_each_dollar_of_the_settled_price_above_the_zones_own_is_one_of_unitized_cost(
    rows: list[tuple[float, float, float, float]], data: st.DataObject
) -> None:
    grid = _grid(rows)
    n = len(grid)
    above = np.array(
        data.draw(st.lists(st.one_of(st.floats(-500, 500), st.just(NAN)), min_size=n, max_size=n))
    )
    settled = grid["rt_lmp_usd_per_mwh"] + above
    plain, hourly = hourly_vlr(grid), hourly_vlr(_with_settled(grid, settled))
    difference = hourly["unitized_cost"] - plain["unitized_cost"]
    size = 1 + hourly[["total_price", "rt_lmp_usd_per_mwh", SETTLED_COLUMN]].abs().max(axis=1)
    expected = settled.sub(grid["rt_lmp_usd_per_mwh"]).fillna(0.0)
    assert ((difference - expected).abs() / size).max(skipna=True) < 1e-9 or difference.isna().all()
    pd.testing.assert_series_equal(hourly["exclusion"], plain["exclusion"])
    check_vlr(hourly, vlr_curve(hourly))
