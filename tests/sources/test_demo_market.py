"""The simulated market measured over five years: like a market, in every zone."""

from __future__ import annotations

import pandas as pd
import pytest

from lib.hours import label_hours
from lib.hub_map import zone_hubs
from lib.markets import MARKETS, locations

Years = dict[str, dict[str, pd.DataFrame]]

FREEZE = pd.Timestamp("2021-02-14", tz="UTC"), pd.Timestamp("2021-02-21", tz="UTC")
"""The days on which ERCOT's prices stood at the cap; they outweigh five years of any mean."""


@pytest.fixture(scope="module")
def zones(demo_years: Years) -> pd.DataFrame:
    """One row per zone: what a desk would ask of five years."""
    rows = []
    for iso, years in demo_years.items():
        for name in years["rt_load"]:
            da_lmp, rt_lmp, da_load, rt_load = (
                years[measure][name] for measure in ("da_lmp", "rt_lmp", "da_load", "rt_load")
            )
            spread, error = rt_lmp - da_lmp, rt_load - da_load
            rows.append(
                {
                    "iso": iso,
                    "zone": name,
                    "vlr_percent": 100 * (error * spread).sum() / (da_lmp * rt_load).sum(),
                    "correlation": error.corr(spread),
                    "da_lmp": da_lmp.mean(),
                    "premium_percent": 100 * (1 - rt_lmp.mean() / da_lmp.mean()),
                    "spread_sd": spread.std() / da_lmp.mean(),
                    "da_negative_percent": 100 * (da_lmp < 0).mean(),
                    "rt_negative_percent": 100 * (rt_lmp < 0).mean(),
                    "near_zero_hours": (da_lmp.abs() < 1).sum(),
                    "rt_min": rt_lmp.min(),
                    "rt_max": rt_lmp.max(),
                    "spike_hours": (spread > 5 * da_lmp.mean()).sum(),
                    "error_percent": 100 * (error / rt_load).std(),
                    "persistence": error.autocorr(1),
                    "load_min": rt_load.min() / rt_load.mean(),
                    "load_max": rt_load.max() / rt_load.mean(),
                }
            )
    return pd.DataFrame(rows).set_index(["iso", "zone"]).round(3)


def without_freeze(prices: pd.DataFrame) -> pd.DataFrame:
    return prices[~prices.index.to_series().between(*FREEZE)]


def by_month_and_he(series: pd.Series, iso: str) -> pd.DataFrame:
    hours = label_hours(iso, series.index)
    return series.groupby([hours["month"].to_numpy(), hours["he"].to_numpy()]).mean().unstack()


def test_volumetric_load_risk_is_a_tenth_to_one_percent_in_every_zone(zones):
    strange = zones[~zones["vlr_percent"].between(0.1, 1.0)]
    assert strange.empty, f"\n{strange.to_string()}"


def test_load_error_and_spread_hardly_go_together_in_every_zone(zones):
    strange = zones[~zones["correlation"].between(0.03, 0.25)]
    assert strange.empty, f"\n{strange.to_string()}"


def test_forecasts_miss_by_a_few_percent_and_for_hours_on_end(zones):
    is_like_a_market = zones["error_percent"].between(1.5, 6) & zones["persistence"].between(0.85, 0.99)
    assert is_like_a_market.all(), f"\n{zones[~is_like_a_market].to_string()}"


def test_forecasts_lean_by_an_amount_of_their_own(demo_years):
    lean = {
        (iso, zone): (years["rt_load"][zone].sum() / years["da_load"][zone].sum()) - 1
        for iso, years in demo_years.items()
        for zone in years["rt_load"]
    }
    assert max(lean.values()) > 0.05
    assert min(lean.values()) < 0
    assert len({round(value, 4) for value in lean.values()}) > 30


def test_every_zone_has_spikes_and_negative_hours(zones):
    is_like_a_market = (zones["spike_hours"] > 5) & (zones["rt_max"] > 400) & (zones["rt_min"] < 0)
    assert is_like_a_market.all(), f"\n{zones[~is_like_a_market].to_string()}"


def test_every_zone_has_near_zero_hours_and_none_has_many(zones):
    is_like_a_market = zones["near_zero_hours"].between(1, 0.03 * 43824)
    assert is_like_a_market.all(), f"\n{zones[~is_like_a_market].to_string()}"


@pytest.mark.parametrize(("iso", "zone"), [("ERCOT", "WEST ZONE"), ("NYISO", "NORTH")])
def test_wind_behind_a_weak_line_makes_negative_prices(zones, iso, zone):
    others = zones.loc[iso].drop(zone)
    assert zones.loc[(iso, zone), "da_negative_percent"] > 2
    assert zones.loc[(iso, zone), "da_negative_percent"] > 4 * others["da_negative_percent"].max()


@pytest.mark.parametrize("iso", MARKETS)
@pytest.mark.parametrize("measure", ["da_lmp", "rt_lmp"])
def test_zones_of_a_market_move_together_but_not_as_one(demo_years, iso, measure):
    """Scarcity is the whole market's: ERCOT's real hubs have correlations of 0.995 to 0.9999."""
    names = [place.name for place in locations(iso, "zone")]
    prices = without_freeze(demo_years[iso][measure][names])
    pairs = prices.corr().where(lambda table: table < 1).stack()
    assert pairs.between(0.5, 0.9999).all(), pairs.sort_values().iloc[[0, -1]]
    assert prices.mean().max() / prices.mean().min() > 1.03


