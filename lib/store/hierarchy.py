"""The seven levels from control area to cost component, and how they narrow the rows of any relation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lib.markets import MARKETS
from lib.store.database import Database
from lib.store.query import UnknownRelation, quoted, read_sql

LEVELS = (
    "control_area",
    "state",
    "load_zone",
    "capacity_zone",
    "utility",
    "cost_group",
    "cost_component",
)
"""The levels, the highest first."""

LOCATION_LEVELS = LEVELS[:5]
"""Those that say where; the others say what."""

_ISOS = frozenset({"iso", "market_id"})
_PLACES = frozenset({"location", "location_id", "series_id"})
"""Columns by which places narrow a relation that has neither the hierarchy's id nor the level itself."""

_IN_PLACES = {
    "series_id": "series_id IN (SELECT series_id FROM series WHERE location_id IN :places_series_id)"
}


def levels(db: Database) -> pd.DataFrame:
    """Return the hierarchy: a row for each cost component of each zone.

    Returns:
        hierarchy_id, market_id, iso, location_id, location, the LEVELS, uom; by ISO, zone and component.
    """
    return read_sql(
        db,
        """
        SELECT hierarchy_id, market_id, iso, location_id, location.name AS location, control_area, state,
               load_zone, capacity_zone, utility, cost_group, cost_component, uom
        FROM vlr_hierarchy
        JOIN location USING (location_id)
        JOIN market USING (market_id)
        JOIN cost_component USING (component_id)
        ORDER BY market_id, location_id, component_id
        """,
    )


def choices(hierarchy: pd.DataFrame, chosen: Mapping[str, str]) -> dict[str, list[str]]:
    """Return for each level what can be chosen, given what is chosen on the other levels.

    Args:
        hierarchy: what `levels` returns.
        chosen: level -> value.
    """
    return {
        level: sorted(
            _under(hierarchy, {other: value for other, value in chosen.items() if other != level})[level]
            .dropna()
            .unique()
        )
        for level in LEVELS
    }


def applicable_levels(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the levels that narrow a relation with these columns; () where none does."""
    if "hierarchy_id" in columns:
        return LEVELS
    by_place: tuple[str, ...] = ()
    if not _PLACES.isdisjoint(columns):
        by_place = LOCATION_LEVELS
    elif not _ISOS.isdisjoint(columns):
        by_place = LOCATION_LEVELS[:1]
    return tuple(level for level in LEVELS if level in columns or level in by_place)


def level_conditions(
    hierarchy: pd.DataFrame, chosen: Mapping[str, str], columns: Sequence[str]
) -> tuple[list[str], dict[str, Any]]:
    """Return the SQL conditions, and their parameters, by which chosen levels narrow a relation.

    A relation is narrowed by what it has of the hierarchy: its id, or the levels themselves; else by its
    locations, or its ISO. Levels that do not narrow it are left out.

    Args:
        hierarchy: what `levels` returns.
        chosen: level -> value.
        columns: the relation's columns.
    """
    if "hierarchy_id" in columns and chosen:
        return ['"hierarchy_id" IN :ids'], {"ids": _under(hierarchy, chosen)["hierarchy_id"].tolist()}
    own = [level for level in chosen if level in columns]
    conditions = [f"{quoted(level)} = :level_{level}" for level in own]
    params: dict[str, Any] = {f"level_{level}": chosen[level] for level in own}
    others = [level for level in applicable_levels(columns) if level in chosen and level not in columns]
    if not others:
        return conditions, params
    places = _under(hierarchy, {level: value for level, value in chosen.items() if level in LOCATION_LEVELS})
    for name in _place_columns(others, columns):
        key = "location_id" if name == "series_id" else name
        conditions.append(_IN_PLACES.get(name, f"{quoted(name)} IN :places_{name}"))
        params[f"places_{name}"] = places[key].unique().tolist()
    return conditions, params


def _place_columns(chosen: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the columns by which chosen places narrow a relation.

    A control area alone narrows by the ISO where it can, for the ISO's hubs are in no zone.
    """
    isos = [name for name in columns if name in _ISOS]
    if isos and set(chosen) == {LOCATION_LEVELS[0]}:
        return isos
    return [*isos, *(name for name in columns if name in _PLACES)]


def _under(hierarchy: pd.DataFrame, chosen: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows that have every chosen value."""
    rows = hierarchy
    for level, value in chosen.items():
        rows = rows[rows[level] == value]
    return rows


def relations(db: Database) -> pd.DataFrame:
    """Return every table and view.

    Returns:
        relation, kind ("table" or "view"), iso (None where it is not of one), comment, n_rows (an estimate;
        NULL for a view and for a table never counted); by name.
    """
    found = read_sql(db, _RELATIONS)
    names = found["relation"].str.split("_").map(set)
    owner = {iso.lower(): iso for iso in MARKETS}
    found.insert(2, "iso", [next((owner[part] for part in owner if part in name), None) for name in names])
    return found


def columns(db: Database, relation: str) -> pd.DataFrame:
    """Return the columns of a relation: column, type, comment; in their order.

    Raises:
        UnknownRelation: there is none of the name.
    """
    found = read_sql(db, _COLUMNS, {"relation": relation})
    if found.empty:
        raise UnknownRelation(f"there is no table or view {relation!r}")
    return found


_RELATIONS = """
    SELECT relname AS relation, CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind,
           obj_description(pg_class.oid, 'pg_class') AS comment,
           CASE relkind
               WHEN 'v' THEN NULL
               WHEN 'p' THEN (SELECT sum(nullif(part.reltuples, -1)) FROM pg_inherits
                              JOIN pg_class part ON part.oid = inhrelid WHERE inhparent = pg_class.oid)
               ELSE nullif(reltuples, -1)
           END::float8 AS n_rows
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
    ORDER BY relname
"""

_COLUMNS = """
    SELECT attname AS column, format_type(atttypid, atttypmod) AS type,
           col_description(attrelid, attnum) AS comment
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND relname = :relation
      AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""
