"""The hours of the coming months of delivery, and the share of each block in the price of a quote."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

import pandas as pd

from lib.hours import HolidayRule, market_hours
from lib.markets import BLOCKS, OFF_PEAK, QUOTE_BLOCKS

N_MONTHS = 36
"""The number of delivery months of a cost curve."""

QuoteWeights = Literal["hours", "days"]
"""A contract settles on the mean over hours, or on the mean over days of each day's mean."""

FirstMonth = Literal["next", "current"]
"""Whether delivery begins with the month after that of the run, or with its own."""

AS_CONTRACT = "contract"
"""The off-peak weights that keep what each contract says."""


def delivery_hours(
    iso: str,
    as_of: date,
    holidays: HolidayRule = "nerc",
    n_months: int = N_MONTHS,
    first_month: FirstMonth = "next",
) -> pd.DataFrame:
    """Return the hours of `n_months` months of delivery.

    Delivery begins with the month after that of `as_of`, or with its own: on the 1st, and where `first_month`
    is "current". The hours of a month that has begun are those from `as_of` on.

    Returns:
        the columns of `lib.hours.market_hours`, and delivery_month (the first day of the local month).

    Raises:
        UnknownMarket, ValueError: as `market_hours` does.
    """
    month = pd.Timestamp(as_of).to_period("M").to_timestamp()
    if as_of.day > 1 and first_month == "next":
        month += pd.DateOffset(months=1)
    last = month + pd.DateOffset(months=n_months) - pd.Timedelta(days=1)
    hours = market_hours(iso, max(month.date(), as_of), last.date(), holidays)
    return hours.assign(delivery_month=hours["market_date"].dt.to_period("M").dt.to_timestamp())


def elapsed_hours(iso: str, hours: pd.DataFrame, holidays: HolidayRule = "nerc") -> pd.DataFrame:
    """Return the hours of the first month before delivery begins; none if it begins with the month.

    Args:
        iso: the ISO.
        hours: what `delivery_hours` returns.
        holidays: as for `delivery_hours`.
    """
    month, first = hours["delivery_month"].min(), hours["market_date"].min()
    if first == month:
        return hours.head(0)
    return market_hours(iso, month.date(), (first - pd.Timedelta(days=1)).date(), holidays)


def count_cells(hours: pd.DataFrame) -> pd.DataFrame:
    """Return the number of hours of each cell: delivery_month, he, block_type, n_hours.

    A month without hours of a cell has no row for it. Both hours of November's HE 2 count.
    """
    counts = hours.groupby(["delivery_month", "he", "block_type"], observed=True).size()
    return counts.rename("n_hours").reset_index()


def quote_weights(hours: pd.DataFrame) -> pd.DataFrame:
    """Return the share of each block in the price of a quote, by month (docs/method.md, "From quotes to
    blocks").

        weights "hours": share = hours of the block / hours of the quote, over the month
        weights "days":  share = mean over the days of that ratio within the day, as off-peak contracts settle

    Days without an hour of the quote do not count.

    Args:
        hours: what `delivery_hours` returns.

    Returns:
        delivery_month, quote (each of QUOTE_BLOCKS), weights ("hours" and "days"), and a column of shares for
        each block; the shares of a row add up to 1.
    """
    days = hours.astype({"block_type": str}).groupby(["delivery_month", "market_date", "block_type"]).size()
    by_day = days.unstack(fill_value=0).reindex(columns=list(BLOCKS), fill_value=0)
    tables = {
        (quote, weights): _shares(by_day[list(covered)], weights)
        for quote, covered in QUOTE_BLOCKS.items()
        for weights in get_args(QuoteWeights)
    }
    table = pd.concat(tables, names=["quote", "weights"]).reindex(columns=list(BLOCKS)).fillna(0.0)
    return table.reset_index()[["delivery_month", "quote", "weights", *BLOCKS]]


def replace_weights(contracts: pd.DataFrame, offpeak_weights: str) -> pd.DataFrame:
    """Return the contracts with the weights of their off-peak quotes replaced.

    Args:
        contracts: hub, quote, weights.
        offpeak_weights: "contract" to keep what each contract says, or "hours" or "days" for all of them.

    Raises:
        ValueError: the weights are not known.
    """
    known = (AS_CONTRACT, *get_args(QuoteWeights))
    if offpeak_weights not in known:
        raise ValueError(f"unknown off-peak weights {offpeak_weights!r}: known are {', '.join(known)}")
    if offpeak_weights == AS_CONTRACT:
        return contracts
    is_off_peak = contracts["quote"] == OFF_PEAK
    return contracts.assign(weights=contracts["weights"].mask(is_off_peak, offpeak_weights))


def _shares(by_day: pd.DataFrame, weights: str) -> pd.DataFrame:
    """Return the share of each column in each month, from the hours of each day."""
    counts = by_day.groupby("delivery_month").sum() if weights == "hours" else by_day
    shares = counts.div(counts.sum(axis=1).where(lambda total: total > 0), axis=0)
    return shares.groupby("delivery_month").mean()
