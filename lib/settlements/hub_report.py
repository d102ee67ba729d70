"""Whether a report has the desk's hubs: what it lacks, with the nearest texts, and a list of all texts."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import groupby

import pandas as pd

from lib.settlements.hubs import Hub, find_missing_hubs, hubs, number_texts
from lib.settlements.texts import normalize

LARGE_REPORT = 1_000
"""From this number of settlements on, a report is whole: a hub that it lacks is an error."""

N_NEAREST = 3
"""How many texts of the report a message names."""

REMEDY = (
    "`epd --list-hubs` lists all texts: write the right one into hub_text or hub_pattern of "
    "lib/reference/ice_hubs.csv, or 0 into is_expected if the hub no longer trades"
)

LISTED = ["hub", "product", "contract", "n_months", "first", "last", "fits"]


class HubsNotFound(Exception):
    """A report of usual size lacks hubs of the desk; the message names them, and the nearest texts."""


def check_hubs(settlements: pd.DataFrame, curves: pd.DataFrame) -> None:
    """Check that a report of usual size has at least one contract of each hub that is expected.

    Args:
        settlements: rows of one trade date.
        curves: what `lib.settlements.hubs.monthly_curves` returns for them.

    Raises:
        HubsNotFound: some hubs are missing.
    """
    lost = describe_lost_hubs(settlements, curves)
    if lost and len(settlements) >= LARGE_REPORT:
        raise HubsNotFound(
            f"{len(settlements):,} settlements, and none of {len(lost)} hubs that the desk needs. "
            f"{' '.join(lost)} {REMEDY}"
        )


def describe_lost_hubs(settlements: pd.DataFrame, curves: pd.DataFrame) -> list[str]:
    """Return a sentence for each expected hub of which no contract has a curve."""
    return [
        f"{name} ({', '.join(hub.block for hub in contracts)}): {_describe(contracts, settlements)}"
        for name, contracts in _find_lost(curves).items()
    ]


def describe_missing(settlements: pd.DataFrame, curves: pd.DataFrame) -> list[str]:
    """Return a sentence for each expected contract without a curve, of hubs that have another."""
    lost = _find_lost(curves)
    return [
        f"no contract fits {hub.label}. {_describe([hub], settlements)}"
        for hub in find_missing_hubs(curves)
        if hub.is_needed and hub.hub not in lost
    ]


def describe_not_needed(curves: pd.DataFrame) -> list[str]:
    """Return a sentence with the contracts without a curve that may be missing; none if all are there."""
    others = [hub.label for hub in find_missing_hubs(curves) if not hub.is_needed]
    return [f"not in the reports, and not needed: {', '.join(others)}"] if others else []


def list_texts(settlements: pd.DataFrame) -> pd.DataFrame:
    """Return the monthly contracts of a report by their texts: LISTED.

    `n_months`, `first` and `last` are months of delivery; `fits` is the contract of the desk that the texts
    fit, such as "NYISO Zone G DA off-peak", or empty.
    """
    monthly = settlements[settlements["strike"].isna() & (settlements["strip"].dt.day == 1)]
    number, texts = number_texts(monthly)
    fitting = [", ".join(hub.label for hub in hubs() if hub.fits(*row)) for row in texts]
    rows = monthly.assign(fits=number.map(pd.Series(fitting, dtype=object)))
    groups = rows.groupby(["hub", "product", "contract", "fits"])["strip"]
    return groups.agg(n_months="nunique", first="min", last="max").reset_index()[LISTED]


def _find_lost(curves: pd.DataFrame) -> dict[str, list[Hub]]:
    """Return the contracts of each expected hub of which none has a curve, by the hub's name."""
    missing = set(find_missing_hubs(curves))
    by_name = {name: list(its) for name, its in groupby(hubs(), lambda hub: hub.hub)}
    return {
        name: contracts
        for name, contracts in by_name.items()
        if any(hub.is_needed for hub in contracts) and missing.issuperset(contracts)
    }


def _describe(contracts: list[Hub], settlements: pd.DataFrame) -> str:
    """Return what was looked for, and the texts of the report that are nearest to it."""
    hub = contracts[0]
    patterns = f" or a text with the pattern {hub.hub_pattern!r}" if hub.hub_pattern else ""
    _, texts = number_texts(settlements)
    codes = {contract.contract for contract in contracts} - {""}
    with_code = settlements[settlements["contract"].isin(codes)]
    named = [
        f"{row.contract} stands at {row.hub!r}, {row.product!r}"
        for row in with_code.drop_duplicates("contract").itertuples()
    ]
    near = [f"{place!r}, {product!r}" for place, product in _nearest(hub.hub_text, texts)]
    return (
        f"HUB must be {hub.hub_text!r}{patterns}, and HUB or PRODUCT must say the block. "
        + "".join(f"The code {text}. " for text in named)
        + (f"Nearest in the report: {'; '.join(near)}." if near else "The report has no texts.")
    )


def _nearest(wanted: str, texts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the texts whose HUB is most like the wanted one, each HUB once."""
    matcher = SequenceMatcher(b=normalize(wanted), autojunk=False)
    scores: dict[str, tuple[float, str]] = {}
    for place, product in texts:
        matcher.set_seq1(normalize(place))
        scores.setdefault(place, (matcher.ratio(), product))
    best = sorted(scores, key=lambda place: -scores[place][0])[:N_NEAREST]
    return [(place, scores[place][1]) for place in best]
