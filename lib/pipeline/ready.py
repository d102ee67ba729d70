"""Whether the notebooks have what they show when they are opened: `python -m lib.pipeline.ready`."""

from __future__ import annotations

import sys

from lib import store
from lib.markets import MARKETS
from lib.sources.demo import DemoSource
from lib.store import Database


def is_ready(db: Database) -> bool:
    """Return whether every ISO has both curves in the database."""
    versions = store.read_relation(db, "curve_version", ["curve", "market_id"])
    return len(versions.drop_duplicates()) == 2 * len(MARKETS)


if __name__ == "__main__":
    sys.exit(not is_ready(store.open_database(DemoSource.name)))
