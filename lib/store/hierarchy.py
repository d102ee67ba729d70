"""The seven levels from control area to cost component, and how they narrow the rows of any relation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lib.store.database import Database
from lib.store.read import quoted, read_sql

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

PLACE_LEVELS = LEVELS[:5]
"""Those that say where; the others say what."""


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


def conditions_of(
    hierarchy: pd.DataFrame, chosen: Mapping[str, str], columns: Sequence[str]
) -> tuple[list[str], dict[str, Any]]:
    """Return the SQL conditions, and their parameters, by which chosen levels narrow a relation.

    A relation is narrowed by what it has of the hierarchy: its id, or the levels themselves; else by its
    locations, or its ISO. One that has nothing of it is not narrowed.

    Args:
        hierarchy: what `levels` returns.
        chosen: level -> value.
        columns: the relation's columns.
    """
    if "hierarchy_id" in columns:
        return ['"hierarchy_id" IN :ids'], {"ids": _under(hierarchy, chosen)["hierarchy_id"].tolist()}
    if own := [level for level in chosen if level in columns]:
        return [f"{quoted(name)} = :level_{name}" for name in own], {f"level_{n}": chosen[n] for n in own}
    places = _under(hierarchy, {level: value for level, value in chosen.items() if level in PLACE_LEVELS})
    conditions, params = [], {}
    for name in ("iso", "market_id", "location", "location_id"):
        if name in columns:
            conditions.append(f"{quoted(name)} IN :places_{name}")
            params[f"places_{name}"] = places[name].unique().tolist()
    if "series_id" in columns:
        conditions.append("series_id IN (SELECT series_id FROM series WHERE location_id IN :places_series)")
        params["places_series"] = places["location_id"].unique().tolist()
    return conditions, params


def _under(hierarchy: pd.DataFrame, chosen: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows that have every chosen value."""
    rows = hierarchy
    for level, value in chosen.items():
        rows = rows[rows[level] == value]
    return rows
