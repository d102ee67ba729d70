"""Own load in place of the zone's: the forecast of a week before, and the figures side by side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.covariance import covariance
from lib.calc.grid import build_grid
from lib.calc.own_comparison import COMPARED, LINES, compare_premiums, compare_with_zone, count_own_hours
from lib.calc.own_load import estimate_forecast, own_grid
from lib.calc.shaping import load_shape_premium
from lib.calc.vlr import hourly_vlr, vlr_curve
from lib.hours import market_hours

ZONE = "WEST"


def make_grid(seed: int = 1, days: int = 28, first: date = date(2024, 7, 1), zones=(ZONE,)) -> pd.DataFrame:
    """A grid of zones of New York with prices and loads that vary."""
    hours = market_hours("NYISO", first, first + pd.Timedelta(days=days - 1))
    random = np.random.default_rng(seed)
    shape = (len(hours) * len(zones),)
    inputs = pd.DataFrame(
        {
            "location": np.repeat(list(zones), len(hours)),
            "interval_start": pd.concat([hours["interval_start"]] * len(zones), ignore_index=True),
            "da_lmp_usd_per_mwh": 40 + 10 * random.standard_normal(shape),
            "rt_lmp_usd_per_mwh": 42 + 20 * random.standard_normal(shape),
            "da_load_mw": 1000 + 50 * random.standard_normal(shape),
            "rt_load_mw": 1010 + 80 * random.standard_normal(shape),
        }
    )
    return build_grid(inputs, hours, list(zones))


def loads_of(grid: pd.DataFrame, forecast: float = 1.0, metered: float = 1.0) -> pd.DataFrame:
    """Own loads that are shares of the zone's."""
    return pd.DataFrame(
        {
            "location": grid["location"].astype(str),
            "interval_start": grid["interval_start"],
            "da_load_mw": grid["da_load_mw"] * forecast,
            "rt_load_mw": grid["rt_load_mw"] * metered,
        }
    )


def test_the_worked_forecast() -> None:
    grid = make_grid(days=8)
    is_week_before = (grid["market_date"] == "2024-07-01") & (grid["he"] == 17)
    is_hour = (grid["market_date"] == "2024-07-08") & (grid["he"] == 17)
    grid.loc[is_week_before, "rt_load_mw"] = 2000.0
    grid.loc[is_hour, "da_load_mw"] = 2200.0
    metered = pd.Series(np.nan, index=grid.index).mask(is_week_before, 50.0)
    forecast = estimate_forecast(metered, grid)
    assert forecast[is_hour].tolist() == [pytest.approx(55.0)]  # 50 x 2200 / 2000
    assert forecast.notna().sum() == 1


def test_a_week_without_a_value_gives_way_to_the_week_before_it_up_to_four() -> None:
    grid = make_grid(days=42)
    metered = grid["rt_load_mw"].where(grid["market_date"] == "2024-07-01")
    forecast = estimate_forecast(metered, grid)
    days = grid.loc[forecast.notna(), "market_date"].dt.strftime("%m-%d").unique()
    assert list(days) == ["07-08", "07-15", "07-22", "07-29"]
    assert forecast.dropna().to_numpy() == pytest.approx(grid.loc[forecast.notna(), "da_load_mw"].to_numpy())


@pytest.mark.parametrize(("first", "n_missing"), [(date(2024, 3, 1), 1), (date(2024, 11, 1), 0)])
def test_the_weeks_around_a_clock_change_keep_their_hours_ending(first: date, n_missing: int) -> None:
    grid = make_grid(days=30, first=first)
    forecast = estimate_forecast(grid["rt_load_mw"], grid)
    later = grid["market_date"] >= pd.Timestamp(first) + pd.Timedelta(days=7)
    assert forecast[~later].isna().all() and forecast[later].notna().all()
    is_he_3 = (grid["market_date"] == "2024-03-17") & (grid["he"] == 3)  # a week before there was none
    assert is_he_3.sum() == n_missing
    repeated = grid["is_repeated_hour"] & later
    assert repeated.sum() == 0 or (forecast[repeated] > 0).all()


def test_a_forecast_rests_on_nothing_of_its_own_week() -> None:
    grid = make_grid()
    metered = grid["rt_load_mw"] * 0.1
    before = estimate_forecast(metered, grid)
    is_last_week = grid["market_date"] >= "2024-07-22"
    changed = grid.assign(rt_load_mw=grid["rt_load_mw"].mask(is_last_week, 1.0))
    after = estimate_forecast(metered.mask(is_last_week, 7.0), changed)
    pd.testing.assert_series_equal(before, after)


def test_hours_without_loads_or_with_loads_that_are_not_positive_give_no_forecast() -> None:
    grid = make_grid(days=8)
    for column, value in (("rt_load_mw", 0.0), ("rt_load_mw", np.nan), ("da_load_mw", -1.0)):
        broken = grid.assign(**{column: value})
        assert estimate_forecast(grid["rt_load_mw"], broken).isna().all()
    assert estimate_forecast(grid["rt_load_mw"] * 0, grid).isna().all()


def test_a_given_forecast_goes_before_an_estimated_one_and_both_are_counted() -> None:
    grid = make_grid(days=14)
    loads = loads_of(grid, 0.1, 0.1)
    loads.loc[loads.index % 2 == 0, "da_load_mw"] = np.nan
    own = own_grid(grid, loads)
    odd = own.index % 2 == 1
    assert own.loc[odd, "da_load_mw"].to_numpy() == pytest.approx(grid.loc[odd, "da_load_mw"] * 0.1)
    assert not own.loc[odd, "is_estimated"].any() and own.loc[~odd, "is_estimated"].sum() == 84
    counts = count_own_hours(hourly_vlr(own)).iloc[0]
    assert (counts["n_window"], counts["n_hours"], counts["n_estimated"]) == (336, 252, 84)


