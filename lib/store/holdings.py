"""How much of its series the database holds: how many hours, and up to when."""

from __future__ import annotations

import pandas as pd

from lib.markets import MEASURES, market
from lib.store.database import Database
from lib.store.query import read_sql


def count_hours(
    db: Database, iso: str, measure: str, first: pd.Timestamp, last: pd.Timestamp
) -> dict[int, int]:
    """Return how many hours are stored from the first to the last (UTC starts), by series_id."""
    counted = read_sql(
        db,
        f"""
        SELECT series_id, count(*) AS n FROM {MEASURES[measure].table}
        WHERE market_id = :market_id AND interval_start BETWEEN :first AND :last
        GROUP BY series_id
        """,
        {"market_id": market(iso).market_id, "first": first, "last": last},
    )
    return dict(zip(counted["series_id"], counted["n"], strict=True))


def last_hours(db: Database, iso: str) -> pd.Series:
    """Return the UTC start of the last stored hour of each series of an ISO, by series_id; NaT for none."""
    # An aggregate over all rows would read all of them; one look into the index for each series does.
    latest = " UNION ALL ".join(
        f"""
        SELECT series_id, (SELECT max(interval_start) FROM {fact.table}
                           WHERE market_id = :market_id AND series_id = series.series_id) AS last
        FROM series JOIN location USING (location_id)
        WHERE market_id = :market_id AND measure = '{fact.name}'
        """
        for fact in MEASURES.values()
    )
    return read_sql(db, latest, {"market_id": market(iso).market_id}).set_index("series_id")["last"]
