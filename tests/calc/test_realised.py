"""Realised against quoted: a worked example by hand, the identity, and what is left out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.cost_checks import check_realised
from lib.calc.covariance import load_weighted_parts
from lib.calc.realised import (
    NO_CURVE,
    NO_CURVE_LOAD,
    NO_HUB,
    NO_QUOTE,
    PARTS,
    compare_quoted,
    count_left_out,
    find_left_out,
    list_parts,
    sum_zones,
    what_came,
)
from lib.calc.vlr import hourly_vlr

QUOTED = {
    "forward_price": [50.0, 30.0],
    "da_rt_adjustment": [1.0, 1.0],
    "zone_basis": [-1.0, -1.0],
    "hpfc": [52.0, 30.0],
    "covariance": [1.0, 0.5],
    "vlr": [0.4, 0.2],
    "risk": [0.0, 0.0],
    "curve_load_mw": [1200.0, 800.0],
}
CAME = {
    "hub_settled": [70.0, 26.0],
    "hub_da": [74.0, 24.0],
    "da_lmp_usd_per_mwh": [72.0, 26.4],
    "rt_lmp_usd_per_mwh": [90.0, 20.0],
    "da_load_mw": [1300.0, 640.0],
    "rt_load_mw": [1400.0, 600.0],
}
"""Two hours of the worked example of docs/method.md; the hub's forwards settle on real-time prices."""


def _hours(location: str = "A", **changed: Any) -> pd.DataFrame:
    rows = pd.DataFrame({**QUOTED, **CAME, **changed}).assign(
        location=location, version_id=7, market_date=pd.Timestamp("2025-07-15")
    )
    cost = rows[["hpfc", "covariance", "vlr", "risk"]].sum(axis=1, skipna=False)
    return _counted(rows.assign(cost_to_serve=cost))


def _counted(rows: pd.DataFrame) -> pd.DataFrame:
    chain = hourly_vlr(rows)
    return chain.assign(left_out=find_left_out(chain))


def test_the_parts_of_the_worked_example() -> None:
    found = compare_quoted(_hours())
    rows = list_parts(found).set_index("part")
    by_hand = {
        "hub_price": (40.0, 48.0, 8.0),
        "da_rt_adjustment": (1.0, 1.0, 0.0),
        "zone_basis": (-1.0, 0.2, 1.2),
        "price_shape": (3.2, 4.56, 1.36),
        "load_shift": (0.0, 2.64, 2.64),
        "covariance": (0.8, 1.92, 1.12),
        "vlr": (0.32, 1.028, 0.708),
        "risk": (0.0, 0.0, 0.0),
        "cost_to_serve": (44.32, 59.348, 15.028),
    }
    for part, numbers in by_hand.items():
        assert rows.loc[part, ["quoted", "realised", "difference"]].tolist() == pytest.approx(
            numbers, abs=1e-12
        )
    assert list(rows.index) == list(by_hand)
    assert found.loc[0, ["n_hours", "n_left_out", "is_complete", "rt_load_mwh"]].tolist() == [
        2,
        0,
        True,
        2000,
    ]


def test_what_came_needs_no_curve() -> None:
    (row,) = what_came(_hours(version_id=[np.nan, np.nan])).itertuples()
    assert (row.flat_price, row.shape_premium, row.vlr, row.realised_cost) == pytest.approx(
        (49.2, 9.12, 1.028, 59.348)
    )
    assert (row.n_hours, row.n_left_out) == (2, 0)


def test_a_forward_that_settles_on_day_ahead_prices_has_no_adjustment_on_either_side() -> None:
    found = compare_quoted(_hours(da_rt_adjustment=[0.0, 0.0], hub_settled=CAME["hub_da"]))
    assert found.loc[0, ["quoted_da_rt_adjustment", "realised_da_rt_adjustment"]].tolist() == [0.0, 0.0]


def test_a_load_with_the_shape_of_the_curve_has_neither_shift_nor_covariance() -> None:
    found = compare_quoted(_hours(rt_load_mw=[2400.0, 1600.0]))
    assert found.loc[0, ["realised_load_shift", "realised_covariance"]].tolist() == pytest.approx([0, 0])


def test_prices_that_are_all_higher_by_the_same_move_the_hub_and_no_shape() -> None:
    def dearer(by: float) -> pd.DataFrame:
        moved: dict[str, Any] = {name: np.add(CAME[name], by) for name in CAME if "load" not in name}
        return compare_quoted(_hours("A", **moved))

    before, after = dearer(0.0), dearer(30.0)
    moved = (after[list(PARTS)] - before[list(PARTS)]).iloc[0]
    together = moved.pop("load_shift") + moved.pop("covariance")
    expected = {part: 30.0 * (part == "hub_price") for part in moved.index}
    assert moved.to_dict() == pytest.approx(expected, abs=1e-9)
    assert together == pytest.approx(0, abs=1e-9)


