from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.grid import VALUES, build_grid
from lib.calc.range_curves import build_shaping_sums, build_vlr_sums, shaping_between, vlr_between
from lib.calc.ranges import OutsideHistory, SummedHours
from lib.calc.shaping import shape_factors
from lib.calc.vlr import hourly_vlr, vlr_curve
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


@pytest.mark.parametrize(
    "window",
    [(FIRST - timedelta(days=1), LAST), (FIRST, LAST + timedelta(days=1)), (LAST, FIRST)],
)
def test_a_range_beyond_the_history_is_refused_with_the_days_there_are(
    vlr: SummedHours, window: tuple[date, date]
) -> None:
    with pytest.raises(OutsideHistory, match="2022-10-20 to 2024-04-10"):
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
