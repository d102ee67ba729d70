"""The invariants of a cost curve, checked on its hours before it is published.

1. The hours of a block average forward + DA-RT adjustment + zone basis.
2. The blocks of a quote average the quote.
3. The lines of a cell add up to its cost to serve: hourly price, covariance, VLR and risk.
4. Every zone has every cell and every hour of the months of delivery.

`check_realised` checks what came against the curve: the parts of the difference are the whole of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from lib.calc.checks import check_rows
from lib.calc.cost_curve import DELIVERY_BLOCK
from lib.calc.delivery import count_cells
from lib.calc.quote_choice import BLOCK_PRICE_PARTS
from lib.calc.realised import PARTS, QUOTED, REALISED
from lib.markets import BLOCKS

TOLERANCE_USD_PER_MWH = 1e-9


def check_cost_curve(
    cells: pd.DataFrame,
    hours: pd.DataFrame,
    expanded: pd.DataFrame,
    zones: Sequence[str],
    forwards: pd.DataFrame,
    weights: pd.DataFrame,
) -> pd.DataFrame:
    """Check a cost curve, and return the checks: check, n_checked, worst, tolerance.

    Args:
        cells: what `lib.calc.cost_curve.cost_curve` returns.
        hours: what `lib.calc.delivery.delivery_hours` returns.
        expanded: what `lib.calc.cost_curve.expand_to_hours` returns for both.
        zones: every zone that the curve must have.
        forwards: what `lib.calc.hub_forwards.hub_forwards` returns.
        weights: what `lib.calc.delivery.quote_weights` returns.

    Raises:
        InvariantBroken: a check fails.
    """
    return pd.DataFrame(
        [
            _hours_average_blocks(expanded),
            _blocks_average_quotes(forwards, weights),
            _lines_add_up(cells),
            _is_complete(cells, expanded, hours, zones),
        ]
    )


def check_realised(zones: pd.DataFrame) -> pd.DataFrame:
    """Check that the parts of realised against quoted add up, on each side and in the difference.

    Args:
        zones: what `lib.calc.realised.compare_quoted` or `sum_zones` returns.

    Returns:
        check, n_checked, worst, tolerance.

    Raises:
        InvariantBroken: they do not.
    """
    used = zones[zones["realised_cost"].notna()]
    size = used[["quoted_cost", "realised_cost"]].abs().max(axis=1).clip(lower=1.0)
    sums = {
        "what was quoted": (QUOTED, "quoted_cost"),
        "what came": (REALISED, "realised_cost"),
        "the difference": ("", "difference"),
    }
    return pd.DataFrame(
        check_rows(
            f"the parts add up to {what}",
            (used[[side + part for part in PARTS]].sum(axis=1) - used[total]) / size,
            used,
            TOLERANCE_USD_PER_MWH,
        )
        for what, (side, total) in sums.items()
    )


def _hours_average_blocks(expanded: pd.DataFrame) -> dict[str, Any]:
    means = (
        expanded.groupby(DELIVERY_BLOCK, observed=True)[["hpfc", *BLOCK_PRICE_PARTS]]
        .mean()
        .dropna(subset="hpfc")
    )
    return check_rows(
        "the hours of a block average forward + DA-RT adjustment + basis",
        means["hpfc"] - means[list(BLOCK_PRICE_PARTS)].sum(axis=1, skipna=False),
        means,
        TOLERANCE_USD_PER_MWH,
    )


def _blocks_average_quotes(forwards: pd.DataFrame, weights: pd.DataFrame) -> dict[str, Any]:
    key = ["hub", "delivery_month", "quote", "weights", "quoted_price"]
    used = forwards.loc[forwards["forward_price"].notna() & ~forwards["is_modelled"], key].drop_duplicates()
    shares = weights.melt(["delivery_month", "quote", "weights"], list(BLOCKS), "block_type", "share")
    rows = used.merge(shares[shares["share"] > 0], on=["delivery_month", "quote", "weights"])
    prices = forwards.astype({"block_type": str})[["hub", "delivery_month", "block_type", "forward_price"]]
    rows = rows.merge(prices, on=["hub", "delivery_month", "block_type"])
    quotes = (rows["share"] * rows["forward_price"]).groupby([rows[name] for name in key]).sum()
    quotes = quotes.rename("averaged").reset_index()
    return check_rows(
        "the blocks of a quote average it",
        quotes["averaged"] - quotes["quoted_price"],
        quotes,
        TOLERANCE_USD_PER_MWH,
    )


def _lines_add_up(cells: pd.DataFrame) -> dict[str, Any]:
    """Check the cost to serve, with the one VLR of both that the curve was made with."""
    priced = cells[cells["cost_to_serve"].notna()]
    others = priced["cost_to_serve"] - priced["hpfc"] - priced["covariance"] - priced["risk"]
    errors = [others - priced[vlr] for vlr in ("vlr_priced", "vlr_cost_per_mwh")]
    error = min(errors, key=lambda its: its.abs().max())
    name = "hourly price + covariance + VLR + risk = cost to serve (energy)"
    return check_rows(name, error, priced, TOLERANCE_USD_PER_MWH)


def _is_complete(
    cells: pd.DataFrame, expanded: pd.DataFrame, hours: pd.DataFrame, zones: Sequence[str]
) -> dict[str, Any]:
    counts = pd.DataFrame(
        {"n": cells["location"].value_counts(), "hours": expanded["location"].astype(str).value_counts()}
    ).fillna(0)
    per_zone = counts.reindex(pd.Index(zones).unique().union(counts.index), fill_value=0)
    lacking = (per_zone["n"] - len(count_cells(hours))).abs() + (per_zone["hours"] - len(hours)).abs()
    return check_rows(
        "every zone has every cell and every hour of the months of delivery", lacking, per_zone, 0
    )
