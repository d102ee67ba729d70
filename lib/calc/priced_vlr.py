"""VLR that is priced with: what the past of a month, its block and its hour says at the price of delivery.

VLR is neither a fixed amount per MWh nor a fixed percent of the price, and a single month and block of five
years knows little of the next year. The method (docs/method.md, "VLR to price with") has two stages. For the
months m, blocks b and hour endings h of a location, v is the ratio of sums in $/MWh (`cost_per_mwh`) and P
the load-weighted day-ahead price, which never counts as less than $1/MWh:

1. `priced_blocks`: the month is drawn towards its block, each at the price of delivery P:

       priced(m, b) = w v(m, b) (P / P(m, b))^beta + (1 - w) v(b) (P / P(b))^beta

2. `priced_cells`: what an hour ending differs by is drawn from the own cell towards the hour ending of all
   months, by the days of the cell, k = n_days / (n_days + 60):

       d(m, h, b)    = k (v(m, h, b) - v(m, b)) (P / P(m, b))^beta + (1 - k) (v(h, b) - v(b)) (P / P(b))^beta
       priced(m,h,b) = priced(m, b) + d(m, h, b) - mean of d over the month and block, weighted with load

   So the cells average what stage 1 says of their month and block.

The own cell enters by what it differs from its block. Entering with its level, it would bring back the level
of the month that stage 1 has just drawn away from: that halves the skill (benchmarks/out_of_sample.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.calc.grid import CELL, MIN_BASE_USD_PER_MWH, ratio
from lib.calc.vlr import SUMS

BLOCK = ["location", "month", "block_type"]


@dataclass(frozen=True)
class PricedWeights:
    """The weights of the method; a version of a curve stores them.

    Attributes:
        month: w, the weight of the month's own past; its block has the rest.
        elasticity: beta, by which power of the price VLR grows.
        days: the number of days at which the own cell has half of the weight.
    """

    month: float = 0.25
    elasticity: float = 0.5
    days: float = 60.0

    def parameters(self) -> dict[str, float]:
        """Return the weights as they stand among the parameters of a curve version."""
        return {f"priced_{name}": value for name, value in asdict(self).items()}

    @classmethod
    def of_parameters(cls, parameters: Mapping[str, Any]) -> PricedWeights:
        """Return the weights among the parameters of a curve version; those that it lacks are the usual."""
        given = {name: parameters.get(f"priced_{name}") for name in asdict(cls())}
        return cls(**{name: value for name, value in given.items() if value is not None})


WEIGHTS = PricedWeights()
"""The weights that the pages price with."""


def priced_blocks(
    cells: pd.DataFrame,
    prices: pd.DataFrame,
    weights: PricedWeights = WEIGHTS,
    *,
    block_stands_in: bool = False,
) -> pd.DataFrame:
    """Return the priced VLR of each month and block.

    Args:
        cells: cells of a VLR curve: CELL and the sums (SUMS) of each.
        prices: location, month (1 to 12), block_type, block_price ($/MWh); any further columns are kept.
        weights: w and beta.
        block_stands_in: a month without a past of its own is priced as its block alone.

    Returns:
        the rows of `prices` with priced ($/MWh) added; NULL where the month and block has no past (and its
        block does not stand in), or no price.
    """
    rows = prices.merge(_figures(cells, BLOCK), on=BLOCK, how="left")
    rows = rows.merge(_figures(cells, ["location", "block_type"], "_of_block"), how="left")
    priced = drawn_to_block(rows, weights)
    if block_stands_in:
        priced = priced.fillna(block_alone(rows, weights))
    return prices.assign(priced=priced.to_numpy())


def drawn_to_block(rows: pd.DataFrame, weights: PricedWeights = WEIGHTS) -> pd.Series:
    """Return the formula of stage 1 for rows that have its inputs.

    Args:
        rows: block_price (P); v and p of the month and block, v_of_block and p_of_block of the block, all in
            $/MWh.
        weights: w and beta.

    Returns:
        priced VLR ($/MWh) in the rows; NULL where an input is.
    """
    own = rows["v"] * _growth(rows["block_price"], rows["p"], weights)
    return weights.month * own + (1 - weights.month) * block_alone(rows, weights)


def block_alone(rows: pd.DataFrame, weights: PricedWeights = WEIGHTS) -> pd.Series:
    """Return v(b) at the price of delivery: what remains of stage 1 for a month without a past of its own.

    Args:
        rows: block_price, v_of_block and p_of_block ($/MWh).
        weights: beta.
    """
    return rows["v_of_block"] * _growth(rows["block_price"], rows["p_of_block"], weights)


def priced_cells(cells: pd.DataFrame, prices: pd.DataFrame, weights: PricedWeights = WEIGHTS) -> pd.DataFrame:
    """Return the priced VLR of each cell.

    Args:
        cells: cells of a VLR curve: CELL, SUMS, n_days.
        prices: as for `priced_blocks`, with the key `period` where a month of the year comes more than once.
        weights: w, beta and the days.

    Returns:
        the columns of `prices`, he, priced ($/MWh): a row for each row of `prices` and each cell of its month
        and block; NULL where the cell has no past, or its block no price.
    """
    blocks = priced_blocks(cells, prices, weights).assign(_row=np.arange(len(prices)))
    own = cells[[*CELL, "n_days", "rt_load_mwh"]].assign(v_of_cell=_v(cells))
    rows = blocks.merge(own, on=BLOCK, how="left")
    for by, suffix in (
        (BLOCK, ""),
        (["location", "block_type"], "_of_block"),
        (["location", "he", "block_type"], "_of_hour"),
    ):
        rows = rows.merge(_figures(cells, by, suffix), on=by, how="left")
    k = rows["n_days"] / (rows["n_days"] + weights.days)
    own_difference = (rows["v_of_cell"] - rows["v"]) * _growth(rows["block_price"], rows["p"], weights)
    growth = _growth(rows["block_price"], rows["p_of_block"], weights)
    difference = k * own_difference + (1 - k) * (rows["v_of_hour"] - rows["v_of_block"]) * growth
    load = rows["rt_load_mwh"].where(difference.notna())
    groups = pd.DataFrame({"cost": difference * load, "load": load}).groupby(rows["_row"])
    sums = groups.transform("sum")
    priced = rows["priced"] + difference - ratio(sums["cost"], sums["load"])
    return rows.assign(priced=priced)[[*prices.columns, "he", "priced"]]


def add_priced(cells: pd.DataFrame, weights: PricedWeights = WEIGHTS) -> pd.DataFrame:
    """Return a VLR curve with the priced VLR of each cell at past prices.

    Args:
        cells: what `lib.calc.vlr.vlr_curve` returns.
        weights: of the method.

    Returns:
        the cells with priced ($/MWh) and priced_pct (a fraction of the cell's load-weighted day-ahead price;
        NULL where is_near_zero) added.
    """
    priced = priced_cells(cells, price_history(cells), weights)[[*CELL, "priced"]]
    found = cells[CELL].merge(priced, on=CELL, how="left", validate="1:1")["priced"]
    found = found.set_axis(cells.index)
    price = ratio(cells["da_value_usd"], cells["rt_load_mwh"])
    return cells.assign(priced=found, priced_pct=ratio(found, price).mask(cells["is_near_zero"]))


def price_history(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the load-weighted day-ahead price of each month and block of the history.

    Args:
        cells: CELL and SUMS.

    Returns:
        location, month, block_type, block_price ($/MWh): as `priced_cells` takes it, for VLR at past prices.
    """
    return _figures(cells, BLOCK)[[*BLOCK, "p"]].rename(columns={"p": "block_price"})


def _figures(cells: pd.DataFrame, by: list[str], suffix: str = "") -> pd.DataFrame:
    """Return v and p ($/MWh) of groups of cells, as ratios of sums."""
    sums = cells.groupby(by, observed=True)[SUMS].sum(min_count=1)
    price = ratio(sums["da_value_usd"], sums["rt_load_mwh"])
    return pd.DataFrame({f"v{suffix}": _v(sums), f"p{suffix}": price}).reset_index()


def _v(sums: pd.DataFrame) -> pd.Series:
    return ratio(sums["unitized_cost_usd"], sums["rt_load_mwh"])


def _growth(price: pd.Series, past: pd.Series, weights: PricedWeights) -> pd.Series:
    """Return by what VLR grows from the past price to the price of delivery; neither counts below $1/MWh."""
    floor = MIN_BASE_USD_PER_MWH
    return (price.clip(lower=floor) / past.clip(lower=floor)) ** weights.elasticity
