"""Shaping: how hourly prices, and load, differ from the flat block they were hedged with.

The method (docs/method.md, "Shaping") starts from DA LMPs in $/MWh by hour. Every mean is taken over hours,
never over other means. A cell is a location, month, hour ending and block type; its block is all cells of the
same location, month and block type.

1. `average_prices`: the mean price of each cell, $/MWh.
2. `usable_years`: which years of each block count. A year counts if its month has at least 80 % of its hours
   with a price, and the block's mean in it is at least $1/MWh.
3. `shape_factors`, by two methods:

       pooled    = mean(cell) / mean(block), over all years' hours           fraction
       year_mean = mean over the usable years of that ratio within the year  fraction, the headline,
                   rescaled so that sum(n_hours x year_mean) / sum(n_hours) = 1 in each block
       additive  = mean(cell) - mean(block)                                  $/MWh

   Where mean(block) is under $1/MWh, both factors are NULL and the additive shape applies.
4. `load_shape_premium`: what serving the load's own shape costs above a flat block, a fraction.

`lib.calc.range_curves.shaping_between` computes stages 1 to 3 from sums by month instead of hours, for speed.
tests/calc/test_ranges.py compares all columns of both on ranges of every kind: change one with the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.grid import CELL, MIN_BASE_USD_PER_MWH, NEAR_ZERO, ratio, year_weights

BLOCK = ["location", "month", "block_type"]
"""The key of a block: a shape factor is relative to the mean price of its block."""

PRICE = "da_lmp_usd_per_mwh"

INPUTS = ("da_lmp", "rt_load")
"""The measures that a shaping curve is made of."""

MIN_HOURS_SHARE = 0.8
"""The share of a year-month's hours that must have a price for the year to count."""

UNUSABLE = {
    "hours": f"under {MIN_HOURS_SHARE * 100:.0f} % of the month's hours",
    "price": "no price in the block",
    "base": f"block mean negative or {NEAR_ZERO}",
}
"""The reasons for which a year does not count, the first that applies."""


def average_prices(grid: pd.DataFrame) -> pd.DataFrame:
    """Return the mean DA LMP of each cell: location, month, he, block_type, value ($/MWh), n_hours.

    A cell without a price has a NULL value and n_hours 0.

    Args:
        grid: location, the calendar columns and da_lmp_usd_per_mwh.
    """
    prices = grid.groupby(CELL, observed=True)[PRICE].agg(value="mean", n_hours="count")
    return prices.reset_index()


def shape_factors(grid: pd.DataFrame, half_life_years: float | None = None) -> pd.DataFrame:
    """Return the shape of each block, by two methods side by side.

    In `year_mean` all years weigh alike, so that an expensive year does not dominate; with a half-life the
    latest year has weight 1 and a year that is one half-life older half of it. Weighted by n_hours, the
    factors of either method average exactly 1 over a block.

    Args:
        grid: location, the calendar columns and da_lmp_usd_per_mwh.
        half_life_years: of the weights of years in `year_mean`; None to weigh all years alike.

    Returns:
        location, month, he, block_type,
        pooled and year_mean (fractions of the block's mean),
        additive ($/MWh above the block's mean),
        year_low and year_high (the lowest and the highest factor of a single year), n_hours, n_years,
        is_additive (the block's mean is negative or under MIN_BASE_USD_PER_MWH: the factors are NULL and the
        additive shape applies). A cell without a price has n_hours 0; a cell without a usable year has
        n_years 0 and no year_mean.
    """
    cells = average_prices(grid).merge(_block_means(grid, BLOCK), on=BLOCK)
    has_base = cells["block_mean"] >= MIN_BASE_USD_PER_MWH
    cells["pooled"] = ratio(cells["value"], cells["block_mean"]).where(has_base)
    cells["additive"] = cells["value"] - cells["block_mean"]
    cells = cells.merge(_over_the_years(grid, half_life_years), on=CELL, how="left")
    cells["year_mean"] = _rescaled(cells["year_mean"].where(has_base), cells)
    cells["n_years"] = cells["n_years"].fillna(0).astype(int)
    cells["is_additive"] = (cells["block_mean"] < MIN_BASE_USD_PER_MWH) & (cells["n_hours"] > 0)
    columns = [
        "pooled",
        "year_mean",
        "additive",
        "year_low",
        "year_high",
        "n_hours",
        "n_years",
        "is_additive",
    ]
    return cells[[*CELL, *columns]]


