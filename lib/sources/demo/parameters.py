"""The parameters of the simulated markets and zones: two tables, and a few dates that all of them share.

A market or zone without a row in the tables takes the row named `*`, so a new one can be simulated at once.

markets.csv: weather_region (markets of one region share their weather), latitude and longitude (degrees, for
the sun), price_usd ($/MWh at an ordinary net load), winter_gas (how far fuel rises with cold), wind_share and
solar_share (of mean load), steepness (of the supply stack), volatility (of the spread, as a fraction of the
price), spike_threshold (standard deviations), price_floor and price_cap ($/MWh).

zones.csv: load_area (zones of one area share one load), load_mw (mean), temperature and swing (deg C, mean
and half the difference of July and January), heating and cooling (fraction of load per deg C), bias and error
(of the day-ahead load, fractions of load), price_level (of the system price), congestion (fraction of the
price), wind_trap (how far wind lowers the local price).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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


@dataclass(frozen=True)
class ColdSnap:
    """Days on which a region is colder than its season, by `degrees` C."""

    weather_region: str
    first_day: date
    last_day: date
    degrees: float


COLD_SNAPS = (
    ColdSnap("texas", date(2021, 2, 14), date(2021, 2, 20), 15.0),
    ColdSnap("midwest", date(2021, 2, 13), date(2021, 2, 18), 9.0),
    ColdSnap("east", date(2022, 12, 23), date(2022, 12, 25), 12.0),
    ColdSnap("midwest", date(2022, 12, 22), date(2022, 12, 25), 13.0),
    ColdSnap("east", date(2025, 1, 20), date(2025, 1, 23), 8.0),
    ColdSnap("texas", date(2024, 1, 14), date(2024, 1, 17), 9.0),
)


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
