"""Lines between hub and zone that a reader must look at before pricing with them.

The lines are the DA-RT adjustment of a hub and the basis of a zone, in $/MWh, each with a standard error
(`lib.calc.robust`). For a month of delivery and a block a line is

    large  if |line| > 25 % of the forward: it moves the price further than any market view does
    weak   if |line| < its standard error: history does not even say its sign
"""

from __future__ import annotations

import pandas as pd

from lib.calc.aggregate import format_months
from lib.markets import BLOCKS

LARGE_SHARE = 0.25
"""The share of the forward above which a line is large."""

_LINES = {
    "DA-RT adjustment": ("hub", "da_rt_adjustment", "da_rt_error"),
    "zone basis": ("location", "zone_basis", "basis_error"),
}
"""Line -> the column of the place that it belongs to, of the line, and of its standard error."""

COLUMNS = [
    "price_part",
    "place",
    "block_type",
    "value",
    "standard_error",
    "forward_price",
    "months",
    "n_months",
]


def large_lines(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return the lines that move a price by more than a quarter of its forward.

    Args:
        blocks: what `lib.calc.cost_curve.block_prices` returns.

    Returns:
        COLUMNS: a row for each line, place (a hub or a zone) and block, with the months in words, and the
        value, its standard error and the forward ($/MWh) of the month in which the line is the largest share.
    """
    rows = _rows(blocks)
    return _summed_up(rows[rows["value"].abs() > LARGE_SHARE * rows["forward_price"].abs()])


def weak_lines(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return the lines that are smaller than their standard error, in the columns of `large_lines`."""
    rows = _rows(blocks)
    return _summed_up(rows[(rows["value"].abs() < rows["standard_error"]) & (rows["value"] != 0)])


def _rows(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return each line of each block price: COLUMNS but for the months, and delivery_month."""
    priced = blocks[blocks["forward_price"].notna()]
    parts = [
        priced[["delivery_month", "block_type", "forward_price"]].assign(
            price_part=line, place=priced[place], value=priced[value], standard_error=priced[error]
        )
        for line, (place, value, error) in _LINES.items()
    ]
    rows = pd.concat(parts).dropna(subset="value").astype({"block_type": str})
    return rows.drop_duplicates(["price_part", "place", "block_type", "delivery_month"])


def _summed_up(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.assign(
        share=rows["value"].abs() / rows["forward_price"].abs(),
        period=rows["delivery_month"].dt.to_period("M"),
    )
    key = ["price_part", "place", "block_type"]
    months = rows.groupby(key, sort=False)["period"].agg(
        months=lambda periods: format_months(periods.sort_values()), n_months="nunique"
    )
    worst = rows.sort_values("share", ascending=False).drop_duplicates(key)
    found = worst.merge(months.astype({"months": str}).reset_index(), on=key)
    found = found.assign(block=found["block_type"].map(list(BLOCKS).index))
    return found.sort_values(["price_part", "place", "block"], ignore_index=True)[COLUMNS]
