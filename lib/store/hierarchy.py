"""The seven levels from control area to cost component, and how chosen levels narrow any relation's rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lib.markets import LOCATION_LEVELS
from lib.store.database import Database
from lib.store.query import quote_identifier, read_sql

LEVELS = (*LOCATION_LEVELS, "cost_group", "cost_component")
"""The levels, the highest first: the last two say which cost."""

_ISO_COLUMNS = frozenset({"iso", "market_id"})
_LOCATION_COLUMNS = frozenset({"location", "location_id", "series_id"})
"""Columns by which a location narrows a relation that has neither hierarchy_id nor the level itself."""


def read_hierarchy(db: Database) -> pd.DataFrame:
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


def available_values(hierarchy: pd.DataFrame, chosen: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the values that each level can take, given what is chosen on the other levels.

    Args:
        hierarchy: what `read_hierarchy` returns.
        chosen: level -> value.
    """
    return {
        level: sorted(
            _matching(hierarchy, {other: value for other, value in chosen.items() if other != level})[level]
            .dropna()
            .unique()
        )
        for level in LEVELS
    }


def applicable_levels(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the levels that narrow a relation with these columns; () if none does."""
    if "hierarchy_id" in columns:
        return LEVELS
    by_location: tuple[str, ...] = ()
    if not _LOCATION_COLUMNS.isdisjoint(columns):
        by_location = LOCATION_LEVELS
    elif not _ISO_COLUMNS.isdisjoint(columns):
        by_location = LOCATION_LEVELS[:1]
    return tuple(level for level in LEVELS if level in columns or level in by_location)


def level_conditions(
    hierarchy: pd.DataFrame, chosen: Mapping[str, str], columns: Sequence[str]
) -> tuple[list[str], dict[str, Any]]:
    """Return the SQL conditions by which chosen levels narrow a relation, and their parameters.

    If the relation has hierarchy_id, that narrows it. If not, the levels that are its own columns do, and the
    other levels do through its locations or its ISO. A level that does not apply to it is left out.

    Args:
        hierarchy: what `read_hierarchy` returns.
        chosen: level -> value.
        columns: the relation's columns.
    """
    if "hierarchy_id" in columns and chosen:
        return ['"hierarchy_id" IN :ids'], {"ids": _matching(hierarchy, chosen)["hierarchy_id"].tolist()}
    own = [level for level in chosen if level in columns]
    conditions = [f"{quote_identifier(level)} = :level_{level}" for level in own]
    params: dict[str, Any] = {f"level_{level}": chosen[level] for level in own}
    others = [level for level in applicable_levels(columns) if level in chosen and level not in columns]
    if not others:
        return conditions, params
    locations = _matching(
        hierarchy, {level: value for level, value in chosen.items() if level in LOCATION_LEVELS}
    )
    for name in _narrowing_columns(others, columns):
        key = "location_id" if name == "series_id" else name
        template = _SERIES_CONDITION if name == "series_id" else "{column} IN {values}"
        conditions.append(template.format(column=quote_identifier(name), values=f":locations_{name}"))
        params[f"locations_{name}"] = locations[key].unique().tolist()
    return conditions, params


_SERIES_CONDITION = "{column} IN (SELECT series_id FROM series WHERE location_id IN {values})"


def _narrowing_columns(levels: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the columns by which chosen levels narrow a relation.

    A control area alone narrows by the ISO if it can, because the ISO's hubs belong to no zone.
    """
    iso_columns = [name for name in columns if name in _ISO_COLUMNS]
    if iso_columns and set(levels) == {LOCATION_LEVELS[0]}:
        return iso_columns
    return [*iso_columns, *(name for name in columns if name in _LOCATION_COLUMNS)]


def _matching(hierarchy: pd.DataFrame, chosen: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows that have every chosen value."""
    rows = hierarchy
    for level, value in chosen.items():
        rows = rows[rows[level] == value]
    return rows
