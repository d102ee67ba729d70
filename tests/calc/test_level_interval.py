"""The interval of a level: it keeps the dependence of its zones, within an ISO and across ISOs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.grid import build_grid
from lib.calc.interval import INTERVAL, MIN_INTERVAL_DAYS, block_intervals, bootstrap
from lib.calc.level_interval import day_costs, draw_across, level_intervals, levels_across
from lib.calc.priced_vlr import BLOCK
from lib.calc.resampling import day_sums
from lib.calc.roll_up import zone_levels
from lib.calc.vlr import SUMS, hourly_vlr
from lib.hours import market_hours
from lib.markets import MARKETS, MEASURES

MEAN = 0.2


def _januaries(years: int) -> pd.DataFrame:
    whole = market_hours("PJM", date(2001, 1, 1), date(2000 + years, 1, 31))
    return whole[whole["month"] == 1].reset_index(drop=True)


def _grid(hours: pd.DataFrame, costs: np.ndarray, load: float | np.ndarray = 1.0) -> pd.DataFrame:
    """Return hours of zones with a cost ($/MWh): (zone, hour)."""
    grid = pd.concat([hours] * len(costs), ignore_index=True)
    names = [f"Z{zone}" for zone in range(len(costs))]
    grid.insert(0, "location", pd.Categorical(np.repeat(names, len(hours)), names))
    return grid.assign(unitized_cost=costs.ravel(), rt_load_mw=load, da_lmp_usd_per_mwh=30.0)


def _of_days(hours: pd.DataFrame, shocks: np.ndarray) -> np.ndarray:
    """Return costs of hours, from those of days: (zone, day)."""
    return MEAN + shocks[:, (hours["market_date"] != hours["market_date"].shift()).cumsum().to_numpy() - 1]


def _levels(members: dict[str, str], level: str = "state") -> pd.DataFrame:
    rows = [("X", zone, level, member, "") for zone, member in members.items()]
    return pd.DataFrame(rows, columns=["iso", "location", "level", "member", "within"])


def _intervals(
    grid: pd.DataFrame, levels: pd.DataFrame, resamples: int = 400, share: pd.Series | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    days = day_sums(grid)
    _, draws = bootstrap(days, resamples)
    ones = pd.Series(1.0, index=list(draws.locations))
    return level_intervals(draws, days, levels, ones if share is None else share)


def _width(rows: pd.DataFrame) -> pd.Series:
    return rows["interval_high"] - rows["interval_low"]


N_PAIRS = 100


@pytest.fixture(scope="module")
def pairs() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pairs of zones whose days have a correlation of 0.8, and the total interval of each zone and pair."""
    hours = _januaries(5)
    random = np.random.default_rng(3)
    n_days = hours["market_date"].nunique()
    common = np.repeat(random.normal(size=(N_PAIRS, n_days)), 2, axis=0)
    shocks = np.sqrt(0.8) * common + np.sqrt(0.2) * random.normal(size=common.shape)
    names = [f"Z{zone}" for zone in range(2 * N_PAIRS)]
    pair_of = {name: f"P{zone // 2:03}" for zone, name in enumerate(names)}
    levels = pd.concat([_levels({name: name for name in names}, "load_zone"), _levels(pair_of)])
    _, totals = _intervals(_grid(hours, _of_days(hours, shocks)), levels)
    zones, parents = (totals[totals["level"] == level] for level in ("load_zone", "state"))
    return zones.reset_index(drop=True), parents.reset_index(drop=True)


def test_a_parent_is_known_better_than_its_zones_and_worse_than_if_they_were_independent(pairs) -> None:  # type: ignore[no-untyped-def]
    zones, parents = pairs
    own = _width(zones).to_numpy().reshape(N_PAIRS, 2)
    parent = _width(parents).to_numpy()
    # The truth: sqrt((1 + 0.8) / 2) = 0.949 of a zone's width; independent zones would have 0.707.
    assert (parent / own.mean(axis=1)).mean() == pytest.approx(np.sqrt(0.9), rel=0.02)
    assert (parent <= own.mean(axis=1) * 1.02).all()
    assert (parent > np.sqrt((own**2).sum(axis=1)) / 2).all()


def test_it_holds_the_true_mean_and_the_interval_of_independent_zones_does_not(pairs) -> None:  # type: ignore[no-untyped-def]
    zones, parents = pairs
    held = (parents["interval_low"] <= MEAN) & (parents["interval_high"] >= MEAN)
    assert 0.85 <= held.mean() <= 0.97
    half = np.sqrt((_width(zones).to_numpy().reshape(N_PAIRS, 2) ** 2).sum(axis=1)) / 4
    middle = parents["interval_mid"].to_numpy()
    assert (np.abs(middle - MEAN) <= half).mean() < held.mean() - 0.05


