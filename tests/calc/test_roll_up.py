"""Higher levels: two zones by hand, what adds up, loads that zones share, and real markets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.bias_swing import PARTS, split_cost
from lib.calc.checks import InvariantBroken, check_levels
from lib.calc.priced_vlr import BLOCK
from lib.calc.roll_up import (
    ADDED,
    ALL,
    ALL_ISOS,
    COUNTS,
    MIN_COMMON_HOURS,
    add_level_terms,
    find_load_shares,
    roll_up,
    shared_loads,
    zone_levels,
)
from lib.calc.vlr import SUMS, estimate, hourly_vlr, vlr_curve
from lib.markets import MARKETS, locations

DA, RT, DA_LOAD, RT_LOAD = "da_lmp_usd_per_mwh", "rt_lmp_usd_per_mwh", "da_load_mw", "rt_load_mw"


def _zone(name: str, da: list[float], rt: list[float], da_load: list[float], rt_load: list[float]):  # type: ignore[no-untyped-def]
    hours = pd.DataFrame({DA: da, RT: rt, DA_LOAD: da_load, RT_LOAD: rt_load}, dtype=float)
    keys = {"location": name, "month": 7, "block_type": "5x16", "he": 8, "year": 2025, "market_date": 1}
    return hours.assign(**keys)


FIRST = _zone("A", [40, 40, 20, 20], [60, 30, 20, 35], [1000, 1000, 800, 800], [1100, 950, 780, 840])
SECOND = _zone("B", [30] * 4, [45, 30, 20, 30], [500] * 4, [520, 500, 480, 500])


def _levels(members: dict[str, str], iso: str = "X", level: str = "state") -> pd.DataFrame:
    rows = [(iso, zone, level, member, "") for zone, member in members.items()]
    return pd.DataFrame(rows, columns=["iso", "location", "level", "member", "within"])


def _blocks(*zones: pd.DataFrame, iso: str = "X") -> pd.DataFrame:
    """Return the months and blocks of zones with all that levels add up."""
    return _blocks_of(hourly_vlr(pd.concat(zones, ignore_index=True)), iso)


def _blocks_of(hourly: pd.DataFrame, iso: str) -> pd.DataFrame:
    curve = vlr_curve(hourly)
    blocks = curve.groupby(BLOCK, observed=True)[[*SUMS, *COUNTS]].sum().reset_index()
    blocks = blocks.merge(split_cost(hourly).drop(columns="rt_load_mwh"), on=BLOCK, how="left")
    return add_level_terms(blocks, hourly).assign(iso=iso)


def test_two_zones_by_hand() -> None:
    both = _levels({"A": "S", "B": "S"})
    found = roll_up(_blocks(FIRST, SECOND), both).iloc[0]
    # A costs 3,100 $ on 3,670 MWh worth 114,400 $; B 20 x 15 + 20 x 10 = 500 $ on 2,000 MWh worth 60,000 $.
    assert found[SUMS].tolist() == pytest.approx([3600, 174_400, 5670])
    assert found["cost_per_mwh"] == pytest.approx(0.634921, abs=5e-7)
    assert found["cost_weighted"] == pytest.approx(0.020642, abs=5e-7)
    # Bias of A is 17.5 x 6.25 x 4 = 437.50 $, B has none: dollars add up, and nothing is split again.
    assert found["bias_usd"] == pytest.approx(437.5)
    assert found[["bias", "swing"]].tolist() == pytest.approx([0.077160, 0.557760], abs=5e-7)
    assert found[["hedge_cost_usd", "imbalance_cost_usd"]].tolist() == pytest.approx([172_000, 6000])
    assert (found["n_zones"], found["n_hours"], found["n_excluded"]) == (2, 8, 0)


def test_dollars_of_shape_and_covariance_lead_from_the_mean_price_to_the_cost_of_the_load() -> None:
    blocks = _blocks(FIRST, SECOND).set_index("location")
    flat = pd.Series({"A": 30.0 * 3670, "B": 30.0 * 2000})
    together = blocks["load_shape_usd"] + blocks["covariance_usd"]
    assert (flat + together).tolist() == pytest.approx(blocks["da_value_usd"].tolist())
    # A has one cell: its loads are 182.5, 32.5, -137.5 and -77.5 MW off their mean, its prices 10 $ off.
    assert blocks.loc["A", "covariance_usd"] == pytest.approx(10 * (182.5 + 32.5 + 137.5 + 77.5))
    assert blocks["load_shape_usd"].tolist() == pytest.approx([0, 0], abs=1e-9)


def test_a_half_life_weighs_all_sums_alike() -> None:
    hours = pd.concat([FIRST, FIRST.assign(year=2024, **{RT: FIRST[RT] + 5})], ignore_index=True)
    hourly = hourly_vlr(hours)
    blocks = vlr_curve(hourly, 1.0).groupby(BLOCK, observed=True)[[*SUMS, *COUNTS]].sum().reset_index()
    row = add_level_terms(blocks, hourly, 1.0).iloc[0]
    assert row["rt_load_mwh"] == pytest.approx(1.5 * 3670)
    assert row["hedge_cost_usd"] == pytest.approx(1.5 * 112_000)
    cost = row["hedge_cost_usd"] + row["imbalance_cost_usd"] - row["da_value_usd"]
    assert cost == pytest.approx(row["unitized_cost_usd"])


def test_a_percent_of_a_price_under_a_dollar_is_null() -> None:
    cheap = SECOND.assign(**{DA: 0.5})
    found = roll_up(_blocks(cheap), _levels({"B": "S"})).iloc[0]
    assert found["is_near_zero"]
    assert np.isnan(found["cost_weighted"])
    assert np.isfinite(found["cost_per_mwh"])


def test_a_level_that_does_not_add_up_stops_the_page() -> None:
    blocks = _blocks(FIRST, SECOND)
    levels = pd.concat([_levels({"A": "S", "B": "S"}), _levels({"A": "one", "B": "two"}, level="utility")])
    rows = roll_up(blocks, levels)
    assert check_levels(rows, blocks)["n_checked"].tolist() == [2, 3]
    of_no_state = roll_up(blocks, levels[(levels["level"] == "utility") | (levels["location"] == "A")])
    assert check_levels(of_no_state, blocks)["n_checked"].tolist() == [1, 3]
    twice = rows.assign(rt_load_mwh=rows["rt_load_mwh"].where(rows["member"] != "S", 5671))
    with pytest.raises(InvariantBroken, match="each level adds up"):
        check_levels(twice, blocks)
    wrong = blocks.assign(hedge_cost_usd=1.0)
    with pytest.raises(InvariantBroken, match=r"hedge \+ imbalance"):
        check_levels(roll_up(wrong, levels), wrong)


# Loads that zones share


def _hourly(loads: dict[str, np.ndarray], seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    zones = []
    for name, load in loads.items():
        n = len(load)
        prices = random.uniform(20, 60, n), random.uniform(0, 90, n)
        zones.append(_zone(name, *map(list, prices), list(np.full(n, 1000.0)), list(load)))
    return pd.concat(zones, ignore_index=True)


def test_a_load_that_three_zones_share_counts_once_and_they_weigh_equally() -> None:
    load = np.random.default_rng(1).uniform(500, 1500, 30)
    blocks = _blocks(_hourly({"A": load, "B": load, "C": load, "D": load + 1}))
    assert blocks.set_index("location")["load_share"].tolist() == pytest.approx([1 / 3] * 3 + [1])
    shared = roll_up(blocks, _levels({"A": "S", "B": "S", "C": "S"})).iloc[0]
    assert shared["rt_load_mwh"] == pytest.approx(load.sum())
    own = blocks["unitized_cost_usd"] / blocks["rt_load_mwh"]
    assert shared["cost_per_mwh"] == pytest.approx(own.iloc[:3].mean())
    every = roll_up(blocks, _levels(dict.fromkeys("ABCD", "S"))).iloc[0]
    assert every["rt_load_mwh"] == pytest.approx(load.sum() + (load + 1).sum())
    assert shared_loads(blocks)["location"].tolist() == ["A", "B", "C"]
    # A zone alone has its own figure, and a third of the load: its level adds up to the one above.
    zones = roll_up(blocks, _levels({name: name for name in "ABC"}))
    assert zones["cost_per_mwh"].tolist() == pytest.approx(own.iloc[:3].tolist())
    assert zones["rt_load_mwh"].sum() == pytest.approx(shared["rt_load_mwh"])


def test_a_shared_load_is_known_by_the_hours_that_both_zones_have() -> None:
    load = np.arange(100.0, 140.0)
    some = load.copy()
    some[:10] = np.nan
    assert find_load_shares(_hourly({"A": load, "B": some})).tolist() == [0.5, 0.5]
    other = some.copy()
    other[-1] += 1e-6
    assert find_load_shares(_hourly({"A": load, "B": other})).tolist() == [1, 1]
    few = np.where(np.arange(40) < MIN_COMMON_HOURS - 1, load, np.nan)
    assert find_load_shares(_hourly({"A": load, "B": few})).tolist() == [1, 1]
    nothing = np.full(40, np.nan)
    assert find_load_shares(_hourly({"A": nothing, "B": nothing})).tolist() == [1, 1]


# What adds up, whatever the zones are

numbers = st.floats(-1e6, 1e6)


@st.composite
def _made_up(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return months and blocks of zones, and two levels: members of the lower are whole in the higher."""
    n_zones = draw(st.integers(1, 6))
    rows = []
    for zone in range(n_zones):
        share = draw(st.sampled_from([1.0, 0.5, 1 / 3]))
        for month in (1, 2):
            sums = dict(zip(ADDED, draw(st.tuples(*[numbers] * len(ADDED))), strict=True))
            keys = {"iso": "X", "location": f"Z{zone}", "month": month, "block_type": "7x8"}
            load = draw(st.floats(1, 1e6))
            rows.append(
                {**keys, **sums, "rt_load_mwh": load, "n_hours": 5, "n_excluded": 1, "load_share": share}
            )
    low = {f"Z{zone}": f"U{draw(st.integers(0, 2))}" for zone in range(n_zones)}
    high = {zone: "one" if member == "U0" else "other" for zone, member in low.items()}
    return pd.DataFrame(rows), pd.concat([_levels(low, level="utility"), _levels(high, level="state")])


