"""The cost curve: what each hour of delivery is expected to cost in a zone, from forwards, shape and VLR.

Method: the hub's forward of the block, adjusted from the market it settles on to day-ahead, plus the zone's
historic basis, is the block's price in the zone. The shape spreads it over the hours; rescaled over the hours
that the month has, they average the block's price. VLR in $/MWh on top is the cost to serve.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.calc.grid import CELL, MIN_BASE_USD_PER_MWH
from lib.calc.vlr import MIN_DAYS
from lib.hours import BLOCK_TYPE

KEY = ["location", "delivery_month", "he", "block_type"]
"""What a cell of a cost curve is keyed by: 40 cells for each zone and month."""

DELIVERY_BLOCK = ["location", "delivery_month", "block_type"]
"""What a block price is keyed by."""

REASONS = (
    "no forward of the month",
    "no prices of the hub",
    "no block history of the hub",
    "no DA-RT history of the hub",
    "no basis history",
    "no shape",
    "no VLR",
)
"""Why a cell has no cost to serve; one with several reasons counts under the first."""

COLUMNS = [
    *KEY,
    *("n_hours", "hub", "quote", "is_modelled", "is_additive_split"),
    *("forward_price", "da_rt_adjustment", "zone_basis", "block_price"),
    *("shape", "is_additive_shape", "hpfc"),
    *("vlr_cost_per_mwh", "vlr_pct", "cost_to_serve", "cost_to_serve_by_pct", "is_thin", "reason"),
]


def block_prices(
    zones: pd.DataFrame,
    counts: pd.DataFrame,
    forwards: pd.DataFrame,
    adjustment: pd.DataFrame,
    basis: pd.DataFrame,
) -> pd.DataFrame:
    """Return the price of each block in each zone: forward + DA-RT adjustment + basis.

    Args:
        zones: location, hub.
        counts: what `lib.calc.delivery.count_cells` returns, for the months and their blocks.
        forwards: what `lib.calc.hub_forwards.hub_forwards` returns.
        adjustment: what `lib.calc.hub_history.da_rt_adjustment` returns.
        basis: what `lib.calc.hub_history.zone_basis` returns.

    Returns:
        location, the columns of `forwards`, month, da_rt_adjustment, zone_basis, block_price ($/MWh; NULL
        where a part is), is_thin (the adjustment or the basis stands on fewer than MIN_DAYS days): a row
        for each zone, month and block, also where `forwards` lacks the hub.
    """
    blocks = counts[["delivery_month", "block_type"]].drop_duplicates()
    rows = zones[["location", "hub"]].merge(blocks, how="cross")
    rows = rows.merge(
        forwards.astype({"block_type": BLOCK_TYPE}), on=["hub", "delivery_month", "block_type"], how="left"
    )
    flags = {flag: rows[flag].eq(True) for flag in ("is_modelled", "is_additive_split", "has_hub_prices")}
    rows = rows.assign(month=rows["delivery_month"].dt.month, **flags)
    for key, part in (("hub", adjustment), ("location", basis)):
        of_part = part.drop(columns="n_hours").rename(columns={"n_days": f"{key}_days"})
        rows = rows.merge(of_part, on=[key, "month", "block_type"], how="left", validate="m:1")
    return rows.assign(
        block_price=rows["forward_price"] + rows["da_rt_adjustment"] + rows["zone_basis"],
        is_thin=rows[["hub_days", "location_days"]].min(axis=1) < MIN_DAYS,
    ).drop(columns=["hub_days", "location_days"])


def cost_curve(
    blocks: pd.DataFrame, counts: pd.DataFrame, factors: pd.DataFrame, vlr: pd.DataFrame
) -> pd.DataFrame:
    """Return the cost curve's cells.

    The shape is the factor `year_mean`. Where shaping has an additive shape only, the forward is not above 0
    or the block's price is under $1/MWh, it is the additive one: a factor would flatten the shape or turn it
    over.

    Args:
        blocks: what `block_prices` returns.
        counts: delivery_month, he, block_type, n_hours: the hours of delivery in each cell.
        factors: the shaping curve's cells: CELL, year_mean, additive, is_additive.
        vlr: the VLR curve's cells: CELL, cost_per_mwh, cost_weighted, is_thin.

    Returns:
        COLUMNS, by KEY: a row for each zone and each row of `counts`; prices in $/MWh, vlr_pct a fraction,
        shape a factor or $/MWh, before it is rescaled. Weighted by n_hours, hpfc averages block_price. What
        cannot be computed is NULL, and `reason` says why (one of REASONS). is_thin: the adjustment, the basis
        or VLR stands on fewer than MIN_DAYS days.
    """
    cells = blocks.merge(counts, on=["delivery_month", "block_type"])
    for part in (factors[[*CELL, "year_mean", "additive", "is_additive"]], _vlr_of(vlr)):
        cells = cells.merge(part, on=CELL, how="left", validate="m:1")
    cells = cells.assign(location=pd.Categorical(cells["location"], blocks["location"].unique()))
    cells = _shaped(cells.sort_values(KEY, ignore_index=True))
    cells["cost_to_serve"] = cells["hpfc"] + cells["vlr_cost_per_mwh"]
    cells["cost_to_serve_by_pct"] = cells["hpfc"] * (1 + cells["vlr_pct"])
    cells["is_thin"] |= cells["is_thin_vlr"].eq(True)
    cells["reason"] = _reason(cells)
    return cells.astype({"location": str})[COLUMNS]


def expand_to_hours(cells: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame:
    """Return the price of every hour: cells laid on the calendar.

    Args:
        cells: what `cost_curve` returns, or some of its columns with KEY.
        hours: what `lib.calc.delivery.delivery_hours` returns.

    Returns:
        location, the columns of `hours`, the cells' other columns; by location and interval_start.
    """
    order = pd.Categorical(cells["location"], cells["location"].unique())
    laid = cells.assign(location=order).merge(hours, on=["delivery_month", "he", "block_type"])
    laid = laid.sort_values(["location", "interval_start"], ignore_index=True)
    values = [name for name in cells.columns if name not in KEY]
    return laid[["location", *hours.columns, *values]]


def _vlr_of(vlr: pd.DataFrame) -> pd.DataFrame:
    names = {"cost_per_mwh": "vlr_cost_per_mwh", "cost_weighted": "vlr_pct", "is_thin": "is_thin_vlr"}
    return vlr[[*CELL, *names]].rename(columns=names)


def _shaped(cells: pd.DataFrame) -> pd.DataFrame:
    """Add shape, is_additive_shape and hpfc; a block with a cell that has no shape has no hpfc."""
    keys = [cells[key] for key in DELIVERY_BLOCK]
    is_additive = cells["is_additive"].eq(True).groupby(keys, observed=True).transform("any")
    # A zone's basis may lift a forward of 0 or less just above it: no level that a factor could spread.
    is_additive |= (cells["forward_price"] <= 0) | (cells["block_price"] < MIN_BASE_USD_PER_MWH)
    shape = cells["additive"].where(is_additive, cells["year_mean"])
    weight = cells["n_hours"].where(~shape.isna().groupby(keys, observed=True).transform("any"))
    total = (shape * weight).groupby(keys, observed=True).transform("sum")
    mean = total / weight.groupby(keys, observed=True).transform("sum")
    added = cells["block_price"] + shape - mean
    hpfc = added.where(is_additive, cells["block_price"] * shape / mean)
    return cells.assign(shape=shape, is_additive_shape=is_additive, hpfc=hpfc.where(weight.notna()))


def _reason(cells: pd.DataFrame) -> pd.Series:
    parts = ("forward_price", "da_rt_adjustment", "zone_basis", "hpfc", "vlr_cost_per_mwh")
    lacks = [cells["quoted_price"].isna(), ~cells["has_hub_prices"], *(cells[name].isna() for name in parts)]
    reason = pd.Series(np.select(lacks, REASONS, default=""), index=cells.index, dtype=object)
    return reason.where(reason != "", None)
