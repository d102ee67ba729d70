"""The cost curve: the expected cost of each hour of delivery in a zone, from forwards, shape and VLR.

The method (docs/method.md, "Cost curves"), in $/MWh. N is the number of hours of a zone's block in the month
of delivery.

1. `block_prices`, for each zone, month of delivery and block, from the quote that `lib.calc.quote_choice`
   chooses:

       block_price = forward_price + da_rt_adjustment + zone_basis

2. `cost_curve` shapes the block price over the hour endings, so that the N hours average it: by factors, by
   differences, or by a blend of both where the block trades far below its past (`lib.calc.hour_prices`).
3. `cost_curve` adds the covariance of load and price (`lib.calc.covariance`), VLR at the price of delivery
   (`lib.calc.priced_vlr`), and the risk line (`lib.calc.risk`, 0 unless it is chosen), in $/MWh:

       cost_to_serve        = hpfc + covariance + vlr_priced + risk
       vlr_pct              = vlr_priced / hpfc
       cost_to_serve_by_pct = hpfc x (1 + priced_pct of the VLR curve) + covariance + risk    to compare

4. `expand_to_hours` gives each hour of the calendar the price of its cell; `vlr_of_next_year` has the VLR of
   the first twelve months of delivery in percent, by month of the year.
"""

from __future__ import annotations

from typing import Literal

import pandas as pd

from lib.calc.band import BAND, Band
from lib.calc.covariance import add_covariance
from lib.calc.grid import CELL, MIN_BASE_USD_PER_MWH, ratio
from lib.calc.hour_prices import hour_prices
from lib.calc.priced_vlr import WEIGHTS, PricedWeights, add_priced, priced_cells
from lib.calc.quote_choice import (
    BLOCK_PRICE_PARTS,
    BLOCK_REASONS,
    choose_quotes,
    find_block_reason,
    quote_candidates,
)
from lib.calc.risk import NO_BAND, NO_RISK, RiskChoice, add_delivery_bands

KEY = ["location", "delivery_month", "he", "block_type"]
"""The key of a cell of a cost curve: 40 cells for each zone and month."""

DELIVERY_BLOCK = ["location", "delivery_month", "block_type"]
"""The key of a block price."""

REASONS = (
    *BLOCK_REASONS,
    "no shape",
    "no load history of the season",
    "no VLR",
    "no band to price risk by",
)
"""The reasons for which a cell has no cost to serve; a cell counts under the first that applies."""

COLUMNS = [
    *KEY,
    *("n_hours", "hub", "quote", "is_modelled", "is_additive_split"),
    *(*BLOCK_PRICE_PARTS, "block_price"),
    *("shape", "additive_shape", "factor_share", "is_additive_shape", "hpfc"),
    *("covariance", "is_additive_covariance"),
    *("vlr_priced", *BAND, "vlr_cost_per_mwh", "vlr_pct", "risk"),
    *("cost_to_serve", "cost_to_serve_by_pct", "is_thin"),
    "reason",
]

MONTHS_OF_YEAR = 12

VlrChoice = Literal["priced", "cost_per_mwh"]

