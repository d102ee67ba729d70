"""The forward price of each block of a hub, from the prices that are quoted there.

The method (docs/method.md, "From quotes to blocks"), for one hub and month, in $/MWh. share(b) is the share
of block b in the price of a quote (`lib.calc.delivery.quote_weights`, with the weights on which the contract
settles), mean(b) the historic mean of the block (`lib.calc.hub_history.block_means`).

1. As long as a quote covers a block without a price, take the quote that covers the fewest such blocks; among
   equals the first of QUOTE_BLOCKS. Subtract the blocks that have a price already. What is left is the price
   of the rest:

       rest = (quote - sum(share x price) over the priced blocks) / sum(share) over the others

   A rest of one block is its price: a block that is quoted itself, or the 2x16 of an off-peak quote beside
   one of 7x8. A rest of several blocks is split so that they average it and keep their historic ratio:

       price = rest x mean(block) / mean(rest)

2. A block that no quote covers keeps its historic ratio to the first quote that trades, flagged
   `is_modelled`.
3. Where rest or a mean that a ratio needs is under $1/MWh, the ratio means nothing. The block then keeps its
   historic difference, flagged `is_additive_split`; the blocks average the rest as exactly:

       price = rest + mean(block) - mean(rest)
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH
from lib.markets import BLOCKS, QUOTE_BLOCKS

COLUMNS = [
    *("hub", "delivery_month", "block_type", "quote", "weights", "quoted_price", "forward_price"),
    *("is_modelled", "is_additive_split", "has_hub_prices"),
]

_COVERS = np.array([[block in covered for block in BLOCKS] for covered in QUOTE_BLOCKS.values()])
"""Whether a quote covers a block: quotes x blocks."""

_NONE = -1
"""The number of a quote where there is none."""


def hub_forwards(
    quotes: pd.DataFrame, contracts: pd.DataFrame, means: pd.DataFrame, weights: pd.DataFrame
) -> pd.DataFrame:
    """Return the forward price of each block of each hub for every month of delivery.

    Args:
        quotes: hub, block (any of QUOTE_BLOCKS), strip (the first of the month), settlement_price ($/MWh).
        contracts: hub, quote, weights ("hours" or "days"): on what each settles
        (`lib.hub_map.hub_contracts`).
        means: what `lib.calc.hub_history.block_means` returns.
        weights: what `lib.calc.delivery.quote_weights` returns.

    Returns:
        COLUMNS, a row for each hub of `contracts`, month of `weights` and block: quote (from which the price
        follows; NULL where none of the hub's trades), weights, quoted_price ($/MWh), forward_price ($/MWh;
        NULL also where a historic mean that it needs is missing), is_modelled (the quote does not cover the
        block), is_additive_split, has_hub_prices (the history has any price of the hub).
    """
    keys = (
        contracts[["hub"]].drop_duplicates().merge(weights[["delivery_month"]].drop_duplicates(), how="cross")
    )
    quoted, share, settles_by = _quoted(keys, quotes, contracts, weights)
    mean = _by_block(keys, means)
    price = np.full((len(keys), len(BLOCKS)), np.nan)
    used = np.full(price.shape, _NONE)
    is_additive = np.zeros(price.shape, bool)
    for _ in BLOCKS:  # a quote prices one block or more
        _price_next(quoted, share, mean, price, used, is_additive)
    is_modelled = _price_modelled(quoted, share, mean, price, used, is_additive)
    rows = keys.loc[keys.index.repeat(len(BLOCKS))].reset_index(drop=True)
    number = used.ravel()
    at = np.arange(len(keys)).repeat(len(BLOCKS)), number
    has_quote = number != _NONE
    has_prices = rows["hub"].isin(means.loc[means["block_mean"].notna(), "hub"])
    return rows.assign(
        block_type=np.tile(BLOCKS, len(keys)),
        quote=np.where(has_quote, np.array(list(QUOTE_BLOCKS), object)[number], None),
        weights=np.where(has_quote, settles_by[at], None),
        quoted_price=np.where(has_quote, quoted[at], np.nan),
        forward_price=price.ravel(),
        is_modelled=is_modelled.ravel(),
        is_additive_split=is_additive.ravel(),
        has_hub_prices=has_prices,
    )[COLUMNS]


def _quoted(
    keys: pd.DataFrame, quotes: pd.DataFrame, contracts: pd.DataFrame, weights: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the price (row, quote), shares (row, quote, block) and weights (row, quote) of the quotes."""
    key = ["hub", "delivery_month", "quote"]
    renamed = quotes.rename(columns={"block": "quote", "strip": "delivery_month"})
    every = keys.merge(pd.DataFrame({"quote": list(QUOTE_BLOCKS)}), how="cross")
    every = every.merge(contracts, on=["hub", "quote"], how="left", validate="m:1")
    every = every.merge(renamed[[*key, "settlement_price"]], on=key, how="left", validate="1:1")
    every = every.merge(weights, on=["delivery_month", "quote", "weights"], how="left", validate="m:1")
    shape = len(keys), len(QUOTE_BLOCKS)
    price = every["settlement_price"].where(every["weights"].notna()).to_numpy(float)
    shares = every[list(BLOCKS)].to_numpy(float)
    return price.reshape(shape), shares.reshape(*shape, -1), every["weights"].to_numpy(object).reshape(shape)


