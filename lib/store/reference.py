"""Copy lib/reference to the database: markets, locations, cost components, hierarchy and hubs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from lib.hub_map import zone_hubs
from lib.markets import COST_COMPONENTS, MARKETS, locations


def reference_checksum() -> str:
    """Return the SHA-256 of the reference data that the database has a copy of."""
    everything = [
        *map(astuple, MARKETS.values()),
        *map(astuple, locations()),
        *map(astuple, COST_COMPONENTS),
        *zone_hubs().to_numpy().tolist(),
    ]
    return hashlib.sha256(json.dumps(everything).encode()).hexdigest()


def sync_reference(cursor: Cursor) -> None:
    """Add and correct reference data in the caller's transaction; ids stay, and nothing is deleted."""
    _upsert(cursor, "market", ("market_id",), [asdict(market) for market in MARKETS.values()])
    _upsert(cursor, "location", ("market_id", "name"), _location_rows())
    _upsert(cursor, "cost_component", ("cost_group", "cost_component"), _component_rows())
    cursor.execute("""
        INSERT INTO vlr_hierarchy (location_id, component_id)
        SELECT location_id, component_id FROM location, cost_component WHERE kind = 'zone'
        EXCEPT SELECT location_id, component_id FROM vlr_hierarchy
        ORDER BY location_id, component_id
    """)
    cursor.execute("DELETE FROM hub_map")  # the preferences of a zone change together
    _upsert(cursor, "hub_map", ("location_id", "preference"), _hub_rows(cursor))
    for iso in MARKETS:
        cursor.execute("SELECT add_market(%s)", (iso,))
    cursor.execute("UPDATE database_identity SET reference_checksum = %s", (reference_checksum(),))


def _location_rows() -> list[dict[str, Any]]:
    names = ("name", "kind", "control_area", "state", "load_zone", "capacity_zone", "utility", "is_hub")
    return [
        {"market_id": MARKETS[one.iso].market_id, **{name: getattr(one, name) for name in names}}
        for one in locations()
    ]


def _hub_rows(cursor: Cursor) -> list[dict[str, Any]]:
    cursor.execute("SELECT iso, location.name, location_id FROM location JOIN market USING (market_id)")
    ids = {(iso, name): location_id for iso, name, location_id in cursor.fetchall()}
    return [
        {
            "location_id": ids[row.iso, row.location],
            "preference": row.preference,
            "hub": row.hub,
            "hub_location_id": ids[row.iso, row.hub_location] if row.hub_location else None,
            "settlement_market": row.settlement_market,
        }
        for row in zone_hubs().itertuples()
    ]


def _component_rows() -> list[dict[str, Any]]:
    renamed = {"relation": "relation_name", "column": "column_name"}
    return [{renamed.get(k, k): v for k, v in asdict(component).items()} for component in COST_COMPONENTS]


def _upsert(cursor: Cursor, table: str, key: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(rows[0])
    identifiers = sql.SQL(", ").join
    statement = sql.SQL("INSERT INTO {} ({}) VALUES %s ON CONFLICT ({}) DO UPDATE SET {}").format(
        sql.Identifier(table),
        identifiers(map(sql.Identifier, columns)),
        identifiers(map(sql.Identifier, key)),
        identifiers(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column))
            for column in columns
            if column not in key
        ),
    )
    execute_values(cursor, statement, [tuple(row.values()) for row in rows], page_size=len(rows))
