"""Which hubs' forwards can price each zone, what each contract settles on, and the key of a settlement.

The rows are in lib/reference. ice_hubs.csv has a row for each contract of the desk's hubs, and zone_hubs.csv
the hubs of each zone in order of preference. quotes.csv (`lib.markets.QUOTE_BLOCKS`) has the blocks that a
quote covers, also in order of preference.
"""

from __future__ import annotations

import pandas as pd

from lib.markets import market, read_reference

ZONE_HUBS = ["iso", "location", "preference", "hub", "hub_location", "settlement_market"]

HUBS = ["hub", "iso", "hub_location", "settlement_market"]

CONTRACTS = ["hub", "quote", "weights"]

SETTLEMENT_KEY = ("trade_date", "contract", "contract_type", "strip", "strike", "product_id")
"""The columns that identify a settlement; only options have a strike."""


def zone_hubs(iso: str | None = None) -> pd.DataFrame:
    """Return the hubs that can price each zone: ZONE_HUBS, by zone and preference (1 is the first choice).

    `hub_location` is the location with the hub's own prices; None if no source has any. `settlement_market`
    is "da" or "rt": the prices on which the hub's forwards settle.

    Args:
        iso: only this ISO's zones; None for all.

    Raises:
        UnknownMarket: the ISO is not known.
    """
    if iso is not None:
        market(iso)
    zones = pd.DataFrame(read_reference("zone_hubs.csv")).astype({"preference": int})
    joined = zones.merge(_hubs(), on=["iso", "hub"], how="left", validate="many_to_one")
    chosen = joined if iso is None else joined[joined["iso"] == iso]
    return chosen[ZONE_HUBS].reset_index(drop=True)


def hub_contracts() -> pd.DataFrame:
    """Return the contracts of each hub: hub, quote, weights.

    A quote is a key of `lib.markets.QUOTE_BLOCKS`. `weights` is "hours" if the contract settles on the mean
    over hours, "days" if on the mean of daily means.
    """
    return _rows().rename(columns={"block": "quote"})[CONTRACTS]


def _rows() -> pd.DataFrame:
    rows = pd.DataFrame(read_reference("ice_hubs.csv"))
    return rows.assign(location=rows["location"].where(rows["location"] != "", None))


def _hubs() -> pd.DataFrame:
    rows = _rows().rename(columns={"location": "hub_location"})
    return rows.drop_duplicates("hub")[HUBS]