def _by_block(keys: pd.DataFrame, means: pd.DataFrame) -> np.ndarray:
    """Return the historic means: (row, block)."""
    table = means.astype({"block_type": str}).pivot(
        index=["hub", "month"], columns="block_type", values="block_mean"
    )
    rows = pd.MultiIndex.from_arrays([keys["hub"], keys["delivery_month"].dt.month])
    return table.reindex(index=rows, columns=list(BLOCKS)).to_numpy(float)


def _price_next(
    quoted: np.ndarray,
    share: np.ndarray,
    mean: np.ndarray,
    price: np.ndarray,
    used: np.ndarray,
    is_additive: np.ndarray,
) -> None:
    """Price, in each row, the blocks that one more quote covers; the last three arrays are filled in."""
    is_open = used == _NONE
    n_open = np.where(np.isnan(quoted), 0, (_COVERS & is_open[:, None, :]).sum(axis=2))
    chosen = np.where(n_open > 0, n_open, len(BLOCKS) + 1).argmin(axis=1)
    rows = np.flatnonzero(n_open.max(axis=1) > 0)
    quote = chosen[rows]
    is_own = _COVERS[quote] & is_open[rows]
    shares, known = share[rows, quote], np.where(is_open[rows], 0, price[rows])
    n_own = is_own.sum(axis=1)
    rest_share = np.where(is_own, shares, 0).sum(axis=1)
    paid = np.where(_COVERS[quote] & ~is_own, shares * known, 0).sum(axis=1)
    rest_share[rest_share == 0] = np.nan  # no hour of these blocks is left of a month that has begun
    rest = (quoted[rows, quote] - paid) / rest_share
    split, by_difference = _split(rest, np.where(is_own, shares, 0) / rest_share[:, None], mean[rows], is_own)
    is_single = (n_own == 1)[:, None]
    value = np.where(is_single, rest[:, None], split)
    price[rows] = np.where(is_own, value, price[rows])
    used[rows] = np.where(is_own, quote[:, None], used[rows])
    is_additive[rows] |= is_own & ~is_single & by_difference


def _price_modelled(
    quoted: np.ndarray,
    share: np.ndarray,
    mean: np.ndarray,
    price: np.ndarray,
    used: np.ndarray,
    is_additive: np.ndarray,
) -> np.ndarray:
    """Price the blocks that no quote covers from the first that trades, and return which they are."""
    rows = np.flatnonzero(~np.isnan(quoted).all(axis=1))
    quote = (~np.isnan(quoted[rows])).argmax(axis=1)
    is_modelled = np.zeros(price.shape, bool)
    is_modelled[rows] = used[rows] == _NONE
    own = is_modelled[rows]
    value, by_difference = _split(quoted[rows, quote], share[rows, quote], mean[rows], own)
    price[rows] = np.where(own, value, price[rows])
    used[rows] = np.where(own, quote[:, None], used[rows])
    is_additive[rows] |= own & by_difference
    return is_modelled


def _split(
    total: np.ndarray, share: np.ndarray, mean: np.ndarray, is_wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the price of each wanted block, and whether it follows by difference.

    Args:
        total: the price of the blocks with a share (row).
        share: their shares, which add up to 1 (row, block).
        mean: historic means (row, block).
        is_wanted: the blocks to price (row, block).
    """
    is_needed = (share > 0)[:, None, :] | (np.eye(len(BLOCKS), dtype=bool) & is_wanted[:, None, :])
    has_low_mean = (is_needed & (mean < MIN_BASE_USD_PER_MWH)[:, None, :]).any(axis=2)
    by_difference = is_wanted & (has_low_mean | (total < MIN_BASE_USD_PER_MWH)[:, None])
    usable = np.where(mean >= MIN_BASE_USD_PER_MWH, mean, np.nan)
    ratio = total[:, None] * usable / _mean_of(share, usable)
    difference = total[:, None] + mean - _mean_of(share, mean)
    return np.where(by_difference, difference, ratio), by_difference


def _mean_of(share: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the historic mean of the blocks with a share: (row, 1)."""
    return np.where(share > 0, share * mean, 0).sum(axis=1, keepdims=True)
