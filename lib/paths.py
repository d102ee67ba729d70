"""Where the project's folders are: in a checkout of the repository, or installed from a wheel.

A checkout holds everything in one folder. A wheel puts `notebooks` and `sql` inside `lib`, where no program
should write, so the settings, the database and the runs go to `epd` in the user's home folder.
"""

from __future__ import annotations

from pathlib import Path

_LIB = Path(__file__).resolve().parent

CHECKOUT = _LIB.parent if (_LIB.parent / "run_all.py").is_file() else None
"""The folder of the repository; None if the code was installed from a wheel."""

ROOT = CHECKOUT or Path.home() / "epd"
"""The folder of `.env`, the embedded database and the runs, unless the settings name others."""

NOTEBOOKS_FOLDER = (CHECKOUT or _LIB) / "notebooks"
SQL_FOLDER = (CHECKOUT or _LIB) / "sql"
