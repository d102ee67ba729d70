"""Toy notebooks, and the processes that run them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lib.pipeline.notebooks import Task
from lib.pipeline.runner.execution.processes import Pool, start_fork_server
from lib.pipeline.runner.execution.worker import Job
from tests.support.reports import make_report_context
from tests.support.run_folders import write_run_folder

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


@pytest.fixture
def leave_run(tmp_path: Path) -> Callable[..., Path]:
    """A function that leaves the folder of a run in tmp_path/runs; see `write_run_folder`."""
    return partial(write_run_folder, tmp_path / "runs")
