"""One market and local year of the simulated market: the unit of simulation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from lib.markets import locations
from lib.sources.demo.loads import simulate_loads
from lib.sources.demo.parameters import zone_parameters
from lib.sources.demo.prices import day_ahead_energy, simulate_system, within_limits
from lib.sources.demo.scene import Scene, open_scene
from lib.sources.demo.spread import real_time_prices
from lib.sources.demo.weather import simulate_weather

CACHED_YEARS = 12
"""Enough to simulate a ten-year window once for all four measures; a year of a large market takes 6 MB."""

HUB_OFFSET_UP_TO = 150.0
"""$/MWh up to which a hub's difference to its zones grows with the price: scarcity is the same everywhere."""


@dataclass(frozen=True)
class MarketYear:
    """UTC starts of the hours; by measure the locations it has and their values, hours x locations."""

    interval_start: pd.DatetimeIndex
    locations: dict[str, tuple[str, ...]]
    values: dict[str, np.ndarray]


@lru_cache(maxsize=CACHED_YEARS)
def simulate_year(iso: str, year: int) -> MarketYear:
    """Return all four measures of a market over a local year, $/MWh to the cent and MW to the tenth.

    Raises:
        UnknownMarket: the ISO is not known.
    """
    scene = open_scene(iso, year)
    weather = simulate_weather(scene)
    loads = simulate_loads(scene, weather)
    system = simulate_system(scene, weather, loads)
    energy = day_ahead_energy(scene, weather, system)
    real_time = within_limits(scene, real_time_prices(scene, weather, loads, system, energy))
    day_ahead = within_limits(scene, energy + system.scarcity[:, None])
    hubs = tuple(place.name for place in locations(iso, "hub"))
    priced = scene.zone_names + hubs
    return MarketYear(
        scene.interval_start,
        {"da_lmp": priced, "rt_lmp": priced, "da_load": scene.zone_names, "rt_load": scene.zone_names},
        {
            "da_lmp": _with_hubs(day_ahead, scene, hubs).round(2),
            "rt_lmp": _with_hubs(real_time, scene, hubs).round(2),
            "da_load": loads.day_ahead.round(1),
            "rt_load": loads.real_time.round(1),
        },
    )


def _with_hubs(zone_prices: np.ndarray, scene: Scene, hubs: tuple[str, ...]) -> np.ndarray:
    """Return the zones' prices and after them the hubs': the middle of the zones at the hub's own level."""
    if not hubs:
        return zone_prices
    parameters = zone_parameters(scene.iso, hubs)
    basis = parameters["congestion"] * scene.zone_noise("congestion", hubs, 0.98)
    middle = np.median(zone_prices, axis=1, keepdims=True)
    usual = np.clip(middle, -HUB_OFFSET_UP_TO, HUB_OFFSET_UP_TO)
    own = usual * (parameters["price_level"] - 1) + np.abs(usual) * basis
    return np.hstack([zone_prices, within_limits(scene, middle + own)])
