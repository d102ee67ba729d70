from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.band import fit_band, left_out_errors, sums_by_year
from lib.calc.grid import VALUES, build_grid
from lib.calc.interval import bootstrap
from lib.calc.priced_vlr import add_priced
from lib.calc.range_curves import (
    build_shaping_sums,
    build_vlr_sums,
    coming_year_between,
    shaping_between,
    vlr_between,
    year_sums_between,
)
from lib.calc.ranges import OutsideHistory, SummedHours, sum_hours, sums_between
from lib.calc.resampling import day_sums
from lib.calc.shaping import shape_factors
from lib.calc.vlr import hourly_vlr, vlr_curve
from lib.calc.vlr_blocks import coming_year, vlr_blocks
from lib.hours import market_hours

FIRST, LAST = date(2022, 10, 20), date(2024, 4, 10)
ZONES = ["A", "B", "C"]

days = st.tuples(st.integers(0, (LAST - FIRST).days), st.integers(0, (LAST - FIRST).days)).map(
    lambda pair: tuple(FIRST + timedelta(days=n) for n in sorted(pair))
)


@pytest.fixture(scope="module")
def hours() -> pd.DataFrame:
    """Eighteen months with two clock changes each way and cut months at both ends."""
    return market_hours("PJM", FIRST, LAST)


@pytest.fixture(scope="module")
def hourly(hours: pd.DataFrame) -> pd.DataFrame:
    """A dear zone; one around zero with many gaps; and one that has a year only, at negative prices."""
    rng = np.random.default_rng(7)
    n, whole = len(hours), range(len(ZONES))
    values = pd.concat(
        [hours[["interval_start"]].assign(location=ZONES[i]) for i in whole], ignore_index=True
    )
    level = np.repeat([40.0, 1.0, -3.0], n)
    values["da_lmp_usd_per_mwh"] = level + 5 * rng.standard_normal(3 * n)
    values["rt_lmp_usd_per_mwh"] = level + 20 * rng.standard_normal(3 * n)
    values["da_load_mw"], values["rt_load_mw"] = rng.uniform(-20, 2000, (2, 3 * n))
    is_gap = (rng.random((3 * n, 4)) < np.repeat([0.01, 0.4, 0.0], n)[:, None]) | (
        (np.repeat(whole, n) == 2)[:, None] & (np.tile(hours["year"], 3) != 2023)[:, None]
    )
    values.loc[rng.random(3 * n) < 0.001, "da_lmp_usd_per_mwh"] = 0.0
    values[VALUES] = values[VALUES].mask(is_gap)
    return hourly_vlr(build_grid(values, hours, ZONES))


@pytest.fixture(scope="module")
def vlr(hours: pd.DataFrame, hourly: pd.DataFrame) -> SummedHours:
    return build_vlr_sums(hours, ZONES, hourly)


@pytest.fixture(scope="module")
def shaping(hours: pd.DataFrame, hourly: pd.DataFrame) -> SummedHours:
    return build_shaping_sums(hours, ZONES, hourly)


def _within(hourly: pd.DataFrame, start: date, end: date) -> pd.DataFrame:
    return hourly[hourly["market_date"].between(pd.Timestamp(start), pd.Timestamp(end))]


def _same(fast: pd.DataFrame, slow: pd.DataFrame, amounts: dict[str, float]) -> None:
    """Compare all columns; sums of both signs may differ by 1e-9 of what was added up."""
    assert fast.columns.tolist() == slow.columns.tolist()
    for name in slow:
        if slow[name].dtype.kind == "f":
            size = amounts.get(name, 1.0)
            np.testing.assert_allclose(fast[name], slow[name], rtol=1e-9, atol=1e-9 * size, err_msg=name)
        else:
            assert fast[name].astype(str).tolist() == slow[name].astype(str).tolist(), name


AMOUNTS = {"unitized_cost_usd": 1e6, "da_value_usd": 1e6}


def test_a_repeated_hour_ending_is_two_hours_of_one_day() -> None:
    hours = market_hours("PJM", date(2023, 12, 31), date(2024, 11, 4))
    terms = np.full((1, 2, len(hours)), 2.0)
    is_second = hours["is_repeated_hour"].to_numpy()  # 3 November
    terms[:, 0, np.flatnonzero(is_second) - 1] = np.nan
    terms[:, 1, hours["month"] == 10] = np.nan
    sums = sums_between(sum_hours(hours, ["A", "B"], terms), date(2023, 12, 31), date(2024, 11, 4))
    assert (sums.year.tolist(), sums.month.tolist()) == ([2023, *[2024] * 11], [12, *range(1, 12)])
    he_2 = 1 * 3 + 2  # 7x8 of HE 2
    ends = [0, -2, -1]  # one day of December 2023, October, and four days of November 2024
    assert sums.n_grid[ends, he_2].tolist() == [1, 31, 5]
    assert sums.counts[0][:, ends, he_2].tolist() == [[1, 31, 4], [1, 0, 5]]
    assert sums.n_days[:, ends, he_2].tolist() == [[1, 31, 4], [1, 0, 4]]
    assert sums.totals[0][:, ends, he_2].tolist() == [[2, 62, 8], [2, 0, 10]]


@settings(max_examples=40)
@given(window=days)
def test_the_vlr_of_any_range_is_that_of_its_hours(
    hourly: pd.DataFrame, vlr: SummedHours, window: tuple[date, date]
) -> None:
    _same(vlr_between(vlr, *window), vlr_curve(_within(hourly, *window)), AMOUNTS)