def test_prices_that_are_a_multiple_of_the_curve_have_no_covariance_whatever_the_load() -> None:
    twice = compare_quoted(_hours(da_lmp_usd_per_mwh=np.multiply(QUOTED["hpfc"], 2.5)))
    assert twice.loc[0, "realised_covariance"] == pytest.approx(0, abs=1e-9)
    assert twice.loc[0, "realised_load_shift"] == pytest.approx(0.1 * 2.5 * (52 - 30))


def test_on_real_months_the_covariance_is_that_of_the_curve(
    years_hourly: Callable[[str], pd.DataFrame],
) -> None:
    """Quoted are the cell means of the years before: in ERCOT, where prices moved most."""
    cell = ["location", "month", "he", "block_type"]
    hourly = years_hourly("ERCOT").astype({"location": str, "block_type": str})
    past, year = hourly[hourly["year"] < 2023], hourly[hourly["year"] == 2023]
    prices = {"hpfc": ("da_lmp_usd_per_mwh", "mean"), "curve_load_mw": ("rt_load_mw", "mean")}
    hours = year.merge(past.groupby(cell).agg(**prices).reset_index(), on=cell)
    hours["forward_price"] = hours["cost_to_serve"] = hours["hpfc"]
    hours["hub_settled"] = hours["hub_da"] = hours["da_lmp_usd_per_mwh"]
    flat = ("da_rt_adjustment", "zone_basis", "covariance", "vlr", "risk")
    hours = hours.assign(version_id=1, **dict.fromkeys(flat, 0.0))
    hours = hours.assign(left_out=find_left_out(hours))
    found = compare_quoted(hours, ["location", "month"])
    assert len(found) == 4 * 12
    key = ["location", "month"]
    found = found.dropna(subset="realised_cost").sort_values(key, ignore_index=True)
    assert len(found) >= 4 * 11  # no load of August is published
    check_realised(found)
    used = hours[hours["left_out"].isna()]
    whole = used.groupby(key)[["total_cost", "rt_load_mw"]].sum()
    assert found["realised_cost"].to_numpy() == pytest.approx(
        (whole["total_cost"] / whole["rt_load_mw"]).to_numpy()
    )
    of_curve = load_weighted_parts(used, key)["covariance"]
    assert found["realised_covariance"].mean() == pytest.approx(of_curve.mean(), rel=0.1)
    assert found["realised_covariance"].corr(of_curve) > 0.98


@pytest.mark.parametrize("prices", [[0.5, 0.9], [-40.0, 20.0]])
def test_the_level_of_prices_near_zero_or_below_is_no_ratio(prices: list[float]) -> None:
    found = compare_quoted(_hours(da_lmp_usd_per_mwh=prices))
    assert found.loc[0, "realised_load_shift"] == pytest.approx(0.1 * (52 - 30))
    assert found.loc[0, "realised_covariance"] == pytest.approx(0.1 * (prices[0] - 52 - prices[1] + 30))


def test_an_imbalance_that_costs_nothing_has_no_vlr() -> None:
    found = compare_quoted(_hours(rt_lmp_usd_per_mwh=CAME["da_lmp_usd_per_mwh"]))
    assert found.loc[0, "realised_vlr"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version_id": [np.nan, 7]}, NO_CURVE),
        ({"hpfc": [np.nan, 30]}, NO_QUOTE),
        ({"curve_load_mw": [np.nan, 800]}, NO_CURVE_LOAD),
        ({"curve_load_mw": [0, 800]}, NO_CURVE_LOAD),
        ({"hub_settled": [np.nan, 26]}, NO_HUB),
        ({"rt_load_mw": [np.nan, 600]}, "no RT load"),
        ({"rt_load_mw": [-1, 600]}, "RT load not positive"),
        ({"da_load_mw": [np.nan, 640], "rt_lmp_usd_per_mwh": [np.nan, 20]}, "no RT price"),
    ],
)
def test_an_hour_without_a_value_is_left_out_of_both_sides_and_named(
    changed: dict[str, Any], reason: str
) -> None:
    columns = {name: values for name, values in changed.items() if name != "version_id"}
    hours = _hours("A", **columns).assign(version_id=changed.get("version_id", [7, 7]))
    hours = _counted(hours)
    found, alone = compare_quoted(hours), compare_quoted(_hours().iloc[1:])
    for name in ("quoted_cost", "realised_cost", *PARTS):
        assert found.loc[0, name] == pytest.approx(alone.loc[0, name])
    assert found.loc[0, ["n_hours", "n_left_out", "is_complete"]].tolist() == [1, 1, False]
    (left,) = count_left_out(hours).itertuples(index=False)
    assert tuple(left) == (reason, "all zones", 1, 1)


