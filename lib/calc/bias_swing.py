"""Bias and swing: which part of VLR comes from errors that keep their sign, and which from errors that swing.

A load that is above its forecast on average, in hours in which real time is dearer than day-ahead on
average, costs money every month: bias. The rest is swing: single hours of large error and large spread
together. The split (docs/method.md, "Bias and swing") is exact. With dL = RT load - DA load (MW), S = RT LMP
- DA LMP and T = settled RT LMP - RT LMP ($/MWh, 0 without a settled price), over the hours of a month and
block of a zone:

    bias               = mean(dL) mean(S) / mean(RT load)     $/MWh
    swing              = cov(dL, S) / mean(RT load)           $/MWh, population covariance
    settled_difference = sum(T x RT load) / sum(RT load)      $/MWh
    cost_per_mwh       = bias + swing + settled_difference

Levels above month, block and zone add the dollars up (`add_up`), and are never split again: the covariance of
a year would contain that its months differ.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.grid import VALUES, ratio, year_weights
from lib.calc.priced_vlr import BLOCK
from lib.markets import SETTLED_COLUMN

PARTS = ("bias", "swing", "settled_difference")
"""The parts of cost_per_mwh, in $/MWh; each has its dollars in a column that ends in _usd."""


def split_cost(hourly: pd.DataFrame, half_life_years: float | None = None) -> pd.DataFrame:
    """Return bias and swing of each zone, month and block.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns; hours without a unitized cost do not count.
        half_life_years: as for `lib.calc.vlr.estimate`.

    Returns:
        location, month, block_type, PARTS ($/MWh), the dollars of each (bias_usd, ...) and rt_load_mwh.
    """
    names = [*BLOCK, "year", *VALUES, *({SETTLED_COLUMN} & set(hourly))]
    used = hourly.loc[hourly["unitized_cost"].notna(), names]
    weight = year_weights(used["year"], half_life_years).to_numpy()
    groups = used.groupby(BLOCK, observed=True)
    group = groups.ngroup().to_numpy()
    rt_load, error = used["rt_load_mw"].to_numpy(), (used["rt_load_mw"] - used["da_load_mw"]).to_numpy()
    spread = (used["rt_lmp_usd_per_mwh"] - used["da_lmp_usd_per_mwh"]).to_numpy()
    size = np.bincount(group, weight)
    mean_error, mean_spread = (np.bincount(group, weight * term) / size for term in (error, spread))
    centred = weight * (error - mean_error[group]) * (spread - mean_spread[group])
    sums = pd.DataFrame(
        {
            "bias_usd": size * mean_error * mean_spread,
            "swing_usd": np.bincount(group, centred),
            "settled_difference_usd": np.bincount(group, weight * _settled_difference(used) * rt_load),
            "rt_load_mwh": np.bincount(group, weight * rt_load),
        },
        index=groups.size().index,
    )
    return per_mwh(sums.reset_index())


def _settled_difference(used: pd.DataFrame) -> np.ndarray:
    """Return by how much the price of metered load is above RT LMP, $/MWh; 0 where it is that."""
    if SETTLED_COLUMN not in used:
        return np.zeros(len(used))
    return (used[SETTLED_COLUMN] - used["rt_lmp_usd_per_mwh"]).fillna(0.0).to_numpy()


def per_mwh(sums: pd.DataFrame) -> pd.DataFrame:
    """Return dollars of PARTS with their $/MWh added; NULL without a load."""
    return sums.assign(**{part: ratio(sums[f"{part}_usd"], sums["rt_load_mwh"]) for part in PARTS})


def add_up(parts: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return bias and swing of a level above, whose dollars are the sum of those below.

    Args:
        parts: what `split_cost` returns, with the `by` columns.
        by: the columns of the level, for example ["location"].

    Returns:
        the `by` columns, and those of `split_cost` but for its keys.
    """
    columns = [*(f"{part}_usd" for part in PARTS), "rt_load_mwh"]
    return per_mwh(parts.groupby(list(by), observed=True)[columns].sum().reset_index())
