"""Reports to read, as functions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.standins import ice


@pytest.fixture
def make_line() -> Callable[..., str]:
    """A function that writes one line of a .dat report of 2025-12-30, with other fields where given."""
    return ice.line


@pytest.fixture
def make_dat() -> Callable[..., bytes]:
    """A function that makes a .dat report of the lines given, or of some usual ones."""
    return ice.dat


@pytest.fixture
def make_xlsx() -> Callable[..., bytes]:
    """A function that makes the .xlsx twin of a .dat report."""
    return ice.xlsx
