"""The folder that a run leaves, the link to the latest one, and the versions that are recorded with a run."""

from __future__ import annotations

import errno
import os
import platform
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lib.paths import CHECKOUT
from lib.pipeline.errors import ConfigurationError, RunsNotWritable
from lib.settings import without_secrets
from lib.store.schema import read_migrations

LATEST = "latest"
"""The name of the link to the folder of the run that ended last."""

FILE_KINDS = ("csv", "xlsx", "parquet")
"""The kinds of files that a notebook may leave beside its report, in the order of their links."""

DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES)
"""What a disk answers that is full, read-only or broken."""

PROJECT = "epd-automation"
"""The name of the project as a package."""

PACKAGES = ("pandas", "numpy", "pyarrow", "SQLAlchemy", "adbc-driver-postgresql", "papermill", "matplotlib")
"""The packages on which the numbers depend: a run records their versions."""


def check_writable(runs: Path) -> None:
    """Check that folders of runs can be made.

    Raises:
        ConfigurationError: the path is no folder, or it cannot be made or written to.
    """
    existing = next(path for path in (runs, *runs.absolute().parents) if path.exists())
    if not existing.is_dir():
        raise ConfigurationError(f"--runs {runs}: {existing} is not a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ConfigurationError(f"--runs {runs}: {existing} cannot be written to; give another folder")


@contextmanager
def errors_of_the_disk(runs: Path, run_id: int) -> Iterator[None]:
    """Turn an error of the disk into one sentence.

    Raises:
        RunsNotWritable: the disk is full, was mounted read-only, or refuses to write.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise RunsNotWritable(
            f"--runs {runs}: {error.strerror}. Make room or give another folder; run {run_id} is "
            f"interrupted, what it stored stays, and --resume {run_id} does the rest"
        ) from None


def run_folder_name(run_id: int, started_at: datetime) -> str:
    """Return the name of a run's folder; names sort by time."""
    return f"{started_at:%Y%m%dT%H%M%SZ}-{run_id}"


def make_run_folder(runs: Path, name: str) -> Path:
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


def find_task_files(folder: Path, stem: str) -> tuple[str, ...]:
    """Return the names of the files that a task has left beside its report.

    Args:
        folder: of the run.
        stem: that of the task. Its files are called that, or begin with it and an underscore: nyiso_vlr.csv,
            nyiso_vlr_p95.csv.
    """
    further = sorted({path.stem for path in folder.glob(f"{stem}_*") if path.suffix[1:] in FILE_KINDS})
    names = (f"{name}.{kind}" for name in (stem, *further) for kind in FILE_KINDS)
    return tuple(name for name in names if (folder / name).is_file())


def switch_latest(folder: Path) -> None:
    """Switch runs/latest to a run's folder in one step, so that the link is never broken."""
    fresh = folder.parent / f".{LATEST}.{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder.name, target_is_directory=True)
    fresh.replace(folder.parent / LATEST)


def read_package_versions() -> dict[str, str]:
    """Return the versions of Python and of PACKAGES."""
    return {"python": platform.python_version(), **{name.lower(): version(name) for name in PACKAGES}}


def describe_code() -> str:
    """Return a line with the versions of code, schema and Python, and the revision of a checkout."""
    schema = read_migrations()[-1].version
    parts = [
        f"EPD Automation {_project_version()}",
        f"schema {schema:03}",
        f"Python {platform.python_version()}",
    ]
    if (git := read_git_revision()) is not None:
        changed = ", with changes" if git["is_dirty"] else ""
        parts.append(f"revision {git['revision'][:7]}{changed}")
    return ", ".join(parts)


def _project_version() -> str:
    """Return the version of the checkout, or of the installed package outside of one."""
    if CHECKOUT is None:
        return version(PROJECT)
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def read_git_revision(folder: Path | None = CHECKOUT) -> dict[str, Any] | None:
    """Return the revision of the code and whether files differ from it; None outside a git checkout."""
    if folder is None or (revision := _git(folder, "rev-parse", "HEAD")) is None:
        return None
    return {
        "revision": revision,
        "is_dirty": bool(_git(folder, "status", "--porcelain", "--untracked-files=no")),
    }


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=without_secrets(os.environ),
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
