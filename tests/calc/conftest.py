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


@pytest.fixture(scope="module")
def hours() -> pd.DataFrame:
    """The hours of 36 months of delivery in the East, of a run on the first day of 2026."""
    return delivery_hours("PJM", date(2026, 1, 1))


@pytest.fixture(scope="session")
def real_hourly(shared_data: Path) -> Callable[[str], pd.DataFrame]:
    """Hourly VLR on the full grid of a real market: real_hourly("NYISO")."""
    made: dict[str, pd.DataFrame] = {}

    def hourly(iso: str) -> pd.DataFrame:
        if iso not in made:
            zones = [one.name for one in locations(iso, kind="zone")]
            grid = build_grid(_read(shared_data / iso.lower()), market_hours(iso, *WINDOWS[iso]), zones)
            made[iso] = hourly_vlr(grid)
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


def _read(folder: Path) -> pd.DataFrame:
    columns = [
        pd.read_parquet(folder / f"{measure.name}.parquet")
        .rename(columns={"zone": "location", "interval_start_utc": "interval_start"})
        .set_index(["location", "interval_start"])["value"]
        .rename(measure.column)
        for measure in MEASURES.values()
    ]
    return pd.concat(columns, axis=1).reset_index()
