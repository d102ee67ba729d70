"""Which hub's forwards price which zone, what they settle on, and which block comes from which quote.

The rows stand in lib/reference: hub_locations.csv, hub_blocks.csv and zone_hubs.csv. The hubs have the names
that ice_hubs.csv gives them.
"""

from __future__ import annotations

import csv
from functools import cache

import pandas as pd

from lib.markets import REFERENCE, market

ZONE_HUBS = ["iso", "location", "hub", "hub_location", "settlement_market"]

HUB_BLOCKS = ["hub", "block_type", "quote"]


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def zone_hubs(iso: str | None = None) -> pd.DataFrame:
    """Return the hub that prices each zone: iso, location, hub, hub_location, settlement_market.

    `hub_location` is the location that has the hub's own prices, `settlement_market` ("da" or "rt") what its
    forwards settle on.

    Args:
        iso: only this ISO's; None for all.

    Raises:
        UnknownMarket: the ISO is not known.
    """
    if iso is not None:
        market(iso)
    zones = pd.DataFrame(_rows("zone_hubs.csv"))
    hubs = pd.DataFrame(_rows("hub_locations.csv")).rename(columns={"location": "hub_location"})
    placed = zones.merge(hubs, on=["iso", "hub"], how="left", validate="many_to_one")
    its_own = placed if iso is None else placed[placed["iso"] == iso]
    return its_own[ZONE_HUBS].reset_index(drop=True)


def hub_blocks() -> pd.DataFrame:
    """Return the quote that gives the price of each hub's block: hub, block_type, quote.

    A quote is a block or "off-peak". A block that is not among the hours of its quote is modelled from it.
    """
    return pd.DataFrame(_rows("hub_blocks.csv")).rename(columns={"block": "block_type"})[HUB_BLOCKS]


SETTLEMENT_KEY = ("trade_date", "contract", "contract_type", "strip", "strike", "product_id")
"""The columns of a settlement's key; the strike is absent but for options."""
