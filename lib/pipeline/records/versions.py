"""What a run stood on: versions of packages, and the revision of the code."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lib.settings import ROOT

PACKAGES = ("pandas", "numpy", "pyarrow", "SQLAlchemy", "adbc-driver-postgresql", "papermill", "matplotlib")


def package_versions() -> dict[str, str]:
    """Return versions of Python and of the packages that the numbers pass through."""
    return {"python": platform.python_version(), **{name.lower(): version(name) for name in PACKAGES}}


def git_revision(folder: Path = ROOT) -> dict[str, Any] | None:
    """Return the revision of the code and whether files differ from it; None where git knows of none."""
    revision = _git(folder, "rev-parse", "HEAD")
    if revision is None:
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
