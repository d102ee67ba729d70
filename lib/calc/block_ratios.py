"""What a block costs beside the other hours of its hub, year by year, and how well that is known.

A quote of several blocks is split, and a block without a quote is modelled, by historic ratios
(`lib.calc.hub_history.block_means`). The method (docs/method.md, "Typical, not average") has two stages, over
the hours that belong to no event, in the market that the hub's forwards settle on:

1. `ratios_by_year` shows the median of mean of the block / mean of all hours over the months of each year,
   beside that over all year-months, with the standard error of a robust estimate (`lib.calc.robust`).
2. `modelled_errors` computes how well the ratio of a modelled block to its quote is known, with x the ratio
   of each year-month and n their number:

       ratio_error = 1.2533 s(x) / sqrt(n)        in $/MWh: ratio_error x quoted price

A ratio to a mean under $1/MWh means nothing and does not count.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH
from lib.calc.hub_history import PriceHistory, settlement_prices
from lib.calc.robust import MEDIAN_FACTOR, year_month_means
from lib.markets import BLOCKS, QUOTE_BLOCKS


def ratios_by_year(history: PriceHistory, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return the price of each block of each hub over that of all hours, by year.

    Args:
        history: the prices.
        hubs: hub, hub_location (None: no prices), settlement_market ("da" or "rt"); a row for each hub.

    Returns:
        hub, block_type, a column for each year (the median of its months, a factor; NULL where no month has a
        mean of all hours of MIN_BASE_USD_PER_MWH or more), ratio (the median over all year-months),
        standard_error (NULL where there is one year-month); a row for each hub with a price, and block.
    """
    key = ["hub", "block_type"]
    ratios = _ratios(history, settlement_prices(history, hubs), list(BLOCKS))
    table = ratios.groupby([*key, "year"])["x"].median().unstack("year")
    table = table.reindex(columns=sorted(history.hours["year"].unique())).rename(columns=str)
    x = ratios.groupby(key)["x"]
    found = table.assign(ratio=x.median(), standard_error=_error(x)).rename_axis(columns=None).reset_index()
    block = found["block_type"].map(list(BLOCKS).index)
    return found.assign(block=block).sort_values(["hub", "block"], ignore_index=True).drop(columns="block")


def modelled_errors(history: PriceHistory, hubs: pd.DataFrame, blocks: pd.DataFrame) -> pd.Series:
    """Return the standard error of the price of each block that is modelled from a quote.

    Args:
        history: the prices.
        hubs: as for `ratios_by_year`.
        blocks: hub, block_type, quote, quoted_price ($/MWh), is_modelled.

    Returns:
        $/MWh, with the index of `blocks`; NULL where a block is not modelled, or has one year-month.
    """
    errors = pd.Series(np.nan, index=blocks.index)
    modelled = blocks[blocks["is_modelled"]]
    prices = settlement_prices(history, hubs)
    for quote, rows in modelled.groupby("quote"):
        error = _error(
            _ratios(history, prices, list(QUOTE_BLOCKS[str(quote)])).groupby(["hub", "block_type"])["x"]
        )
        keys = pd.MultiIndex.from_arrays([rows["hub"], rows["block_type"].astype(str)])
        errors[rows.index] = error.reindex(keys).to_numpy() * rows["quoted_price"].abs()
    return errors


def _ratios(history: PriceHistory, prices: pd.DataFrame, quoted: list[str]) -> pd.DataFrame:
    """Return hub, year, month, block_type, x: the mean of each block over that of the quoted blocks."""
    means = year_month_means(prices, history.hours, "hub", history.is_event).astype({"block_type": str})
    own = means[means["block_type"].isin(quoted)]
    key = ["hub", "year", "month"]
    sums = own.assign(total=own["x"] * own["n_hours"]).groupby(key)[["total", "n_hours"]].sum()
    base = (sums["total"] / sums["n_hours"]).rename("base")
    rows = means.merge(base[base >= MIN_BASE_USD_PER_MWH].reset_index(), on=key)
    return rows.assign(x=rows["x"] / rows["base"])[[*key, "block_type", "x"]]


def _error(x: pd.core.groupby.SeriesGroupBy) -> pd.Series:
    return MEDIAN_FACTOR * x.std() / np.sqrt(x.size())
