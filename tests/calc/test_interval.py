"""The estimator interval: what it covers on made-up markets, what it keeps, and the same bits for a seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.interval import (
    INTERVAL,
    MIN_INTERVAL_DAYS,
    PRICED_INTERVAL,
    BlockDraws,
    block_intervals,
    bootstrap,
)
from lib.calc.priced_vlr import BLOCK, price_history, priced_blocks
from lib.calc.resampling import day_sums, quantiles
from lib.calc.vlr import estimate, vlr_curve
from lib.hours import market_hours
from lib.markets import BLOCKS

MEAN = 0.2


def _grid(hours: pd.DataFrame, costs: np.ndarray, load: float | np.ndarray = 1.0) -> pd.DataFrame:
    """Return hours of zones with a cost ($/MWh): (zone, hour)."""
    grid = pd.concat([hours] * len(costs), ignore_index=True)
    names = [f"Z{zone}" for zone in range(len(costs))]
    grid.insert(0, "location", pd.Categorical(np.repeat(names, len(hours)), names))
    return grid.assign(unitized_cost=costs.ravel(), rt_load_mw=load, da_lmp_usd_per_mwh=30.0)


def _januaries(years: int, holidays: str = "nerc") -> pd.DataFrame:
    whole = market_hours("PJM", date(2001, 1, 1), date(2000 + years, 1, 31), holidays)  # type: ignore[arg-type]
    return whole[whole["month"] == 1].reset_index(drop=True)


def _market(hours: pd.DataFrame, zones: int, seed: int) -> np.ndarray:
    """Return costs whose hours depend on their day, and whose days have a correlation of 0.15."""
    random = np.random.default_rng(seed)
    day = (hours["market_date"] != hours["market_date"].shift()).cumsum().to_numpy() - 1
    shocks = random.standard_t(5, (zones, day[-1] + 1))
    for one in range(1, shocks.shape[1]):
        shocks[:, one] = 0.15 * shocks[:, one - 1] + 0.99 * shocks[:, one]
    return MEAN + shocks[:, day] + random.normal(0, 3, (zones, len(hours)))


def _covered(bounds: pd.DataFrame) -> float:
    return float(((bounds["interval_low"] <= MEAN) & (bounds["interval_high"] >= MEAN)).mean())


def test_the_interval_covers_the_true_mean_from_100_days_on_and_hours_do_not() -> None:
    hours = _januaries(5)  # 103 to 109 days of 5x16
    grid = _grid(hours, _market(hours, zones=200, seed=7))
    cells, draws = bootstrap(day_sums(grid))
    at_noon = cells[(cells["block_type"] == "5x16") & (cells["he"] == 12)]
    assert len(at_noon) == 200
    assert 0.85 <= _covered(at_noon) <= 0.95
    prices = grid.groupby(BLOCK, observed=True)["da_lmp_usd_per_mwh"].mean().rename("block_price")
    blocks = block_intervals(draws, prices.reset_index())
    assert 0.85 <= _covered(blocks[blocks["block_type"] == "5x16"]) <= 0.95
    assert 0.45 <= _covered(_by_hours(grid[grid["block_type"] == "5x16"])) <= 0.75


def _by_hours(grid: pd.DataFrame) -> pd.DataFrame:
    """Return the interval that drawing single hours gives, which takes hours for independent."""
    costs = grid["unitized_cost"].to_numpy().reshape(200, -1)
    times = np.random.default_rng(1).multinomial(
        costs.shape[1], np.full(costs.shape[1], 1 / costs.shape[1]), 400
    )
    means = costs @ times.T / costs.shape[1]
    return pd.DataFrame(np.quantile(means, (0.05, 0.95), axis=1).T, columns=["interval_low", "interval_high"])


def test_one_cost_everywhere_is_known_exactly_and_few_days_have_no_interval() -> None:
    hours = _januaries(4)
    cells, draws = bootstrap(day_sums(_grid(hours, np.full((1, len(hours)), MEAN))), resamples=50)
    n_days = hours.groupby("block_type", observed=True)["market_date"].nunique()
    assert n_days["2x16"] < MIN_INTERVAL_DAYS < n_days["5x16"]
    known = cells["block_type"] != "2x16"
    assert cells.loc[known, INTERVAL].to_numpy() == pytest.approx(MEAN, abs=1e-9)
    assert cells.loc[~known, INTERVAL].isna().all(axis=None)
    assert draws.n_days[0, 0].tolist() == [n_days[name] for name in BLOCKS]


def test_the_number_of_days_is_that_of_days_with_a_cost() -> None:
    hours = _januaries(2)
    costs = np.full((1, len(hours)), MEAN)
    costs[0, hours["market_date"] < "2001-01-25"] = np.nan
    cells, draws = bootstrap(day_sums(_grid(hours, costs)), resamples=50)
    assert draws.n_days[0, 0, BLOCKS.index("7x8")] == 7 + 31
    assert cells[INTERVAL].isna().all(axis=None)


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    """Two zones over two Januaries and Februaries, in which hours of one zone are missing."""
    hours = market_hours("PJM", date(2001, 1, 1), date(2002, 2, 28))
    hours = hours[hours["month"] <= 2].reset_index(drop=True)
    random = np.random.default_rng(0)
    costs = random.standard_t(3, (2, len(hours)))
    costs[1, random.random(len(hours)) < 0.1] = np.nan
    return _grid(hours, costs, random.uniform(500, 1500, 2 * len(hours)))


def _draw(grid: pd.DataFrame, seed: int = 1, resamples: int = 40) -> tuple[pd.DataFrame, BlockDraws]:
    return bootstrap(day_sums(grid), resamples, seed)


def test_a_seed_gives_the_same_bits_in_any_sequence_of_zones(small: pd.DataFrame) -> None:
    cells, draws = _draw(small)
    again, same = _draw(small)
    pd.testing.assert_frame_equal(cells, again, check_exact=True)
    assert draws.totals.tobytes() == same.totals.tobytes()
    turned = pd.concat([small[small["location"] == zone] for zone in ("Z1", "Z0")], ignore_index=True)
    other, turned_draws = _draw(turned)
    assert turned_draws.totals[:, ::-1].tobytes() == draws.totals.tobytes()
    keys = ["location", "month", "he", "block_type"]
    pd.testing.assert_frame_equal(
        other.astype({"location": str}).sort_values(keys, ignore_index=True),
        cells.astype({"location": str}).sort_values(keys, ignore_index=True),
        check_exact=True,
    )
    assert _draw(small, seed=2)[1].totals.tobytes() != draws.totals.tobytes()


@settings(max_examples=15)
@given(factor=st.floats(0.01, 100), price=st.floats(0.01, 100))
def test_loads_do_not_matter_and_prices_scale(small: pd.DataFrame, factor: float, price: float) -> None:
    cells, _ = _draw(small)
    by_load, _ = _draw(small.assign(rt_load_mw=small["rt_load_mw"] * factor))
    assert by_load[INTERVAL].to_numpy() == pytest.approx(cells[INTERVAL].to_numpy(), nan_ok=True, abs=1e-10)
    dear, _ = _draw(small.assign(unitized_cost=small["unitized_cost"] * price))
    assert dear[INTERVAL].to_numpy() == pytest.approx(
        price * cells[INTERVAL].to_numpy(), nan_ok=True, rel=1e-9, abs=1e-10 * price
    )


def test_a_zone_without_load_changes_no_other(small: pd.DataFrame) -> None:
    cells, draws = _draw(small)
    none = small[small["location"] == "Z0"].assign(location="NONE", rt_load_mw=0.0, unitized_cost=np.nan)
    both = pd.concat([small.astype({"location": str}), none], ignore_index=True)
    with_none, more = _draw(both)
    others = with_none[with_none["location"] != "NONE"]
    key = ["month", "block_type", "location", "he"]
    pd.testing.assert_frame_equal(
        others.sort_values(key, ignore_index=True),
        cells.sort_values(key, ignore_index=True),
        check_exact=True,
    )
    assert more.totals[:, :2].tobytes() == draws.totals.tobytes()
    assert not more.totals[:, 2].any()


def test_zones_of_one_market_keep_their_dependence(small: pd.DataFrame) -> None:
    """The sum of two equal zones is as uncertain as each; independent draws would halve the variance."""
    one = small[small["location"] == "Z0"].astype({"location": str})
    _, draws = _draw(pd.concat([one, one.assign(location="TWIN")], ignore_index=True))
    january = draws.totals[:, :, 0, BLOCKS.index("7x8")]
    together = quantiles(january[0].sum(axis=0), january[2].sum(axis=0))
    assert together.tolist() == quantiles(january[0, 0], january[2, 0]).tolist()


def test_no_spread_costs_nothing_in_any_resample(small: pd.DataFrame) -> None:
    cells, draws = _draw(small.assign(unitized_cost=small["unitized_cost"] * 0))
    assert not draws.totals[0].any()
    assert set(cells[INTERVAL].stack()) == {0.0}


def test_what_is_no_full_grid_is_refused(small: pd.DataFrame) -> None:
    for wrong in (small.iloc[:-1], small.iloc[1:], small.sort_values("interval_start")):
        with pytest.raises(ValueError, match="all hours of each location"):
            day_sums(wrong)


@pytest.mark.parametrize("iso", ["ERCOT", "ISONE"])
def test_a_real_market_has_its_past_in_the_interval_and_priced_vlr_in_its_own(
    iso: str, years_hourly: Callable[[str], pd.DataFrame]
) -> None:
    hourly = years_hourly(iso)
    cells, draws = bootstrap(day_sums(hourly), resamples=200)
    curve = vlr_curve(hourly)
    both = curve.merge(cells, on=["location", "month", "he", "block_type"], validate="1:1")
    assert len(both) == len(curve)
    assert both["interval_mid"].notna().tolist() == (both["n_days"] >= MIN_INTERVAL_DAYS).tolist()
    known = both.dropna(subset="interval_mid")
    assert known["cost_per_mwh"].between(known["interval_low"], known["interval_high"]).mean() > 0.97
    blocks = block_intervals(draws, price_history(curve))
    past = estimate(hourly, BLOCK)
    merged = past.merge(blocks, on=BLOCK, suffixes=("", "_drawn"))
    assert merged["n_days"].tolist() == merged["n_days_drawn"].tolist()
    known = merged.dropna(subset="priced_mid")
    assert (known[PRICED_INTERVAL].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    wide = (merged["interval_high"] - merged["interval_low"]).median()
    # Priced VLR rests on the block of all months: it is better known than the month.
    assert (merged["priced_high"] - merged["priced_low"]).median() < 0.8 * wide
    priced = priced_blocks(curve, price_history(curve)).merge(known, on=BLOCK)
    assert priced["priced"].between(priced["priced_low"], priced["priced_high"]).mean() > 0.97


def test_the_sums_of_the_calendar_month_are_the_mean_of_the_draws(small: pd.DataFrame) -> None:
    """Over many resamples, each day counts as often as it does in the past: once of 60 of 59."""
    _, draws = _draw(small, resamples=20_000)
    past = estimate(small.assign(hourly_vlr=0.1), BLOCK)
    for row in past.itertuples():
        at = ("Z0", "Z1").index(row.location), row.month - 1, BLOCKS.index(row.block_type)
        load = draws.totals[2][at].mean()
        assert load == pytest.approx(row.rt_load_mwh, rel=0.06)


def test_the_interval_takes_what_the_chain_returns(real_hourly: Callable[[str], pd.DataFrame]) -> None:
    hourly = real_hourly("NYISO")
    assert "exclusion" in hourly
    days = day_sums(hourly)
    cost = (hourly["unitized_cost"] * hourly["rt_load_mw"]).groupby(hourly["location"], observed=True).sum()
    assert days.sums[0].sum(axis=(1, 2)).tolist() == pytest.approx(cost[list(days.locations)].tolist())
