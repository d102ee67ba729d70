"""Historic means of a hub and its zones, by month of the year and block, in $/MWh.

The method (docs/method.md, "Cost curves"): every mean is taken over hours, and the mean of a difference over
the hours that have both prices.

    zone_basis       = mean(DA LMP of the zone - DA LMP of the hub)
    da_rt_adjustment = mean(DA LMP - RT LMP) at the hub; 0 if its forwards settle on day-ahead prices
    block_mean       = mean(LMP of the hub), in the market that its forwards settle on
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH, ratio
from lib.hours import BLOCK_TYPE
from lib.markets import BLOCKS


@dataclass(frozen=True)
class PriceHistory:
    """Prices of a window ($/MWh): a row for each hour in the order of `hours`, a column for each location.

    `hours` is what `lib.hours.market_hours` returns; all three have the same index.
    """

    hours: pd.DataFrame
    da: pd.DataFrame
    rt: pd.DataFrame


def zone_basis(history: PriceHistory, zones: pd.DataFrame) -> pd.DataFrame:
    """Return the mean difference of each zone's DA LMP to those of its hubs, by month and block.

    Args:
        history: the prices.
        zones: location, hub_location; a pair may come more than once, and one without a hub_location is left
            out.

    Returns:
        location, hub_location, month, block_type, zone_basis ($/MWh; NULL where no hour has both prices),
        n_hours, n_days.
    """
    pairs = zones[["location", "hub_location"]].dropna().drop_duplicates(ignore_index=True)
    zone = history.da.reindex(columns=pairs["location"]).set_axis(pairs.index, axis=1)
    hub = history.da.reindex(columns=pairs["hub_location"]).set_axis(pairs.index, axis=1)
    means = _means(zone - hub, history.hours, "pair", "zone_basis")
    return pairs.merge(means, left_index=True, right_on="pair").drop(columns="pair").reset_index(drop=True)


def da_rt_adjustment(history: PriceHistory, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return the amount that turns a hub's forward into a day-ahead price, by month and block.

    A forward that settles on day-ahead prices needs none: 0, also in months without history.

    Args:
        history: the prices.
        hubs: hub, hub_location (None: no prices), settlement_market ("da" or "rt"); a row for each hub.

    Returns:
        hub, month, block_type, da_rt_adjustment ($/MWh; NULL where no hour has both prices), n_hours, n_days
        (NULL where the adjustment needs no history): a row for each hub, month and block.
    """
    difference = _at_hubs(history.da, hubs) - _at_hubs(history.rt, hubs)
    means = _means(difference, history.hours, "hub", "da_rt_adjustment").astype({"block_type": str})
    key = ["hub", "month", "block_type"]
    every = pd.MultiIndex.from_product([hubs["hub"], range(1, 13), BLOCKS], names=key)
    adjustments = means.set_index(key).reindex(every).reset_index().astype({"block_type": BLOCK_TYPE})
    settles_on_da = adjustments["hub"].isin(hubs.loc[hubs["settlement_market"] == "da", "hub"])
    return adjustments.assign(
        da_rt_adjustment=adjustments["da_rt_adjustment"].mask(settles_on_da, 0.0),
        n_hours=adjustments["n_hours"].mask(settles_on_da),
        n_days=adjustments["n_days"].mask(settles_on_da),
    )


def block_means(history: PriceHistory, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return the mean price of each hub by month and block, in the market that its forwards settle on.

    Args:
        history: the prices.
        hubs: hub, hub_location (None: no prices), settlement_market ("da" or "rt"); a row for each hub.

    Returns:
        hub, month, block_type, block_mean ($/MWh), n_hours, n_days.
    """
    prices = _at_hubs(history.da, hubs)
    on_rt = hubs.loc[hubs["settlement_market"] == "rt", "hub"].tolist()
    prices[on_rt] = _at_hubs(history.rt, hubs)[on_rt]
    return _means(prices, history.hours, "hub", "block_mean")


def adjustment_shares(adjustment: pd.DataFrame, means: pd.DataFrame, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return the DA-RT adjustment of hubs that settle on real-time prices as a share of the price.

    Args:
        adjustment: what `da_rt_adjustment` returns.
        means: what `block_means` returns.
        hubs: hub, settlement_market.

    Returns:
        hub, month, block_type, block_mean, da_rt_adjustment ($/MWh), share (of block_mean; NULL where
        block_mean is negative or under MIN_BASE_USD_PER_MWH).
    """
    on_rt = hubs.loc[hubs["settlement_market"] == "rt", "hub"]
    key = ["hub", "month", "block_type"]
    rows = means[[*key, "block_mean"]].merge(adjustment[[*key, "da_rt_adjustment"]], on=key)
    rows = rows[rows["hub"].isin(on_rt)]
    has_base = rows["block_mean"] >= MIN_BASE_USD_PER_MWH
    return rows.assign(share=ratio(rows["da_rt_adjustment"], rows["block_mean"]).where(has_base))


def _at_hubs(prices: pd.DataFrame, hubs: pd.DataFrame) -> pd.DataFrame:
    return prices.reindex(columns=hubs["hub_location"]).set_axis(hubs["hub"], axis=1)


def _means(values: pd.DataFrame, hours: pd.DataFrame, key: str, name: str) -> pd.DataFrame:
    keys = [hours["month"], hours["block_type"]]
    groups = values.groupby(keys, observed=True)
    has_hour = values.notna().groupby([*keys, hours["market_date"]], observed=True).any()
    parts = {
        name: groups.mean(),
        "n_hours": groups.count(),
        "n_days": has_hour.groupby(["month", "block_type"], observed=True).sum(),
    }
    columns = {
        column: part.rename_axis(columns=key).stack(future_stack=True) for column, part in parts.items()
    }
    return pd.DataFrame(columns).reset_index()[[key, "month", "block_type", *parts]]
