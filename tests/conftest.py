"""Fixtures that several test modules share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference lists and real market data that stands beside the repo."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{folder} is missing, and CI must have it")
        pytest.skip(f"{folder} is not here: it holds reference lists and real market data")
    return folder


@pytest.fixture(scope="session")
def shared_data(shared: Path) -> Path:
    """Real hourly prices and loads of two markets, in the layout of the files source."""
    return shared / "data"
