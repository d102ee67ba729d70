"""The hours of the coming months of delivery, and the share of each block in the price of a quote."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

import pandas as pd

from lib.hours import HolidayRule, market_hours
from lib.markets import BLOCKS, OFF_PEAK, QUOTE_BLOCKS

N_MONTHS = 36
"""The number of delivery months of a cost curve."""

OffpeakWeights = Literal["hours", "days"]


def delivery_hours(
    iso: str, as_of: date, holidays: HolidayRule = "nerc", n_months: int = N_MONTHS
) -> pd.DataFrame:
    """Return the hours of the `n_months` months of delivery that follow the month of `as_of`.

    Returns:
        the columns of `lib.hours.market_hours`, and delivery_month (the first day of the local month).

    Raises:
        UnknownMarket, ValueError: as `market_hours` does.
    """
    first = (pd.Timestamp(as_of) + pd.offsets.MonthBegin()).normalize()
    last = first + pd.DateOffset(months=n_months) - pd.Timedelta(days=1)
    hours = market_hours(iso, first.date(), last.date(), holidays)
    return hours.assign(delivery_month=hours["market_date"].dt.to_period("M").dt.to_timestamp())


def count_cells(hours: pd.DataFrame) -> pd.DataFrame:
    """Return the number of hours of each cell: delivery_month, he, block_type, n_hours.

    A month without hours of a cell has no row for it. Both hours of November's HE 2 count.
    """
    counts = hours.groupby(["delivery_month", "he", "block_type"], observed=True).size()
    return counts.rename("n_hours").reset_index()


def quote_weights(hours: pd.DataFrame, offpeak_weights: OffpeakWeights = "hours") -> pd.DataFrame:
    """Return the share of each block in the price of a quote, by month (docs/method.md, "Cost curves").

    A quoted block has the share 1 in its own quote. The off-peak quote covers 2x16 and 7x8:

        weights "hours": share = hours of the block / off-peak hours, over the month, as desks compute it
        weights "days":  share = mean over the days of that ratio within the day, as contracts settle

    Args:
        hours: what `delivery_hours` returns.
        offpeak_weights: "hours" or "days".

    Returns:
        delivery_month, quote (each block, and off-peak), and a column of shares for each block; the shares
        of a row add up to 1.

    Raises:
        ValueError: the weights are not known.
    """
    if offpeak_weights not in get_args(OffpeakWeights):
        known = ", ".join(get_args(OffpeakWeights))
        raise ValueError(f"unknown off-peak weights {offpeak_weights!r}: known are {known}")
    equals = ["delivery_month", *(["market_date"] if offpeak_weights == "days" else [])]
    off_peak = hours[hours["block_type"].isin(QUOTE_BLOCKS[OFF_PEAK])]
    counts = (
        off_peak.astype({"block_type": str}).groupby([*equals, "block_type"]).size().unstack(fill_value=0)
    )
    shares = counts.div(counts.sum(axis=1), axis=0).groupby("delivery_month").mean()
    shares = shares.reindex(columns=list(BLOCKS), fill_value=0.0)
    single = [shares.mul(0).assign(**{block: 1.0}) for block in BLOCKS]
    table = pd.concat([*single, shares], keys=[*BLOCKS, OFF_PEAK], names=["quote"])
    return table.reset_index()[["delivery_month", "quote", *BLOCKS]]