def test_a_zone_without_load_has_prices_and_basis_only() -> None:
    found = compare_quoted(_hours(rt_load_mw=[np.nan] * 2, da_load_mw=[np.nan] * 2))
    assert found.loc[0, list(PARTS[:3])].tolist() == pytest.approx([8.0, 0.0, 1.2])
    assert found.loc[0, ["quoted_cost", "difference", "price_shape", "vlr"]].isna().all()
    assert found.loc[0, "n_hours"] == 0
    assert len(check_realised(found)) == 3


def test_a_zone_with_nothing_is_a_row_of_nulls() -> None:
    found = compare_quoted(_hours().assign(version_id=np.nan, left_out=NO_CURVE, forward_price=np.nan))
    assert found.loc[0, [*PARTS, "difference"]].isna().all()
    whole = sum_zones(found).iloc[0]
    assert whole[["n_zones", "n_left_out"]].tolist() == [0, 2]
    assert np.isnan(whole["difference"])


def test_zones_add_up_weighted_with_the_load_that_came() -> None:
    one, two = _hours("A"), _hours("B", rt_load_mw=[4000.0, 4000.0], hpfc=[60.0, 20.0])
    silent = _hours("C", rt_load_mw=[np.nan, np.nan])
    zones = compare_quoted(pd.concat([one, two, silent], ignore_index=True))
    whole = sum_zones(zones)
    a, b = zones.iloc[0], zones.iloc[1]
    for name in ("quoted_cost", "realised_cost", "difference", *PARTS):
        assert whole.loc[0, name] == pytest.approx((2000 * a[name] + 8000 * b[name]) / 10000)
    assert whole.loc[0, ["n_zones", "n_incomplete", "n_hours", "n_left_out"]].tolist() == [2, 0, 4, 2]
    assert len(check_realised(whole)) == 3


price = st.floats(-500, 5000).map(lambda value: round(value, 3)) | st.just(0.0)
load = st.floats(0.5, 20000)
missing = st.none() | price


@st.composite
def random_hours(draw: st.DrawFn) -> pd.DataFrame:
    """Hours of two zones and two days with any prices; some lack a value."""
    rows = []
    for location, day, _ in product("AB", (1, 2), range(draw(st.integers(1, 4)))):
        row = {name: draw(price) for name in (*QUOTED, *CAME)}
        row |= {name: draw(load) for name in row if "load" in name}
        row["version_id"] = 7.0
        for name in draw(st.sets(st.sampled_from([*row]), max_size=1)):
            row[name] = np.nan
        rows.append({"location": location, "market_date": pd.Timestamp(2025, 7, day), **row})
    hours = pd.DataFrame(rows)
    cost = hours[["hpfc", "covariance", "vlr", "risk"]].sum(axis=1, skipna=False)
    return _counted(hours.assign(cost_to_serve=cost))


@settings(max_examples=10)
@given(random_hours())
def test_the_parts_add_up_whatever_the_prices_are(hours: pd.DataFrame) -> None:
    by_zone, by_day = compare_quoted(hours), compare_quoted(hours, ["location", "market_date"])
    for found in (by_zone, by_day, sum_zones(by_zone), sum_zones(by_day, ["market_date"])):
        check_realised(found)
        assert found["n_hours"].sum() + found["n_left_out"].sum() == len(hours)
    counted = hours[hours["left_out"].isna()]
    for zone, its in counted.groupby("location"):
        row = by_zone.set_index("location").loc[zone]
        cost = its["total_cost"].sum() / its["rt_load_mw"].sum()
        quote = (its["cost_to_serve"] * its["curve_load_mw"]).sum() / its["curve_load_mw"].sum()
        size = max(abs(cost), abs(quote), 1)
        assert row["difference"] == pytest.approx(cost - quote, abs=1e-9 * size)


@settings(max_examples=5)
@given(random_hours(), st.floats(0.01, 100))
def test_loads_that_are_scaled_change_nothing(hours: pd.DataFrame, factor: float) -> None:
    scaled = _counted(hours.assign(**{name: hours[name] * factor for name in ("da_load_mw", "rt_load_mw")}))
    before, after = compare_quoted(hours), compare_quoted(scaled)
    for part in (*PARTS, "difference"):
        assert after[part].to_numpy() == pytest.approx(
            before[part].to_numpy(), rel=1e-6, abs=1e-6, nan_ok=True
        )
