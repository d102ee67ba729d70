"""Opening notebooks on the finished demo run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import DemoRun
from tests.notebooks import reader_roles

ROOT = Path(__file__).parents[2]


@pytest.fixture
def nbval(demo_run: DemoRun) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that opens notebooks, in a process of its own, and compares them with what they store.

    Each may read only the tables that it states to read (`tests.notebooks.reader_roles`).
    """

    readers = reader_roles.make_readers(demo_run.database)

    def compare(root: Path, *names: str) -> subprocess.CompletedProcess[str]:
        notebooks = [f"notebooks/{name}.ipynb" for name in names]
        options = ["--nbval", "--nbval-current-env", "-q", "-p", "no:cacheprovider"]
        sanitize = ["--nbval-sanitize-with", str(ROOT / "tests" / "notebooks" / "sanitize.cfg")]
        plugin = ["-p", reader_roles.__name__]
        paths = {"EPD_DATABASE": demo_run.database.url, "PYTHONPATH": f"{root}{os.pathsep}{ROOT}"}
        return subprocess.run(
            [sys.executable, "-m", "pytest", *options, *plugin, *sanitize, *notebooks],
            cwd=root,
            env={**os.environ, **paths, reader_roles.READERS: json.dumps(readers)},
            capture_output=True,
            text=True,
        )

    return compare
