"""The hubs whose forwards the desk uses: which contract of the reports is meant, and its monthly curve."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

_REFERENCE = Path(__file__).parents[1] / "reference" / "ice_hubs.csv"

CURVE = ["hub", "iso", "block", "contract", "strip", "settlement_price", "net_change"]


@dataclass(frozen=True)
class Hub:
    """One block of a hub: its contract's code or, where none is known, patterns of hub and product."""

    hub: str
    iso: str
    block: str
    contract: str
    hub_pattern: str
    product_pattern: str
    note: str

    @property
    def label(self) -> str:
        """Hub and block, as people say it."""
        return f"{self.hub} {self.block}"


@cache
def hubs() -> tuple[Hub, ...]:
    """Return the desk's hubs in the order of lib/reference/ice_hubs.csv."""
    with _REFERENCE.open(encoding="utf-8", newline="") as file:
        return tuple(Hub(**row) for row in csv.DictReader(file))


def monthly_curves(settlements: pd.DataFrame) -> pd.DataFrame:
    """Return the monthly forward curve of each of the desk's hubs and blocks.

    Where patterns fit several contracts, that with the most months is taken, the first by name among equals.

    Args:
        settlements: rows of one trade date, as `parse` has them.

    Returns:
        hub, iso, block, contract, strip (the first of the month), settlement_price and net_change ($/MWh);
        by hub and block as in ice_hubs.csv, and strip. What is not in the reports has no rows.
    """
    is_monthly = settlements["strike"].isna() & (settlements["strip"].dt.day == 1)
    monthly = settlements[is_monthly].sort_values("strip")
    parts = [
        _contract(monthly, hub).assign(hub=hub.hub, iso=hub.iso, block=hub.block)[CURVE] for hub in hubs()
    ]
    return pd.concat(parts, ignore_index=True)


def absent(curves: pd.DataFrame) -> list[Hub]:
    """Return which of the desk's hubs and blocks have no curve."""
    present = set(zip(curves["hub"], curves["block"], strict=True))
    return [hub for hub in hubs() if (hub.hub, hub.block) not in present]


def _contract(monthly: pd.DataFrame, hub: Hub) -> pd.DataFrame:
    """Return the rows of the contract that is meant."""
    if hub.contract:
        return monthly[monthly["contract"] == hub.contract]
    is_meant = _has(monthly["hub"], hub.hub_pattern) & _has(monthly["product"], hub.product_pattern)
    fitting = monthly[is_meant]
    if fitting.empty:
        return fitting
    n_months = fitting.groupby("contract")["strip"].nunique()
    return fitting[fitting["contract"] == n_months.idxmax()]


def _has(text: pd.Series, pattern: str) -> pd.Series:
    unique = pd.Series(text.unique(), dtype=object)
    return text.isin(unique[unique.str.contains(pattern, case=False)])
