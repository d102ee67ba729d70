"""Small files in the layout of the files source, the simulated market, and services on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from lib.hours import utc_bounds
from lib.markets import MARKETS, MEASURES, locations
from lib.sources import open_source
from lib.sources.enverus import EnverusSource
from lib.sources.enverus.client import EnverusAccount, fetch_symbols
from lib.web import Archive, HttpClient, Limits
from tests.standins.gvsi import Gvsi, serving

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


@pytest.fixture
def gvsi() -> Iterator[Gvsi]:
    """The licensed service on loopback; it spoils its answers as a test tells it."""
    with serving(Gvsi()) as service:
        yield service


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive of answers that is empty."""
    return Archive(tmp_path / "raw", max_bytes=1 << 30)


@pytest.fixture
def enverus(gvsi: Gvsi, archive: Archive) -> Callable[..., EnverusSource]:
    """Open the licensed source on the stand-in, with pauses too short to notice; answers are kept."""

    def open_source(password: str = gvsi.password, read_s: float = 20) -> EnverusSource:
        limits = Limits(attempts=2, backoff_s=0.001, backoff_max_s=0.01, read_s=read_s, total_s=3 * read_s)
        account = EnverusAccount(gvsi.address, gvsi.username, password)
        return EnverusSource(partial(fetch_symbols, HttpClient(limits, archive), account, 4))

    return open_source
