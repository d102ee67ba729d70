"""The hubs whose forwards the desk uses: the futures contract of each, and its monthly curve."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

_REFERENCE = Path(__file__).parents[1] / "reference" / "ice_hubs.csv"

IDENTITY = ("contract", "contract_type", "product_id")
"""The columns that identify a futures contract: without a strike it has each strip once."""

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
        """Hub and block as text."""
        return f"{self.hub} {self.block}"


@cache
def hubs() -> tuple[Hub, ...]:
    """Return the desk's hubs in the order of lib/reference/ice_hubs.csv."""
    with _REFERENCE.open(encoding="utf-8", newline="") as file:
        return tuple(Hub(**row) for row in csv.DictReader(file))


def monthly_curves(settlements: pd.DataFrame) -> pd.DataFrame:
    """Return the monthly forward curve of each of the desk's hubs and blocks.

    If several contracts or products fit, the one with the most months is taken, the first by name among
    equals; `describe_ambiguous` names the others. So a hub and block has each month once.

    Args:
        settlements: rows of one trade date, with the columns of `ParsedReport.frame`.

    Returns:
        hub, iso, block, contract, strip (the first of the month), settlement_price and net_change ($/MWh);
        sorted by hub and block as in ice_hubs.csv, then strip. What the reports lack has no rows.
    """
    monthly = _monthly(settlements)
    parts = [
        _curve(_fitting(monthly, hub)).assign(hub=hub.hub, iso=hub.iso, block=hub.block) for hub in hubs()
    ]
    return pd.concat(parts, ignore_index=True)[CURVE]


def contract_codes(names: Collection[str]) -> list[str] | None:
    """Return the codes of the hubs' contracts; None if one is known by patterns only, so that any may fit."""
    codes = [hub.contract for hub in hubs() if hub.hub in names]
    return codes if all(codes) else None


def fits_any_hub(settlements: pd.DataFrame, names: Collection[str]) -> pd.Series:
    """Return for each row (contract, hub, product) whether it fits any block of the named hubs."""
    fitting = [_fitting(settlements, hub).index for hub in hubs() if hub.hub in names]
    return pd.Series(settlements.index.isin([row for rows in fitting for row in rows]), settlements.index)


def describe_ambiguous(settlements: pd.DataFrame) -> list[str]:
    """Return a sentence for each hub and block that several contracts or products fit."""
    monthly = _monthly(settlements)
    found = [(hub, _months(_fitting(monthly, hub))) for hub in hubs()]
    return [
        f"{hub.label}: {_named(n_months.index[0])} is drawn, which has the most months; not drawn are "
        + ", ".join(map(_named, n_months.index[1:]))
        for hub, n_months in found
        if len(n_months) > 1
    ]


def find_missing_hubs(curves: pd.DataFrame) -> list[Hub]:
    """Return the desk's hubs and blocks without a curve."""
    present = set(zip(curves["hub"], curves["block"], strict=True))
    return [hub for hub in hubs() if (hub.hub, hub.block) not in present]


def _monthly(settlements: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that may be months of a futures contract, by strip."""
    is_monthly = settlements["strike"].isna() & (settlements["strip"].dt.day == 1)
    return settlements[is_monthly].sort_values("strip")


def _fitting(monthly: pd.DataFrame, hub: Hub) -> pd.DataFrame:
    """Return the rows of all contracts that fit a hub."""
    if hub.contract:
        return monthly[monthly["contract"] == hub.contract]
    return monthly[_has(monthly["hub"], hub.hub_pattern) & _has(monthly["product"], hub.product_pattern)]


def _curve(fitting: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the contract with the most months."""
    if fitting.empty:
        return fitting
    chosen = _months(fitting).index[0]
    return fitting[(fitting[list(IDENTITY)] == chosen).all(axis=1)]


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
