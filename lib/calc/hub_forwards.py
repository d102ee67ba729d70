"""The forward price of each block of a hub, from the prices that are quoted there.

The method (docs/method.md, "From quotes to blocks"), with prices and historic means in $/MWh. The historic
mean of a quote is the sum of share x mean over the blocks that it covers; `lib.calc.delivery.quote_weights`
has the shares, `lib.calc.hub_history.block_means` the means.

1. A block that is quoted itself has the price of the quote.
2. Any other block keeps its historic ratio to its quote:

       price = quote x mean(block) / mean(quote)

   The blocks of an off-peak quote then average it. A block outside its quote is flagged `is_modelled`.
3. Where the quote or a mean that the ratio needs is under $1/MWh, the ratio means nothing. The block then
   keeps its historic difference, flagged `is_additive_split`; the blocks average the quote as exactly:

       price = quote + mean(block) - mean(quote)
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH
from lib.markets import BLOCKS

COLUMNS = [
    *("hub", "delivery_month", "block_type", "quote", "quoted_price", "forward_price"),
    *("is_modelled", "is_additive_split", "has_hub_prices"),
]

_QUOTED = {"block": "quote", "strip": "delivery_month", "settlement_price": "quoted_price"}


def hub_forwards(
    quotes: pd.DataFrame, rules: pd.DataFrame, means: pd.DataFrame, weights: pd.DataFrame
) -> pd.DataFrame:
    """Return the forward price of each block of each hub for every month of delivery.

    Args:
        quotes: hub, block (or off-peak), strip (the first of the month), settlement_price ($/MWh).
        rules: hub, block_type, quote: the quote that gives the block (`lib.hub_map.hub_blocks`).
        means: what `lib.calc.hub_history.block_means` returns.
        weights: what `lib.calc.delivery.quote_weights` returns.

    Returns:
        hub, delivery_month, block_type, quote, quoted_price ($/MWh; NULL where it does not trade),
        forward_price ($/MWh; NULL also where a historic mean that it needs is missing), is_modelled,
        is_additive_split, has_hub_prices (the history has any price of the hub).
    """
    rows = rules.merge(weights, on="quote").assign(month=lambda frame: frame["delivery_month"].dt.month)
    rows = rows.merge(
        quotes.rename(columns=_QUOTED)[["hub", *_QUOTED.values()]],
        on=["hub", "quote", "delivery_month"],
        how="left",
        validate="m:1",
    )
    blocks = list(BLOCKS)
    share = rows[blocks].to_numpy()
    mean = rows[["hub", "month"]].merge(_by_block(means), on=["hub", "month"], how="left")[blocks].to_numpy()
    own = np.arange(len(rows)), rows["block_type"].map(blocks.index).to_numpy(int)
    price = rows["quoted_price"].to_numpy()
    is_quoted = share[own] == 1
    is_needed = share > 0
    is_needed[own] = True
    has_low_mean = (is_needed & (mean < MIN_BASE_USD_PER_MWH)).any(axis=1)
    is_additive = ~is_quoted & ~np.isnan(price) & (has_low_mean | (price < MIN_BASE_USD_PER_MWH))
    usable = np.where(mean >= MIN_BASE_USD_PER_MWH, mean, np.nan)
    by_ratio = price * usable[own] / _quote_mean(share, usable)
    by_difference = price + mean[own] - _quote_mean(share, mean)
    rows = rows.assign(
        forward_price=np.select([is_quoted, is_additive], [price, by_difference], by_ratio),
        is_modelled=share[own] == 0,
        is_additive_split=is_additive,
        has_hub_prices=rows["hub"].isin(means.loc[means["block_mean"].notna(), "hub"]),
    )
    return rows[COLUMNS]


def _quote_mean(share: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return the mean of each row's quote; share and means have the shape (row, block)."""
    return np.asarray(np.where(share > 0, share * means, 0).sum(axis=1))


def _by_block(means: pd.DataFrame) -> pd.DataFrame:
    """Return the historic means with a column for each block."""
    table = means.astype({"block_type": str}).pivot(
        index=["hub", "month"], columns="block_type", values="block_mean"
    )
    return table.reindex(columns=list(BLOCKS)).reset_index()