def test_zones_that_are_equal_are_known_as_well_as_one() -> None:
    hours = _januaries(4)
    shocks = np.repeat(np.random.default_rng(1).normal(size=(1, hours["market_date"].nunique())), 2, axis=0)
    grid = _grid(hours, _of_days(hours, shocks))
    blocks, _ = _intervals(grid, pd.concat([_levels({"Z0": "one"}), _levels({"Z0": "two", "Z1": "two"})]))
    one, two = (blocks[blocks["member"] == name] for name in ("one", "two"))
    assert two[INTERVAL].to_numpy() == pytest.approx(one[INTERVAL].to_numpy(), nan_ok=True)
    few = one["n_days"] < MIN_INTERVAL_DAYS
    assert one[few][INTERVAL].isna().all(axis=None)
    assert one[~few][INTERVAL].notna().all(axis=None)
    assert 0 < few.sum() < len(one)


@pytest.fixture(scope="module")
def uneven() -> pd.DataFrame:
    """Three zones over two years, in which hours and whole days of some are missing."""
    hours = market_hours("PJM", date(2001, 1, 1), date(2002, 12, 31))
    random = np.random.default_rng(0)
    costs = random.standard_t(4, (3, len(hours)))
    costs[1, random.random(len(hours)) < 0.1] = np.nan
    costs[2, hours["market_date"] < "2001-03-01"] = np.nan
    return _grid(hours, costs, random.uniform(500, 1500, 3 * len(hours)))


def test_a_single_zone_has_the_interval_that_it_has_as_a_zone(uneven: pd.DataFrame) -> None:
    days = day_sums(uneven)
    _, draws = bootstrap(days, 60)
    levels = _levels({name: name for name in draws.locations}, "load_zone")
    found, _ = level_intervals(draws, days, levels, pd.Series(1.0, index=list(draws.locations)))
    prices = uneven[BLOCK].drop_duplicates().assign(block_price=30.0)
    expected = block_intervals(draws, prices).astype({"location": str})
    both = found.merge(expected, left_on=["member", "month", "block_type"], right_on=BLOCK)
    assert len(both) == len(found) == 3 * 36
    for name in (*INTERVAL, "n_days"):
        assert both[f"{name}_x"].tolist() == pytest.approx(both[f"{name}_y"].tolist(), nan_ok=True)


def test_days_and_years_are_those_with_an_hour_of_any_zone(uneven: pd.DataFrame) -> None:
    levels = pd.concat([_levels({"Z2": "late"}), _levels({"Z0": "both", "Z2": "both"})])
    blocks, totals = _intervals(uneven, levels, 20)
    assert totals[["n_days", "n_years"]].to_numpy().tolist() == [[730 - 59, 2], [730, 2]]
    january = blocks[(blocks["month"] == 1) & (blocks["block_type"] == "7x8")]
    assert january[["n_days", "n_years"]].to_numpy().tolist() == [[31, 1], [62, 2]]


def test_a_zone_without_load_and_the_sequence_of_zones_change_nothing(uneven: pd.DataFrame) -> None:
    every = dict.fromkeys(["Z0", "Z1", "Z2"], "S")
    blocks, totals = _intervals(uneven, _levels(every), 50)
    zones = [part for _, part in uneven.groupby("location", observed=True)]
    empty = zones[0].assign(location="none", unitized_cost=np.nan)
    turned = pd.concat([zones[2], empty, zones[0], zones[1]], ignore_index=True)
    again = _intervals(turned, _levels({**every, "none": "S"}), 50)
    for before, after in zip((blocks, totals), again, strict=True):
        assert after[INTERVAL].to_numpy() == pytest.approx(before[INTERVAL].to_numpy(), rel=1e-9, nan_ok=True)
        assert after["n_days"].tolist() == before["n_days"].tolist()


def test_a_share_of_the_load_is_a_weight() -> None:
    hours = _januaries(4)
    costs = _of_days(hours, np.random.default_rng(2).normal(size=(2, hours["market_date"].nunique())))
    levels = _levels({"Z0": "S", "Z1": "S"})
    load = np.repeat([3.0, 1.0], len(hours))
    _, weighted = _intervals(_grid(hours, costs), levels, 50, pd.Series([0.75, 0.25], index=["Z0", "Z1"]))
    _, expected = _intervals(_grid(hours, costs, load), levels, 50)
    assert weighted[INTERVAL].to_numpy() == pytest.approx(expected[INTERVAL].to_numpy())


# Across ISOs


