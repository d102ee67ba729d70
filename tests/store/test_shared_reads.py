from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.hours import utc_bounds
from lib.store import Database, RunTask, read_hourly_inputs, write_series
from lib.store.shared_reads import SHARED_READS_VARIABLE, read_shared

BOUNDS = utc_bounds("NYISO", date(2025, 11, 2), date(2025, 11, 2))
FIRST = pd.Timestamp("2025-11-02 04:00", tz="UTC")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(SHARED_READS_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def write(
    database: Database, task: RunTask, register: Callable[..., pd.DataFrame]
) -> Callable[[float], None]:
    """Store a day-ahead price of one hour."""
    (series_id,) = register("WEST")["series_id"]

    def write_price(price: float) -> None:
        rows = {"series_id": [series_id], "interval_start": [FIRST], "value": [price]}
        write_series(database, "NYISO", "da_lmp", pd.DataFrame(rows), task)

    return write_price


def _price(database: Database) -> float:
    inputs, _ = read_hourly_inputs(database, "NYISO", *BOUNDS, ["files"], measures=["da_lmp"])
    return float(inputs["da_lmp_usd_per_mwh"].iloc[0])


def test_the_second_notebook_reads_the_file_of_the_first(
    database: Database, folder: Path, write: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(21.5)
    assert _price(database) == 21.5
    (file,) = folder.iterdir()
    np.save(file, np.full_like(np.load(file), 7.0))  # to see where the second one reads
    assert _price(database) == 7.0
    monkeypatch.delenv(SHARED_READS_VARIABLE)
    assert _price(database) == 21.5


def test_a_write_makes_the_files_before_it_useless(
    database: Database, folder: Path, write: Callable[[float], None]
) -> None:
    for price in (21.5, 22.5):
        write(price)
        assert _price(database) == price
    assert len(list(folder.iterdir())) == 2


def test_a_damaged_file_is_read_anew_and_replaced(
    database: Database, folder: Path, write: Callable[[float], None]
) -> None:
    write(21.5)
    assert _price(database) == 21.5
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:40])
    assert _price(database) == 21.5
    assert file.stat().st_size > 40


def test_a_folder_that_takes_no_file_costs_only_the_time(
    database: Database, write: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHARED_READS_VARIABLE, "/proc/no-such-folder")
    write(21.5)
    assert _price(database) == 21.5


def test_another_question_has_another_file(database: Database, folder: Path) -> None:
    for hours in (1, 2):
        read = read_shared(database, "NYISO", "da_lmps", ("hours", hours), lambda n=hours: np.zeros(n))
        assert len(read) == hours
    assert len(list(folder.iterdir())) == 2


def test_nobody_can_change_what_others_read(database: Database, folder: Path) -> None:
    for _ in range(2):
        read = read_shared(database, "NYISO", "da_lmps", (), lambda: np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        read[0] = 1
