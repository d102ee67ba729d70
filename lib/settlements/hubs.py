"""The hubs whose forwards the desk uses: which contract of the reports is meant, and its monthly curve."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

_REFERENCE = Path(__file__).parents[1] / "reference" / "ice_hubs.csv"

IDENTITY = ("contract", "contract_type", "product_id")
"""What has each strip once, when there is no strike."""

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

    Of several contracts or products that fit, that with the most months is taken, the first by name among
    equals; `passed_over` names the others. So a hub and block has each month once.

    Args:
        settlements: rows of one trade date, as `parse` has them.

    Returns:
        hub, iso, block, contract, strip (the first of the month), settlement_price and net_change ($/MWh);
        by hub and block as in ice_hubs.csv, and strip. What is not in the reports has no rows.
    """
    monthly = _monthly(settlements)
    parts = [
        _curve(_fitting(monthly, hub)).assign(hub=hub.hub, iso=hub.iso, block=hub.block) for hub in hubs()
    ]
    return pd.concat(parts, ignore_index=True)[CURVE]


def contracts_of(names: Collection[str]) -> list[str] | None:
    """Return the contracts of hubs; None where one is known by texts only, so that any may be meant."""
    codes = [hub.contract for hub in hubs() if hub.hub in names]
    return codes if all(codes) else None


def fits_any(settlements: pd.DataFrame, names: Collection[str]) -> pd.Series:
    """Return of each row (contract, hub, product) whether some block of the named hubs may be meant by it."""
    fitting = [_fitting(settlements, hub).index for hub in hubs() if hub.hub in names]
    return pd.Series(settlements.index.isin([row for rows in fitting for row in rows]), settlements.index)


def passed_over(settlements: pd.DataFrame) -> list[str]:
    """Return a sentence for each hub and block that other contracts or products fit than the one drawn."""
    monthly = _monthly(settlements)
    found = [(hub, _months(_fitting(monthly, hub))) for hub in hubs()]
    return [
        f"{hub.label}: {_named(n_months.index[0])} is drawn, which has the most months; not drawn are "
        + ", ".join(map(_named, n_months.index[1:]))
        for hub, n_months in found
        if len(n_months) > 1
    ]


def absent(curves: pd.DataFrame) -> list[Hub]:
    """Return which of the desk's hubs and blocks have no curve."""
    present = set(zip(curves["hub"], curves["block"], strict=True))
    return [hub for hub in hubs() if (hub.hub, hub.block) not in present]


def _monthly(settlements: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that may be months of a future, by strip."""
    is_monthly = settlements["strike"].isna() & (settlements["strip"].dt.day == 1)
    return settlements[is_monthly].sort_values("strip")


def _fitting(monthly: pd.DataFrame, hub: Hub) -> pd.DataFrame:
    """Return the rows of all contracts that may be meant."""
    if hub.contract:
        return monthly[monthly["contract"] == hub.contract]
    return monthly[_has(monthly["hub"], hub.hub_pattern) & _has(monthly["product"], hub.product_pattern)]


def _curve(fitting: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of what has the most months."""
    if fitting.empty:
        return fitting
    meant = _months(fitting).index[0]
    return fitting[(fitting[list(IDENTITY)] == meant).all(axis=1)]


def _months(fitting: pd.DataFrame) -> pd.Series:
    """Return how many months each contract and product has, the most first."""
    n_months = fitting.groupby(list(IDENTITY))["strip"].nunique()
    return n_months.sort_values(ascending=False, kind="stable")


def _named(identity: tuple[str, ...]) -> str:
    contract, kind, product = identity
    return f"{contract} (type {kind}, product {product})"


def _has(text: pd.Series, pattern: str) -> pd.Series:
    unique = pd.Series(text.unique(), dtype=object)
    return text.isin(unique[unique.str.contains(pattern, case=False)])
