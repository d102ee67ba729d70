"""Months of VLR that are made up, for tests of the backtest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.origins import month_number
from lib.hours import BLOCK_TYPE
from lib.markets import BLOCKS

HOURS_OF_BLOCK = dict(zip(BLOCKS, (352, 144, 248), strict=True))


def make_months(
    costs: np.ndarray,
    prices: np.ndarray | float = 36.0,
    zones: Sequence[str] = ("A",),
    first: int = 2020 * 12,
) -> pd.DataFrame:
    """Return the sums of VLR as `lib.calc.backtest_vlr.sum_months` has them, of whole months at 100 MW.

    Args:
        costs: (zone, month, block), $/MWh.
        prices: of the same shape, or one for all, $/MWh.
        zones: their names.
        first: the number of the first month.
    """
    n_months = costs.shape[1]
    zone, month, block = (index.ravel() for index in np.indices(costs.shape))
    n_hours = np.array(list(HOURS_OF_BLOCK.values()))[block]
    price = np.broadcast_to(prices, costs.shape).ravel()
    rows = pd.DataFrame(
        {
            "location": np.array(zones, dtype=object)[zone],
            "month": (first + np.arange(n_months))[month] % 12 + 1,
            "block_type": pd.Categorical.from_codes(block, dtype=BLOCK_TYPE),
            "year": (first + np.arange(n_months))[month] // 12,
            "unitized_cost_usd": costs.ravel() * 100.0 * n_hours,
            "da_value_usd": price * 100.0 * n_hours,
            "rt_load_mwh": 100.0 * n_hours,
            "ratio_sum": costs.ravel() / price * n_hours,
            "n_ratios": n_hours,
            "n_hours": n_hours,
            "month_share": 1.0,
        }
    )
    return rows.assign(number=month_number(rows))


def make_market(zones: int, n_months: int, seed: int = 0, level: float = 0.2) -> pd.DataFrame:
    """Return months of which VLR is level x (price / 36)^0.5 of the season, and noise that grows likewise."""
    random = np.random.default_rng(seed)
    shape = (zones, n_months, len(BLOCKS))
    prices = random.uniform(20, 60, shape)
    noise = random.standard_t(5, shape) * 0.05
    return make_months((level + noise) * (prices / 36) ** 0.5, prices, [f"Z{zone}" for zone in range(zones)])
