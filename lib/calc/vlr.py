"""Volumetric load risk (VLR): the extra cost of the actual load after a hedge of the day-ahead load.

The method has three stages (docs/method.md, "VLR, hour by hour" and "The VLR curve"):

1. `hourly_vlr` computes for each location and hour, with prices in $/MWh and loads in MW over one hour (MWh):

       hedge_cost     = DA LMP x DA load                         $
       imbalance_cost = (RT load - DA load) x RT LMP             $
                        + (settled RT LMP - RT LMP) x RT load    $, where there is a settled price
       total_price    = (hedge_cost + imbalance_cost) / RT load  $/MWh
       unitized_cost  = total_price - DA LMP                     $/MWh
       hourly_vlr     = unitized_cost / DA LMP                   fraction

2. `estimate` averages the hours of each cell (location, month, hour ending, block) by three estimators:

       cost_weighted = sum(unitized_cost x RT load) / sum(DA LMP x RT load)  fraction, the headline
       cost_per_mwh  = sum(unitized_cost x RT load) / sum(RT load)           $/MWh
       mean_ratio    = mean(hourly_vlr)                                      fraction, to compare with

3. `estimates_from_sums` blanks both fractions of a cell whose load-weighted DA price is under $1/MWh in size.

`lib.calc.range_curves.vlr_between` computes stages 2 and 3 from sums by month instead of hours, for speed.
tests/calc/test_ranges.py compares all columns of both: change one with the other.

The digest's VLR of a zone is `cost_per_mwh` too, as SQL over the stored sums: `_VLR` in `lib.store.run_diff`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.grid import CELL, MIN_BASE_USD_PER_MWH, ratio, year_weights
from lib.markets import SETTLED_COLUMN

INPUTS = ("da_lmp", "rt_lmp", "da_load", "rt_load")
"""The measures that a VLR curve is made of."""

SUMS = ["unitized_cost_usd", "da_value_usd", "rt_load_mwh"]
"""The sums ($, $, MWh) that a figure carries, so that several groups can be combined by addition."""

CHAIN = (
    "price_variance",
    "price_variance_pct",
    "load_variance",
    "load_variance_pct",
    "hedge_cost",
    "imbalance_cost",
    "total_cost",
    "total_price",
    "unitized_cost",
    "hourly_vlr",
)
"""The columns that `hourly_vlr` adds; each is computed from those before it."""

EXCLUSIONS = (
    "no DA price",
    "no RT price",
    "no DA load",
    "no RT load",
    "DA load not positive",
    "RT load not positive",
)
"""The reasons for which an hour has no unitized cost; an hour counts under the first that applies."""

MIN_DAYS, MIN_YEARS = 20, 2
"""What rests on fewer days, or on days of fewer years, is flagged as thin."""


def hourly_vlr(grid: pd.DataFrame) -> pd.DataFrame:
    """Return the grid with the VLR chain of each hour.

    Args:
        grid: at least da_lmp_usd_per_mwh, rt_lmp_usd_per_mwh ($/MWh), da_load_mw, rt_load_mw (MW over one
            hour, so MWh). A load that is not positive counts as missing. Where rt_lmp_settled_usd_per_mwh has
            a value metered load pays this price, and the day-ahead load is still credited with the other.

    Returns:
        the grid with the columns of CHAIN added: price_variance, total_price and unitized_cost in $/MWh,
        load_variance in MW, hedge_cost, imbalance_cost and total_cost in $, hourly_vlr and both _pct as
        fractions. Each is NULL where one of its own inputs is missing: without a load there is still a price
        variance. Also `exclusion`: one of EXCLUSIONS, NULL where there is a unitized cost.
    """
    da_lmp, rt_lmp = grid["da_lmp_usd_per_mwh"], grid["rt_lmp_usd_per_mwh"]
    da_load, rt_load = (grid[name].where(grid[name] > 0) for name in ("da_load_mw", "rt_load_mw"))
    out = grid.copy(deep=False)
    out["price_variance"] = rt_lmp - da_lmp
    out["price_variance_pct"] = ratio(out["price_variance"], da_lmp)
    out["load_variance"] = rt_load - da_load
    out["load_variance_pct"] = ratio(out["load_variance"], da_load)
    out["hedge_cost"] = da_lmp * da_load
    out["imbalance_cost"] = out["load_variance"] * rt_lmp
    if SETTLED_COLUMN in grid:
        out["imbalance_cost"] += (grid[SETTLED_COLUMN] - rt_lmp).fillna(0.0) * rt_load
    out["total_cost"] = out["hedge_cost"] + out["imbalance_cost"]
    out["total_price"] = ratio(out["total_cost"], rt_load)
    out["unitized_cost"] = out["total_price"] - da_lmp
    out["hourly_vlr"] = ratio(out["unitized_cost"], da_lmp)
    out["exclusion"] = _exclusion(grid)
    return out


def _exclusion(grid: pd.DataFrame) -> pd.Categorical:
    da_load, rt_load = grid["da_load_mw"], grid["rt_load_mw"]
    reasons = [
        grid["da_lmp_usd_per_mwh"].isna(),
        grid["rt_lmp_usd_per_mwh"].isna(),
        da_load.isna(),
        rt_load.isna(),
        da_load <= 0,
        rt_load <= 0,
    ]
    codes = np.select(reasons, range(len(EXCLUSIONS)), default=-1)
    return pd.Categorical.from_codes(codes, categories=list(EXCLUSIONS))


def estimate(hourly: pd.DataFrame, by: Sequence[str], half_life_years: float | None = None) -> pd.DataFrame:
    """Return every estimator for each group of hours, with the sums that the estimators are made of.

    Args:
        hourly: what `hourly_vlr` returns on the full grid of the window.
        by: the columns to group by, for example CELL, or ["location"] for the figure of each zone.
        half_life_years: an hour of a year that is this much older than the last counts half in all sums and
            means, though not in the numbers of hours, days and years; None to weigh all years alike.

    Returns:
        the `by` columns and
        mean_ratio (the mean of hourly_vlr, a fraction),
        cost_weighted (unitized_cost_usd / da_value_usd, a fraction; the headline),
        cost_per_mwh (unitized_cost_usd / rt_load_mwh, $/MWh),
        unitized_cost_usd (sum of unitized_cost x RT load), da_value_usd (sum of DA LMP x RT load),
        rt_load_mwh,
        n_hours (hours with a unitized cost), n_days, n_years, n_excluded (hours of the window without one),
        is_thin (fewer than MIN_DAYS days, or of fewer than MIN_YEARS years),
        is_near_zero (the load-weighted DA price is under MIN_BASE_USD_PER_MWH in size: both fractions are
        NULL, cost_per_mwh is not). The estimators of a group without a usable hour are NULL.
    """
    is_used = hourly["unitized_cost"].notna()
    weight = year_weights(hourly["year"], half_life_years)
    rt_load = hourly["rt_load_mw"].where(is_used) * weight
    terms = hourly[list(by)].assign(
        ratios=hourly["hourly_vlr"] * weight,
        ratio_weight=weight.where(hourly["hourly_vlr"].notna()),
        unitized_cost_usd=hourly["unitized_cost"] * rt_load,
        da_value_usd=hourly["da_lmp_usd_per_mwh"] * rt_load,
        rt_load_mwh=rt_load,
        used_day=hourly["market_date"].where(is_used),
        used_year=hourly["year"].where(is_used),
        is_used=is_used,
    )
    groups = terms.groupby(list(by), observed=True, sort=True)
    n_hours, n_days, n_years = (
        groups["is_used"].sum(),
        groups["used_day"].nunique(),
        groups["used_year"].nunique(),
    )
    figures = estimates_from_sums(groups[SUMS].sum(min_count=1))
    mean_ratio = ratio(groups["ratios"].sum(), groups["ratio_weight"].sum())
    figures.insert(0, "mean_ratio", mean_ratio.mask(figures["is_near_zero"]))
    return figures.assign(
        n_hours=n_hours,
        n_days=n_days,
        n_years=n_years,
        n_excluded=groups.size() - n_hours,
        is_thin=is_thin(n_days, n_years),
    ).reset_index()


def is_thin(n_days: pd.Series, n_years: pd.Series) -> pd.Series:
    """Return whether what rests on so many days of so many years rests on little; not known is not thin."""
    return (n_days < MIN_DAYS) | (n_years < MIN_YEARS)


def estimates_from_sums(sums: pd.DataFrame) -> pd.DataFrame:
    """Return the estimators of sums; the fraction is NULL where the price is near zero.

    Args:
        sums: the columns of SUMS, a row for each group.

    Returns:
        the sums with cost_weighted (fraction), cost_per_mwh ($/MWh) and is_near_zero added.
    """
    is_near_zero = ratio(sums["da_value_usd"], sums["rt_load_mwh"]).abs() < MIN_BASE_USD_PER_MWH
    return sums.assign(
        cost_weighted=ratio(sums["unitized_cost_usd"], sums["da_value_usd"]).mask(is_near_zero),
        cost_per_mwh=ratio(sums["unitized_cost_usd"], sums["rt_load_mwh"]),
        is_near_zero=is_near_zero,
    )


def vlr_curve(hourly: pd.DataFrame, half_life_years: float | None = None) -> pd.DataFrame:
    """Return the VLR curve: `estimate` per location, month, hour ending and block.

    A location has 480 cells if the window has every month of the year, fewer if it does not.
    """
    return estimate(hourly, CELL, half_life_years)


def count_exclusions(hourly: pd.DataFrame) -> pd.DataFrame:
    """Return the number of hours without a unitized cost: location, reason (one of EXCLUSIONS), n_hours."""
    counts = hourly.groupby(["location", "exclusion"], observed=True).size().reset_index(name="n_hours")
    return counts.rename(columns={"exclusion": "reason"})
