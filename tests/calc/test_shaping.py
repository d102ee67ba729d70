from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.grid import VALUES, build_grid
from lib.calc.shaping import BLOCK, average_prices, load_shape_premium, shape_factors, usable_years
from lib.hours import market_hours


def _grid(start: date, end: date, price: Callable[[pd.DataFrame], np.ndarray]) -> pd.DataFrame:
    hours = market_hours("PJM", start, end)
    values = pd.DataFrame({"da_lmp_usd_per_mwh": price(hours), "rt_load_mw": hours["he"] * 10.0})
    values = values.reindex(columns=VALUES).assign(location="A", interval_start=hours["interval_start"])
    return build_grid(values, hours, ["A"])


def _weighted_mean(factors: pd.DataFrame, method: str) -> pd.Series:
    known = factors[factors[method].notna()]
    keys = [known[key] for key in BLOCK]
    weight = known["n_hours"].groupby(keys, observed=True).sum()
    return (known[method] * known["n_hours"]).groupby(keys, observed=True).sum() / weight


def test_factors_of_a_month_by_hand() -> None:
    # 7x8 has HE 1-7 and 24. Price 20 in HE 1, 40 in the seven others: the block's mean is 37.5.
    grid = _grid(date(2025, 7, 1), date(2025, 7, 31), lambda hours: np.where(hours["he"] == 1, 20.0, 40.0))
    factors = shape_factors(grid)
    off_peak = factors[factors["block_type"] == "7x8"].set_index("he")
    assert off_peak.loc[1, ["pooled", "year_mean", "additive"]].tolist() == pytest.approx(
        [20 / 37.5, 20 / 37.5, -17.5]
    )
    assert off_peak.loc[24, ["pooled", "year_mean", "additive"]].tolist() == pytest.approx(
        [40 / 37.5, 40 / 37.5, 2.5]
    )
    on_peak = factors[factors["block_type"] == "5x16"]
    assert on_peak["pooled"].tolist() == pytest.approx([1.0] * 16)
    assert on_peak["n_hours"].unique().tolist() == [22]


def test_an_expensive_year_dominates_the_pooled_factor_and_not_the_year_mean() -> None:
    def price(hours: pd.DataFrame) -> np.ndarray:
        is_first = hours["he"] == 1
        return np.where(
            hours["year"] == 2024, np.where(is_first, 20.0, 20.0), np.where(is_first, 100.0, 300.0)
        )

    grid = _grid(date(2024, 1, 1), date(2025, 12, 31), price)
    cell = shape_factors(grid).query("month == 7 and he == 1 and block_type == '7x8'").iloc[0]
    # 2024 is flat: 1. In 2025 the block's mean is 275: 100 / 275.
    assert cell["year_low"] == pytest.approx(100 / 275)
    assert cell["year_high"] == pytest.approx(1.0)
    assert cell["year_mean"] == pytest.approx((1 + 100 / 275) / 2)
    assert cell["pooled"] == pytest.approx(60 / 147.5)
    assert cell["n_years"] == 2


@pytest.mark.parametrize("level", [0.4, -20.0])
def test_a_block_mean_near_zero_or_negative_gives_the_additive_shape(level: float) -> None:
    grid = _grid(
        date(2025, 7, 1), date(2025, 7, 31), lambda hours: np.where(hours["he"] == 1, level - 7, level + 1)
    )
    factors = shape_factors(grid).query("block_type == '7x8'")
    assert factors["is_additive"].all()
    assert factors[["pooled", "year_mean"]].isna().all().all()
    weighted = (factors["additive"] * factors["n_hours"]).sum()
    assert weighted == pytest.approx(0, abs=1e-9)
    assert factors.loc[factors["he"] == 1, "additive"].tolist() == pytest.approx([-7.0])


def test_a_year_with_too_few_hours_is_left_out_and_named() -> None:
    grid = _grid(date(2024, 7, 10), date(2025, 7, 31), lambda hours: 30.0 + hours["he"])
    years = usable_years(grid).query("month == 7")
    left_out = years[years["reason"].notna()]
    assert left_out["year"].unique().tolist() == [2024]
    assert left_out["reason"].unique().tolist() == ["under 80 % of the month's hours"]
    assert left_out["month_share"].iloc[0] == pytest.approx(22 / 31)
    july = shape_factors(grid).query("month == 7")
    assert july["n_years"].unique().tolist() == [1]


