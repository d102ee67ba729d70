"""Simulated weather of one market and local year: temperature by zone, wind and sun for the whole market."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.sources.demo.parameters import cold_snaps
from lib.sources.demo.scene import Scene

HOTTEST_DAY = 203
WARMEST_HOUR = 15.5
DAILY_SWING = 4.5
REGIONAL_SWING = 4.2
LOCAL_SWING = 1.3


@dataclass(frozen=True)
class Weather:
    """Temperature (deg C, hours x zones); one per hour: wind and sun (fraction of capacity), frozen supply.

    Frozen supply is what fails in a freeze, as a fraction of the market's mean load.
    """

    temperature: np.ndarray
    wind: np.ndarray
    sun: np.ndarray
    frozen_supply: np.ndarray


def simulate_weather(scene: Scene) -> Weather:
    """Return the weather of a market; markets of one weather region share its fronts, wind and clouds."""
    cold, frozen_supply = _cold_snaps(scene)
    return Weather(_temperature(scene, cold), _wind(scene), _sun(scene), frozen_supply)


def _temperature(scene: Scene, cold: np.ndarray) -> np.ndarray:
    season = scene.season(HOTTEST_DAY)
    fronts = REGIONAL_SWING * scene.shared_noise("temperature", scene.market["weather_region"], 0.985)
    stronger_in_winter = 1 - 0.3 * season
    common = DAILY_SWING * scene.time_of_day(WARMEST_HOUR) + fronts * stronger_in_winter - cold
    local = LOCAL_SWING * scene.zone_noise("temperature", scene.zone_names, 0.97)
    return scene.zones["temperature"] + np.outer(season, scene.zones["swing"]) + common[:, None] + local


def _cold_snaps(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Return degrees and frozen supply of the region's cold snaps; they take half a day to come and to go."""
    snaps = cold_snaps(scene.market["weather_region"])
    hours = scene.interval_start.tz_localize(None).to_numpy()[:, None]
    days_in = (hours - snaps["first_day"].to_numpy()) / np.timedelta64(1, "D")
    days_left = (snaps["last_day"].to_numpy() - hours) / np.timedelta64(1, "D") + 1.5
    depth = np.clip(2 * np.minimum(days_in, days_left), 0, 1)
    return depth @ snaps["degrees"].to_numpy(), depth @ snaps["frozen_supply"].to_numpy()


def _wind(scene: Scene) -> np.ndarray:
    gusts = scene.shared_noise("wind", scene.market["weather_region"], 0.97)
    return _share(-0.7 + 0.35 * scene.season(100) + 0.25 * scene.time_of_day(2) + 1.15 * gusts)


def _sun(scene: Scene) -> np.ndarray:
    """Return the share of solar capacity, from the height of the sun and the clouds."""
    latitude = np.radians(scene.market["latitude"])
    declination = np.radians(23.44) * scene.season(172)
    solar_hour = scene.interval_start.hour.to_numpy() + 0.5 + scene.market["longitude"] / 15
    height = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(
        np.pi * (solar_hour - 12) / 12
    )
    clouds = _share(-0.8 + 1.2 * scene.shared_noise("clouds", scene.market["weather_region"], 0.94))
    return np.clip(1.15 * height, 0, 1) * (1 - 0.55 * clouds)


def _share(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logit))
