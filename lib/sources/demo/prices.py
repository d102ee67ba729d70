"""Simulated day-ahead prices: a supply stack against net load, a level by zone, and congestion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.sources.demo.loads import ROOFTOP_SHARE, Loads
from lib.sources.demo.parameters import FUEL_BY_YEAR
from lib.sources.demo.scene import Scene
from lib.sources.demo.weather import DAILY_SWING, WARMEST_HOUR, Weather

FREEZE_BELOW = -3.0
"""Degrees C below which gas pipelines tighten."""

GLUT_BELOW = 0.72
"""Net load below which must-run plants bid each other down."""

TRAPPED_FROM = 0.55
"""Share of wind capacity above which a zone behind a weak line cannot export what it makes."""


@dataclass(frozen=True)
class System:
    """What all zones of a market share: net load (1 is ordinary), fuel and price ($/MWh), one per hour."""

    net_load: np.ndarray
    fuel: np.ndarray
    price: np.ndarray


def simulate_system(scene: Scene, weather: Weather, loads: Loads) -> System:
    """Return the market-wide day-ahead state of each hour."""
    demand = loads.day_ahead.sum(axis=1) / scene.zones["load_mw"].sum()
    wind = scene.market["wind_share"] * (weather.wind - 0.38)
    sun = scene.market["solar_share"] * (1 - ROOFTOP_SHARE) * (weather.sun - 0.2)
    outages = 0.035 * scene.shared_noise("outages", scene.iso, 0.99)
    net_load = demand - wind - sun + outages
    tight_gas = 1 + scene.market["winter_gas"] * _freeze(scene, weather)
    fuel = scene.market["price_usd"] * _fuel_level(scene) * tight_gas
    return System(net_load, fuel, fuel * _stack(net_load, scene.market["steepness"]))


def _stack(net_load: np.ndarray, steepness: float) -> np.ndarray:
    """Return the price per unit of fuel: a flat middle, a steep end, and a start that falls below zero."""
    glut = 3.0 * np.clip(GLUT_BELOW - net_load, 0, None)
    return 0.55 * net_load + 0.30 * np.exp(steepness * (net_load - 1.05)) - glut


def _fuel_level(scene: Scene) -> np.ndarray:
    middles = [year + 0.5 for year in FUEL_BY_YEAR]
    return np.interp(scene.years, middles, list(FUEL_BY_YEAR.values()))


def _freeze(scene: Scene, weather: Weather) -> np.ndarray:
    """Return how tight gas is, 0 to 3: fuel is bought by the day, so the hour of the day does not count."""
    all_day = weather.temperature.mean(axis=1) - DAILY_SWING * scene.time_of_day(WARMEST_HOUR)
    return np.clip((FREEZE_BELOW - all_day) / 5, 0, 3)


def day_ahead_prices(scene: Scene, weather: Weather, system: System) -> np.ndarray:
    """Return day-ahead prices in $/MWh, hours x zones, between the market's floor and cap."""
    level = system.price[:, None] * scene.zones["price_level"]
    price = level + _congestion(scene, system) - _trapped_wind(scene, weather, system)
    return np.clip(price, scene.market["price_floor"], scene.market["price_cap"])


def _congestion(scene: Scene, system: System) -> np.ndarray:
    """Return what lines add: more at high load, and upwards more often than down."""
    slow = scene.zone_noise("congestion", scene.zone_names, 0.98)
    quick = scene.zone_noise("basis", scene.zone_names, 0.7)
    scale = np.maximum(system.price, 0.3 * system.fuel) * np.clip(system.net_load, 0.5, 1.8)
    skewed = 0.7 * slow + 0.35 * (slow**2 - 1) + 0.25 * quick
    return scale[:, None] * scene.zones["congestion"] * skewed


def _trapped_wind(scene: Scene, weather: Weather, system: System) -> np.ndarray:
    excess = np.clip(weather.wind - TRAPPED_FROM, 0, None)
    return np.outer(6.0 * system.fuel * excess, scene.zones["wind_trap"])
