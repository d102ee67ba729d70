"""What the user has set for other programs does not reach runs and pages.

A matplotlibrc, an IPython profile, a start-up script or a kernel of the same name may change pages or end a
run; a long TMPDIR leaves no room for the name of a socket. `keep_out` is called once, before heavy imports,
by each command. Folders for temporary files come from here too: the next command removes those of a killed
one.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psutil

MAX_TEMP_BYTES = 18
"""The longest path of a folder for temporary files in which sockets of kernels of the tool have a name."""

SHORT_TEMP = "/tmp"

PERSONAL = ("PYTHONSTARTUP", "PYTHONBREAKPOINT", "JUPYTER_PATH")
"""Variables with which a user changes every Python or Jupyter."""


FOLDERS = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR")
"""Variables for the folders in which Jupyter and its like keep a user's settings and their own files."""


_TEMP_FOLDER = re.compile(r"epd-[a-z_]+-(\d+)-\w+")


def keep_out() -> None:
    """Set the environment of this process and its children so that only the project's settings count."""
    for name in PERSONAL:
        os.environ.pop(name, None)
    os.environ["MATPLOTLIBRC"] = str(_default_matplotlibrc())
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel of this environment, not one of the user's
    os.environ["PYTHONUTF8"] = "1"
    if len(os.fsencode(tempfile.gettempdir())) > MAX_TEMP_BYTES:
        tempfile.tempdir = os.environ["TMPDIR"] = SHORT_TEMP


def keep_jupyter_out(folder: Path) -> None:
    """Let Jupyter and IPython keep their settings and files in this folder, not in the user's home."""
    for name in FOLDERS:
        path = folder / name.lower()
        path.mkdir(mode=0o700, exist_ok=True)
        os.environ[name] = str(path)


def temp_folder(purpose: str) -> tempfile.TemporaryDirectory[str]:
    """Return a new folder for temporary files, and remove those that processes left that were killed.

    Args:
        purpose: a word that stands in the name of the folder, beside the number of the process.
    """
    for folder in Path(tempfile.gettempdir()).glob("epd-*"):
        if _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
    prefix = f"epd-{purpose}-{os.getpid()}-"
    return tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)


def _is_abandoned(folder: Path) -> bool:
    """Return whether a folder is ours, and the process is gone that made it."""
    named = _TEMP_FOLDER.fullmatch(folder.name)
    try:
        is_own = not folder.is_symlink() and folder.stat().st_uid == os.geteuid()
    except OSError:  # another process removes it in this moment
        return False
    return named is not None and is_own and not psutil.pid_exists(int(named[1]))


def _default_matplotlibrc() -> Path:
    found = find_spec("matplotlib")  # found, not imported: the import already reads the file
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "mpl-data" / "matplotlibrc"
