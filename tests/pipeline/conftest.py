"""Toy notebooks, and the processes that run them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lib.pipeline.notebooks import Task
from lib.pipeline.runner.execution.processes import Pool, start_fork_server
from lib.pipeline.runner.execution.worker import Job
from tests.support.reports import make_report_context

TASK = Task("vlr", "PJM")
PARAMETERS = (
    "iso = None\nsource = 'demo'\nstart = None\nend = None\nas_of = None\nrun_id = 0\npublish = False"
)


@pytest.fixture(scope="session")
def write_notebook() -> Callable[..., Path]:
    """A function that writes a notebook of a title, a parameters cell and the given code cells."""

    def write(path: Path, *sources: str, parameters: str = PARAMETERS) -> Path:
        cells = [new_markdown_cell("# Toy"), new_code_cell(parameters), *map(new_code_cell, sources)]
        cells[1].metadata["tags"] = ["parameters"]
        notebook = new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        notebook.metadata["language_info"] = {"name": "python"}
        nbformat.write(notebook, str(path))
        return path

    return write


@pytest.fixture
def make_job(tmp_path: Path, write_notebook: Callable[..., Path]) -> Callable[..., Job]:
    """A function that makes the job of a task whose notebook has the given code cells."""

    def make(*sources: str, task: Task = TASK, timeout: float = 60.0, **environment: str) -> Job:
        return Job(
            task=task,
            notebook=write_notebook(tmp_path / f"{task.stem}_in.ipynb", *sources),
            ipynb=tmp_path / f"{task.stem}.ipynb",
            html=tmp_path / f"{task.stem}.html",
            parameters={"iso": task.iso, "run_id": 7, "publish": True},
            report_context=make_report_context(run_id=7, notebook=task.notebook, iso=task.iso),
            cell_timeout=timeout,
            environment=environment,
        )

    return make


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    """A function that tells whether a process runs; one that its parent has yet to bury does not."""

    def is_alive_(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return is_alive_


@pytest.fixture
def short_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files, empty at first; its path is short, as that of a socket must be."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@pytest.fixture
def pool() -> Iterator[Pool]:
    """A pool whose processes are gone after the test."""
    start_fork_server()
    with Pool() as pool:
        yield pool


PAGE = (
    "<header><!--runs--><!--/runs--><!--bundle--><!--/bundle--></header>{name}<!--changes--><!--/changes-->"
)


@pytest.fixture
def leave_run(tmp_path: Path) -> Callable[..., Path]:
    """A function that leaves the folder of a run in tmp_path/runs, with an index and the named reports.

    Runs start a day after each other, in the order of their ids.
    """

    def leave(run_id: int, *reports: str, **facts: Any) -> Path:
        started = f"2026-01-{run_id:02d}T06:15:02.114+00:00"
        folder = tmp_path / "runs" / f"202601{run_id:02d}T061502Z-{run_id}"
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

    return leave