def test_a_hub_moves_with_its_market_and_costs_as_much_as_the_zones_that_it_may_price(demo_years):
    priced = zone_hubs().groupby(["iso", "hub_location"])["location"].unique()
    for hub in locations(kind="hub"):
        prices = demo_years[hub.iso]["da_lmp"]
        every = [place.name for place in locations(hub.iso, "zone")]
        zones = prices[list(priced.get((hub.iso, hub.name), every))]
        assert prices[hub.name].corr(prices[every].mean(axis=1)) > 0.95, hub.name
        assert 0.88 * zones.mean().min() < prices[hub.name].mean() < 1.12 * zones.mean().max(), hub.name


def test_one_year_is_dear_and_load_grows(demo_years):
    for iso, years in demo_years.items():
        prices = without_freeze(years["da_lmp"]).tz_convert(MARKETS[iso].timezone)
        price = prices.mean(axis=1).groupby(prices.index.year).mean()
        assert price.idxmax() == 2022, iso
        assert price[2022] > 1.25 * price.drop(2022).mean(), iso
        loads = years["rt_load"].tz_convert(MARKETS[iso].timezone)
        load = loads.sum(axis=1).groupby(loads.index.year).mean()
        assert 1.02 < load[2025] / load[2021] < 1.12, iso


def test_a_cold_snap_moves_load_and_price(demo_years):
    for iso, snap, before in (
        ("ERCOT", slice("2021-02-15", "2021-02-18"), slice("2021-02-01", "2021-02-10")),
        ("ISONE", slice("2022-12-24", "2022-12-25"), slice("2022-12-10", "2022-12-20")),
    ):
        price, load = (demo_years[iso][measure].mean(axis=1) for measure in ("da_lmp", "rt_load"))
        assert load[snap].mean() > 1.02 * load[before].mean(), iso
        assert price[snap].mean() > 1.5 * price[before].mean(), iso


def test_when_plants_freeze_both_prices_stand_at_the_cap_for_days(demo_years):
    for measure in ("da_lmp", "rt_lmp"):
        prices = demo_years["ERCOT"][measure]
        n_at_cap = (prices["2021-02-14":"2021-02-20"] == 9000).sum()
        assert n_at_cap.between(72, 110).all(), n_at_cap.to_string()
        assert without_freeze(prices).max(axis=None) < 9000


def test_no_price_is_above_the_cap_of_its_day(demo_years):
    for measure in ("da_lmp", "rt_lmp"):
        assert demo_years["ERCOT"][measure]["2022-01-02":].max(axis=None) <= 5000
        for iso in ("ISONE", "NYISO"):
            assert demo_years[iso][measure].max(axis=None) <= 2000


@pytest.mark.parametrize("iso", MARKETS)
def test_weekends_and_holidays_use_less(demo_years, iso):
    load = demo_years[iso]["rt_load"].sum(axis=1)
    hours = label_hours(iso, load.index).set_index("interval_start")
    day = hours["market_date"].dt.dayofweek
    is_midday = hours["he"].between(9, 18)
    workday = load[is_midday & (day < 5) & ~hours["is_holiday"]].groupby(hours["month"]).mean()
    weekend = load[is_midday & (day >= 5)].groupby(hours["month"]).mean()
    assert (weekend / workday).mean() < 0.97
    holiday = load[is_midday & hours["is_holiday"]].groupby(hours["month"]).mean()
    assert (holiday / workday).mean() < 0.95


@pytest.mark.parametrize("iso", MARKETS)
def test_summer_peaks_in_the_afternoon_and_winter_twice(demo_years, iso):
    load = by_month_and_he(demo_years[iso]["rt_load"].sum(axis=1), iso)
    assert load.loc[7].idxmax() in range(16, 20)
    assert load.loc[1].idxmax() in (*range(7, 10), *range(18, 21))
    assert load.loc[1, 8] > load.loc[1, 13] < load.loc[1, 19]


def test_prices_ramp_in_the_evening_and_the_sun_lowers_noon(demo_years):
    ercot = by_month_and_he(without_freeze(demo_years["ERCOT"]["da_lmp"])["NORTH ZONE"], "ERCOT")
    assert ercot.loc[4, 19] > 1.5 * ercot.loc[4, 13]
    assert ercot.loc[2, 13] < 0.8 * ercot.loc[2, 8]
    assert ercot.loc[8].idxmax() in range(17, 21)


def test_gas_makes_eastern_winters_dear(demo_years):
    isone = by_month_and_he(demo_years["ISONE"]["da_lmp"]["CONNECTICUT"], "ISONE").mean(axis=1)
    assert isone.loc[[1, 2, 12]].mean() > 1.4 * isone.loc[[4, 5, 9, 10]].mean()


def test_zones_of_one_load_area_share_their_load(demo_years):
    loads = demo_years["MISO"]["rt_load"]
    assert loads.nunique(axis=1).eq(1).all()


def test_prices_are_in_cents_and_loads_in_tenths(demo_years):
    for years in demo_years.values():
        for measure, digits in (("da_lmp", 2), ("rt_lmp", 2), ("da_load", 1), ("rt_load", 1)):
            assert years[measure].round(digits).equals(years[measure]), measure
            assert measure.endswith("lmp") or (years[measure] > 0).all(axis=None), measure
