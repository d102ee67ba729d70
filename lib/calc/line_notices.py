"""Lines of a price that a reader must look at before pricing with them.

The lines are, in $/MWh: the DA-RT adjustment of a hub, the basis of a zone, the block ratio of a hub (what a
modelled block differs by from the quote that it is modelled from), and the covariance of a zone. All but the
last have a standard error (`lib.calc.robust`, `lib.calc.block_ratios`). For a month of delivery and a block a
line is

    large  if |line| > 25 % of the forward: it moves the price further than any market view does
    weak   if |line| < its standard error: history does not even say its sign

The forward of a modelled block is the quote.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.calc.aggregate import format_months
from lib.markets import BLOCKS

LARGE_SHARE = 0.25
"""The share of the forward above which a line is large."""

_LINES = {
    "DA-RT adjustment": ("hub", "da_rt_adjustment", "da_rt_error", "forward_price"),
    "zone basis": ("location", "zone_basis", "basis_error", "forward_price"),
    "block ratio": ("hub", "ratio_line", "ratio_error", "quoted_price"),
    "covariance": ("location", "covariance", None, "forward_price"),
}
"""Line -> the columns of the place that it belongs to, of the line, its standard error and its forward."""

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


def add_block_ratios(blocks: pd.DataFrame, errors: pd.Series) -> pd.DataFrame:
    """Return block prices with ratio_line and ratio_error, $/MWh; NULL where a block is not modelled.

    Args:
        blocks: what `lib.calc.cost_curve.block_prices` returns.
        errors: what `lib.calc.block_ratios.modelled_errors` returns for them.
    """
    line = blocks["forward_price"] - blocks["quoted_price"]
    return blocks.assign(ratio_line=line.where(blocks["is_modelled"]), ratio_error=errors)


def add_covariance_lines(blocks: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return block prices with covariance ($/MWh), which is the same in all cells of a block.

    Args:
        blocks: location, delivery_month, block_type and more.
        cells: what `lib.calc.cost_curve.cost_curve` returns.
    """
    key = ["location", "delivery_month", "block_type"]
    of_block = cells.astype({"block_type": str}).groupby(key)["covariance"].first()
    keys = pd.MultiIndex.from_frame(blocks[key].astype({"block_type": str}))
    return blocks.assign(covariance=of_block.reindex(keys).to_numpy())


def large_lines(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return the lines that move a price by more than a quarter of its forward.

    Args:
        blocks: what `lib.calc.cost_curve.block_prices` returns, with the lines that were added.

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
        priced[["delivery_month", "block_type"]].assign(
            price_part=line,
            place=priced[place],
            value=priced[value],
            standard_error=priced[error] if error else np.nan,
            forward_price=priced[forward],
        )
        for line, (place, value, error, forward) in _LINES.items()
        if value in priced
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
