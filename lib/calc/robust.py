"""What a difference or a ratio of prices typically is in a month and block: robust against single years.

A mean over five years follows its wildest one: one storm in one February moves the mean of that month for as
long as it is in the window. The method (docs/method.md, "Typical, not average") therefore has three stages:

1. `year_month_means`: x, the mean of each year-month and block, over the hours that count. Hours of events
   (`lib.events`) do not.
2. `robust_estimate`: the median over the years of the month, drawn towards the median of all year-months of
   the block, because a month has only as many x as there are years:

       estimate = 0.25 median_year(x | month, block) + 0.75 median_year,month(x | block)

3. The standard error of the estimate, with s the standard deviation and n the number of all x of the block.
   The factor is that of a median, sqrt(pi / 2):

       standard_error = 1.2533 s / sqrt(n)
"""

from __future__ import annotations

import numpy as np
import pandas as pd

MONTH_WEIGHT = 0.25
"""The weight of the month's own median; the median of the block has the rest."""

MEDIAN_FACTOR = 1.2533
"""The standard error of a median over that of a mean, for values that are normally distributed."""


def year_month_means(
    values: pd.DataFrame, hours: pd.DataFrame, key: str, is_left_out: np.ndarray | None = None
) -> pd.DataFrame:
    """Return the mean of each year-month and block.

    Args:
        values: a row for each row of `hours`, a column for each location or hub.
        hours: year, month, block_type and market_date of each hour.
        key: the name for the values' columns, for example "hub".
        is_left_out: for each hour whether it does not count, for example because of an event.

    Returns:
        key, year, month, block_type, x (the unit of the values), n_hours, n_days; only where an hour counts.
    """
    counted = values if is_left_out is None else values[~is_left_out]
    of_hours = hours.loc[counted.index]
    keys = [of_hours[name] for name in ("year", "month", "block_type")]
    groups = counted.groupby(keys, observed=True)
    days = counted.notna().groupby([*keys, of_hours["market_date"]], observed=True).any()
    parts = {
        "x": groups.mean(),
        "n_hours": groups.count(),
        "n_days": days.groupby(["year", "month", "block_type"], observed=True).sum(),
    }
    columns = {name: part.rename_axis(columns=key).stack(future_stack=True) for name, part in parts.items()}
    rows = pd.DataFrame(columns).reset_index()
    return rows.loc[rows["n_hours"] > 0, [key, "year", "month", "block_type", *parts]].reset_index(drop=True)


def robust_estimate(means: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return the robust estimate of each month and block.

    Args:
        means: what `year_month_means` returns: key, year, month, block_type, x, n_hours, n_days.
        key: its first column.

    Returns:
        key, month, block_type, estimate (the unit of x), standard_error (NULL where the block has one x),
        n_hours, n_days and n_years of the month and block; only for months that have an x.
    """
    of_month = means.groupby([key, "month", "block_type"], observed=True)
    of_block = means.groupby([key, "block_type"], observed=True)["x"]
    block = pd.DataFrame(
        {
            "block_median": of_block.median(),
            "standard_error": MEDIAN_FACTOR * of_block.std() / np.sqrt(of_block.size()),
        }
    )
    months = of_month.agg(
        median=("x", "median"), n_hours=("n_hours", "sum"), n_days=("n_days", "sum"), n_years=("x", "size")
    )
    rows = months.reset_index().merge(block.reset_index(), on=[key, "block_type"])
    own, pooled = MONTH_WEIGHT * rows["median"], (1 - MONTH_WEIGHT) * rows["block_median"]
    rows = rows.assign(estimate=own + pooled).sort_values([key, "month", "block_type"], ignore_index=True)
    return rows[[key, "month", "block_type", "estimate", "standard_error", "n_hours", "n_days", "n_years"]]