def _day_costs(grid: pd.DataFrame, part: str) -> pd.DataFrame:
    days = day_sums(grid)
    dates = grid["market_date"].iloc[: len(grid) // len(days.locations)].drop_duplicates()
    levels = _levels(dict.fromkeys(days.locations, part), "control_area")
    costs = day_costs(days, dates, levels, pd.Series(1.0, index=list(days.locations)))
    return costs.rename(columns={"member": "location"}).drop(columns="level")


def test_an_iso_alone_has_the_interval_of_its_control_area(uneven: pd.DataFrame) -> None:
    expected = _intervals(uneven, _levels(dict.fromkeys(["Z0", "Z1", "Z2"], "P"), "control_area"), 50)
    days = uneven["market_date"]
    levels = _levels({"P": "P"}, "control_area")
    found = draw_across(_day_costs(uneven, "P"), days.min(), days.max(), levels, 50)
    for one, other in zip(expected, found, strict=True):
        assert one[INTERVAL].to_numpy() == pytest.approx(other[INTERVAL].to_numpy(), rel=1e-9, nan_ok=True)
        assert one[["n_days", "n_years"]].equals(other[["n_days", "n_years"]])


def test_days_that_are_dear_in_two_isos_stay_together() -> None:
    hours = _januaries(4)
    shocks = np.random.default_rng(5).normal(size=(2, hours["market_date"].nunique()))
    one, other = (_day_costs(_grid(hours, _of_days(hours, shocks[[i]])), f"P{i}") for i in (0, 1))
    twin = one.assign(location="P2")
    members = {"alone": ["P0"], "with twin": ["P0", "P2"], "with other": ["P0", "P1"]}
    levels = pd.concat([_levels(dict.fromkeys(parts, name)) for name, parts in members.items()])
    first, last = hours["market_date"].min(), hours["market_date"].max()
    _, totals = draw_across(pd.concat([one, other, twin]), first, last, levels)
    width = _width(totals.set_index("member"))
    assert width["with twin"] == pytest.approx(width["alone"])
    assert width["with other"] < 0.9 * width["alone"]


def test_an_iso_with_a_shorter_window_counts_on_the_days_that_it_has() -> None:
    hours = _januaries(4)
    shocks = np.random.default_rng(5).normal(size=(2, hours["market_date"].nunique()))
    one, other = (_day_costs(_grid(hours, _of_days(hours, shocks[[i]])), f"P{i}") for i in (0, 1))
    late = other[other["market_date"] >= "2003-01-01"]
    levels = pd.concat([_levels({"P0": "both", "P1": "both"}), _levels({"P1": "late"})])
    first, last = hours["market_date"].min(), hours["market_date"].max()
    _, totals = draw_across(pd.concat([one, late]), first, last, levels, 100)
    assert totals[["n_days", "n_years"]].to_numpy().tolist() == [[124, 4], [62, 2]]
    assert totals[INTERVAL].notna().all(axis=None)


def test_days_are_kept_of_control_areas_and_of_states_of_several_isos() -> None:
    every = zone_levels(list(MARKETS))
    for iso in MARKETS:
        kept = levels_across(every, iso)
        own = every[every["iso"] == iso]
        assert (kept["level"] == "control_area").sum() == own["location"].nunique()
        states = set(kept.loc[kept["level"] == "state", "member"])
        others = set(every.loc[(every["iso"] != iso) & (every["level"] == "state"), "member"])
        assert states == others & set(own.loc[own["level"] == "state", "member"])


def test_a_real_market_is_known_better_as_a_whole(real_hourly: Callable[[str], pd.DataFrame]) -> None:
    hourly = real_hourly("ERCOT")
    levels = zone_levels(["ERCOT"])
    days = day_sums(hourly)
    _, draws = bootstrap(days, 200)
    _, totals = level_intervals(draws, days, levels, pd.Series(1.0, index=list(draws.locations)))
    whole = totals[totals["level"] == "control_area"].iloc[0]
    zones = totals[totals["level"] == "load_zone"]
    own = whole["interval_high"] - whole["interval_low"]
    assert own < _width(zones).max()
    load = draws.totals[SUMS.index("rt_load_mwh")].mean(axis=-1).sum(axis=(1, 2))
    independent = np.sqrt(((_width(zones).to_numpy() * load) ** 2).sum()) / load.sum()
    assert own > independent  # zones of one market are dear on the same days


def test_the_second_hour_of_november_is_on_its_day() -> None:
    hours = market_hours("PJM", date(2024, 11, 1), date(2024, 11, 5))
    columns = [measure.column for measure in MEASURES.values()]
    values = hours[["interval_start"]].assign(**dict(zip(columns, (40.0, 60.0, 100.0, 110.0), strict=True)))
    grid = hourly_vlr(build_grid(values.assign(location="AECO"), hours, ["AECO"]))
    days = day_sums(grid)
    dates = grid["market_date"].drop_duplicates()
    costs = day_costs(days, dates, _levels({"AECO": "P"}), pd.Series({"AECO": 1.0}))
    by_day = costs.groupby("market_date")["rt_load_mwh"].sum() / 110
    assert by_day.tolist() == [24, 24, 25, 24, 24]
