"""Real notebooks in real processes and kernels: what counts as success, and what every failure is called."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from lib.pipeline.runner.execution.processes import Pool
from lib.pipeline.runner.execution.worker import Job, run_task
from lib.pipeline.runner.model import TaskResult
from lib.task_record import ErrorKind


def _run(pool: Pool, job: Job) -> TaskResult:
    return pool.submit(run_task, job).result()


def _text_of_last_cell(path: Path) -> str:
    return nbformat.read(str(path), as_version=4).cells[-1].outputs[0]["data"]["text/plain"]


def test_a_notebook_whose_cells_all_run_is_done(pool: Pool, make_job: Callable[..., Job]) -> None:
    job = make_job("x = 6", "x * run_id")
    result = _run(pool, job)
    assert result.error is None
    assert _text_of_last_cell(job.ipynb) == "42"
    assert result.has_html
    assert "42" in job.html.read_text()


def test_a_kernel_gets_the_environment_and_no_parameter_shows_it(
    pool: Pool, make_job: Callable[..., Job]
) -> None:
    job = make_job("import os; len(os.environ['EPD_DATABASE'])", EPD_DATABASE="postgresql://u:hunter2@h/d")
    assert _run(pool, job).error is None
    assert _text_of_last_cell(job.ipynb) == "26"
    assert "hunter2" not in job.ipynb.read_text() + job.html.read_text() + repr(job)


def test_a_figure_is_drawn_into_the_notebook(pool: Pool, make_job: Callable[..., Job]) -> None:
    job = make_job("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert _run(pool, job).error is None
    outputs = nbformat.read(str(job.ipynb), as_version=4).cells[-1].outputs
    assert any("image/png" in output.get("data", {}) for output in outputs)


def test_a_cell_that_raises_is_named_with_its_message(pool: Pool, make_job: Callable[..., Job]) -> None:
    job = make_job("x = 1", "raise ValueError('no hour of NYISO has\\n all four series')", "x = 2")
    result = _run(pool, job)
    assert result.error is not None
    assert (result.error.kind, result.error.name) == (ErrorKind.CELL, "ValueError")
    assert result.error.sentence == "no hour of NYISO has all four series"
    cell = nbformat.read(str(job.ipynb), as_version=4).cells[result.error.cell]
    assert "raise ValueError" in cell.source
    assert result.has_html
    assert "all four series" in job.html.read_text()


@pytest.mark.parametrize("status", ["0", "3"])
def test_leaving_early_is_a_failure(pool: Pool, make_job: Callable[..., Job], status: str) -> None:
    error = _run(pool, make_job(f"import sys; sys.exit({status})", "x = 1")).error
    assert error is not None
    assert (error.kind, error.sentence) == (ErrorKind.EXIT, f"the notebook left early by sys.exit({status})")


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("import os; os._exit(0)", "the kernel ended with exit code 0 before the cell was done"),
        ("import os; os.kill(os.getpid(), 9)", "the kernel was killed by SIGKILL before the cell was done"),
        ("import ctypes; ctypes.string_at(0)", "the kernel was killed by SIGSEGV before the cell was done"),
    ],
)
def test_a_dead_kernel_is_a_failure_in_plain_words(
    pool: Pool, make_job: Callable[..., Job], source: str, sentence: str
) -> None:
    job = make_job("x = 1", source)
    result = _run(pool, job)
    assert result.error is not None
    assert result.error.kind is ErrorKind.KERNEL
    assert result.error.sentence.startswith(sentence)
    assert result.error.cell == 4  # title, parameters, injected parameters, x = 1, and then it
    assert result.has_html
    assert sentence in job.html.read_text()


def test_a_cell_that_never_ends_is_stopped(pool: Pool, make_job: Callable[..., Job]) -> None:
    error = _run(pool, make_job("import time\nwhile True: time.sleep(0.1)", timeout=1.0)).error
    assert error is not None
    assert (error.kind, error.cell) == (ErrorKind.TIMEOUT, 3)


def test_notes_of_an_earlier_execution_prove_nothing(pool: Pool, make_job: Callable[..., Job]) -> None:
    job = make_job("import os; os._exit(0)", "x = 1")
    content = json.loads(job.notebook.read_text())
    for cell in content["cells"]:
        cell["metadata"]["execution"] = {"shell.execute_reply": "2020-01-01T00:00:00Z"}
    job.notebook.write_text(json.dumps(content))
    error = _run(pool, job).error
    assert error is not None
    assert error.kind is ErrorKind.KERNEL


def test_a_report_that_cannot_be_made_is_a_failure_of_its_own_kind(
    pool: Pool, make_job: Callable[..., Job]
) -> None:
    job = make_job("x = 1")
    job.html.mkdir()
    result = _run(pool, job)
    assert result.error is not None
    assert (result.error.kind, result.error.name) == (ErrorKind.RENDER, "IsADirectoryError")
    assert not result.has_html


def test_a_failing_cell_stays_the_cause_when_its_report_fails_too(
    pool: Pool, make_job: Callable[..., Job]
) -> None:
    job = make_job("1 / 0")
    job.html.mkdir()
    error = _run(pool, job).error
    assert error is not None
    assert (error.kind, error.name) == (ErrorKind.CELL, "ZeroDivisionError")


def test_a_notebook_that_is_no_notebook_is_a_failure_of_the_run(
    pool: Pool, make_job: Callable[..., Job]
) -> None:
    job = make_job("x = 1")
    job.notebook.write_text("not json")
    result = _run(pool, job)
    assert result.error is not None
    assert result.error.kind is ErrorKind.RUN
    assert not result.has_html


def test_braces_in_a_path_are_only_braces(pool: Pool, make_job: Callable[..., Job], tmp_path: Path) -> None:
    from dataclasses import replace

    folder = tmp_path / "a{iso}b"
    folder.mkdir()
    job = replace(make_job("x = 1"), ipynb=folder / "x.ipynb")
    assert _run(pool, job).error is None
    assert job.ipynb.exists()
