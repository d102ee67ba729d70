"""The cost curve: the expected cost of each hour of delivery in a zone, from forwards, shape and VLR.

The method (docs/method.md, "Cost curves"), in $/MWh. N is the number of hours of a zone's block in the month
of delivery, and a sum runs over those hours.

1. `block_prices`, for each zone, month of delivery and block, from the quote that `lib.calc.quote_choice`
   chooses:

       block_price = forward_price + da_rt_adjustment + zone_basis

2. `cost_curve` shapes the block price over the hour endings, so that the N hours average it:

       hpfc = block_price x year_mean x N / sum(year_mean)     with the factor shape
       hpfc = block_price + additive - sum(additive) / N       with the additive shape

   The additive shape applies where shaping has no factor, the forward is not above 0, or the block price is
   under $1/MWh.
3. `cost_curve` adds the covariance of load and price (`lib.calc.covariance`), and VLR in $/MWh, which stays
   right where prices are negative:

       cost_to_serve        = hpfc + covariance + vlr_cost_per_mwh
       cost_to_serve_by_pct = hpfc x (1 + vlr_pct) + covariance    to compare with

4. `expand_to_hours` gives each hour of the calendar the price of its cell.
"""

from __future__ import annotations

import pandas as pd

from lib.calc.covariance import add_covariance
from lib.calc.grid import CELL, MIN_BASE_USD_PER_MWH
from lib.calc.quote_choice import (
    BLOCK_PRICE_PARTS,
    BLOCK_REASONS,
    choose_quotes,
    find_block_reason,
    quote_candidates,
)

KEY = ["location", "delivery_month", "he", "block_type"]
"""The key of a cell of a cost curve: 40 cells for each zone and month."""

DELIVERY_BLOCK = ["location", "delivery_month", "block_type"]
"""The key of a block price."""

REASONS = (
    *BLOCK_REASONS,
    "no shape",
    "no load history of the season",
    "no VLR",
)
"""The reasons for which a cell has no cost to serve; a cell counts under the first that applies."""

COLUMNS = [
    *KEY,
    *("n_hours", "hub", "quote", "is_modelled", "is_additive_split"),
    *(*BLOCK_PRICE_PARTS, "block_price"),
    *("shape", "is_additive_shape", "hpfc"),
    *("covariance", "is_additive_covariance"),
    *("vlr_cost_per_mwh", "vlr_pct", "cost_to_serve", "cost_to_serve_by_pct", "is_thin", "reason"),
]


def block_prices(
    zones: pd.DataFrame,
    counts: pd.DataFrame,
    forwards: pd.DataFrame,
    adjustment: pd.DataFrame,
    basis: pd.DataFrame,
) -> pd.DataFrame:
    """Return the price of each block in each zone, from the quote that `lib.calc.quote_choice` chooses.

    Takes what `lib.calc.quote_choice.quote_candidates` takes, and returns its columns; one row for each zone,
    month and block.
    """
    return choose_quotes(quote_candidates(zones, counts, forwards, adjustment, basis))


def cost_curve(
    blocks: pd.DataFrame,
    counts: pd.DataFrame,
    factors: pd.DataFrame,
    vlr: pd.DataFrame,
    covariance: pd.DataFrame,
) -> pd.DataFrame:
    """Return the cells of the cost curve.

    Args:
        blocks: what `block_prices` returns.
        counts: delivery_month, he, block_type, n_hours: the hours of delivery of each cell.
        factors: the cells of the shaping curve: CELL, year_mean, additive, is_additive.
        vlr: the cells of the VLR curve: CELL, cost_per_mwh, cost_weighted, is_thin.
        covariance: what `lib.calc.covariance.covariance` returns for each zone, season and block.

    Returns:
        COLUMNS; one row for each zone and each row of `counts`, sorted by KEY. Prices are in $/MWh, vlr_pct
        is a fraction, shape a factor or $/MWh before it is rescaled. A price that cannot be computed is NULL,
        and `reason` is one of REASONS. is_thin: the adjustment, the zone basis or VLR has under MIN_DAYS days
        of history.
    """
    cells = blocks.merge(counts, on=["delivery_month", "block_type"])
    for part in (factors[[*CELL, "year_mean", "additive", "is_additive"]], _vlr_of(vlr)):
        cells = cells.merge(part, on=CELL, how="left", validate="m:1")
    cells = cells.assign(location=pd.Categorical(cells["location"], blocks["location"].unique()))
    cells = _shaped(add_covariance(cells.sort_values(KEY, ignore_index=True), covariance))
    cells["cost_to_serve"] = cells["hpfc"] + cells["covariance"] + cells["vlr_cost_per_mwh"]
    cells["cost_to_serve_by_pct"] = cells["hpfc"] * (1 + cells["vlr_pct"]) + cells["covariance"]
    cells["is_thin"] |= cells["is_thin_vlr"].eq(True)
    cells["reason"] = _reason(cells)
    return cells.astype({"location": str})[COLUMNS]


def expand_to_hours(cells: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame:
    """Return the price of every hour of delivery.

    Args:
        cells: what `cost_curve` returns, or some of its columns with KEY.
        hours: what `lib.calc.delivery.delivery_hours` returns.

    Returns:
        location, the columns of `hours`, the cells' other columns; by location and interval_start.
    """
    order = pd.Categorical(cells["location"], cells["location"].unique())
    hourly = cells.assign(location=order).merge(hours, on=["delivery_month", "he", "block_type"])
    hourly = hourly.sort_values(["location", "interval_start"], ignore_index=True)
    values = [name for name in cells.columns if name not in KEY]
    return hourly[["location", *hours.columns, *values]]


def _vlr_of(vlr: pd.DataFrame) -> pd.DataFrame:
    names = {"cost_per_mwh": "vlr_cost_per_mwh", "cost_weighted": "vlr_pct", "is_thin": "is_thin_vlr"}
    return vlr[[*CELL, *names]].rename(columns=names)


def _shaped(cells: pd.DataFrame) -> pd.DataFrame:
    """Add shape, is_additive_shape and hpfc; hpfc is NULL if a cell of the block has no shape."""
    keys = [cells[key] for key in DELIVERY_BLOCK]
    is_additive = cells["is_additive"].eq(True).groupby(keys, observed=True).transform("any")
    # A zone basis may lift a forward of 0 or less just above 0: a factor would flatten or invert the shape.
    is_additive |= (cells["forward_price"] <= 0) | (cells["block_price"] < MIN_BASE_USD_PER_MWH)
    shape = cells["additive"].where(is_additive, cells["year_mean"])
    weight = cells["n_hours"].where(~shape.isna().groupby(keys, observed=True).transform("any"))
    total = (shape * weight).groupby(keys, observed=True).transform("sum")
    mean = total / weight.groupby(keys, observed=True).transform("sum")
    added = cells["block_price"] + shape - mean
    hpfc = added.where(is_additive, cells["block_price"] * shape / mean)
    return cells.assign(shape=shape, is_additive_shape=is_additive, hpfc=hpfc.where(weight.notna()))


def _reason(cells: pd.DataFrame) -> pd.Series:
    reason = find_block_reason(cells)
    for part, why in zip(("hpfc", "covariance", "vlr_cost_per_mwh"), REASONS[-3:], strict=True):
        reason = reason.mask(reason.isna() & cells[part].isna(), why)
    return reason
