from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.aggregate import season
from lib.calc.covariance import SEASON_BLOCK, add_covariance, covariance, load_weighted_parts, stored_parts
from lib.calc.grid import VALUES, build_grid
from lib.calc.shaping import load_shape_premium
from lib.calc.vlr import hourly_vlr, vlr_curve
from lib.hours import market_hours
from lib.seasons import SEASON_DIVISIONS

METHOD = (Path(__file__).parents[2] / "docs" / "method.md").read_text(encoding="utf-8")

LOADS, PRICES = [900.0, 1000, 1100, 1200], [30.0, 35, 45, 70]


def _hours(loads: list[float], prices: list[float], **columns: object) -> pd.DataFrame:
    """Hours of one cell of a July: the worked example, if the lists are LOADS and PRICES."""
    hours = pd.DataFrame({"rt_load_mw": loads, "da_lmp_usd_per_mwh": prices, "unitized_cost": 0.0})
    keys = {"location": "Z", "year": 2025, "month": 7, "he": 17, "block_type": "5x16"}
    return hours.assign(**{**keys, **columns})


def _random_hours(seed: int, n_years: int = 2) -> pd.DataFrame:
    """Months of two zones whose load follows the price, with hours missing and a price below zero."""
    rng = np.random.default_rng(seed)
    hours = market_hours("PJM", date(2024, 6, 1), date(2023 + n_years, 7, 31))
    frames = []
    for zone in ("A", "B"):
        weather = np.repeat(rng.standard_normal(len(hours) // 24 + 1), 24)[: len(hours)]
        price = 40 + 10 * weather + 5 * rng.standard_normal(len(hours))
        load = 1000 + 10 * hours["he"] + 80 * weather + 20 * rng.standard_normal(len(hours))
        frame = pd.DataFrame({"da_lmp_usd_per_mwh": price, "rt_load_mw": load})
        frame = frame.assign(rt_lmp_usd_per_mwh=price + 1, da_load_mw=load * 1.01, location=zone)
        frame = frame.assign(interval_start=hours["interval_start"])
        frame.loc[rng.random(len(hours)) < 0.1, "rt_load_mw"] = np.nan
        frame.loc[rng.random(len(hours)) < 0.05, "da_lmp_usd_per_mwh"] = np.nan
        frames.append(frame)
    values = pd.concat(frames, ignore_index=True)[["location", "interval_start", *VALUES]]
    return hourly_vlr(build_grid(values, hours, ["A", "B"]))


def test_the_worked_cell() -> None:
    (row,) = covariance(_hours(LOADS, PRICES)).to_dict("records")
    assert (row["location"], row["season"], row["block_type"]) == ("Z", "Summer", "5x16")
    assert row["covariance_per_mwh"] == pytest.approx(1.547619, abs=5e-7)
    assert row["covariance_pct"] == pytest.approx(0.03439153, abs=5e-9)
    assert (row["mean_price"], row["is_near_zero"]) == (45, False)
    assert (row["n_hours"], row["n_years"]) == (4, 1)
    (parts,) = load_weighted_parts(_hours(LOADS, PRICES)).to_dict("records")
    assert parts["flat_price"] == 45
    assert parts["load_shape"] == pytest.approx(0, abs=1e-12)
    assert parts["covariance"] == pytest.approx(row["covariance_per_mwh"])
    assert parts["load_weighted_price"] == pytest.approx(195_500 / 4_200)


def test_the_difference_between_years_months_and_hours_is_no_covariance() -> None:
    # Each cell has a load and a price of its own, and within it neither changes.
    cells = [
        _hours([load] * 3, [price] * 3, year=year, he=he, month=month)
        for load, price, year, he, month in [
            (900.0, 30.0, 2024, 17, 7),
            (1200.0, 70.0, 2025, 17, 7),
            (1000.0, 40.0, 2024, 18, 7),
            (1500.0, 90.0, 2024, 17, 8),
        ]
    ]
    (row,) = covariance(pd.concat(cells, ignore_index=True)).to_dict("records")
    assert row["covariance_per_mwh"] == pytest.approx(0, abs=1e-12)
    assert (row["n_hours"], row["n_years"]) == (12, 2)


def test_a_year_that_is_a_half_life_older_counts_half() -> None:
    first = _hours(LOADS, [35.0, 35, 35, 35], year=2024)
    hours = pd.concat([first, _hours(LOADS, PRICES)], ignore_index=True)
    (row,) = covariance(hours, half_life_years=1).to_dict("records")
    assert row["covariance_per_mwh"] == pytest.approx(6500 / (4200 + 4200 / 2))
    assert row["mean_price"] == pytest.approx((180 + 140 / 2) / (4 + 4 / 2))
    assert (row["n_hours"], row["n_years"]) == (8, 2)


def test_only_hours_of_vlr_count() -> None:
    hours = _hours([*LOADS, 5000.0], [*PRICES, 900.0])
    hours.loc[4, "unitized_cost"] = np.nan
    pd.testing.assert_frame_equal(covariance(hours), covariance(_hours(LOADS, PRICES)))
    assert covariance(hours.assign(unitized_cost=np.nan)).empty


@pytest.mark.parametrize("mean", [0.9, 0.0, -20.0])
def test_a_price_near_zero_has_dollars_and_no_percent(mean: float) -> None:
    (row,) = covariance(_hours(LOADS, [price - 45 + mean for price in PRICES])).to_dict("records")
    assert row["covariance_per_mwh"] == pytest.approx(1.547619, abs=5e-7)
    assert np.isnan(row["covariance_pct"])
    assert row["is_near_zero"]


def test_a_price_of_a_dollar_has_a_percent() -> None:
    hours = _hours(LOADS, [price - 44 for price in PRICES])
    (row,) = covariance(hours).to_dict("records")
    assert (row["mean_price"], row["is_near_zero"]) == (1, False)
    assert row["covariance_pct"] == row["covariance_per_mwh"]
    assert load_weighted_parts(hours)["premium"].notna().all()


def test_parts_are_of_hours_with_a_price_and_a_positive_load_and_of_blocks_that_have_any() -> None:
    blocks = pd.CategoricalDtype(["5x16", "2x16", "7x8"])
    hours = _hours([*LOADS, 0.0, 0.5], [*PRICES, 900.0, 45.0]).astype({"block_type": blocks})
    hours.loc[[0, 5], "he"] = 18
    parts = load_weighted_parts(hours, ["location", "block_type"])
    assert parts["n_hours"].tolist() == [5]
    whole = (195_500 + 0.5 * 45) / 4_200.5
    assert parts["load_weighted_price"].tolist() == pytest.approx([whole])


def _line(block_price: float, history: pd.DataFrame, month: int = 6) -> dict[str, object]:
    cells = pd.DataFrame(
        {"location": ["Z"], "month": month, "block_type": "5x16", "block_price": block_price}
    )
    (row,) = add_covariance(cells, history).to_dict("records")
    assert set(row) == {*cells, "covariance", "is_additive_covariance"}
    return row


def test_the_line_is_the_percent_of_the_blocks_price() -> None:
    history = covariance(_hours(LOADS, PRICES))
    line = _line(60.0, history)  # June is in the summer, as July is
    assert line["covariance"] == pytest.approx(60 * 0.03439153, abs=1e-6)
    assert not line["is_additive_covariance"]
    assert np.isnan(_line(np.nan, history)["covariance"])
    fall = _line(60.0, history, month=9)
    assert np.isnan(fall["covariance"])
    assert not fall["is_additive_covariance"]


def test_the_line_is_the_past_in_dollars_where_the_past_price_is_near_zero() -> None:
    line = _line(60.0, covariance(_hours(LOADS, [price - 50 for price in PRICES])))
    assert line["covariance"] == pytest.approx(1.547619, abs=5e-7)
    assert line["is_additive_covariance"]


@given(st.lists(st.tuples(st.floats(1, 5000), st.floats(-100, 500)), min_size=1, max_size=30))
@settings(max_examples=30)
def test_a_flat_load_or_a_flat_price_has_none(rows: list[tuple[float, float]]) -> None:
    loads, prices = map(list, zip(*rows, strict=True))
    for hours in (_hours([800.0] * len(rows), prices), _hours(loads, [35.0] * len(rows))):
        assert covariance(hours)["covariance_per_mwh"].abs().max() < 1e-9


@given(
    st.lists(st.tuples(st.floats(1, 5000), st.floats(2, 500)), min_size=2, max_size=30),
    st.floats(0.5, 100),
)
@settings(max_examples=30)
def test_scaled_loads_change_nothing_and_scaled_prices_no_percent(
    rows: list[tuple[float, float]], scale: float
) -> None:
    loads, prices = map(list, zip(*rows, strict=True))
    (was,) = covariance(_hours(loads, prices)).to_dict("records")
    (loaded,) = covariance(_hours([scale * load for load in loads], prices)).to_dict("records")
    (priced,) = covariance(_hours(loads, [scale * price for price in prices])).to_dict("records")
    for name in ("covariance_per_mwh", "covariance_pct"):
        assert loaded[name] == pytest.approx(was[name], rel=1e-9, abs=1e-9)
    assert priced["covariance_per_mwh"] == pytest.approx(
        scale * was["covariance_per_mwh"], rel=1e-9, abs=1e-7
    )
    if not priced["is_near_zero"]:
        assert priced["covariance_pct"] == pytest.approx(was["covariance_pct"], rel=1e-9, abs=1e-9)


@settings(max_examples=10)
@given(st.integers(0, 1000), st.sampled_from(["location", "season", "month", "block_type"]))
def test_flat_price_load_shape_and_covariance_are_the_load_weighted_price(seed: int, by: str) -> None:
    hourly = _random_hours(seed, n_years=1).assign(season="Summer")
    parts = load_weighted_parts(hourly, [by])
    used = hourly.dropna(subset=["da_lmp_usd_per_mwh", "rt_load_mw"])
    value = (used["da_lmp_usd_per_mwh"] * used["rt_load_mw"]).groupby(used[by], observed=True).sum()
    load = used["rt_load_mw"].groupby(used[by], observed=True).sum()
    np.testing.assert_allclose(parts["load_weighted_price"], value / load, rtol=0, atol=1e-9)
    total = parts[["flat_price", "load_shape", "covariance"]].sum(axis=1)
    np.testing.assert_allclose(total, value / load, rtol=0, atol=1e-9)


def test_load_shape_and_covariance_are_the_premium_of_the_shaping_page() -> None:
    hourly = _random_hours(7)
    for by in (["location"], ["location", "block_type"], ["location", "month", "block_type"]):
        parts, premium = load_weighted_parts(hourly, by), load_shape_premium(hourly, by)
        added = (parts["load_shape"] + parts["covariance"]) / parts["flat_price"]
        np.testing.assert_allclose(added, premium["premium"], rtol=0, atol=1e-9)
        np.testing.assert_allclose(parts["premium"], premium["premium"], rtol=0, atol=1e-9)
        assert parts["n_hours"].tolist() == premium["n_hours"].tolist()


def test_the_covariance_of_a_season_is_that_of_its_months_weighted_by_load() -> None:
    hourly = _random_hours(3)
    used = hourly[hourly["unitized_cost"].notna()]
    months = covariance(hourly, ["location", "month", "block_type"])
    loads = used.groupby(["location", "month", "block_type"], observed=True)["rt_load_mw"].sum()
    months = months.merge(loads.reset_index()).assign(season=lambda rows: season(rows["month"]))
    months["usd"] = months["covariance_per_mwh"] * months["rt_load_mw"]
    sums = months.groupby(SEASON_BLOCK, observed=True)[["usd", "rt_load_mw"]].sum()
    found = covariance(hourly).set_index(SEASON_BLOCK)["covariance_per_mwh"]
    pd.testing.assert_series_equal(found, sums["usd"] / sums["rt_load_mw"], check_names=False, rtol=1e-12)
    assert len(found) == 2 * 4 * 3


def test_a_stored_curve_gives_the_same_parts_as_its_hours() -> None:
    hourly = _random_hours(5)
    hourly = hourly[hourly["unitized_cost"].notna()]
    wanted = load_weighted_parts(hourly).astype({"location": str})
    found = stored_parts(vlr_curve(hourly), covariance(hourly))
    pd.testing.assert_frame_equal(found, wanted, rtol=0, atol=1e-9, check_dtype=False)


def _by_year(hourly: pd.DataFrame) -> tuple[list[float], list[float]]:
    """Return the covariance of a whole market by year: $/MWh, and percent of the cost of its energy."""
    rows = covariance(hourly, ["year"])
    used = hourly[hourly["unitized_cost"].notna()]
    energy = load_weighted_parts(used, ["year"])["load_weighted_price"]
    share = 100 * rows["covariance_per_mwh"] / energy
    return rows["covariance_per_mwh"].round(2).tolist(), share.round(1).tolist()


def test_the_size_in_ercot(years_hourly: Callable[[str], pd.DataFrame]) -> None:
    usd, share = _by_year(years_hourly("ERCOT"))
    assert usd == [0.50, 0.97, 1.39, 1.35]  # 2021 to 2024
    assert share == [1.3, 1.3, 3.2, 4.0]


def test_the_size_in_new_england(years_hourly: Callable[[str], pd.DataFrame]) -> None:
    usd, share = _by_year(years_hourly("ISONE"))
    assert len(usd) == 9
    assert 0.27 <= min(usd) <= max(usd) <= 0.62
    assert 0.5 <= min(share) <= max(share) <= 1.1


def test_the_size_in_new_york(real_hourly: Callable[[str], pd.DataFrame]) -> None:
    zones = covariance(real_hourly("NYISO"), ["location"])
    assert zones["covariance_pct"].between(0.004, 0.020).all()
    assert zones.loc[zones["covariance_pct"].idxmax(), "location"] == "LONGIL"


def _next_years(hourly: pd.DataFrame, first: int) -> tuple[float, float, float, float]:
    """Return how far next year's covariance of months and blocks is from the line, and from none, $/MWh.

    Each year from `first` on is told from the five before it, at its own prices: mean size and mean of the
    error of the line, then the same of leaving it out, weighted with load.
    """
    used = hourly[hourly["unitized_cost"].notna()]
    key = ["location", "month", "block_type"]
    rows = []
    for year in range(first, int(used["year"].max()) + 1):
        past, now = used[used["year"].between(year - 5, year - 1)], used[used["year"] == year]
        real = covariance(now, key).rename(columns={"mean_price": "block_price"})
        cells = real[[*key, "block_price"]].astype({"location": str, "block_type": str})
        loads = now.groupby(key, observed=True)["rt_load_mw"].sum().to_numpy()
        line = add_covariance(cells, covariance(past))["covariance"]
        rows.append(pd.DataFrame({"line": line, "real": real["covariance_per_mwh"], "load": loads}))
    found = pd.concat(rows).dropna()
    weights = found["load"]
    error, left_out = found["line"] - found["real"], -found["real"]
    size_of_line, line, size_of_none, none = (
        float(np.average(values, weights=weights))
        for values in (error.abs(), error, left_out.abs(), left_out)
    )
    return round(size_of_line, 2), round(line, 3), round(size_of_none, 2), round(none, 3)


def test_the_line_tells_the_next_year_better_than_none(
    years_hourly: Callable[[str], pd.DataFrame],
) -> None:
    ercot, bias_in_ercot, without_in_ercot, none_in_ercot = _next_years(years_hourly("ERCOT"), 2022)
    isone, bias_in_isone, without_in_isone, none_in_isone = _next_years(years_hourly("ISONE"), 2005)
    assert f"| without the line | {without_in_ercot} | {without_in_isone} |" in METHOD
    assert f"| four seasons of three months | {ercot} | {isone:.2f} |" in METHOD
    removed = [1 - bias_in_ercot / none_in_ercot, 1 - bias_in_isone / none_in_isone]
    text = "removes {:.0%} of the bias in ERCOT and {:.0%} in New England".format(*removed)
    assert text.replace("%", " %") in METHOD


@pytest.mark.parametrize("division", SEASON_DIVISIONS)
def test_any_division_of_the_year_finds_its_way_to_the_months_of_delivery(division: str) -> None:
    hourly = _random_hours(11)
    history = covariance(hourly, division=division)
    months = covariance(hourly, ["location", "month", "block_type"])
    cells = months[["location", "month", "block_type"]].assign(block_price=50.0)
    line = add_covariance(cells, history)["covariance"]
    of_month = season(cells["month"], division).astype(str)
    keys = pd.MultiIndex.from_arrays(
        [cells["location"].astype(str), of_month, cells["block_type"].astype(str)]
    )
    percent = history.astype(dict.fromkeys(SEASON_BLOCK, str)).set_index(SEASON_BLOCK)["covariance_pct"]
    assert line.tolist() == pytest.approx((50 * percent.reindex(keys)).tolist())
    parts = [stored_parts(vlr_curve(hourly), one) for one in (history, covariance(hourly))]
    pd.testing.assert_frame_equal(*parts, rtol=1e-9, check_categorical=False)


def test_the_covariance_of_months_is_that_of_each_month() -> None:
    hourly = _random_hours(12)
    months = covariance(hourly, ["location", "month", "block_type"])
    found = covariance(hourly, division="months").sort_values(["location", "season", "block_type"])
    months = months.sort_values(["location", "month", "block_type"])
    assert found["covariance_per_mwh"].tolist() == pytest.approx(months["covariance_per_mwh"].tolist())
    whole = covariance(hourly, division="year")
    assert set(whole["season"].astype(str)) == {"Whole year"} and len(whole) == 2 * 3
    by_block = covariance(hourly, ["location", "block_type"])
    assert whole["covariance_per_mwh"].tolist() == pytest.approx(by_block["covariance_per_mwh"].tolist())
