"""Simulated loads: use by hour, day and temperature, and the error of the day-ahead forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.sources.demo.parameters import GROWTH_BASE_YEAR, LOAD_GROWTH_PER_YEAR
from lib.sources.demo.scene import Scene
from lib.sources.demo.weather import HOTTEST_DAY, Weather

HEATING_BELOW = 13.0
COOLING_ABOVE = 19.0

WINTER_DAY = (
    *(0.83, 0.80, 0.79, 0.79, 0.81, 0.87, 0.98, 1.06, 1.07, 1.06, 1.05, 1.04),
    *(1.02, 1.01, 1.00, 1.01, 1.06, 1.14, 1.16, 1.14, 1.11, 1.06, 0.98, 0.89),
)
"""Use by local hour on a mild winter weekday, relative to its mean: a morning and an evening peak."""

SUMMER_DAY = (
    *(0.85, 0.80, 0.76, 0.74, 0.75, 0.81, 0.89, 0.96, 1.01, 1.05, 1.08, 1.10),
    *(1.11, 1.12, 1.13, 1.14, 1.16, 1.17, 1.15, 1.12, 1.10, 1.07, 1.00, 0.92),
)
"""The same on a summer weekday before cooling: one broad peak late in the afternoon."""

WEEKEND = 0.93
HOLIDAY = 0.90

MILD_HOUR = 0.92
"""Use of an hour without heating and cooling, relative to the mean that the table of zones states."""

ROOFTOP_SHARE = 0.5
"""How much of a market's solar share sits on roofs, where it lowers the load itself."""

ERROR_PERSISTENCE = 0.96
"""Correlation of the error of one hour with the next: a day later 0.38 of it is left."""

COMMON_ERROR = 0.6
OWN_ERROR = 0.8


@dataclass(frozen=True)
class Loads:
    """Loads in MW and the standardised day-ahead error (positive: load was underestimated), hours x zones.

    `common_error` is the part of the error that all zones share, one per hour.
    """

    real_time: np.ndarray
    day_ahead: np.ndarray
    error: np.ndarray
    common_error: np.ndarray


def simulate_loads(scene: Scene, weather: Weather) -> Loads:
    """Return the loads of a market's zones; zones with one load_area have one load."""
    real_time = _real_time(scene, weather)
    common = scene.shared_noise("load error", scene.iso, ERROR_PERSISTENCE)
    own = scene.zone_noise("load error", list(scene.zones["load_area"]), ERROR_PERSISTENCE)
    error = np.clip(COMMON_ERROR * common[:, None] + OWN_ERROR * own, -4, 4)
    day_ahead = real_time * (1 - scene.zones["bias"] - scene.zones["error"] * error)
    return Loads(real_time, day_ahead, error, common)


def _real_time(scene: Scene, weather: Weather) -> np.ndarray:
    growth = 1 + LOAD_GROWTH_PER_YEAR * (scene.years - GROWTH_BASE_YEAR)
    habit = _day_shape(scene) * _day_type(scene) * growth
    rooftop = ROOFTOP_SHARE * scene.market["solar_share"] * weather.sun
    whim = 0.012 * scene.zone_noise("load", list(scene.zones["load_area"]), 0.85)
    temperature = _area_mean(weather.temperature, scene.zones["load_area"])
    heating = scene.zones["heating"] * _positive_part(HEATING_BELOW - temperature)
    cooling = scene.zones["cooling"] * _positive_part(temperature - COOLING_ABOVE)
    use = habit[:, None] * (1 + heating + cooling + whim) - rooftop[:, None]
    return MILD_HOUR * scene.zones["load_mw"] * use


def _area_mean(temperature: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Return the temperature that a zone's load feels: the mean over the zones of its load area."""
    same_area = areas[:, None] == areas[None, :]
    return temperature @ (same_area / same_area.sum(axis=0))


def _day_shape(scene: Scene) -> np.ndarray:
    summer = 0.5 + 0.5 * scene.season(HOTTEST_DAY)
    winter_day, summer_day = (np.array(day)[scene.local_hour] for day in (WINTER_DAY, SUMMER_DAY))
    return (1 - summer) * winter_day + summer * summer_day


def _day_type(scene: Scene) -> np.ndarray:
    """Return use relative to a workday: a day off is quiet around noon and much like any other at night."""
    factor = np.where(scene.is_holiday, HOLIDAY, np.where(scene.is_weekend, WEEKEND, 1.0))
    return 1 - (1 - factor) * (0.6 + 0.7 * np.clip(scene.time_of_day(12), 0, 1))


def _positive_part(degrees: np.ndarray) -> np.ndarray:
    """Return degrees where they are positive and 0 elsewhere, with a rounded corner two degrees wide."""
    return 0.5 * (degrees + np.sqrt(degrees**2 + 4.0))