def usable_years(grid: pd.DataFrame) -> pd.DataFrame:
    """Return for each block of each year whether it counts in `year_mean`, and the reason if it does not.

    Returns:
        location, year, month, block_type, block_mean ($/MWh), month_share (hours with a price over the
        hours of the whole calendar month), reason (one of UNUSABLE; NULL where the year counts).
    """
    blocks = _block_means(grid, [*BLOCK, "year"])
    priced = (
        grid[PRICE].notna().groupby([grid[k] for k in ("location", "year", "month")], observed=True).sum()
    )
    blocks = blocks.merge(priced.rename("n_month").reset_index(), on=["location", "year", "month"])
    # A clock change adds or removes one hour, which does not matter for MIN_HOURS_SHARE.
    days = pd.to_datetime(blocks[["year", "month"]].assign(day=1)).dt.days_in_month
    blocks["month_share"] = blocks["n_month"] / (24 * days)
    reasons = {
        UNUSABLE["hours"]: blocks["month_share"] < MIN_HOURS_SHARE,
        UNUSABLE["price"]: blocks["block_mean"].isna(),
        UNUSABLE["base"]: blocks["block_mean"] < MIN_BASE_USD_PER_MWH,
    }
    reason = pd.Series(np.select(list(reasons.values()), list(reasons), default=""), index=blocks.index)
    blocks["reason"] = reason.where(reason != "")
    return blocks[["location", "year", "month", "block_type", "block_mean", "month_share", "reason"]]


def load_shape_premium(grid: pd.DataFrame, by: Sequence[str] = tuple(BLOCK)) -> pd.DataFrame:
    """Return what serving the load's own shape costs above a flat block, as a fraction of the flat price.

    premium = (sum(RT load x DA LMP) / sum(RT load)) / mean(DA LMP) - 1, over the hours that have both

    Args:
        grid: location, the calendar columns, da_lmp_usd_per_mwh and rt_load_mw.
        by: the columns to group by.

    Returns:
        the `by` columns, premium (a fraction; NULL where the mean price is negative or under
        MIN_BASE_USD_PER_MWH), n_hours.
    """
    is_used = grid[PRICE].notna() & (grid["rt_load_mw"] > 0)
    used = grid.loc[is_used, [*by, PRICE, "rt_load_mw"]]
    used = used.assign(value_usd=used[PRICE] * used["rt_load_mw"])
    groups = used.groupby(list(by), observed=True)
    flat = groups[PRICE].mean()
    shaped = ratio(groups["value_usd"].sum(), groups["rt_load_mw"].sum())
    premium = (ratio(shaped, flat) - 1).where(flat >= MIN_BASE_USD_PER_MWH)
    return pd.DataFrame({"premium": premium, "n_hours": groups.size()}).reset_index()


def _block_means(grid: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    return grid.groupby(list(by), observed=True)[PRICE].mean().rename("block_mean").reset_index()


def _over_the_years(grid: pd.DataFrame, half_life_years: float | None) -> pd.DataFrame:
    """Return each cell's factors over the usable years: mean (not yet rescaled), low, high and n_years."""
    cells = grid.groupby([*CELL, "year"], observed=True)[PRICE].mean().rename("value").reset_index()
    years = usable_years(grid)
    cells = cells.merge(years[years["reason"].isna()], on=[*BLOCK, "year"])
    cells["factor"] = cells["value"] / cells["block_mean"]
    cells = cells.dropna(subset="factor")
    weight = year_weights(cells["year"], half_life_years)
    groups = cells.assign(weighted=cells["factor"] * weight, weight=weight).groupby(CELL, observed=True)
    figures = groups["factor"].agg(year_low="min", year_high="max", n_years="size")
    sums = groups[["weighted", "weight"]].sum()
    return figures.assign(year_mean=ratio(sums["weighted"], sums["weight"])).reset_index()


def _rescaled(factor: pd.Series, cells: pd.DataFrame) -> pd.Series:
    """Return factors scaled so that, weighted by n_hours, they average 1 over each block."""
    weight = cells["n_hours"].where(factor.notna())
    keys = [cells[key] for key in BLOCK]
    total = (factor * weight).groupby(keys, observed=True).transform("sum")
    return factor * weight.groupby(keys, observed=True).transform("sum") / total