def test_only_zones_with_own_load_are_compared() -> None:
    grid = make_grid(zones=("CAPITL", ZONE))
    own = own_grid(grid, loads_of(grid[grid["location"] == ZONE], 0.1, 0.1))
    assert list(own["location"].cat.categories) == [ZONE] and len(own) == len(grid) / 2
    compared = compare_with_zone(hourly_vlr(own), hourly_vlr(grid))
    assert compared["price_part"].tolist() == list(LINES) and set(compared["location"]) == {ZONE}


def test_no_own_load_compares_nothing() -> None:
    grid = make_grid()
    own = hourly_vlr(own_grid(grid, loads_of(grid.head(0))))
    assert own.empty and compare_with_zone(own, hourly_vlr(grid)).columns.tolist() == ["location", *COMPARED]


def test_own_load_that_is_the_zones_gives_its_figures_exactly() -> None:
    grid = make_grid(days=60)
    zone, own = hourly_vlr(grid), hourly_vlr(own_grid(grid, loads_of(grid)))
    pd.testing.assert_frame_equal(vlr_curve(own), vlr_curve(zone))
    pd.testing.assert_frame_equal(covariance(own), covariance(zone))
    assert compare_with_zone(own, zone)["own_less_zone"].tolist() == [0.0, 0.0, 0.0]


def test_without_a_forecast_own_load_that_is_the_zones_has_its_forecast() -> None:
    grid = make_grid(days=60)
    loads = loads_of(grid).assign(da_load_mw=np.nan)
    compared = compare_with_zone(hourly_vlr(own_grid(grid, loads)), hourly_vlr(grid))
    assert compared["n_hours"].tolist() == [53 * 24] * 3
    assert compared["own_less_zone"].to_numpy() == pytest.approx(0, abs=1e-9)


def test_premiums_are_those_of_the_shaping_page_over_the_hours_that_both_have() -> None:
    grid = make_grid(days=60)
    loads = loads_of(grid, 0.1, 0.1)
    loads.loc[:99, "rt_load_mw"] = np.nan
    own = own_grid(grid, loads.assign(rt_load_mw=loads["rt_load_mw"] * grid["he"].to_numpy()))
    compared = compare_premiums(own, grid)
    assert compared["block_type"].tolist() == ["5x16", "2x16", "7x8", "7x24"]
    for frame, column in ((own, "own_premium"), (grid, "zone_premium")):
        expected = load_shape_premium(frame[frame.index > 99], ["location"])["premium"].item()
        assert compared[column].iloc[-1] == pytest.approx(expected)
    assert compared["added"].to_numpy() == pytest.approx(compared["own_premium"] - compared["zone_premium"])


@settings(max_examples=20)
@given(seed=st.integers(0, 999), factor=st.floats(0.001, 100), has_forecast=st.booleans())
def test_scaled_own_load_and_constant_losses_leave_dollars_per_mwh_and_scale_mwh(
    seed: int, factor: float, has_forecast: bool
) -> None:
    grid = make_grid(seed)
    random = np.random.default_rng(seed)
    loads = loads_of(grid, 0.1, 0.1)
    loads["rt_load_mw"] *= random.uniform(0.5, 1.5, len(loads))
    if not has_forecast:
        loads["da_load_mw"] = np.nan
    scaled = loads.assign(da_load_mw=loads["da_load_mw"] * factor, rt_load_mw=loads["rt_load_mw"] * factor)
    zone = hourly_vlr(grid)
    before, after = (hourly_vlr(own_grid(grid, one)) for one in (loads, scaled))
    pd.testing.assert_frame_equal(compare_with_zone(before, zone), compare_with_zone(after, zone), rtol=1e-9)
    premiums = [load_shape_premium(one)["premium"] for one in (before, after)]
    assert premiums[0].to_numpy() == pytest.approx(premiums[1].to_numpy(), rel=1e-9, abs=1e-12)
    mwh = [count_own_hours(one)["rt_load_mwh"].item() for one in (before, after)]
    assert mwh[1] == pytest.approx(mwh[0] * factor)


def test_own_load_of_a_real_market_on_its_own_prices(real_hourly: Callable[[str], pd.DataFrame]) -> None:
    """A tenth of each zone: its figures are the zone's, and a load of an evening peak has other ones."""
    hourly = real_hourly("NYISO")
    zones = ["WEST", "N.Y.C."]
    part = hourly[hourly["location"].isin(zones)]
    grid = part.assign(location=part["location"].cat.set_categories(zones)).reset_index(drop=True)
    loads = loads_of(grid, 0.1, 0.1)
    given_forecast = compare_with_zone(hourly_vlr(own_grid(grid, loads)), hourly)
    assert given_forecast["own_less_zone"].to_numpy() == pytest.approx(0, abs=1e-9)
    # A load of an evening peak: the same energy, more of it in HE 18 to 21.
    peaked = loads.assign(
        rt_load_mw=loads["rt_load_mw"] * np.where(grid["he"].between(18, 21), 1.5, 0.9), da_load_mw=np.nan
    )
    own = hourly_vlr(own_grid(grid, peaked))
    compared = compare_with_zone(own, hourly).set_index(["location", "price_part"])
    counts = count_own_hours(own).set_index("location")
    assert (counts["n_estimated"] == counts["n_hours"]).all() and counts["n_hours"].min() > 7_500
    assert compared.loc[("N.Y.C.", "load shape"), "own_less_zone"] > 0.3
    # The forecast scales with the zone's: a shape that is constant costs no more imbalance than the zone.
    assert compared.xs("VLR", level="price_part")["own_less_zone"].abs().max() < 0.15
