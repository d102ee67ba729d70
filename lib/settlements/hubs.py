"""The hubs whose forwards the desk uses: which settlements are theirs, and the monthly curve of each.

Contracts are found by the texts of a report (`lib.settlements.texts`), in these stages:

1. A settlement fits a contract of lib/reference/ice_hubs.csv if its texts say the contract's block, and its
   place is `hub_text` or has the pattern `hub_pattern`. A contract with a `product_pattern` is compared with
   the whole texts instead, for a product that says its block in other words.
2. If several fit in one month, the first of these rules that tells them apart decides: it has the code in
   `contract`, which is only a hint; it is of 1 MW, or says no size; it has more months. `describe_ambiguous`
   names the others.
3. If no rule decides and their prices differ, none is used: the contract has no curve, and
   `describe_ambiguous` says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property

import pandas as pd

from lib.markets import read_reference
from lib.settlements.texts import normalize, parse_texts

IDENTITY = ["hub", "product", "contract", "contract_type", "product_id"]
"""The columns that identify a futures contract: without a strike it has each strip once."""

CURVE = ["hub", "iso", "block", "contract", "strip", "settlement_price", "net_change"]

_TEXTS = ["hub", "product"]


@dataclass(frozen=True)
class Hub:
    """One contract of a hub: what it settles on, and how its settlements are found.

    Attributes:
        hub, iso, block: the desk's name of the hub, and the quote, such as 5x16 or off-peak.
        location: the location with the hub's own prices; empty if no source has any.
        settlement_market: "da" or "rt".
        weights: "hours" or "days".
        hub_text: HUB as reports usually have it, without the block.
        hub_pattern: a regular expression of its other spellings.
        product_pattern: one of the whole PRODUCT; empty if its words say the block.
        contract: the code that it usually has.
        is_expected: "1" if a report without any contract of the hub is an error.
        note: what is uncertain.
    """

    hub: str
    iso: str
    location: str
    settlement_market: str
    block: str
    weights: str
    hub_text: str
    hub_pattern: str
    product_pattern: str
    contract: str
    is_expected: str
    note: str

    @property
    def label(self) -> str:
        """Hub and block as text."""
        return f"{self.hub} {self.block}"

    @property
    def is_needed(self) -> bool:
        """Whether a report without any contract of the hub is an error."""
        return self.is_expected == "1"

    def fits(self, hub: str, product: str) -> bool:
        """Return whether a settlement with these texts is one of this contract."""
        if self.product_pattern:
            has_product = re.fullmatch(self.product_pattern, normalize(product), re.IGNORECASE)
            return has_product is not None and self._is_place(normalize(hub))
        text = parse_texts(hub, product)
        return text is not None and text.block == self.block and self._is_place(text.place)

    def _is_place(self, text: str) -> bool:
        return text == self._usual_place or self._other_places.fullmatch(text) is not None

    @cached_property
    def _usual_place(self) -> str:
        return normalize(self.hub_text)

    @cached_property
    def _other_places(self) -> re.Pattern[str]:
        return re.compile(self.hub_pattern or "(?!)", re.IGNORECASE)  # (?!) fits nothing


@cache
def hubs() -> tuple[Hub, ...]:
    """Return the contracts of the desk's hubs in the order of lib/reference/ice_hubs.csv."""
    names = [field.name for field in fields(Hub)]
    return tuple(Hub(**{name: row[name] for name in names}) for row in read_reference("ice_hubs.csv"))


def monthly_curves(settlements: pd.DataFrame) -> pd.DataFrame:
    """Return the monthly forward curve of each of the desk's hubs and blocks.

    Args:
        settlements: rows of one trade date, with the columns of `ParsedReport.frame`.

    Returns:
        hub, iso, block, contract, strip (the first of the month), settlement_price and net_change ($/MWh);
        sorted by hub and block as in ice_hubs.csv, then strip, each once. What the reports lack, or what
        nobody can tell apart, has no rows.
    """
    parts = [
        _months(rows, chosen.iloc[0]).assign(hub=hub.hub, iso=hub.iso, block=hub.block)
        for hub, rows, chosen in _found(settlements)
        if _is_decided(rows, chosen)
    ]
    if not parts:
        return settlements.head(0).assign(iso="", block="")[CURVE]
    return pd.concat(parts, ignore_index=True)[CURVE]