def test_a_window_too_short_for_a_year_has_pooled_factors_and_no_year_mean() -> None:
    factors = shape_factors(_grid(date(2025, 7, 1), date(2025, 7, 10), lambda hours: 30.0 + hours["he"]))
    assert factors["pooled"].notna().all()
    assert factors["year_mean"].isna().all()
    assert (factors["n_years"] == 0).all()
    assert not factors["is_additive"].any()


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10_000),
    level=st.floats(-50, 200),
    gaps=st.floats(0, 0.5),
    n_days=st.integers(40, 800),
)
def test_factors_weighted_by_hours_average_one(seed: int, level: float, gaps: float, n_days: int) -> None:
    rng = np.random.default_rng(seed)

    def price(hours: pd.DataFrame) -> np.ndarray:
        values = level + 40 * rng.standard_normal(len(hours))
        return np.where(rng.random(len(hours)) < gaps, np.nan, values)

    end = (pd.Timestamp("2023-01-01") + pd.Timedelta(days=n_days)).date()
    factors = shape_factors(_grid(date(2023, 1, 1), end, price))
    for method in ("pooled", "year_mean"):
        np.testing.assert_allclose(_weighted_mean(factors, method), 1, rtol=1e-9)
    additive = (factors["additive"] * factors["n_hours"]).groupby(
        [factors[key] for key in BLOCK], observed=True
    )
    np.testing.assert_allclose(additive.sum(), 0, atol=1e-6)
    assert factors.loc[factors["is_additive"], ["pooled", "year_mean"]].isna().all(axis=None)
    explained = factors["is_additive"] | (factors["n_years"] == 0) | (factors["n_hours"] == 0)
    assert (factors["year_mean"].notna() | explained).all()


def test_load_shape_premium_by_hand() -> None:
    # 7x8 loads are 10 x HE: 10..70 and 240. Price is 10 in HE 24 and 30 elsewhere.
    grid = _grid(date(2025, 7, 1), date(2025, 7, 31), lambda hours: np.where(hours["he"] == 24, 10.0, 30.0))
    premium = load_shape_premium(grid).set_index("block_type").loc["7x8"]
    served = (280 * 30 + 240 * 10) / 520
    assert premium["premium"] == pytest.approx(served / 27.5 - 1)
    assert premium["n_hours"] == 31 * 8


@pytest.mark.parametrize("load", [0.0, -50.0, np.nan])
def test_an_hour_without_load_is_in_neither_mean_of_the_premium(load: float) -> None:
    # HE 1 has a price of 130 that nobody is served at: without it the block averages (6 x 30 + 10) / 7.
    def price(hours: pd.DataFrame) -> np.ndarray:
        return np.select([hours["he"] == 1, hours["he"] == 24], [130.0, 10.0], 30.0)

    grid = _grid(date(2025, 7, 1), date(2025, 7, 31), price)
    grid["rt_load_mw"] = grid["rt_load_mw"].mask(grid["he"] == 1, load)
    premium = load_shape_premium(grid).set_index("block_type").loc["7x8"]
    served = (270 * 30 + 240 * 10) / 510
    assert premium["premium"] == pytest.approx(served / (190 / 7) - 1)
    assert premium["n_hours"] == 31 * 7


def test_a_flat_load_has_no_premium() -> None:
    grid = _grid(date(2025, 7, 1), date(2025, 7, 31), lambda hours: 20.0 + hours["he"])
    flat = grid.assign(rt_load_mw=100.0)
    np.testing.assert_allclose(load_shape_premium(flat)["premium"], 0, atol=1e-12)


