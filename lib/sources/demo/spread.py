"""Simulated spread of real-time over day-ahead prices: load errors, noise, scarcity spikes and gluts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lib.sources.demo.loads import Loads
from lib.sources.demo.prices import System
from lib.sources.demo.scene import Scene
from lib.sources.demo.weather import Weather

DAY_AHEAD_PREMIUM = 0.02
"""By how much day-ahead prices exceed real-time prices in an ordinary hour, as a fraction."""

FADING = (1.0, 0.5, 0.2)
"""How much of a spike is left in its own hour and the two after it."""

SURPRISE_PUSH = 0.35
"""By how many standard deviations a load error of one brings a spike closer."""

GLUT_SIZE = 0.5
"""How deep prices fall in a glut, relative to how high they rise in scarcity."""

LOCAL_RARITY = 0.35
"""By how many standard deviations a zone's own spike is rarer than one of the whole market."""


def real_time_prices(
    scene: Scene, weather: Weather, loads: Loads, system: System, day_ahead: np.ndarray
) -> np.ndarray:
    """Return real-time prices in $/MWh, hours x zones, between the market's floor and cap."""
    unrest = np.maximum(np.abs(system.price), 0.4 * system.fuel) * np.clip(system.net_load, 0.7, 2.0)
    steps = _everyday(scene, loads) + _scarcity(scene, loads, system) - _glut(scene, weather, loads, system)
    premium = DAY_AHEAD_PREMIUM * np.abs(system.price)
    price = day_ahead + unrest[:, None] * steps - premium[:, None]
    return np.clip(price, scene.market["price_floor"], scene.market["price_cap"])


def _everyday(scene: Scene, loads: Loads) -> np.ndarray:
    """Return the ordinary spread, which an underestimated load raises, in units of an hour's unrest."""
    surprise = 0.42 * loads.error + 0.12 * loads.common_error[:, None]
    common = scene.shared_noise("spread", scene.iso, 0.75)[:, None]
    own = scene.zone_noise("spread", scene.zone_names, 0.5)
    return scene.market["volatility"] * (surprise + 0.75 * common + 0.5 * own)


def _scarcity(scene: Scene, loads: Loads, system: System) -> np.ndarray:
    """Return upward spikes of the market and of its zones, likelier when load is high or underestimated."""
    tight = 0.9 * (system.net_load - 1)[:, None]
    push_everywhere = tight + SURPRISE_PUSH * loads.common_error[:, None]
    push_here = tight + SURPRISE_PUSH * loads.error - LOCAL_RARITY
    everywhere = _spikes(scene, "scarcity", [scene.iso], push_everywhere)
    return everywhere + _spikes(scene, "scarcity", scene.zone_names, push_here)


def _glut(scene: Scene, weather: Weather, loads: Loads, system: System) -> np.ndarray:
    """Return downward spikes, likelier when wind is strong, or load is low or overestimated."""
    windy = np.outer(np.clip(weather.wind - 0.45, 0, None), 1.0 + 3.0 * scene.zones["wind_trap"])
    slack = 0.9 * (1 - system.net_load)[:, None] - SURPRISE_PUSH * loads.error
    return GLUT_SIZE * _spikes(scene, "glut", scene.zone_names, windy + slack)


def _spikes(scene: Scene, process: str, owners: Sequence[str], push: np.ndarray) -> np.ndarray:
    """Return rare events in units of an hour's unrest.

    One starts where a standard normal draw plus the push exceeds the market's threshold.
    """
    starts = scene.draws(f"{process} start", owners) + push > scene.market["spike_threshold"]
    size = np.where(starts, 1.5 * np.exp(0.95 * scene.draws(f"{process} size", owners)), 0.0)
    spikes = np.zeros_like(size)
    for hours_later, left in enumerate(FADING):
        spikes[hours_later:] += left * size[: len(size) - hours_later]
    return spikes
