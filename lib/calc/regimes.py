"""The main figures of a history before and after the days on which a market's rules changed.

1. The days are cut at each change: with one change a part before and a part from it on.
2. Each figure of a part is a ratio of sums over its hours of all zones:

       VLR     = sum(unitized_cost x RT load) / sum(RT load), over the hours with a unitized cost,
       DA mean = sum(DA LMP) / n_price_hours, over the hours with both prices, and RT mean likewise,
       spread  = RT mean - DA mean.

The parts have other months, years and weather. Their difference is no effect of the rules.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

COLUMNS = [
    *("part", "first_day", "last_day", "n_hours", "cost_per_mwh"),
    *("n_price_hours", "da_mean", "rt_mean", "spread"),
]


def figures_by_part(hourly: pd.DataFrame, changes: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """Return the figures of the parts into which changes cut the days.

    Args:
        hourly: a row for each zone and hour: market_date, da_lmp_usd_per_mwh, rt_lmp_usd_per_mwh, rt_load_mw,
            unitized_cost.
        changes: the first days of new rules, in order.

    Returns:
        COLUMNS: part (0 is before the first change), first_day, last_day, n_hours (zone-hours with a unitized
        cost), cost_per_mwh (VLR, $/MWh), n_price_hours (zone-hours with both prices), da_mean, rt_mean,
        spread ($/MWh); NaN where a part has no such hour. A part without a row is left out.
    """
    da, rt = hourly["da_lmp_usd_per_mwh"], hourly["rt_lmp_usd_per_mwh"]
    has_both, has_cost = da.notna() & rt.notna(), hourly["unitized_cost"].notna()
    part = np.searchsorted(np.asarray(changes, dtype="datetime64[ns]"), hourly["market_date"], side="right")
    sums = (
        pd.DataFrame(
            {
                "part": part,
                "day": hourly["market_date"],
                "n_hours": has_cost,
                "cost": (hourly["unitized_cost"] * hourly["rt_load_mw"]).where(has_cost),
                "load": hourly["rt_load_mw"].where(has_cost),
                "n_price_hours": has_both,
                "da": da.where(has_both),
                "rt": rt.where(has_both),
            }
        )
        .groupby("part")
        .agg(
            first_day=("day", "min"),
            last_day=("day", "max"),
            **{name: (name, "sum") for name in ("n_hours", "cost", "load", "n_price_hours", "da", "rt")},
        )
        .reset_index()
    )
    n_priced = sums["n_price_hours"].where(sums["n_price_hours"] > 0)
    figures = sums.assign(
        cost_per_mwh=sums["cost"] / sums["load"].where(sums["n_hours"] > 0),
        da_mean=sums["da"] / n_priced,
        rt_mean=sums["rt"] / n_priced,
    )
    return figures.assign(spread=figures["rt_mean"] - figures["da_mean"])[COLUMNS]
