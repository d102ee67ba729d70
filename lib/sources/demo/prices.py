"""Simulated day-ahead prices: a supply stack against net load, a level by zone, congestion, and scarcity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.sources.demo.loads import ROOFTOP_SHARE, Loads
from lib.sources.demo.parameters import FUEL_BY_YEAR, price_caps
from lib.sources.demo.scene import Scene
from lib.sources.demo.weather import DAILY_SWING, WARMEST_HOUR, Weather

FREEZE_BELOW = -3.0
"""Degrees C below which gas pipelines tighten."""

GLUT_BELOW = 0.72
"""Net load below which must-run plants bid each other down."""

TRAPPED_FROM = 0.55
"""Share of wind capacity above which a zone behind a weak line cannot export what it makes."""


SCARCITY_STEEPNESS = 14.0
"""How fast scarcity gets dear: it doubles with each 5 % of ordinary net load."""


@dataclass(frozen=True)
class System:
    """What all zones of a market share, one per hour.

    Net load (1 is ordinary); in $/MWh fuel, the price of energy, and what scarcity is expected to add to it.
    """

    net_load: np.ndarray
    fuel: np.ndarray
    price: np.ndarray
    scarcity: np.ndarray


def simulate_system(scene: Scene, weather: Weather, loads: Loads) -> System:
    """Return the market-wide day-ahead state of each hour."""
    demand = loads.day_ahead.sum(axis=1) / scene.zones["load_mw"].sum()
    wind = scene.market["wind_share"] * (weather.wind - 0.38)
    sun = scene.market["solar_share"] * (1 - ROOFTOP_SHARE) * (weather.sun - 0.2)
    outages = 0.035 * scene.shared_noise("outages", scene.iso, 0.99)
    net_load = demand - wind - sun + outages
    tight_gas = 1 + scene.market["winter_gas"] * _freeze(scene, weather)
    fuel = scene.market["price_usd"] * _fuel_level(scene) * tight_gas
    price = fuel * _stack(net_load, scene.market["steepness"])
    return System(net_load, fuel, price, _scarcity(scene, weather, net_load))


def _scarcity(scene: Scene, weather: Weather, net_load: np.ndarray) -> np.ndarray:
    """Return the expected value of scarcity in $/MWh: little in most hours, above any cap in a freeze."""
    tight = net_load + weather.frozen_supply - scene.market["scarcity_from"]
    return scene.market["scarcity_usd"] * _fuel_level(scene) * (1 + np.exp(SCARCITY_STEEPNESS * tight))


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


def day_ahead_energy(scene: Scene, weather: Weather, system: System) -> np.ndarray:
    """Return day-ahead prices without scarcity in $/MWh, hours x zones."""
    level = system.price[:, None] * scene.zones["price_level"]
    return level + _congestion(scene, system) - _trapped_wind(scene, weather, system)


def within_limits(scene: Scene, price: np.ndarray) -> np.ndarray:
    """Return prices between the market's floor and its cap of the day."""
    return np.clip(price, scene.market["price_floor"], price_caps(scene.iso, scene.days)[:, None])


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
