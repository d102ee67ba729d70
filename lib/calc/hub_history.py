"""What is typical of a hub and its zones, by month of the year and block, in $/MWh.

The method (docs/method.md, "Typical, not average"): x is the mean of a year-month and block, over the hours
that have both prices and belong to no event; typical(x) is the robust estimate of `lib.calc.robust`, a median
over the years of the month, drawn towards that of the block.

    zone_basis       = typical(DA LMP of the zone - DA LMP of the hub)
    da_rt_adjustment = typical(DA LMP - RT LMP) at the hub; 0 if its forwards settle on day-ahead prices
    block_mean       = typical(mean of the block / mean of all hours) x median over the years of the latter

`block_mean` is in the market that the hub's forwards settle on. Only its ratios and differences between
blocks matter, not its level. Where the mean of all hours is under $1/MWh, the typical difference takes the
place of the ratio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH
from lib.calc.robust import robust_estimate, year_month_means
from lib.hours import BLOCK_TYPE
from lib.markets import BLOCKS


@dataclass(frozen=True)
class PriceHistory:
    """Prices of a window ($/MWh): a row for each hour in the order of `hours`, a column for each location.

    `hours` is what `lib.hours.market_hours` returns; all three have the same index. `is_event` says of each
    hour whether it belongs to an event (`lib.events`); None where none does.
    """

    hours: pd.DataFrame
    da: pd.DataFrame
    rt: pd.DataFrame
    is_event: np.ndarray | None = None


def zone_basis(history: PriceHistory, zones: pd.DataFrame) -> pd.DataFrame:
    """Return the typical difference of each zone's DA LMP to those of its hubs, by month and block.

    Args:
        history: the prices.
        zones: location, hub_location; a pair may come more than once, and one without a hub_location is left
            out.

    Returns:
        location, hub_location, month, block_type, zone_basis, standard_error ($/MWh; NULL where no hour has
        both prices), n_hours, n_days, n_years.
    """
    pairs, differences = zone_differences(history, zones)
    means = _typical(differences, history, "pair", "zone_basis")
    return pairs.merge(means, left_index=True, right_on="pair").drop(columns="pair").reset_index(drop=True)


def da_rt_adjustment(history: PriceHistory, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return the amount that turns a hub's forward into a day-ahead price, by month and block.

    A forward that settles on day-ahead prices needs none: 0, also in months without history.

    Args:
        history: the prices.
        hubs: hub, hub_location (None: no prices), settlement_market ("da" or "rt"); a row for each hub.

    Returns:
        hub, month, block_type, da_rt_adjustment, standard_error ($/MWh; NULL where no hour has both prices),
        n_hours, n_days, n_years (NULL where the adjustment needs no history): a row for each hub, month and
        block.
    """
    means = _typical(da_rt_differences(history, hubs), history, "hub", "da_rt_adjustment")
    means = means.astype({"block_type": str})
    key = ["hub", "month", "block_type"]
    every = pd.MultiIndex.from_product([hubs["hub"], range(1, 13), BLOCKS], names=key)
    adjustments = means.set_index(key).reindex(every).reset_index().astype({"block_type": BLOCK_TYPE})
    settles_on_da = adjustments["hub"].isin(hubs.loc[hubs["settlement_market"] == "da", "hub"])
    return adjustments.assign(
        da_rt_adjustment=adjustments["da_rt_adjustment"].mask(settles_on_da, 0.0),
        **{
            name: adjustments[name].mask(settles_on_da)
            for name in ("standard_error", "n_hours", "n_days", "n_years")
        },
    )


def block_means(history: PriceHistory, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return the typical price of each hub by month and block, in the market that its forwards settle on.

    Args:
        history: the prices.
        hubs: hub, hub_location (None: no prices), settlement_market ("da" or "rt"); a row for each hub.

    Returns:
        hub, month, block_type, block_mean ($/MWh), n_hours, n_days, n_years.
    """
    prices = settlement_prices(history, hubs)
    blocks = year_month_means(prices, history.hours, "hub", history.is_event)
    whole = year_month_means(prices, history.hours.assign(block_type="7x24"), "hub", history.is_event).rename(
        columns={"x": "level"}
    )
    rows = blocks.merge(whole[["hub", "year", "month", "level"]], on=["hub", "year", "month"])
    has_base = rows["level"] >= MIN_BASE_USD_PER_MWH
    shares = robust_estimate(rows[has_base].assign(x=rows["x"] / rows["level"]), "hub")
    differences = robust_estimate(rows.assign(x=rows["x"] - rows["level"]), "hub")
    levels = whole.groupby(["hub", "month"])["level"].median().reset_index()
    key = ["hub", "month", "block_type"]
    typical = differences.merge(levels, on=["hub", "month"])
    typical = typical.merge(shares[[*key, "estimate"]], on=key, how="left", suffixes=("", "_share"))
    by_share = (typical["level"] * typical["estimate_share"]).where(typical["level"] >= MIN_BASE_USD_PER_MWH)
    typical["block_mean"] = by_share.fillna(typical["level"] + typical["estimate"])
    return _on_every_block(typical, prices, history, "hub")[[*key, "block_mean", *_COUNTS]]


def settlement_prices(history: PriceHistory, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return the prices of hubs ($/MWh; a column for each) in the market that their forwards settle on.

    Takes `hubs` as `block_means` does.
    """
    prices = _at_hubs(history.da, hubs)
    on_rt = hubs.loc[hubs["settlement_market"] == "rt", "hub"].tolist()
    prices[on_rt] = _at_hubs(history.rt, hubs)[on_rt]
    return prices


def da_rt_differences(history: PriceHistory, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return DA LMP - RT LMP of hubs ($/MWh; a column for each) in each hour."""
    return _at_hubs(history.da, hubs) - _at_hubs(history.rt, hubs)


def zone_differences(history: PriceHistory, zones: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the pairs of a zone and its hub's location, and the difference of their DA LMP in each hour."""
    pairs = zones[["location", "hub_location"]].dropna().drop_duplicates(ignore_index=True)
    zone = history.da.reindex(columns=pairs["location"]).set_axis(pairs.index, axis=1)
    hub = history.da.reindex(columns=pairs["hub_location"]).set_axis(pairs.index, axis=1)
    return pairs, zone - hub


def _at_hubs(prices: pd.DataFrame, hubs: pd.DataFrame) -> pd.DataFrame:
    return prices.reindex(columns=hubs["hub_location"]).set_axis(hubs["hub"], axis=1)


_COUNTS = ("n_hours", "n_days", "n_years")


def _typical(values: pd.DataFrame, history: PriceHistory, key: str, name: str) -> pd.DataFrame:
    """Return the robust estimate of each column of values, by month and block, under a name."""
    means = year_month_means(values, history.hours, key, history.is_event)
    estimates = robust_estimate(means, key).rename(columns={"estimate": name})
    rows = _on_every_block(estimates, values, history, key)
    return rows[[key, "month", "block_type", name, "standard_error", *_COUNTS]]


def _on_every_block(
    rows: pd.DataFrame, values: pd.DataFrame, history: PriceHistory, key: str
) -> pd.DataFrame:
    """Return a row for every column of values and block of the history, with 0 hours where it has none."""
    blocks = history.hours[["month", "block_type"]].drop_duplicates()
    every = pd.DataFrame({key: values.columns}).merge(blocks, how="cross")
    found = every.merge(rows, on=[key, "month", "block_type"], how="left")
    counts = {name: found[name].fillna(0).astype(int) for name in _COUNTS}
    return found.assign(**counts).sort_values([key, "month", "block_type"], ignore_index=True)
