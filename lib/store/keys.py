"""From the names people use to the keys of the tables."""

from __future__ import annotations

import pandas as pd
from adbc_driver_postgresql import dbapi

from lib.markets import BLOCKS
from lib.store.bulk import InvalidValues
from lib.store.query import fetch, to_frame

BLOCK_IDS = {block: i for i, block in enumerate(BLOCKS, start=1)}
"""block_id of each block, as the table block has them."""


def block_ids(block_type: pd.Series) -> pd.Series:
    """Return the block_id of each block_type.

    Raises:
        InvalidValues: a block is unknown.
    """
    ids = block_type.astype(object).map(BLOCK_IDS)
    if ids.isna().any():
        raise InvalidValues(
            f"unknown block {block_type[ids.isna()].iloc[0]!r}: known are {', '.join(BLOCKS)}"
        )
    return ids.astype("int16")


def location_ids(connection: dbapi.Connection, iso: str, location: pd.Series) -> pd.Series:
    """Return the location_id of each location's name.

    Raises:
        InvalidValues: the ISO has no location of a name.
    """
    sql = "SELECT location.name, location_id FROM location JOIN market USING (market_id) WHERE iso = :iso"
    known = to_frame(fetch(connection, sql, {"iso": iso})).set_index("name")["location_id"]
    ids = location.astype(object).map(known)
    if ids.isna().any():
        raise InvalidValues(f"{iso} has no location {location[ids.isna()].iloc[0]!r}")
    return ids.astype("int16")
