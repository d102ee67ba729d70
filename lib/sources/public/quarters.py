"""Hourly prices from those of quarter hours: the mean of all four, or nothing."""

from __future__ import annotations

import pandas as pd

from lib.sources.tally import Tally

QUARTERS_OF_AN_HOUR = 4


def hourly_means(quarters: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """Return the mean of each hour's four quarters; an hour that lacks one is left out and counted.

    A quarter that came twice with one price counts once; with two prices its hour has no mean.

    Args:
        quarters: location, interval_start (UTC start of the quarter hour), value ($/MWh, or text as it came).
        tally: where hours without a mean are counted.

    Returns:
        location, interval_start (UTC start of the hour), value ($/MWh), sorted by both.
    """
    distinct = quarters.drop_duplicates(["location", "interval_start", "value"])
    prices = pd.to_numeric(distinct["value"], errors="coerce").astype("float64")
    hours = distinct["interval_start"].dt.floor("h")
    grouped = prices.groupby([distinct["location"], hours])
    summary = pd.DataFrame(
        {
            "value": grouped.mean(),
            "n_prices": grouped.count(),
            "n_rows": grouped.size(),
            "n_quarters": distinct["interval_start"].groupby([distinct["location"], hours]).nunique(),
        }
    ).reset_index()
    counts = summary[["n_prices", "n_rows", "n_quarters"]]
    complete = tally.reject(
        summary,
        (counts != QUARTERS_OF_AN_HOUR).any(axis=1),
        "incomplete_hour",
        lambda bad: f"{len(bad)} hours lack one price for each of their four quarters; none has a mean",
    )
    return complete[["location", "interval_start", "value"]].reset_index(drop=True)
