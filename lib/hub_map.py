"""Which hub's forwards price each zone, which quote gives each block, and the key of a settlement.

The rows are in lib/reference: zone_hubs.csv, hub_locations.csv and hub_blocks.csv. ice_hubs.csv gives the
hubs their names.
"""

from __future__ import annotations

import pandas as pd

from lib.markets import market, read_reference

ZONE_HUBS = ["iso", "location", "hub", "hub_location", "settlement_market"]

HUB_BLOCKS = ["hub", "block_type", "quote"]

SETTLEMENT_KEY = ("trade_date", "contract", "contract_type", "strip", "strike", "product_id")
"""The columns that identify a settlement; only options have a strike."""


def zone_hubs(iso: str | None = None) -> pd.DataFrame:
    """Return the hub that prices each zone: iso, location, hub, hub_location, settlement_market.

    `hub_location` is the location with the hub's own prices. `settlement_market` is "da" or "rt": the prices
    on which the hub's forwards settle.

    Args:
        iso: only this ISO's zones; None for all.

    Raises:
        UnknownMarket: the ISO is not known.
    """
    if iso is not None:
        market(iso)
    zones = pd.DataFrame(read_reference("zone_hubs.csv"))
    hubs = pd.DataFrame(read_reference("hub_locations.csv")).rename(columns={"location": "hub_location"})
    joined = zones.merge(hubs, on=["iso", "hub"], how="left", validate="many_to_one")
    chosen = joined if iso is None else joined[joined["iso"] == iso]
    return chosen[ZONE_HUBS].reset_index(drop=True)


def hub_blocks() -> pd.DataFrame:
    """Return the quote that gives the price of each block of each hub: hub, block_type, quote.

    A quote is a key of `lib.markets.QUOTE_BLOCKS`. A block that its quote does not cover is modelled from it.
    """
    return pd.DataFrame(read_reference("hub_blocks.csv")).rename(columns={"block": "block_type"})[HUB_BLOCKS]
