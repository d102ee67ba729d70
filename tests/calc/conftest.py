"""Grids for the calculations: made by hand, made up by hypothesis, and of real markets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from lib.calc.delivery import delivery_hours
from lib.calc.grid import build_grid
from lib.calc.hub_history import PriceHistory
from lib.calc.vlr import hourly_vlr
from lib.hours import market_hours
from lib.markets import MEASURES, locations

WINDOWS = {
    "NYISO": (date(2019, 5, 1), date(2020, 4, 30)),
    "ERCOT": (date(2024, 1, 1), date(2025, 12, 31)),
}

YEARS = {
    "ERCOT": ("ercot_years", (date(2020, 1, 1), date(2024, 9, 17))),
    "ISONE": ("isone_years", (date(2003, 3, 1), date(2011, 12, 31))),
}
"""The folders of the markets that have many years of history, and their windows."""


@pytest.fixture(scope="module")
def hours() -> pd.DataFrame:
    """The hours of 36 months of delivery in the East, of a run on the second day of 2026."""
    return delivery_hours("PJM", date(2026, 1, 2))


@pytest.fixture(scope="session")
def real_hourly(shared_data: Path) -> Callable[[str], pd.DataFrame]:
    """Hourly VLR on the full grid of a real market: real_hourly("NYISO")."""
    made: dict[str, pd.DataFrame] = {}

    def hourly(iso: str) -> pd.DataFrame:
        if iso not in made:
            made[iso] = _hourly(shared_data / iso.lower(), iso, *WINDOWS[iso])
        return made[iso]

    return hourly


@pytest.fixture(scope="session")
def ercot_years(shared_data: Path) -> PriceHistory:
    """Prices of four real years of ERCOT and more, Winter Storm Uri among them."""
    folder = shared_data / "ercot_years" / "ercot"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    hours = market_hours("ERCOT", date(2020, 1, 1), date(2024, 9, 17))
    da, rt = (
        pd.read_parquet(folder / f"{measure}.parquet")
        .pivot(index="interval_start_utc", columns="zone", values="value")
        .reindex(pd.DatetimeIndex(hours["interval_start"]))
        .reset_index(drop=True)
        for measure in ("da_lmp", "rt_lmp")
    )
    return PriceHistory(hours, da, rt)


@pytest.fixture(scope="session")
def years_hourly(shared_data: Path) -> Callable[[str], pd.DataFrame]:
    """The same of many years of a market: years_hourly("ERCOT")."""
    made: dict[str, pd.DataFrame] = {}

    def hourly(iso: str) -> pd.DataFrame:
        if iso not in made:
            name, window = YEARS[iso]
            folder = shared_data / name / iso.lower()
            if not folder.is_dir():
                pytest.skip(f"{folder} is not there")
            made[iso] = _hourly(folder, iso, *window)
        return made[iso]

    return hourly


def _hourly(folder: Path, iso: str, start: date, end: date) -> pd.DataFrame:
    zones = [one.name for one in locations(iso, kind="zone")]
    return hourly_vlr(build_grid(_read(folder), market_hours(iso, start, end), zones))


def _read(folder: Path) -> pd.DataFrame:
    columns = [
        pd.read_parquet(folder / f"{measure.name}.parquet")
        .rename(columns={"zone": "location", "interval_start_utc": "interval_start"})
        .set_index(["location", "interval_start"])["value"]
        .rename(measure.column)
        for measure in MEASURES.values()
    ]
    return pd.concat(columns, axis=1).reset_index()
