"""Opening notebooks on the finished demo run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import DemoRun

ROOT = Path(__file__).parents[2]


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
