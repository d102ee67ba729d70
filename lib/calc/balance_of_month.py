"""The price of the rest of a month that has begun, from the quote of the month and its settled days.

A monthly contract settles on the mean of its whole month, so a part of it is known when delivery begins
within the month (docs/method.md, "A month that has begun"). For a quote of a hub, in $/MWh:

    rest = (quote - share x settled) / (1 - share)

share is the part of the quote's hours that is settled, or of its days where the contract settles by days.
settled is the mean over that part, in the market on which the hub settles. A day is settled when the history
has the prices of all its hours of the quote; days that are over and not settled yet count to the rest.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.calc.hub_history import PriceHistory
from lib.markets import QUOTE_BLOCKS

BALANCES = ["hub", "quote", "delivery_month", "settlement_price", "share", "settled", "rest"]


def month_balances(
    quotes: pd.DataFrame,
    contracts: pd.DataFrame,
    hubs: pd.DataFrame,
    history: PriceHistory,
    elapsed: pd.DataFrame,
    hours: pd.DataFrame,
) -> pd.DataFrame:
    """Return what is settled of the first month of delivery, and the price of the rest, by quote.

    Args:
        quotes: hub, block, strip, settlement_price ($/MWh).
        contracts: hub, quote, weights ("hours" or "days").
        hubs: hub, hub_location, settlement_market; a row for each hub.
        history: the prices.
        elapsed: the hours of the first month before delivery begins, with the columns of
            `lib.hours.market_hours`; empty if it begins with the month.
        hours: what `lib.calc.delivery.delivery_hours` returns.

    Returns:
        BALANCES: settlement_price, settled and rest in $/MWh, share a fraction; settled is NULL where nothing
        is, rest NULL where no hour of the quote is left.
    """
    if elapsed.empty:
        return pd.DataFrame(columns=BALANCES)
    month = hours["delivery_month"].min()
    left = hours[hours["delivery_month"] == month]
    known = _settlement_prices(history, hubs).reindex(elapsed["interval_start"]).set_axis(elapsed.index)
    current = quotes[quotes["strip"] == month].rename(columns={"block": "quote", "strip": "delivery_month"})
    rows = [
        {**row, **_average_settled_days(known[row["hub"]], elapsed, left, row["quote"], row["weights"])}
        for row in current.merge(contracts, on=["hub", "quote"]).to_dict("records")
    ]
    balances = pd.DataFrame(rows, columns=[*BALANCES[:4], "share", "settled"])
    paid = (balances["share"] * balances["settled"]).where(balances["share"] > 0, 0.0)
    rest = (balances["settlement_price"] - paid) / (1 - balances["share"])
    return balances.assign(rest=rest.where(balances["share"] < 1))[BALANCES]


def quotes_of_rest(quotes: pd.DataFrame, balances: pd.DataFrame) -> pd.DataFrame:
    """Return the quotes with the price of the rest in the place of that of a month that has begun.

    A quote of which no hour is left is left out.
    """
    if balances.empty:
        return quotes
    renamed = balances.rename(columns={"quote": "block", "delivery_month": "strip"})
    found = quotes.merge(renamed[["hub", "block", "strip", "rest"]], on=["hub", "block", "strip"], how="left")
    has_begun = found["strip"].isin(balances["delivery_month"])
    price = found["rest"].where(has_begun, found["settlement_price"])
    return found.assign(settlement_price=price)[price.notna()][quotes.columns].reset_index(drop=True)


def _settlement_prices(history: PriceHistory, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return the prices on which the forwards of each hub settle, by interval_start."""
    da, rt = (prices.reindex(columns=hubs["hub_location"]) for prices in (history.da, history.rt))
    values = np.where(hubs["settlement_market"] == "da", da, rt)
    return pd.DataFrame(values, history.hours["interval_start"], hubs["hub"])


def _average_settled_days(
    prices: pd.Series, elapsed: pd.DataFrame, left: pd.DataFrame, quote: str, weights: str
) -> dict[str, float]:
    """Return the settled share of a quote, and its mean."""
    is_own = elapsed["block_type"].isin(QUOTE_BLOCKS[quote])
    own, days = prices[is_own], elapsed.loc[is_own, "market_date"]
    settled = own[own.notna().groupby(days).transform("all")]
    rest = left[left["block_type"].isin(QUOTE_BLOCKS[quote])]
    if weights == "days":
        daily = settled.groupby(days.loc[settled.index]).mean()
        n_settled, n_all, mean = len(daily), days.nunique() + rest["market_date"].nunique(), daily.mean()
    else:
        n_settled, n_all, mean = len(settled), len(own) + len(rest), settled.mean()
    return {"share": n_settled / n_all if n_all else 1.0, "settled": mean}