@settings(max_examples=20)
@given(made=_made_up())
def test_a_member_is_the_sum_of_its_parts(made: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    blocks, levels = made
    rolled = roll_up(blocks, levels)
    by_block = roll_up(blocks, levels, ["month", "block_type"])
    size = blocks[ADDED].abs().max().max()
    parents = rolled[rolled["level"] == "state"].set_index("member")
    children = rolled[rolled["level"] == "utility"].set_index("member")
    for parent, row in parents.iterrows():
        own = children[(children.index == "U0") == (parent == "one")]
        assert own[ADDED].sum().tolist() == pytest.approx(row[ADDED].tolist(), abs=1e-9 * size)
        months = by_block[(by_block["level"] == "state") & (by_block["member"] == parent)]
        assert months[ADDED].sum().tolist() == pytest.approx(row[ADDED].tolist(), abs=1e-9 * size)
        assert own[[*COUNTS, "n_zones"]].sum().tolist() == row[[*COUNTS, "n_zones"]].tolist()
        assert row["cost_per_mwh"] == pytest.approx(row["unitized_cost_usd"] / row["rt_load_mwh"])


@settings(max_examples=15)
@given(made=_made_up(), random=st.randoms())
def test_the_sequence_of_zones_and_a_zone_without_load_change_nothing(made, random) -> None:  # type: ignore[no-untyped-def]
    blocks, levels = made
    rolled = roll_up(blocks, levels).set_index(["level", "member"])
    order = list(range(len(blocks)))
    random.shuffle(order)
    empty = dict.fromkeys(ADDED, np.nan) | {"n_hours": 0, "n_excluded": 6, "load_share": 1.0}
    more = blocks.tail(1).assign(location="empty", **empty)
    wider = pd.concat([levels, _levels({"empty": levels["member"].iloc[-1]})])
    again = roll_up(pd.concat([blocks.iloc[order], more]), wider).set_index(["level", "member"])
    same = [*ADDED, "cost_per_mwh", "cost_weighted", *PARTS, "n_hours"]
    size = blocks[ADDED].abs().max().max()
    assert again.loc[rolled.index, same].to_numpy() == pytest.approx(
        rolled[same].to_numpy(), rel=1e-9, abs=1e-12 * size, nan_ok=True
    )
    assert again["n_excluded"].sum() == rolled["n_excluded"].sum() + 6


def test_the_size_of_the_loads_does_not_matter() -> None:
    both = _levels({"A": "S", "B": "S"})
    ratios = ["cost_per_mwh", "cost_weighted", *PARTS]
    before = roll_up(_blocks(FIRST, SECOND), both).iloc[0]
    larger = [
        zone.assign(**{name: zone[name] * 8 for name in (DA_LOAD, RT_LOAD)}) for zone in (FIRST, SECOND)
    ]
    after = roll_up(_blocks(*larger), both).iloc[0]
    assert after[ratios].tolist() == before[ratios].tolist()
    assert after["rt_load_mwh"] == 8 * before["rt_load_mwh"]


def test_real_time_equal_to_day_ahead_costs_nothing_at_any_level() -> None:
    blocks = _blocks(*(zone.assign(**{RT: zone[DA]}) for zone in (FIRST, SECOND)))
    assert roll_up(blocks, _levels({"A": "S", "B": "S"}))["unitized_cost_usd"].tolist() == [0]


# The hierarchy


def test_a_label_of_several_states_is_a_member_of_its_own() -> None:
    levels = zone_levels(["PJM"])
    states = levels[levels["level"] == "state"].set_index("location")["member"]
    assert states["ATSI"] == "OH/PA"
    assert states[["AEP", "DUQ"]].tolist() == ["OH", "PA"]


def test_states_cross_isos_and_utilities_do_not() -> None:
    levels = zone_levels(list(MARKETS))
    illinois = levels[(levels["level"] == "state") & (levels["member"] == "IL")]
    assert illinois["iso"].nunique() == 2
    assert illinois["within"].unique().tolist() == [""]
    utilities = levels[levels["level"] == "utility"]
    assert (utilities["within"] == utilities["iso"]).all()
    zones = len(locations(kind="zone"))
    assert (levels[levels["level"] == ALL]["member"] == ALL_ISOS).sum() == zones
    assert len(levels[levels["level"] == "load_zone"]) == zones


def test_zones_of_two_isos_with_one_name_stay_apart() -> None:
    two = pd.concat([_blocks(FIRST), _blocks(FIRST, iso="Y")])
    levels = pd.concat([_levels({"A": "S"}), _levels({"A": "S"}, iso="Y")])
    assert roll_up(two, levels)["n_zones"].tolist() == [2]
    utility = levels.assign(level="utility", within=levels["iso"])
    assert roll_up(two, utility)["rt_load_mwh"].tolist() == pytest.approx([3670, 3670])


@pytest.mark.parametrize("iso", ["NYISO", "ERCOT"])
def test_a_real_market_is_the_ratio_of_sums_over_the_hours_of_its_zones(
    iso: str, real_hourly: Callable[[str], pd.DataFrame]
) -> None:
    hourly = real_hourly(iso)
    blocks = _blocks_of(hourly, iso)
    assert (blocks["load_share"] == 1).all()
    levels = zone_levels([iso])
    rolled = roll_up(blocks, levels).set_index(["level", "member"])
    for level in ("capacity_zone", "state", "control_area"):
        member = levels[levels["level"] == level].set_index("location")["member"]
        hours = hourly.assign(member=hourly["location"].astype(object).map(member))
        expected = estimate(hours, ["member"]).set_index("member")
        found = rolled.loc[level].loc[expected.index]
        for column in ("cost_per_mwh", "cost_weighted", *SUMS, *COUNTS):
            assert found[column].tolist() == pytest.approx(expected[column].tolist(), rel=1e-9)
        checked = check_levels(rolled.reset_index(), blocks)
        assert checked["n_checked"].tolist() == [6, len(rolled)]
        assert checked["worst"].max() < 1e-9
        identity = found["hedge_cost_usd"] + found["imbalance_cost_usd"] - found["da_value_usd"]
        assert identity.tolist() == pytest.approx(found["unitized_cost_usd"].tolist(), rel=1e-9)
        assert found[list(PARTS)].sum(axis=1).tolist() == pytest.approx(
            found["cost_per_mwh"].tolist(), abs=1e-9
        )
