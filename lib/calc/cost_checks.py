"""The invariants a cost curve must keep, checked on the hours themselves before anyone sees it."""

from __future__ import annotations

import pandas as pd

from lib.calc.checks import check_rows
from lib.calc.cost_curve import BLOCK, KEY
from lib.calc.delivery import count_cells
from lib.markets import BLOCKS

TOLERANCE_USD_PER_MWH = 1e-9


def check_cost_curve(
    cells: pd.DataFrame,
    expanded: pd.DataFrame,
    hours: pd.DataFrame,
    forwards: pd.DataFrame,
    weights: pd.DataFrame,
) -> pd.DataFrame:
    """Check a cost curve against its definition: check, n_checked, worst, tolerance.

    Args:
        cells: what `lib.calc.cost_curve.cost_curve` returns.
        expanded: what `lib.calc.cost_curve.expand` makes of the cells.
        hours: the hours of delivery.
        forwards: what `lib.calc.hub_forwards.hub_forwards` returns.
        weights: what `lib.calc.delivery.quote_weights` returns.

    Raises:
        InvariantBroken: a check fails.
    """
    means = expanded.groupby(BLOCK, observed=True)[
        ["hpfc", "forward_price", "da_rt_adjustment", "basis"]
    ].mean()
    means = means.dropna(subset="hpfc")
    quotes = _averaged_quotes(forwards, weights)
    served = cells.dropna(subset="cost_to_serve")
    per_zone = cells.groupby("location").agg(n=("he", "size"), hours=("n_hours", "sum"))
    return pd.DataFrame(
        [
            check_rows(
                "the hours of a block average forward + DA-RT adjustment + basis",
                means["hpfc"] - means[["forward_price", "da_rt_adjustment", "basis"]].sum(axis=1),
                means,
                TOLERANCE_USD_PER_MWH,
            ),
            check_rows(
                "the blocks of a quote average it",
                quotes["averaged"] - quotes["quoted_price"],
                quotes,
                TOLERANCE_USD_PER_MWH,
            ),
            check_rows(
                "cost to serve = hourly price + VLR",
                served["cost_to_serve"] - served["hpfc"] - served["vlr_cost_per_mwh"],
                served[KEY],
                TOLERANCE_USD_PER_MWH,
            ),
            check_rows(
                "every zone has every cell and every hour of the months of delivery",
                (per_zone["n"] - len(count_cells(hours))).abs() + (per_zone["hours"] - len(hours)).abs(),
                per_zone,
                0,
            ),
        ]
    )


def _averaged_quotes(forwards: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """Return for each quoted price what the blocks in it average."""
    shares = weights.melt(["delivery_month", "quote"], list(BLOCKS), "block_type", "share")
    rows = forwards.dropna(subset="forward_price").merge(shares, on=["delivery_month", "quote", "block_type"])
    rows = rows[rows["share"] > 0].assign(averaged=lambda frame: frame["forward_price"] * frame["share"])
    quotes = rows.groupby(["hub", "delivery_month", "quote"])
    return quotes.agg(averaged=("averaged", "sum"), quoted_price=("quoted_price", "first")).reset_index()
