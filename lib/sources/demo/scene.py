"""The setting of a simulation: the parameters of one market, and the calendar of one local year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from lib.hours import market_hours
from lib.markets import locations
from lib.sources.demo.noise import persistent_noise, white_noise
from lib.sources.demo.parameters import market_parameters, zone_parameters


@dataclass(frozen=True)
class Scene:
    """A market's parameters, its load zones, and the hours of one local year in arrays of one length."""

    iso: str
    year: int
    zone_names: tuple[str, ...]
    market: dict[str, Any]
    zones: dict[str, np.ndarray]
    interval_start: pd.DatetimeIndex
    local_hour: np.ndarray
    days: np.ndarray
    day_of_year: np.ndarray
    is_weekend: np.ndarray
    is_holiday: np.ndarray

    @property
    def years(self) -> np.ndarray:
        """Time in years, such as 2022.5 in the middle of 2022."""
        return self.year + self.day_of_year / 365.25

    def season(self, highest_day: int) -> np.ndarray:
        """Return a yearly wave between -1 and 1 that is highest on a day of the year."""
        return np.cos(2 * np.pi * (self.day_of_year - highest_day) / 365.25)

    def time_of_day(self, highest_hour: float) -> np.ndarray:
        """Return a daily wave between -1 and 1 that is highest at a local hour."""
        return np.cos(2 * np.pi * (self.local_hour - highest_hour) / 24)

    def shared_noise(self, process: str, owner: str, persistence: float) -> np.ndarray:
        """Return noise that all zones share, one value per hour, mean 0 and variance 1."""
        return persistent_noise(process, [owner], self.year, len(self.interval_start), persistence)[:, 0]

    def zone_noise(self, process: str, owners: Sequence[str], persistence: float) -> np.ndarray:
        """Return noise of each owner (a location or a load area of this market), hours x owners."""
        named = [f"{self.iso}/{owner}" for owner in owners]
        return persistent_noise(process, named, self.year, len(self.interval_start), persistence)

    def draws(self, process: str, owners: Sequence[str]) -> np.ndarray:
        """Return independent standard normal draws, hours x owners."""
        named = [f"{self.iso}/{owner}" for owner in owners]
        return white_noise(process, named, self.year, len(self.interval_start))


def open_scene(iso: str, year: int) -> Scene:
    """Return the scene of a market's local year.

    Raises:
        UnknownMarket: the ISO is not known.
    """
    names = tuple(place.name for place in locations(iso, "zone"))
    hours = market_hours(iso, date(year, 1, 1), date(year, 12, 31))
    return Scene(
        iso=iso,
        year=year,
        zone_names=names,
        market=market_parameters(iso),
        zones=zone_parameters(iso, names),
        interval_start=pd.DatetimeIndex(hours["interval_start"]),
        local_hour=hours["he"].to_numpy() - 1,
        days=hours["market_date"].to_numpy(),
        day_of_year=hours["market_date"].dt.dayofyear.to_numpy(),
        is_weekend=hours["market_date"].dt.dayofweek.to_numpy() >= 5,
        is_holiday=hours["is_holiday"].to_numpy(),
    )
