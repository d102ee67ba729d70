"""The parameters of the simulated markets and zones: four tables, and what all of them share.

A market or zone without a row in the tables takes the row named `*`, so a new one can be simulated at once.

markets.csv: weather_region (markets of one region share their weather), latitude and longitude (degrees, for
the sun), price_usd ($/MWh at an ordinary net load), winter_gas (how far fuel rises with cold), wind_share and
solar_share (of mean load), steepness (of the supply stack), scarcity_usd (what is paid for scarcity in an
ordinary hour, $/MWh) and scarcity_from (net load at which that doubles), volatility (of the spread, as a
fraction of the price), spike_threshold (standard deviations), price_floor ($/MWh).

price_caps.csv: price_cap ($/MWh) from first_day on.

cold_snaps.csv: days on which a weather_region is colder than its season by `degrees` C, with frozen_supply
(supply that fails, as a fraction of mean load).

zones.csv: load_area (zones of one area share one load), load_mw (mean), temperature and swing (deg C, mean
and half the difference of July and January), heating and cooling (fraction of load per deg C), bias and error
(of the day-ahead load, fractions of load), price_level (of the system price), congestion (fraction of the
price), wind_trap (how far wind lowers the local price).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_HERE = Path(__file__).parent
_ANY = "*"

FUEL_BY_YEAR = {2020: 0.85, 2021: 1.05, 2022: 1.75, 2023: 0.95, 2024: 0.88, 2025: 1.10, 2026: 1.10}
"""Fuel cost in the middle of a year, relative to an ordinary one: 2022 was dear."""

LOAD_GROWTH_PER_YEAR = 0.012
GROWTH_BASE_YEAR = 2023


@cache
def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(_HERE / name, keep_default_na=False, na_values=[""])


@cache
def market_parameters(iso: str) -> dict[str, Any]:
    """Return the row of markets.csv for an ISO, or the row `*` with the ISO's name as its weather region."""
    rows = _table("markets.csv").set_index("iso")
    if iso in rows.index:
        return rows.loc[iso].to_dict()
    return {**rows.loc[_ANY].to_dict(), "weather_region": iso}


def zone_parameters(iso: str, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return each column of zones.csv as an array over the named locations, filled from the row `*`.

    `load_area` is the location itself where the table names none.
    """
    rows = _table("zones.csv").set_index(["iso", "location"])
    found = rows.reindex([(iso, name) for name in names])
    found["load_area"] = found["load_area"].fillna(pd.Series(names, index=found.index))
    return {name: column.to_numpy() for name, column in found.fillna(rows.loc[(_ANY, _ANY)]).items()}


@cache
def cold_snaps(weather_region: str) -> pd.DataFrame:
    """Return the cold snaps of a region: first_day, last_day, degrees, frozen_supply."""
    rows = _table("cold_snaps.csv").astype({"first_day": "datetime64[us]", "last_day": "datetime64[us]"})
    return rows[rows["weather_region"] == weather_region]


def price_caps(iso: str, days: np.ndarray) -> np.ndarray:
    """Return the price cap of a market on each of the days (datetime64), $/MWh."""
    rows = _table("price_caps.csv")
    own = rows[rows["iso"] == (iso if iso in set(rows["iso"]) else _ANY)]
    latest = np.searchsorted(own["first_day"].to_numpy("datetime64[us]"), days, side="right") - 1
    return own["price_cap"].to_numpy(dtype=float)[latest]