def fits_any_hub(settlements: pd.DataFrame, names: Collection[str]) -> pd.Series:
    """Return for each row (hub, product) whether it fits any contract of the named hubs."""
    wanted = [hub for hub in hubs() if hub.hub in names]
    number, texts = number_texts(settlements)
    return number.isin([i for i, row in enumerate(texts) if any(hub.fits(*row) for hub in wanted)])


def number_texts(settlements: pd.DataFrame) -> tuple[pd.Series, list[tuple[str, str]]]:
    """Return the pairs of hub and product, and for each row the number of its pair in that list."""
    number = settlements.groupby(_TEXTS, sort=False).ngroup()
    return number, list(settlements[_TEXTS].drop_duplicates().itertuples(index=False, name=None))


def describe_ambiguous(settlements: pd.DataFrame) -> list[str]:
    """Return a sentence for each hub and block that several contracts or products fit."""
    return [
        f"{hub.label}: {_describe(rows, found)}" for hub, rows, found in _found(settlements) if len(found) > 1
    ]


def find_missing_hubs(curves: pd.DataFrame) -> list[Hub]:
    """Return the contracts of the desk's hubs without a curve."""
    present = set(zip(curves["hub"], curves["block"], strict=True))
    return [hub for hub in hubs() if (hub.hub, hub.block) not in present]


def _found(settlements: pd.DataFrame) -> Sequence[tuple[Hub, pd.DataFrame, pd.DataFrame]]:
    """Return the contracts that any settlement fits: the rows that fit, and their identities, best first."""
    is_monthly = settlements["strike"].isna() & (settlements["strip"].dt.day == 1)
    monthly = settlements[is_monthly].sort_values("strip")
    number, texts = number_texts(monthly)
    found = []
    for hub in hubs():
        rows = monthly[number.isin([i for i, row in enumerate(texts) if hub.fits(*row)])]
        if len(rows):
            found.append((hub, rows, _ranked(rows, hub)))
    return found


def _ranked(rows: pd.DataFrame, hub: Hub) -> pd.DataFrame:
    """Return the identities among the rows with the rank of each (0 is the best); equal ones share a rank."""
    found = rows.groupby(IDENTITY, sort=True)["strip"].nunique().rename("n_months").reset_index()
    sizes = [parse_texts(*row) for row in found[_TEXTS].itertuples(index=False)]
    is_odd = [text is not None and text.size_mw not in (1.0, None) for text in sizes]
    rules = pd.DataFrame(
        {"is_other": found["contract"] != hub.contract, "is_odd": is_odd, "fewer": -found["n_months"]}
    )
    rank = rules.apply(tuple, axis=1).rank(method="dense").astype(int) - 1
    return found.assign(rank=rank).sort_values("rank", kind="stable", ignore_index=True)


def _months(rows: pd.DataFrame, identity: pd.Series) -> pd.DataFrame:
    return rows[(rows[IDENTITY] == identity[IDENTITY]).all(axis=1)]


def _is_decided(rows: pd.DataFrame, found: pd.DataFrame) -> bool:
    """Return whether the best identity is alone, or has the prices of those that share its rank."""
    equals = rows.merge(found[found["rank"] == 0], on=IDENTITY)
    return bool((equals.groupby("strip")["settlement_price"].nunique() == 1).all())


def _describe(rows: pd.DataFrame, found: pd.DataFrame) -> str:
    names = [
        f"{row.contract} (type {row.contract_type}, product {row.product_id}, {row.hub!r} {row.product!r})"
        for row in found.itertuples()
    ]
    if not _is_decided(rows, found):
        return (
            f"{' and '.join(names)} fit with different prices, and nothing tells which is meant, so it has "
            "no curve: put the right one's code into the column contract of lib/reference/ice_hubs.csv"
        )
    return f"{names[0]} is used, by the rules of lib/settlements/hubs.py; left out are {', '.join(names[1:])}"
