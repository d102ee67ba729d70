"""The folder that a run leaves, and the link that leads to the latest one."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lib.paths import CHECKOUT
from lib.pipeline.errors import ConfigurationError

LATEST = "latest"

FILE_KINDS = ("csv", "xlsx", "parquet")
"""The kinds of files that a notebook may leave beside its report, in the order they are listed."""


def check_writable(runs: Path) -> None:
    """Make sure that folders of runs can be made.

    Raises:
        ConfigurationError: the path is no folder, or it cannot be made or written to.
    """
    existing = next(path for path in (runs, *runs.absolute().parents) if path.exists())
    if not existing.is_dir():
        raise ConfigurationError(f"--runs {runs}: {existing} is not a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ConfigurationError(f"--runs {runs}: {existing} cannot be written to; give another folder")


def name_of(run_id: int, started_at: datetime) -> str:
    """Return the name of a run's folder; names sort by time."""
    return f"{started_at:%Y%m%dT%H%M%SZ}-{run_id}"


def make(runs: Path, name: str) -> Path:
    """Make the folder of a run.

    Raises:
        ConfigurationError: the folder cannot be made.
    """
    folder = runs / name
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise ConfigurationError(f"--runs {runs}: cannot make {name} there: {error.strerror}") from error
    return folder


def files_of(folder: Path, stem: str) -> tuple[str, ...]:
    """Return the names of the files that a task has left beside its report; `stem` is that of the task."""
    names = (f"{stem}.{kind}" for kind in FILE_KINDS)
    return tuple(name for name in names if (folder / name).is_file())


def point_latest(folder: Path) -> None:
    """Switch runs/latest to a run's folder in one step: it always leads somewhere whole."""
    fresh = folder.parent / f".{LATEST}.{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder.name, target_is_directory=True)
    fresh.replace(folder.parent / LATEST)


PACKAGES = ("pandas", "numpy", "pyarrow", "SQLAlchemy", "adbc-driver-postgresql", "papermill", "matplotlib")


def package_versions() -> dict[str, str]:
    """Return versions of Python and of the packages that the numbers pass through."""
    return {"python": platform.python_version(), **{name.lower(): version(name) for name in PACKAGES}}


def git_revision(folder: Path | None = CHECKOUT) -> dict[str, Any] | None:
    """Return the revision of the code and whether files differ from it; None where git knows of none."""
    if folder is None or (revision := _git(folder, "rev-parse", "HEAD")) is None:
        return None
    return {
        "revision": revision,
        "is_dirty": bool(_git(folder, "status", "--porcelain", "--untracked-files=no")),
    }


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
