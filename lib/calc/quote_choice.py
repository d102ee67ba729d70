"""From which quote each block of a zone is priced: the first of its list that trades and can be used.

The method (docs/method.md, "Quoted before modelled"), for each zone, month of delivery and block:

1. `quote_candidates`: every hub of the zone is a candidate, with the price that its quotes give the block:

       block_price = forward_price + da_rt_adjustment + zone_basis

   A part that is missing makes the candidate unusable; the first that is missing is its `reason`.
2. `choose_quotes`: usable goes before unusable, a block that is quoted before one that is modelled, and then
   the zone's order of preference: its own future, a nearer hub, the main hub.
3. `quotes_passed_over`: a hub that trades and was preferred to the chosen one, but cannot be used, is
   counted and shown with its reason.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.calc.aggregate import format_months
from lib.calc.vlr import is_thin
from lib.hours import BLOCK_TYPE
from lib.markets import BLOCKS

BLOCK_PRICE_PARTS = ("forward_price", "da_rt_adjustment", "zone_basis")
"""The parts whose sum is the block price, $/MWh."""

BLOCK_REASONS = (
    "no forward of the month",
    "no prices of the hub",
    "no block history of the hub",
    "no DA-RT history of the hub",
    "no basis history",
)
"""The reasons for which a hub cannot price a block; the first that applies counts."""

_KEY = ["location", "delivery_month", "block_type"]


def quote_candidates(
    zones: pd.DataFrame,
    counts: pd.DataFrame,
    forwards: pd.DataFrame,
    adjustment: pd.DataFrame,
    basis: pd.DataFrame,
) -> pd.DataFrame:
    """Return the price that each hub of a zone gives each block.

    Args:
        zones: location, hub, hub_location, preference (`lib.hub_map.zone_hubs`).
        counts: what `lib.calc.delivery.count_cells` returns; it has the months and their blocks.
        forwards: what `lib.calc.hub_forwards.hub_forwards` returns.
        adjustment: what `lib.calc.hub_history.da_rt_adjustment` returns.
        basis: what `lib.calc.hub_history.zone_basis` returns.

    Returns:
        location, hub, hub_location, preference, the columns of `forwards`, month, da_rt_adjustment,
        zone_basis, block_price ($/MWh; NULL where a part is NULL), da_rt_error and basis_error (the standard
        errors, $/MWh), is_thin (the adjustment or the zone basis rests on little), reason (one of
        BLOCK_REASONS; None if the hub can be used); a row for each zone, hub, month and block, also where
        `forwards` lacks the hub.
    """
    blocks = counts[["delivery_month", "block_type"]].drop_duplicates()
    rows = zones[["location", "hub", "hub_location", "preference"]].merge(blocks, how="cross")
    rows = rows.merge(
        forwards.astype({"block_type": BLOCK_TYPE}), on=["hub", "delivery_month", "block_type"], how="left"
    )
    flags = {flag: rows[flag].eq(True) for flag in ("is_modelled", "is_additive_split", "has_hub_prices")}
    rows = rows.assign(month=rows["delivery_month"].dt.month, **flags)
    thin = pd.Series(False, rows.index)
    for key, error, part in (
        (["hub"], "da_rt_error", adjustment),
        (["location", "hub_location"], "basis_error", basis),
    ):
        of_part = part.drop(columns="n_hours").rename(columns={"standard_error": error})
        rows = rows.merge(of_part, on=[*key, "month", "block_type"], how="left", validate="m:1")
        thin |= is_thin(rows.pop("n_days"), rows.pop("n_years"))
    return rows.assign(
        block_price=rows["forward_price"] + rows["da_rt_adjustment"] + rows["zone_basis"],
        is_thin=thin,
        reason=find_block_reason(rows),
    )


def choose_quotes(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return the candidate from which each block of each zone is priced, in the order of the zones.

    Where none can be used, it is the first that trades, or else the first of the zone's list.
    """
    order = candidates.assign(
        zone=pd.factorize(candidates["location"])[0],
        is_unusable=candidates["block_price"].isna(),
        is_silent=candidates["quoted_price"].isna(),
    ).sort_values(
        ["zone", "delivery_month", "block_type", "is_unusable", "is_silent", "is_modelled", "preference"]
    )
    return candidates.loc[order.drop_duplicates(_KEY).index].reset_index(drop=True)


