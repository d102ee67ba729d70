"""Folders of runs, as a run leaves them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PAGE = (
    "<header><!--runs--><!--/runs--><!--bundle--><!--/bundle--></header>{name}<!--changes--><!--/changes-->"
)


def write_run_folder(runs: Path, run_id: int, *reports: str, **facts: Any) -> Path:
    """Write the folder of a run below `runs`, with an index and the named reports, and return it.

    Runs start a day after each other, in the order of their ids.
    """
    started = f"2026-01-{run_id:02d}T06:15:02.114+00:00"
    folder = runs / f"202601{run_id:02d}T061502Z-{run_id}"
    folder.mkdir(parents=True)
    tasks = [
        {
            "notebook": report.rpartition("_")[2],
            "iso": report.rpartition("_")[0].upper() or None,
            "outcome": "done",
            "reason": None,
            "error": None,
            "seconds": 1.5,
            "rows": {"read": 2, "written": 1, "revised": 0},
            "ipynb": f"{report}.ipynb",
            "html": f"{report}.html",
            "files": [f"{report}.csv"],
        }
        for report in reports
    ]
    manifest = {
        "format": 1,
        "run_id": run_id,
        "folder": folder.name,
        "outcome": "done",
        "started_at": started,
        "finished_at": started,
        "seconds": 57.76,
        "source": "public",
        "as_of": "2026-01-05",
        "windows": {},
        "left_out": {},
        "parameters": {},
        "database": "database 'epd' at localhost",
        "jobs": 2,
        "host": "desk",
        "git": None,
        "versions": {"python": "3.11"},
        "totals": {"rows_read": 2000, "rows_written": 1000, "rows_revised": 0},
        "tasks": tasks,
        **facts,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for name in ("index", *reports):
        (folder / f"{name}.html").write_text(PAGE.format(name=name))
    return folder