def test_average_prices_count_the_hours_they_stand_on() -> None:
    grid = _grid(date(2025, 11, 1), date(2025, 11, 30), lambda hours: hours["day"].astype(float))
    cell = average_prices(grid).query("he == 2").iloc[0]
    # 30 days and the repeated hour of the 2nd.
    assert cell["n_hours"] == 31
    assert cell["value"] == pytest.approx((sum(range(1, 31)) + 2) / 31)


@pytest.mark.parametrize("iso", ["NYISO", "ERCOT"])
def test_real_shapes_average_one_and_peak_in_the_evening(
    iso: str, real_hourly: Callable[[str], pd.DataFrame]
) -> None:
    factors = shape_factors(real_hourly(iso))
    assert len(factors) == 480 * factors["location"].nunique()
    for method in ("pooled", "year_mean"):
        np.testing.assert_allclose(_weighted_mean(factors, method), 1, rtol=1e-12)
    peaks = factors[factors["block_type"] == "5x16"].groupby(["location", "month"], observed=True)
    july = peaks.apply(lambda block: block.loc[block["pooled"].idxmax(), "he"], include_groups=False)
    assert july.xs(7, level="month").between(14, 22).all()


def test_a_block_mean_of_just_one_dollar_is_divided_by() -> None:
    grid = _grid(date(2025, 7, 1), date(2025, 7, 31), lambda hours: np.ones(len(hours)))
    factors = shape_factors(grid)
    assert factors["pooled"].tolist() == factors["year_mean"].tolist() == [1.0] * len(factors)
    assert not factors["is_additive"].any()
    assert set(load_shape_premium(grid)["premium"]) == {0.0}


def test_each_year_that_does_not_count_has_its_reason() -> None:
    def price(hours: pd.DataFrame) -> np.ndarray:
        is_off_peak = hours["block_type"] == "7x8"
        low = np.where(is_off_peak, np.where(hours["month"] == 7, np.nan, 0.5), 30.0)
        return np.where((hours["month"] == 9) & (hours["day"] > 6), np.nan, low)

    years = usable_years(_grid(date(2025, 7, 1), date(2025, 9, 30), price))
    reasons = {(row.month, row.block_type): row.reason for row in years.itertuples()}
    short = "under 80 % of the month's hours"
    assert reasons[8, "5x16"] is None or pd.isna(reasons[8, "5x16"])
    assert reasons[8, "7x8"] == "block mean negative or under $1/MWh"
    assert reasons[9, "5x16"] == reasons[9, "7x8"] == short
    assert reasons[7, "7x8"] == short, "without its nights the month has two thirds of its hours"


def test_a_block_without_a_price_in_a_month_that_has_enough_of_them_is_named() -> None:
    grid = _grid(
        date(2025, 9, 1),
        date(2025, 9, 30),
        lambda hours: np.where(hours["block_type"] == "2x16", np.nan, 30.0),
    )
    years = usable_years(grid).set_index("block_type")
    assert years.loc["2x16", "month_share"] == pytest.approx(576 / 720)
    assert years.loc["2x16", "reason"] == "no price in the block"
    assert years.loc[["5x16", "7x8"], "reason"].isna().all()


def test_with_a_half_life_the_last_year_counts_twice_the_one_before() -> None:
    def price(hours: pd.DataFrame) -> np.ndarray:
        return np.where((hours["year"] == 2025) & (hours["he"] == 1), 20.0, 40.0)

    grid = _grid(date(2024, 1, 1), date(2025, 12, 31), price)
    alike, weighed = (
        shape_factors(grid, half_life).query("month == 7 and block_type == '7x8' and he == 1").iloc[0]
        for half_life in (None, 1)
    )
    last = 20 / 37.5
    assert alike["year_mean"] == pytest.approx((1 + last) / 2)
    assert weighed["year_mean"] == pytest.approx((1 + 2 * last) / 3)
    assert (
        weighed[["pooled", "year_low", "n_years"]].tolist()
        == alike[["pooled", "year_low", "n_years"]].tolist()
    )


def test_a_half_life_is_a_time() -> None:
    grid = _grid(date(2024, 7, 1), date(2024, 7, 31), lambda hours: np.full(len(hours), 30.0))
    with pytest.raises(ValueError, match="above 0"):
        shape_factors(grid, 0)
