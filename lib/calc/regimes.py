"""The main figures of a history before and after the days on which a market's rules changed.

1. The days are cut at each change: with one change a part before and a part from it on.
2. Each figure of a part is a ratio of sums over its hours of all zones:

       VLR     = sum(unitized_cost x RT load) / sum(RT load), over the hours with a unitized cost, and the
                 same over sum(DA LMP x RT load) as a fraction,
       DA mean = sum(DA LMP) / n_price_hours, over the hours with both prices, and RT mean likewise,
       spread  = RT mean - DA mean.

The parts have other months, years and weather. Their difference is no effect of the rules.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.vlr import SUMS, estimates_from_sums

COLUMNS = [
    *("part", "first_day", "last_day", "n_hours", "cost_per_mwh", "cost_weighted"),
    *("n_price_hours", "da_mean", "rt_mean", "spread"),
]


def parts_of(days: pd.Series, changes: Sequence[pd.Timestamp]) -> np.ndarray:
    """Return the number of the part to which each day belongs: 0 before the first change.

    Args:
        days: local days (midnight, naive).
        changes: the first days of new rules, in order.
    """
    return np.searchsorted(np.asarray(changes, dtype="datetime64[ns]"), days, side="right")


def figures_by_part(hourly: pd.DataFrame, changes: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """Return the figures of the parts into which changes cut the days.

    Args:
        hourly: a row for each zone and hour: market_date, da_lmp_usd_per_mwh, rt_lmp_usd_per_mwh, rt_load_mw,
            unitized_cost.
        changes: the first days of new rules, in order.

    Returns:
        COLUMNS: part (0 is before the first change), first_day, last_day, n_hours (zone-hours with a unitized
        cost), cost_per_mwh (VLR, $/MWh), cost_weighted (the same, a fraction; NULL near zero), n_price_hours
        (zone-hours with both prices), da_mean, rt_mean, spread ($/MWh); NaN where a part has no such hour. A
        part without a row is left out.
    """
    da, rt = hourly["da_lmp_usd_per_mwh"], hourly["rt_lmp_usd_per_mwh"]
    has_both, has_cost = da.notna() & rt.notna(), hourly["unitized_cost"].notna()
    load = hourly["rt_load_mw"].where(has_cost)
    terms = (hourly["unitized_cost"] * load, da * load, load)
    counted = {
        **dict(zip(SUMS, terms, strict=True)),
        "n_hours": has_cost,
        "n_price_hours": has_both,
        "da": da.where(has_both),
        "rt": rt.where(has_both),
    }
    part = parts_of(hourly["market_date"], changes)
    rows = pd.DataFrame(counted).assign(part=part, day=hourly["market_date"])
    groups = rows.groupby("part")
    sums = groups[list(counted)].sum(min_count=1).join(groups["day"].agg(first_day="min", last_day="max"))
    n_priced = sums["n_price_hours"].where(sums["n_price_hours"] > 0)
    figures = estimates_from_sums(sums).assign(da_mean=sums["da"] / n_priced, rt_mean=sums["rt"] / n_priced)
    return figures.assign(spread=figures["rt_mean"] - figures["da_mean"]).reset_index()[COLUMNS]
