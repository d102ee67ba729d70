"""From what is quoted at a hub to a forward price of each block: taken over, split or modelled.

One rule serves all three: a block stands to its quote as its historic mean stands to that of the quoted hours
of the delivery month. A quoted block is its quote. Off-peak splits so that its blocks average it and keep
their historic ratio. A block outside the quoted hours follows by the ratio alone, and is flagged as modelled.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.calc.grid import SMALLEST_BASE_USD_PER_MWH
from lib.markets import BLOCKS

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
        ($/MWh; NULL too where a historic mean that it needs is missing or under $1/MWh), is_modelled (the
        block is not among the hours of its quote).
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
    quoted_level = np.where(share > 0, share * level, 0).sum(axis=1)
    ratio = np.where(share[own] == 1, 1.0, level[own] / quoted_level)
    rows = rows.assign(forward_price=rows["quoted_price"] * ratio, is_modelled=share[own] == 0)
    columns = ["quote", "quoted_price", "forward_price", "is_modelled"]
    return rows[["hub", "delivery_month", "block_type", *columns]]


def _by_block(means: pd.DataFrame) -> pd.DataFrame:
    """Return means with a column for each block; those that no ratio can stand on are NULL."""
    table = means.astype({"block_type": str}).pivot(
        index=["hub", "month"], columns="block_type", values="block_mean"
    )
    table = table.reindex(columns=list(BLOCKS))
    return table.where(table >= SMALLEST_BASE_USD_PER_MWH).reset_index()
