"""Bias and swing: the worked row, what adds up, and real markets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.bias_swing import PARTS, add_up, split_cost
from lib.calc.checks import InvariantBroken, check_split
from lib.calc.vlr import estimate, hourly_vlr, vlr_curve
from lib.markets import SETTLED_COLUMN


def _hours(da: list[float], rt: list[float], da_load: list[float], rt_load: list[float]) -> pd.DataFrame:
    grid = pd.DataFrame(
        {
            "da_lmp_usd_per_mwh": da,
            "rt_lmp_usd_per_mwh": rt,
            "da_load_mw": da_load,
            "rt_load_mw": rt_load,
        },
        dtype=float,
    )
    keys = {"location": "A", "month": 7, "block_type": "5x16", "he": 8, "year": 2025, "market_date": 1}
    return grid.assign(**keys)


WORKED = _hours([40, 40, 20, 20], [60, 30, 20, 35], [1000, 1000, 800, 800], [1100, 950, 780, 840])


def test_the_worked_row() -> None:
    parts = split_cost(hourly_vlr(WORKED)).iloc[0]
    assert parts[list(PARTS)].tolist() == pytest.approx([0.119210, 0.725477, 0.0], abs=5e-7)
    assert parts["bias_usd"] + parts["swing_usd"] == pytest.approx(3100, abs=1e-9)


def test_a_settled_price_is_a_part_of_its_own() -> None:
    # Load pays 2 $/MWh more than RT LMP in the first hour; the others have no settled price.
    settled = WORKED.assign(**{SETTLED_COLUMN: [62.0, np.nan, np.nan, np.nan]})
    plain, parts = (split_cost(hourly_vlr(grid)).iloc[0] for grid in (WORKED, settled))
    assert parts[["bias", "swing"]].tolist() == plain[["bias", "swing"]].tolist()
    assert parts["settled_difference"] == pytest.approx(2 * 1100 / 3670)
    hourly = hourly_vlr(settled)
    assert check_split(split_cost(hourly), vlr_curve(hourly))["worst"].iloc[0] < 1e-9


def test_a_block_without_an_hour_has_no_parts_and_no_cost() -> None:
    empty = WORKED.assign(month=10, rt_load_mw=np.nan)
    hourly = hourly_vlr(pd.concat([WORKED, empty], ignore_index=True))
    curve = vlr_curve(hourly)
    parts = curve[["location", "month", "block_type"]].merge(split_cost(hourly), how="left")
    assert parts["bias"].notna().tolist() == [True, False]
    assert check_split(parts, curve)["n_checked"].tolist() == [1]
    with pytest.raises(InvariantBroken, match="1 of 1 rows"):
        check_split(parts.assign(bias=np.nan, swing=np.nan, settled_difference=np.nan), curve)


prices = st.floats(-500, 5000)
loads = st.floats(1, 50_000)


@given(
    rows=st.lists(st.tuples(prices, prices, loads, loads, prices), min_size=1, max_size=30),
    half_life=st.sampled_from([None, 1.0]),
)
@settings(max_examples=30)
def test_the_parts_add_up_and_do_not_depend_on_the_size_of_the_load(
    rows: list[tuple[float, ...]], half_life: float | None
) -> None:
    da, rt, da_load, rt_load, settled = map(list, zip(*rows, strict=True))
    grid = _hours(da, rt, da_load, rt_load).assign(year=2020 + np.arange(len(rows)) % 3)
    grid = grid.assign(**{SETTLED_COLUMN: settled})
    hourly = hourly_vlr(grid)
    parts = split_cost(hourly, half_life).iloc[0]
    cost = estimate(hourly, ["location"], half_life)["cost_per_mwh"].iloc[0]
    size = max(map(abs, (1.0, *da, *rt, *settled))) * max(*da_load, *rt_load) / min(rt_load)
    assert parts[list(PARTS)].sum() == pytest.approx(cost, abs=1e-12 * size, rel=1e-9)
    scaled = grid.assign(da_load_mw=grid["da_load_mw"] * 8, rt_load_mw=grid["rt_load_mw"] * 8)
    again = split_cost(hourly_vlr(scaled), half_life).iloc[0]
    assert again[list(PARTS)].tolist() == pytest.approx(parts[list(PARTS)].tolist(), rel=1e-12, abs=1e-12)


def test_real_time_equal_to_day_ahead_has_neither() -> None:
    hourly = hourly_vlr(WORKED.assign(rt_lmp_usd_per_mwh=WORKED["da_lmp_usd_per_mwh"]))
    assert split_cost(hourly)[list(PARTS)].to_numpy().tolist() == [[0.0, 0.0, 0.0]]


def test_a_constant_error_is_all_bias() -> None:
    parts = split_cost(hourly_vlr(WORKED.assign(rt_load_mw=WORKED["da_load_mw"] + 50))).iloc[0]
    assert parts["swing"] == pytest.approx(0, abs=1e-12)
    assert parts["bias_usd"] == pytest.approx(50 * 25)


@pytest.mark.parametrize("iso", ["NYISO", "ERCOT"])
def test_a_real_market_adds_up_at_every_level(iso: str, real_hourly: Callable[[str], pd.DataFrame]) -> None:
    hourly = real_hourly(iso)
    parts = split_cost(hourly)
    curve = vlr_curve(hourly)
    checked = check_split(parts, curve)
    assert checked["n_checked"].iloc[0] == len(parts) > 100
    zones = add_up(parts, ["location"]).set_index("location")
    cost = estimate(hourly, ["location"]).set_index("location")["cost_per_mwh"].dropna()
    total = zones.loc[cost.index, list(PARTS)].sum(axis=1)
    assert total.tolist() == pytest.approx(cost.tolist(), abs=1e-9)
    wrong = parts.assign(swing=parts["swing"] + np.eye(len(parts))[3] * 1e-6)
    with pytest.raises(InvariantBroken, match=r"bias \+ swing"):
        check_split(wrong, curve)


def test_an_hour_without_a_cost_does_not_count() -> None:
    with_gap = pd.concat([WORKED, WORKED.head(1).assign(rt_load_mw=np.nan)], ignore_index=True)
    assert split_cost(hourly_vlr(with_gap)).equals(split_cost(hourly_vlr(WORKED)))
