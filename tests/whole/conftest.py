"""Whole runs, as a person starts them: `python run_all.py`, in an environment of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lib.store import Database, embedded, open_database

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Desk:
    """A place to run in: a folder for the reports and an embedded database nobody else uses."""

    runs: Path
    pgdata: Path

    @property
    def latest(self) -> Path:
        """The folder of the latest run."""
        return self.runs / "latest"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Start run_all.py and wait for its end."""
        command = [sys.executable, "run_all.py", "--runs", str(self.runs), *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)

    @property
    def environment(self) -> Mapping[str, str]:
        """What the run finds around it: no database but its own."""
        foreign = ("DATABASE_URL", "EPD_DATABASE", "DB_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return {**kept, "EPD_PGDATA": str(self.pgdata)}

    def manifest(self) -> dict[str, Any]:
        """The manifest of the latest run."""
        contents: dict[str, Any] = json.loads((self.latest / "manifest.json").read_text())
        return contents

    def database(self, source: str) -> Database:
        """The desk's database of simulated ("demo") or of real numbers."""
        return open_database(source, embedded.start(self.pgdata).replace("/postgres?", "/epd?"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An empty desk."""
    folder = tmp_path_factory.mktemp("desk")
    yield Desk(folder / "runs", folder / "pg")
    embedded.release(folder / "pg")