@settings(max_examples=40)
@given(window=days)
def test_the_shape_of_any_range_is_that_of_its_hours(
    hourly: pd.DataFrame, shaping: SummedHours, window: tuple[date, date]
) -> None:
    _same(shaping_between(shaping, *window), shape_factors(_within(hourly, *window)), {})


@pytest.mark.parametrize(
    "window",
    [
        (date(2022, 11, 6), date(2022, 11, 6)),  # the day with 25 hours
        (date(2023, 3, 12), date(2023, 3, 12)),  # and with 23
        (date(2023, 1, 1), date(2023, 1, 31)),
        (date(2023, 1, 2), date(2023, 2, 27)),  # two cut months and no whole one
        (FIRST, LAST),
    ],
)
def test_ranges_at_the_joints_are_right(
    hourly: pd.DataFrame, vlr: SummedHours, shaping: SummedHours, window: tuple[date, date]
) -> None:
    within = _within(hourly, *window)
    _same(vlr_between(vlr, *window), vlr_curve(within), AMOUNTS)
    _same(shaping_between(shaping, *window), shape_factors(within), {})


def test_a_month_counts_from_80_percent_of_its_hours_at_one_dollar() -> None:
    april = date(2023, 4, 1), date(2023, 4, 30)
    hours = market_hours("PJM", *april)
    is_priced = hours["day"] <= 24  # 576 of 720 hours
    grid = hours.assign(location=pd.Categorical(["A"] * 720), da_lmp_usd_per_mwh=is_priced.map({True: 1.0}))
    shape = shaping_between(build_shaping_sums(hours, ["A"], grid), *april)
    _same(shape, shape_factors(grid), {})
    assert set(shape["n_years"]) == set(shape["pooled"]) == set(shape["year_mean"]) == {1}
    assert not shape["is_additive"].any()


def test_a_cell_without_a_usable_year_does_not_weigh_in_its_block() -> None:
    window = date(2023, 4, 1), date(2024, 4, 5)  # five days are no usable year
    hours = market_hours("PJM", *window)
    price = (20.0 + hours["he"]).mask((hours["year"] == 2023) & (hours["he"] == 10))
    grid = hours.assign(location=pd.Categorical(["A"] * len(hours)), da_lmp_usd_per_mwh=price)
    shape = shaping_between(build_shaping_sums(hours, ["A"], grid), *window)
    _same(shape, shape_factors(grid), {})
    block = shape[(shape["month"] == 4) & (shape["block_type"] == "5x16")].set_index("he")
    assert block.loc[10, ["n_hours", "n_years"]].tolist() == [5, 0]
    known = block.dropna(subset="year_mean")
    assert np.average(known["year_mean"], weights=known["n_hours"]) == pytest.approx(1, abs=1e-12)


def test_a_cell_without_hours_is_null_and_divides_nothing(vlr: SummedHours, shaping: SummedHours) -> None:
    day = date(2023, 1, 1)
    with np.errstate(all="raise"):
        curve, shape = vlr_between(vlr, day, day), shaping_between(shaping, day, day)
    for cells, figures in ((curve, ["cost_weighted", "mean_ratio"]), (shape, ["pooled", "additive"])):
        without = cells[cells["n_hours"] == 0]
        assert len(without) and without[figures].isna().all(axis=None)


@pytest.mark.parametrize(
    "window",
    [(FIRST - timedelta(days=1), LAST), (FIRST, LAST + timedelta(days=1)), (LAST, FIRST)],
)
def test_a_range_beyond_the_history_is_refused_with_the_days_there_are(
    vlr: SummedHours, window: tuple[date, date]
) -> None:
    with pytest.raises(OutsideHistory, match=r"2022-10-20 to 2024-04-10, the first before the last$"):
        vlr_between(vlr, *window)


@pytest.mark.parametrize("iso", ["NYISO", "ERCOT"])
def test_ranges_of_real_markets_are_those_of_their_hours(
    iso: str, real_hourly: Callable[[str], pd.DataFrame]
) -> None:
    hourly = real_hourly(iso)
    first, last = (hourly["market_date"].agg(end).date() for end in ("min", "max"))
    hours, zones = market_hours(iso, first, last), list(hourly["location"].cat.categories)
    window = first + timedelta(days=45), last - timedelta(days=17)
    within = _within(hourly, *window)
    _same(vlr_between(build_vlr_sums(hours, zones, hourly), *window), vlr_curve(within), AMOUNTS)
    _same(shaping_between(build_shaping_sums(hours, zones, hourly), *window), shape_factors(within), {})


@pytest.mark.parametrize(
    "window", [(FIRST, LAST), (date(2022, 11, 6), date(2024, 2, 14)), (date(2024, 1, 5), date(2024, 1, 9))]
)
def test_the_coming_year_of_a_range_is_that_of_its_hours(
    vlr: SummedHours, hourly: pd.DataFrame, window: tuple[date, date]
) -> None:
    within = _within(hourly, *window).reset_index(drop=True)
    sums, key = sums_by_year(within), ["location", "month", "block_type", "year"]
    loose = {"check_dtype": False, "check_categorical": False, "rtol": 1e-7, "atol": 1e-9}
    fast = year_sums_between(vlr, *window).sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(fast, sums.sort_values(key, ignore_index=True), **loose)
    errors = left_out_errors(sums)
    band, curve = fit_band(errors), add_priced(vlr_curve(within))
    _, draws = bootstrap(day_sums(within), 5, 1)
    slow = coming_year(vlr_blocks(within, curve, draws, errors, band), errors, band)
    year = coming_year_between(vlr, *window)
    assert set(year["n_found"]) <= {band.n_found}
    pd.testing.assert_frame_equal(year.drop(columns="n_found"), slow, **loose)
