"""Tables of a cost curve's page: what each year says beside the estimate that all years make.

A robust estimate (`lib.calc.robust`) hides how far its years are from each other. These tables show them,
over the hours of no event: the DA-RT adjustment with a column for each month, because a hub has few blocks
and years; the zone basis with a column for each year.
"""

from __future__ import annotations

import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH, ratio
from lib.calc.hub_history import PriceHistory, da_rt_differences, zone_basis, zone_differences
from lib.calc.robust import year_month_means
from lib.markets import BLOCKS

MONTHS = range(1, 13)


def adjustment_by_month(adjustment: pd.DataFrame, means: pd.DataFrame, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return the DA-RT adjustment of the hubs that settle on real-time prices, with a column for each month.

    Args:
        adjustment: what `lib.calc.hub_history.da_rt_adjustment` returns.
        means: what `lib.calc.hub_history.block_means` returns.
        hubs: hub, settlement_market.

    Returns:
        hub, block_type, "1" to "12" ($/MWh; NULL where the month has no history), standard_error ($/MWh, of
        the block), share: the adjustment of the month in which it is largest in size beside its block_mean,
        as a fraction of that; NULL where every block_mean is negative or under MIN_BASE_USD_PER_MWH.
    """
    on_rt = hubs.loc[hubs["settlement_market"] == "rt", "hub"]
    key = ["hub", "block_type"]
    rows = adjustment[adjustment["hub"].isin(on_rt)].astype({"block_type": str})
    bases = means[[*key, "month", "block_mean"]].astype({"block_type": str})
    rows = rows.merge(bases, on=[*key, "month"], how="left")
    rows["share"] = ratio(rows["da_rt_adjustment"], rows["block_mean"]).where(
        rows["block_mean"] >= MIN_BASE_USD_PER_MWH
    )
    largest = rows.sort_values("share", key=lambda share: share.abs(), ascending=False, kind="stable")
    groups = largest.groupby(key, sort=False)[["standard_error", "share"]].first()
    return _months(rows, key, "da_rt_adjustment").merge(groups.reset_index(), on=key)


def adjustment_by_year(history: PriceHistory, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return what DA LMP - RT LMP was in each month of each year at the hubs that settle on real-time prices.

    Args:
        history: the prices.
        hubs: hub, hub_location, settlement_market.

    Returns:
        hub, block_type, year, "1" to "12" ($/MWh; NULL where the month has no hour).
    """
    on_rt = hubs[hubs["settlement_market"] == "rt"]
    means = year_month_means(da_rt_differences(history, on_rt), history.hours, "hub", history.is_event)
    return _months(means.astype({"block_type": str}), ["hub", "block_type", "year"], "x")


def basis_by_year(history: PriceHistory, zones: pd.DataFrame) -> pd.DataFrame:
    """Return the mean difference of each zone's DA LMP to those of its hubs in each year, by block.

    Args:
        history: the prices.
        zones: location, hub_location.

    Returns:
        location, hub_location, block_type, a column for each year, standard_error of the basis that the years
        make ($/MWh).
    """
    pairs, differences = zone_differences(history, zones)
    counted = differences if history.is_event is None else differences[~history.is_event]
    hours = history.hours.loc[counted.index]
    means = counted.groupby([hours["block_type"], hours["year"]], observed=True).mean()
    table = means.rename_axis(columns="pair").stack(future_stack=True).unstack("year")
    table.columns = table.columns.astype(str)
    years = table.reset_index().sort_values(["pair", "block_type"])
    found = pairs.merge(years, left_index=True, right_on="pair").drop(columns="pair")
    key = ["location", "hub_location", "block_type"]
    errors = zone_basis(history, pairs).groupby(key, observed=True)["standard_error"].first().reset_index()
    return found.merge(errors, on=key, how="left")


def _months(rows: pd.DataFrame, key: list[str], value: str) -> pd.DataFrame:
    """Return `value` with a column for each month, by `key`; blocks stand in the order of a desk."""
    table = rows.pivot(index=key, columns="month", values=value).reindex(columns=MONTHS)
    table = table.rename(columns=str).rename_axis(columns=None).reset_index()
    order = table.assign(block=table["block_type"].map(list(BLOCKS).index))
    by = ["block" if name == "block_type" else name for name in key]
    return table.loc[order.sort_values(by).index].reset_index(drop=True)
