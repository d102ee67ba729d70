"""Shaping: how hourly prices, and load, differ from the flat block they were hedged with.

All means are taken from hourly rows of the same hours, never from other means.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.grid import CELL, MIN_BASE_USD_PER_MWH, ratio

BLOCK = ["location", "month", "block_type"]
"""What a shape factor is relative to: the block of a month."""

PRICE = "da_lmp_usd_per_mwh"

INPUTS = ("da_lmp", "rt_load")
"""The measures a shaping curve is made of."""

MIN_HOURS_SHARE = 0.8
"""A year's month with a smaller share of its hours says nothing of its shape, and is left out."""


def average_prices(grid: pd.DataFrame) -> pd.DataFrame:
    """Return the mean DA LMP of each cell: location, month, he, block_type, value ($/MWh), n_hours.

    Args:
        grid: location, the calendar columns and da_lmp_usd_per_mwh. A cell without a price has a NULL value
            and zero hours.
    """
    prices = grid.groupby(CELL, observed=True)[PRICE].agg(value="mean", n_hours="count")
    return prices.reset_index()


def shape_factors(grid: pd.DataFrame) -> pd.DataFrame:
    """Return the shape of each (month, block), by two methods side by side.

    Method: `pooled` divides the mean price of the cell by the mean price of its (month, block), all years'
    hours together. `year_mean` does so within each year, takes the mean over the years, which weigh alike so
    that an expensive year does not dominate, and rescales it; `usable_years` says which years count. Weighted
    by n_hours, the factors of either method average exactly 1 over a (month, block).

    The method stands here on hours and in `lib.calc.range_curves.shaping_between` on sums;
    tests/calc/test_ranges.py compares all columns of both on ranges of every kind: who changes one changes
    the other.

    Args:
        grid: location, the calendar columns and da_lmp_usd_per_mwh.

    Returns:
        location, month, he, block_type,
        pooled and year_mean (fractions of the block's mean),
        additive ($/MWh above the block's mean),
        year_low and year_high (the spread of the years' own factors), n_hours, n_years,
        is_additive (the block's mean is negative or under $1/MWh: the factors are NULL, and the additive
        shape is the one to use). A cell without a price has n_hours 0, one without a year that counts has
        n_years 0 and no year_mean.
    """
    cells = average_prices(grid).merge(_block_means(grid, BLOCK), on=BLOCK)
    has_base = cells["block_mean"] >= MIN_BASE_USD_PER_MWH
    cells["pooled"] = ratio(cells["value"], cells["block_mean"]).where(has_base)
    cells["additive"] = cells["value"] - cells["block_mean"]
    cells = cells.merge(_over_the_years(grid), on=CELL, how="left")
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
    """Say for each (location, month, block) of each year whether it counts in `year_mean`, and if not, why.

    Returns:
        location, year, month, block_type, block_mean ($/MWh), month_share (hours with a price over the
        hours of the whole calendar month), reason (NULL where the year counts).
    """
    blocks = _block_means(grid, [*BLOCK, "year"])
    priced = (
        grid[PRICE].notna().groupby([grid[k] for k in ("location", "year", "month")], observed=True).sum()
    )
    blocks = blocks.merge(priced.rename("n_month").reset_index(), on=["location", "year", "month"])
    # Against a limit of 80 % the hour more or less of a month with a clock change does not matter.
    days = pd.to_datetime(blocks[["year", "month"]].assign(day=1)).dt.days_in_month
    blocks["month_share"] = blocks["n_month"] / (24 * days)
    reasons = {
        "under 80 % of the month's hours": blocks["month_share"] < MIN_HOURS_SHARE,
        "no price in the block": blocks["block_mean"].isna(),
        "block mean negative or under $1/MWh": blocks["block_mean"] < MIN_BASE_USD_PER_MWH,
    }
    reason = pd.Series(np.select(list(reasons.values()), list(reasons), default=""), index=blocks.index)
    blocks["reason"] = reason.where(reason != "")
    return blocks[["location", "year", "month", "block_type", "block_mean", "month_share", "reason"]]


def load_shape_premium(grid: pd.DataFrame, by: Sequence[str] = tuple(BLOCK)) -> pd.DataFrame:
    """Return what serving the load's own shape costs above a flat block, as a fraction of the flat price.

    Method: (sum(RT load x DA LMP) / sum(RT load)) / mean(DA LMP) - 1, over the hours that have both.

    Returns:
        the `by` columns, premium (NULL where the mean price is negative or under $1/MWh), n_hours.
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


def _over_the_years(grid: pd.DataFrame) -> pd.DataFrame:
    """Return each cell's factors within the usable years: year_mean (not yet rescaled), spread, n_years."""
    cells = grid.groupby([*CELL, "year"], observed=True)[PRICE].mean().rename("value").reset_index()
    years = usable_years(grid)
    cells = cells.merge(years[years["reason"].isna()], on=[*BLOCK, "year"])
    cells["factor"] = cells["value"] / cells["block_mean"]
    groups = cells.dropna(subset="factor").groupby(CELL, observed=True)["factor"]
    return groups.agg(year_mean="mean", year_low="min", year_high="max", n_years="size").reset_index()


def _rescaled(factor: pd.Series, cells: pd.DataFrame) -> pd.Series:
    """Scale factors so that, weighted by n_hours, they average 1 over each (month, block)."""
    weight = cells["n_hours"].where(factor.notna())
    keys = [cells[key] for key in BLOCK]
    total = (factor * weight).groupby(keys, observed=True).transform("sum")
    return factor * weight.groupby(keys, observed=True).transform("sum") / total
