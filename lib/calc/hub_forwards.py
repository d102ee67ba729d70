"""From what is quoted at a hub to a forward price of each block: taken over, split or modelled.

One rule serves all three: a block stands to its quote as its historic mean stands to that of the quoted hours
of the delivery month. A quoted block is its quote. Off-peak splits so that its blocks average it and keep
their historic ratio. A block outside the quoted hours follows by the ratio alone, and is flagged as modelled.
A quote or a historic mean near or below zero makes the ratio meaningless: there the block keeps its historic
distance in $/MWh, which averages the quote just as exactly.
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
        rules: hub, block_type, quote: which quote gives the block.
        means: what `lib.calc.hub_history.block_means` returns.
        weights: what `lib.calc.delivery.quote_weights` returns.

    Returns:
        hub, delivery_month, block_type, quote, quoted_price (NULL where it does not trade), forward_price
        ($/MWh; NULL too where a historic mean that it needs is missing), is_modelled (the block is not among
        the hours of its quote), is_additive_split (the quote, or the historic mean of its block or of a block
        of the quoted hours, is under $1/MWh, so that the block is its quote + its historic mean - that of the
        quoted hours), has_hub_prices (the past has any price of the hub).
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
    level = rows[["hub", "month"]].merge(_by_block(means), on=["hub", "month"], how="left")[blocks].to_numpy()
    own = np.arange(len(rows)), rows["block_type"].map(blocks.index).to_numpy(int)
    price = rows["quoted_price"].to_numpy()
    is_quoted = share[own] == 1
    is_needed = share > 0
    is_needed[own] = True
    has_low_mean = (is_needed & (level < MIN_BASE_USD_PER_MWH)).any(axis=1)
    is_additive = ~is_quoted & ~np.isnan(price) & (has_low_mean | (price < MIN_BASE_USD_PER_MWH))
    base = np.where(level >= MIN_BASE_USD_PER_MWH, level, np.nan)
    by_ratio = price * base[own] / _quoted_level(share, base)
    by_distance = price + level[own] - _quoted_level(share, level)
    rows = rows.assign(
        forward_price=np.select([is_quoted, is_additive], [price, by_distance], by_ratio),
        is_modelled=share[own] == 0,
        is_additive_split=is_additive,
        has_hub_prices=rows["hub"].isin(means.loc[means["block_mean"].notna(), "hub"]),
    )
    return rows[COLUMNS]


def _quoted_level(share: np.ndarray, level: np.ndarray) -> np.ndarray:
    return np.asarray(np.where(share > 0, share * level, 0).sum(axis=1))


def _by_block(means: pd.DataFrame) -> pd.DataFrame:
    """Return means with a column for each block."""
    table = means.astype({"block_type": str}).pivot(
        index=["hub", "month"], columns="block_type", values="block_mean"
    )
    return table.reindex(columns=list(BLOCKS)).reset_index()