_VLR_COLUMNS = {"priced": "vlr_priced", "cost_per_mwh": "vlr_cost_per_mwh"}
"""The column of the VLR that the cost to serve contains, by choice."""


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
    vlr_choice: VlrChoice = "priced",
    band: Band = NO_BAND,
    risk: RiskChoice = NO_RISK,
    weights: PricedWeights = WEIGHTS,
) -> pd.DataFrame:
    """Return the cells of the cost curve.

    Args:
        blocks: what `block_prices` returns.
        counts: delivery_month, he, block_type, n_hours: the hours of delivery of each cell.
        factors: the shape: CELL, year_mean and is_additive (of the shaping curve), block_mean and additive
            (what `lib.calc.hour_prices.typical_shape` returns).
        vlr: the cells of the VLR curve: CELL, the sums, n_days, cost_per_mwh, is_near_zero, is_thin.
        covariance: what `lib.calc.covariance.covariance` returns for each zone, season and block.
        vlr_choice: the VLR that the cost to serve contains.
        band: that of the VLR curve, for the columns of BAND and the risk line.
        risk: how risk is priced.
        weights: of the priced VLR.

    Returns:
        COLUMNS; one row for each zone and each row of `counts`, sorted by KEY. Prices are in $/MWh, vlr_pct
        is a fraction, shape a factor or $/MWh before it is rescaled. A price that cannot be computed is NULL,
        and `reason` is one of REASONS. is_thin: the adjustment, the zone basis or VLR rests on little.

    Raises:
        ValueError: the choice is not known.
    """
    if vlr_choice not in _VLR_COLUMNS:
        raise ValueError(f"unknown VLR {vlr_choice!r}: known are {', '.join(_VLR_COLUMNS)}")
    cells = blocks.merge(counts, on=["delivery_month", "block_type"])
    for part in (
        factors[[*CELL, "year_mean", "is_additive", "block_mean", "additive"]],
        _vlr_of(vlr, weights),
    ):
        cells = cells.merge(part, on=CELL, how="left", validate="m:1")
    cells = cells.merge(_priced_of(blocks, vlr, weights), on=KEY, how="left", validate="1:1")
    cells = cells.assign(location=pd.Categorical(cells["location"], blocks["location"].unique()))
    cells = _shaped(add_covariance(cells.sort_values(KEY, ignore_index=True), covariance))
    cells["vlr"] = cells[_VLR_COLUMNS[vlr_choice]]
    cells["vlr_pct"] = ratio(cells["vlr"], cells["hpfc"]).where(cells["hpfc"] >= MIN_BASE_USD_PER_MWH)
    cells = add_delivery_bands(cells, band, risk)
    added = cells["covariance"] + cells["risk"]
    cells["cost_to_serve"] = cells["hpfc"] + cells["vlr"] + added
    cells["cost_to_serve_by_pct"] = cells["hpfc"] * (1 + cells["past_pct"]) + added
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


def vlr_of_next_year(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the VLR of the first twelve months of delivery as a fraction of the hourly price, by month.

    So hpfc x vlr_pct is the VLR of the cost curve. VLR in percent of past prices is another number where
    delivery costs something else than the past, because VLR grows with the square root of the price.

    Args:
        cells: what `cost_curve` returns, or the stored cells of a cost curve.

    Returns:
        CELL with month from 1 to 12, vlr_pct; NULL where a cell has no price, or one under $1/MWh.
    """
    months = cells["delivery_month"]
    near = cells[months.isin(sorted(months.unique())[:MONTHS_OF_YEAR])]
    return near.assign(month=near["delivery_month"].dt.month)[[*CELL, "vlr_pct"]].reset_index(drop=True)


def used_vlr(cells: pd.DataFrame) -> pd.Series:
    """Return the VLR that the cost to serve of each cell contains, $/MWh, whichever was chosen."""
    others = [cells[part].fillna(0) for part in ("covariance", "risk") if part in cells]
    return cells["cost_to_serve"] - cells["hpfc"] - sum(others)


def _vlr_of(vlr: pd.DataFrame, weights: PricedWeights) -> pd.DataFrame:
    """Return what each cell has of VLR at past prices."""
    names = {"cost_per_mwh": "vlr_cost_per_mwh", "priced_pct": "past_pct", "is_thin": "is_thin_vlr"}
    return add_priced(vlr, weights)[[*CELL, *names]].rename(columns=names)


def _priced_of(blocks: pd.DataFrame, vlr: pd.DataFrame, weights: PricedWeights) -> pd.DataFrame:
    """Return the VLR of each cell of delivery at the price of its block."""
    prices = blocks[["location", "delivery_month", "month", "block_type", "block_price"]]
    priced = priced_cells(vlr, prices, weights).rename(columns={"priced": "vlr_priced"})
    return priced[[*KEY, "vlr_priced"]].dropna()


def _shaped(cells: pd.DataFrame) -> pd.DataFrame:
    """Add shape, additive_shape, factor_share, is_additive_shape and hpfc."""
    prices = hour_prices(cells, DELIVERY_BLOCK)
    is_additive = prices["factor_share"].eq(0)
    return cells.assign(
        shape=cells["additive"].where(is_additive, cells["year_mean"]),
        additive_shape=cells["additive"],
        is_additive_shape=is_additive,
        **{name: prices[name] for name in ("factor_share", "hpfc")},
    )


def _reason(cells: pd.DataFrame) -> pd.Series:
    reason = find_block_reason(cells)
    for part, why in zip(("hpfc", "covariance", "vlr", "risk"), REASONS[-4:], strict=True):
        reason = reason.mask(reason.isna() & cells[part].isna(), why)
    return reason