def quotes_passed_over(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return the hubs that trade and were preferred to the chosen one, but cannot be used.

    Returns:
        hub, reason, locations (the zones, in words), blocks, n_months.
    """
    chosen = choose_quotes(candidates)[[*_KEY, "preference", "is_modelled"]]
    rows = candidates.merge(chosen, on=_KEY, suffixes=("", "_chosen"))
    is_preferred = (rows["preference"] < rows["preference_chosen"]) | (
        rows["is_modelled_chosen"] & ~rows["is_modelled"]
    )
    passed = rows[is_preferred & rows["quoted_price"].notna() & rows["block_price"].isna()]
    groups = passed.astype({"block_type": str}).groupby(["hub", "reason"], sort=False)
    return groups.agg(
        locations=("location", _joined),
        blocks=("block_type", _in_order),
        n_months=("delivery_month", "nunique"),
    ).reset_index()


def used_basis(blocks: pd.DataFrame, basis: pd.DataFrame) -> pd.DataFrame:
    """Return the zone basis to the hub that prices each block: that of the first such month of delivery.

    Args:
        blocks: what `choose_quotes` returns.
        basis: what `lib.calc.hub_history.zone_basis` returns.

    Returns:
        the columns of `basis`; each zone, month of the year and block once.
    """
    key = ["location", "month", "block_type"]
    first = blocks.sort_values("delivery_month", kind="stable").drop_duplicates(key)
    return first.sort_index()[[*key, "hub_location"]].merge(basis, on=[*key, "hub_location"])[basis.columns]


def used_pairs(blocks: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table (location, hub_location, ...) whose hub prices a block of the zone."""
    pairs = blocks[["location", "hub_location"]].drop_duplicates()
    return table.merge(pairs, on=["location", "hub_location"])


def price_sources(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return from which quote the blocks are priced: a row for each quote and set of months.

    Args:
        blocks: what `choose_quotes` returns.

    Returns:
        block_type, hub, quote, how ("quoted", "split from the quote", "modelled"), locations (the zones, in
        words), months (in words), n_months.
    """
    priced = blocks[blocks["block_price"].notna()].astype({"block_type": str})
    how = np.select(
        [priced["is_modelled"], priced["quote"] == priced["block_type"]],
        ["modelled", "quoted"],
        "split from the quote",
    )
    rows = priced.assign(how=how, period=priced["delivery_month"].dt.to_period("M"))
    key = ["block_type", "hub", "quote", "how"]
    by_zone = rows.groupby([*key, "location"], sort=False)["period"].agg([format_months, "size"])
    by_zone = by_zone.set_axis(["months", "n_months"], axis=1).reset_index()
    table = by_zone.groupby([*key, "months", "n_months"], sort=False)["location"].agg(_joined)
    table = table.rename("locations").reset_index()
    order = table["block_type"].map(list(BLOCKS).index).sort_values(kind="stable").index
    return table.loc[order, [*key, "locations", "months", "n_months"]].reset_index(drop=True)


def find_block_reason(rows: pd.DataFrame) -> pd.Series:
    """Return why each row has no block price, one of BLOCK_REASONS; None if it has one.

    Args:
        rows: quoted_price, has_hub_prices and BLOCK_PRICE_PARTS.
    """
    lacks = [rows["quoted_price"].isna(), ~rows["has_hub_prices"]]
    lacks += [rows[part].isna() for part in BLOCK_PRICE_PARTS]
    reason = pd.Series(np.select(lacks, BLOCK_REASONS, default=""), index=rows.index, dtype=object)
    return reason.where(reason != "", None)


def _joined(names: pd.Series) -> str:
    return ", ".join(dict.fromkeys(names))


def _in_order(blocks: pd.Series) -> str:
    return ", ".join(block for block in BLOCKS if block in set(blocks))
