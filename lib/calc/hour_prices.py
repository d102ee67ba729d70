"""From the price of a block to the prices of its hours: the shape as factors, as differences, or a blend.

The method (docs/method.md, "Hour by hour"), in $/MWh; the mean of a shape runs over the hours of the block in
the month of delivery, so that they average the price of the block:

       factor form    = block_price x year_mean / mean(year_mean)
       additive form  = block_price + additive - mean(additive)
       g              = clip((block_price / historic block mean - 0.1) / 0.4, 0, 1)
       hpfc           = g x factor form + (1 - g) x additive form

Factors are right where a block trades at half of its past or more. Towards zero they flatten the shape, and
below zero they invert it, so the additive form takes their place step by step: all of it at a tenth. Both
forms average the price of the block, and so does each blend. Where shaping has the additive shape only, g
is 0.

`typical_shape` has the differences and the mean of the block over the usual hours. Hours of events
(`lib.events`) do not count: one storm would raise the mean so far that every other price of the block looks
low, and its differences of hundreds of dollars would come with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH, ratio

ADDITIVE_UP_TO = 0.1
"""The price of a block over its past at and below which the shape is additive."""

FACTOR_FROM = 0.5
"""The price of a block over its past from which the shape is a factor."""


def typical_shape(
    prices: pd.DataFrame, hours: pd.DataFrame, is_left_out: np.ndarray | None = None
) -> pd.DataFrame:
    """Return the additive shape of each cell, and the mean of its block.

    Args:
        prices: DA LMP in $/MWh, a row for each row of `hours`, a column for each location.
        hours: month, he and block_type of each hour.
        is_left_out: for each hour whether it does not count, for example because of an event.

    Returns:
        location, month, he, block_type, block_mean, additive (mean of the cell - block_mean), both in $/MWh;
        NULL where no hour counts.
    """
    counted = prices if is_left_out is None else prices[~is_left_out]
    of_hours = hours.loc[counted.index]
    month, he, block = (of_hours[name] for name in ("month", "he", "block_type"))
    cells, blocks = (
        counted.groupby(keys, observed=True).mean().rename_axis(columns="location").stack(future_stack=True)
        for keys in ([month, he, block], [month, block])
    )
    rows = cells.rename("value").reset_index()
    rows = rows.merge(blocks.rename("block_mean").reset_index(), on=["location", "month", "block_type"])
    rows["additive"] = rows["value"] - rows["block_mean"]
    return rows[["location", "month", "he", "block_type", "block_mean", "additive"]]


def factor_share(block_price: pd.Series, block_mean: pd.Series) -> pd.Series:
    """Return g, the share of the factor form.

    Args:
        block_price: the price of delivery, $/MWh.
        block_mean: the historic mean of the block, $/MWh; below MIN_BASE_USD_PER_MWH g is 0.

    Returns:
        0 to 1; NULL where block_price is.
    """
    level = ratio(block_price, block_mean)
    share = ((level - ADDITIVE_UP_TO) / (FACTOR_FROM - ADDITIVE_UP_TO)).clip(0, 1)
    return share.where(block_mean >= MIN_BASE_USD_PER_MWH, 0.0).where(block_price.notna())


def hour_prices(cells: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the price of each cell of a block.

    Args:
        cells: block_price, block_mean (historic), additive ($/MWh), year_mean (a factor), is_additive (the
            shape of the cell has no factor), n_hours (of the cell in the month of delivery) and the columns
            of `by`.
        by: the key of a block of a month of delivery.

    Returns:
        factor_share (g, the same in all cells of a block), hpfc ($/MWh; NULL in a block with a cell that
        lacks what its form needs), with the index of `cells`.
    """
    keys = [cells[key] for key in by]
    is_additive = cells["is_additive"].eq(True).groupby(keys, observed=True).transform("any")
    share = factor_share(cells["block_price"], cells["block_mean"]).mask(is_additive, 0.0)
    means = {name: _mean(cells[name], cells["n_hours"], keys) for name in ("year_mean", "additive")}
    by_factor = cells["block_price"] * ratio(cells["year_mean"], means["year_mean"])
    by_difference = cells["block_price"] + cells["additive"] - means["additive"]
    blended = share * by_factor + (1 - share) * by_difference
    hpfc = pd.Series(np.select([share == 1, share == 0], [by_factor, by_difference], blended), cells.index)
    has_shape = hpfc.notna().groupby(keys, observed=True).transform("all")
    return pd.DataFrame({"factor_share": share, "hpfc": hpfc.where(has_shape)})


def _mean(shape: pd.Series, n_hours: pd.Series, keys: list[pd.Series]) -> pd.Series:
    """Return the mean of a shape over the hours of each block, in the rows of its cells."""
    weight = n_hours.where(shape.notna())
    total = (shape * weight).groupby(keys, observed=True).transform("sum")
    return ratio(total, weight.groupby(keys, observed=True).transform("sum"))
