"""One run of the demo market, for the notebooks to be opened on and their reports to be read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lib.store import Database, open_database
from lib.store.url import with_database

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class DemoRun:
    """A finished run of all five ISOs: its database and the folder of its reports."""

    database: Database
    folder: Path


@pytest.fixture(scope="session")
def demo_run(server: str, tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    """All notebooks, run on the demo market and published."""
    url = with_database(server, f"notebooks_{os.getpid()}")
    runs = tmp_path_factory.mktemp("runs")
    command = [sys.executable, "run_all.py", "--database", url, "--runs", str(runs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return DemoRun(open_database("demo", url), runs / "latest")


@pytest.fixture
def nbval(demo_run: DemoRun) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that opens notebooks, in a process of its own, and compares them with what they store."""

    def compare(root: Path, *names: str) -> subprocess.CompletedProcess[str]:
        notebooks = [f"notebooks/{name}.ipynb" for name in names]
        options = ["--nbval", "--nbval-current-env", "-q", "-p", "no:cacheprovider"]
        sanitize = ["--nbval-sanitize-with", str(ROOT / "tests" / "notebooks" / "sanitize.cfg")]
        return subprocess.run(
            [sys.executable, "-m", "pytest", *options, *sanitize, *notebooks],
            cwd=root,
            env={**os.environ, "EPD_DATABASE": demo_run.database.url, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
        )

    return compare
