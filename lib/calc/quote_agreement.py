"""Whether the quotes of one hub agree, where several cover the same block.

A quote beside others that already price all its blocks adds nothing to the prices (`lib.calc.hub_forwards`),
but it tells something about them. With the shares of `lib.calc.delivery.quote_weights`, in $/MWh:

    implied    = sum(share x forward_price) over the blocks of the quote
    difference = quoted_price - implied

An exchange settles quotes of one hub so that they agree. A difference above TOLERANCE_USD_PER_MWH means that
one of them is wrong or old, or that a contract settles with other weights than ice_hubs.csv says. Months that
have begun are left out: the price of their rest depends on which days are settled.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH, ratio
from lib.markets import BLOCKS, QUOTE_BLOCKS

TOLERANCE_USD_PER_MWH = 0.10
"""Quotes are published in cents, and the share of a block carries their rounding on to others."""

MAX_UNUSUAL_SHARE = 0.5
"""How far the rest of a quote may be from its usual price before a run says so."""


def quote_agreement(
    quotes: pd.DataFrame,
    contracts: pd.DataFrame,
    forwards: pd.DataFrame,
    weights: pd.DataFrame,
    begun: Collection[pd.Timestamp] = (),
) -> pd.DataFrame:
    """Return how far each quote is from the prices of its blocks.

    Args:
        quotes, contracts, weights: as `lib.calc.hub_forwards.hub_forwards` takes them.
        forwards: what it returned for them.
        begun: months that have begun (`lib.calc.balance_of_month`).

    Returns:
        hub, quote, delivery_month, quoted_price, implied, difference ($/MWh), is_used (a block is priced from
        it, so that the difference is 0), agrees; a row for each quote of several blocks, all of which have a
        price that is not modelled.
    """
    renamed = quotes.rename(
        columns={"block": "quote", "strip": "delivery_month", "settlement_price": "quoted_price"}
    )
    renamed = renamed[~renamed["delivery_month"].isin(list(begun))]
    rows = renamed[["hub", "quote", "delivery_month", "quoted_price"]].merge(contracts, on=["hub", "quote"])
    shares = weights.melt(["delivery_month", "quote", "weights"], list(BLOCKS), "block_type", "share")
    rows = rows.merge(shares[shares["share"] > 0], on=["delivery_month", "quote", "weights"])
    rows = rows.merge(
        forwards[["hub", "delivery_month", "block_type", "quote", "forward_price", "is_modelled"]],
        on=["hub", "delivery_month", "block_type"],
        suffixes=("", "_used"),
    )
    rows = rows.assign(
        part=(rows["share"] * rows["forward_price"]).mask(rows["is_modelled"]),
        is_used=rows["quote"] == rows["quote_used"],
    )
    groups = rows.groupby(["hub", "quote", "delivery_month"], sort=False)
    found = groups.agg(
        quoted_price=("quoted_price", "first"),
        n_blocks=("part", "size"),
        n_priced=("part", "count"),
        implied=("part", "sum"),
        is_used=("is_used", "any"),
    ).reset_index()
    found = found[(found["n_blocks"] > 1) & (found["n_priced"] == found["n_blocks"])]
    found = found.assign(difference=found["quoted_price"] - found["implied"])
    found["agrees"] = found["difference"].abs() <= TOLERANCE_USD_PER_MWH
    columns = ["hub", "quote", "delivery_month", "quoted_price", "implied", "difference", "is_used", "agrees"]
    return found[columns].reset_index(drop=True)


def overlapping_quotes(agreement: pd.DataFrame) -> pd.DataFrame:
    """Return, for each quote that no price follows from, how far it is from the prices that others give.

    Args:
        agreement: what `quote_agreement` returns.

    Returns:
        hub, quote, n_months (compared), n_agreeing, difference (the largest in size, $/MWh), delivery_month
        (of that difference).
    """
    unused = agreement[~agreement["is_used"]]
    groups = unused.groupby(["hub", "quote"], sort=False)
    counts = groups.agg(n_months=("agrees", "size"), n_agreeing=("agrees", "sum")).reset_index()
    largest = unused["difference"].abs().groupby([unused["hub"], unused["quote"]], sort=False).idxmax()
    worst = unused.loc[largest, ["hub", "quote", "difference", "delivery_month"]]
    return counts.merge(worst, on=["hub", "quote"])


def unusual_rests(blocks: pd.DataFrame, means: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks that are the rest of a wider quote, at a price that is far from the usual.

    Such a price carries the errors of all quotes behind it: 2x16 is a sixth of an off-peak quote and has its
    errors six times. Its usual price is that of a block that is quoted itself, times the median of their
    historic ratios by month, which one month of extreme prices does not move.

    Args:
        blocks: hub, delivery_month, block_type, quote, forward_price ($/MWh); each hub, month and block once.
        means: what `lib.calc.hub_history.block_means` returns.

    Returns:
        hub, delivery_month, block_type, quote, forward_price, usual ($/MWh), share
        (forward_price / usual - 1), of those whose share is above MAX_UNUSUAL_SHARE in size.
    """
    rows = blocks.astype({"block_type": str}).dropna(subset="forward_price")
    quoted = rows[rows["quote"] == rows["block_type"]]
    pairs = rows[rows["quote"] != rows["block_type"]].merge(
        quoted, on=["hub", "delivery_month"], suffixes=("", "_quoted")
    )
    is_covered = [
        {own, other} <= set(QUOTE_BLOCKS.get(quote, ()))
        for own, other, quote in zip(
            pairs["block_type"], pairs["block_type_quoted"], pairs["quote"], strict=True
        )
    ]
    pairs = pairs[np.array(is_covered, bool)].drop_duplicates(["hub", "delivery_month", "block_type"])
    pairs = pairs.merge(_usual_ratios(means), on=["hub", "block_type", "block_type_quoted"], how="left")
    usual = pairs["forward_price_quoted"] * pairs["usual_ratio"]
    pairs = pairs.assign(usual=usual, share=ratio(pairs["forward_price"], usual) - 1)
    is_far = (usual >= MIN_BASE_USD_PER_MWH) & (pairs["share"].abs() > MAX_UNUSUAL_SHARE)
    columns = ["hub", "delivery_month", "block_type", "quote", "forward_price", "usual", "share"]
    return pairs.loc[is_far, columns].reset_index(drop=True)


def _usual_ratios(means: pd.DataFrame) -> pd.DataFrame:
    """Return the median over the months of the ratio of each two blocks of a hub."""
    past = means.astype({"block_type": str})[["hub", "month", "block_type", "block_mean"]]
    past = past[past["block_mean"] >= MIN_BASE_USD_PER_MWH]
    pairs = past.merge(past, on=["hub", "month"], suffixes=("", "_quoted"))
    ratios = pairs["block_mean"] / pairs["block_mean_quoted"]
    keys = [pairs[name] for name in ("hub", "block_type", "block_type_quoted")]
    return ratios.groupby(keys).median().rename("usual_ratio").reset_index()
