"""Small files in the layout of the files source, and the five years of the simulated market."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from lib.hours import utc_bounds
from lib.markets import MARKETS, MEASURES, locations
from lib.sources import open_source

Rows = list[tuple[str, object, object]]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write rows of (zone, time, value) as <folder>/<iso>/<measure>.<suffix>, typed as the layout says."""

    def write_file(rows: Rows, name: str = "nyiso/da_lmp.parquet") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        frame = pd.DataFrame(rows, columns=["zone", "interval_start_utc", "value"])
        if path.suffix == ".csv":
            frame.to_csv(path, index=False)
        else:
            frame.to_parquet(path)
        return path

    return write_file


@pytest.fixture(scope="session")
def demo_years() -> dict[str, dict[str, pd.DataFrame]]:
    """2021 to 2025 of the simulated market by ISO and measure: one row per hour, one column per location."""
    source = open_source("demo")
    return {
        iso: {
            measure: source.read(
                iso,
                measure,
                [place.name for place in locations(iso)],
                *utc_bounds(iso, date(2021, 1, 1), date(2025, 12, 31)),
            ).frame.pivot(index="interval_start", columns="location", values="value")
            for measure in MEASURES
        }
        for iso in MARKETS
    }
