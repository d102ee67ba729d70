"""Simulated spread of real-time over day-ahead prices: load errors, noise, scarcity, local spikes and gluts.

Two things make it wide. The day-ahead market pays for scarcity that may come: most hours bring little of it,
and a few bring many times as much. And a zone has spikes and gluts of its own. All of them go together with
the error of the load, but so loosely that volumetric load risk is negative in many months.
"""

from __future__ import annotations

import numpy as np

from lib.sources.demo.loads import Loads
from lib.sources.demo.prices import System
from lib.sources.demo.scene import Scene
from lib.sources.demo.weather import Weather

DAY_AHEAD_PREMIUM = 0.01
"""By how much day-ahead prices exceed real-time prices in an ordinary hour, as a fraction."""

SCARCITY_COMES = 0.9
"""Mean of real-time scarcity, relative to the scarcity that day-ahead prices include."""

SCARCITY_WIDTH = 2.0
"""Standard deviation of its logarithm: half of all hours bring less than an eighth of what was paid for."""

SCARCITY_SURPRISE = 0.05
"""Correlation of what comes (its logarithm) with the load error that all zones share."""

FADING = (1.0, 0.5, 0.2)
"""How much of a local spike is left in its own hour and the two after it."""

SPIKE_PUSH = 0.15
"""By how many standard deviations a load error of one brings a local spike closer."""

SPIKE_TAIL = 1.7
"""How fast the logarithm of a spike grows with the standard deviations above the threshold."""

GLUT_SIZE = 0.3
"""How deep prices fall in a glut, relative to how high they rise in a spike."""


def real_time_prices(
    scene: Scene, weather: Weather, loads: Loads, system: System, energy: np.ndarray
) -> np.ndarray:
    """Return real-time prices in $/MWh, hours x zones, before floor and cap; `energy` is day-ahead."""
    unrest = np.maximum(np.abs(system.price), 0.4 * system.fuel) * np.clip(system.net_load, 0.7, 2.0)
    price = _everyday(scene, loads)
    price += _spikes(scene, loads, system)
    price -= _gluts(scene, weather, loads, system)
    price *= unrest[:, None]
    price += (system.scarcity * _what_comes(scene, loads) - DAY_AHEAD_PREMIUM * np.abs(system.price))[:, None]
    price += energy
    return price


def _everyday(scene: Scene, loads: Loads) -> np.ndarray:
    """Return the ordinary spread, which an underestimated load raises, in units of an hour's unrest."""
    surprise = 0.16 * loads.error + 0.06 * loads.common_error[:, None]
    common = scene.shared_noise("spread", scene.iso, 0.75)[:, None]
    own = scene.zone_noise("spread", scene.zone_names, 0.5)
    return scene.market["volatility"] * (surprise + 0.85 * common + 0.45 * own)


def _what_comes(scene: Scene, loads: Loads) -> np.ndarray:
    """Return scarcity as it comes relative to what was expected, one per hour, log-normal."""
    noise = np.sqrt(1 - SCARCITY_SURPRISE**2) * scene.shared_noise("scarcity", scene.iso, 0.9)
    log = SCARCITY_WIDTH * (noise + SCARCITY_SURPRISE * loads.common_error)
    return SCARCITY_COMES * np.exp(log - SCARCITY_WIDTH**2 / 2)


def _spikes(scene: Scene, loads: Loads, system: System) -> np.ndarray:
    """Return each zone's upward spikes, likelier when load is high or underestimated."""
    return _rare_events(scene, "spike", 0.9 * (system.net_load - 1)[:, None] + SPIKE_PUSH * loads.error)


def _gluts(scene: Scene, weather: Weather, loads: Loads, system: System) -> np.ndarray:
    """Return each zone's downward spikes, likelier when wind is strong, or load is low or overestimated."""
    windy = np.outer(np.clip(weather.wind - 0.45, 0, None), 1.0 + 3.0 * scene.zones["wind_trap"])
    slack = 0.9 * (1 - system.net_load)[:, None] - SPIKE_PUSH * loads.error
    return GLUT_SIZE * _rare_events(scene, "glut", windy + slack)


def _rare_events(scene: Scene, process: str, push: np.ndarray) -> np.ndarray:
    """Return rare events of each zone in units of an hour's unrest.

    One starts where a standard normal draw plus the push exceeds the market's threshold. By how much it does
    decides how large the event is.
    """
    above = scene.draws(process, scene.zone_names)
    above += push - scene.market["spike_threshold"]
    hour, zone = np.nonzero(above > 0)
    size = 1.5 * np.exp(SPIKE_TAIL * above[hour, zone])
    events = np.zeros_like(above)
    for hours_later, left in enumerate(FADING):
        is_inside = hour + hours_later < len(events)
        events[hour[is_inside] + hours_later, zone[is_inside]] += left * size[is_inside]
    return events
