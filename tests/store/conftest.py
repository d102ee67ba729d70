"""A run to write in, registered series, and processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import psutil
import pytest

from lib.hours import UTC_HOUR
from lib.store import Database, RunTask, register_series, start_run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def task(database: Database) -> RunTask:
    """A task of a run in the fresh database."""
    run_id = start_run(
        database, source="files", as_of=date(2026, 1, 1), window_start=None, window_end=date(2025, 12, 31)
    )
    return RunTask(run_id, "fetch", "NYISO")


@pytest.fixture
def register(database: Database) -> Callable[..., pd.DataFrame]:
    """A function that registers NYISO series: of these locations, a measure, a source and a basis."""

    def register_some(
        *locations: str, measure: str = "da_lmp", source: str = "files", basis: str = "actual"
    ) -> pd.DataFrame:
        return register_series(
            database,
            [
                SimpleNamespace(iso="NYISO", location=name, measure=measure, source=source, basis=basis)
                for name in locations
            ],
        )

    return register_some


@pytest.fixture
def make_values() -> Callable[..., pd.DataFrame]:
    """A function that makes n hours of values for each series: series_id, interval_start, value."""

    def make(*series_ids: int, n_hours: int = 48, first: str = "2025-01-01") -> pd.DataFrame:
        hours = pd.date_range(first, periods=n_hours, freq="h", tz="UTC").astype(UTC_HOUR)
        frames = [
            pd.DataFrame({"series_id": number, "interval_start": hours, "value": 10.0 * number + hours.hour})
            for number in series_ids
        ]
        return pd.concat(frames, ignore_index=True)

    return make


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """A function that starts Python code in a process of its own, which is gone after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def server_processes() -> Callable[[Path], list[psutil.Process]]:
    """A function that finds the server processes which work in a data folder."""

    def find(folder: Path) -> list[psutil.Process]:
        cluster = str(folder.resolve() / "cluster")
        return [process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == cluster]

    return find
