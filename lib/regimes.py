"""Regimes: the rules of a market from a day on; a history that spans a change mixes two of them.

A change is a row of lib/reference/regimes.csv: ISO, first local day, name of what began, and who says so. No
number is corrected for it: the pages say that a window spans it, and show both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lib.markets import market, read_reference


@dataclass(frozen=True)
class Regime:
    """What began in a market on a local day, and who says so."""

    iso: str
    date: date
    name: str
    source: str


def market_regimes(iso: str) -> tuple[Regime, ...]:
    """Return the changes of an ISO's rules, the oldest first.

    Raises:
        UnknownMarket: the ISO is not known.
    """
    market(iso)
    found = [
        Regime(row["iso"], date.fromisoformat(row["date"]), row["regime"], row["source"])
        for row in read_reference("regimes.csv")
        if row["iso"] == iso
    ]
    return tuple(sorted(found, key=lambda regime: regime.date))


def regimes_between(iso: str, start: date, end: date) -> tuple[Regime, ...]:
    """Return the changes that have days of start to end, both included, on both sides."""
    return tuple(regime for regime in market_regimes(iso) if start < regime.date <= end)
