"""Whether the notebooks have what they show when they are opened: `python -m lib.pipeline.ready`."""

from __future__ import annotations

import sys

from lib import store
from lib.markets import MARKETS
from lib.sources.demo import DemoSource
from lib.store import Database


def is_ready(db: Database) -> bool:
    """Return whether the database has every curve of every ISO, and settlements."""
    versions = store.read_relation(db, "curve_version", ["curve", "market_id"])
    curves = set(store.CURVE_OF_TABLE.values())
    has_curves = len(versions.drop_duplicates()) == len(curves) * len(MARKETS)
    return has_curves and store.last_trade_date(db) is not None


if __name__ == "__main__":
    sys.exit(not is_ready(store.open_database(DemoSource.name)))
