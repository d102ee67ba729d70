"""One task in a process of its own: execute the notebook, judge the result, write the report."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from time import perf_counter
from typing import Any

import nbformat
import papermill
from jupyter_client.manager import AsyncKernelManager
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.iorw import write_ipynb

from lib.manifest import ErrorKind, TaskError
from lib.pipeline.notebooks import Task
from lib.pipeline.runner.execution.judge import (
    error_from_exception,
    find_task_error,
    forget_replies,
    unfinished_cell,
)
from lib.pipeline.runner.execution.kernel import KERNEL_NAME, ForkedKernel, kernel_manager
from lib.pipeline.runner.model import TaskResult
from lib.present.pages.report import ReportContext, write_report


@dataclass(frozen=True)
class Job:
    """What a process needs to run a task.

    `environment` goes to the kernel only: it may hold a secret, which no parameter may.
    """

    task: Task
    notebook: Path
    ipynb: Path
    html: Path
    parameters: Mapping[str, Any]
    report_context: ReportContext
    cell_timeout: float
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


class SavingEngine(NBClientEngine):
    """papermill's engine, which saves the notebook before each code cell and at the end.

    The original saves before and after every cell, text included. What is saved before a cell is enough to
    blame it if this process is killed.
    """

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, **options: Any
    ) -> None:
        """Execute the notebook; the manager itself saves again when all is over."""
        path = nb_man.output_path
        nb_man.output_path = None

        def save(**_: Any) -> None:
            write_ipynb(nb_man.nb, path)

        try:
            super().execute_managed_notebook(nb_man, kernel_name, on_cell_execute=save, **options)
        finally:
            nb_man.output_path = path


papermill_engines.register("saving", SavingEngine)

_kernel: ForkedKernel | None = None
"""The kernel this process has forked for its one task."""


def prepare_process(run_pipe: Connection, sockets: Path) -> None:
    """Prepare a fresh process for one task: fork its kernel, and end when the run closes its end of the pipe.

    The pipe closes even when the run is killed. Ctrl-C reaches all processes of a terminal; only the run
    handles it.
    """
    global _kernel
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _kernel = ForkedKernel(sockets)
    threading.Thread(target=_end_with_run, args=(run_pipe, _kernel), daemon=True).start()


def run_task(job: Job) -> TaskResult:
    """Execute and judge a notebook and write its report, in a process that was prepared for it."""
    assert _kernel is not None
    started = perf_counter()
    os.environ.update(job.environment)
    error = _execute(job, _kernel)
    result = _report(job, error)
    return replace(result, seconds=perf_counter() - started)


def report_failure(job: Job, error: TaskError) -> TaskResult:
    """Write the report of a task whose process was killed, and blame the cell that was running."""
    assert _kernel is not None
    _kernel.close()
    try:
        cell = unfinished_cell(nbformat.read(str(job.ipynb), as_version=4))
    except (OSError, ValueError):  # it was killed before there was a notebook, or while it was written
        return TaskResult(error, has_html=False, seconds=0.0)
    return _report(job, replace(error, cell=cell))


def _end_with_run(run_pipe: Connection, kernel: ForkedKernel) -> None:
    wait([run_pipe])
    kernel.kill()
    kernel.wait()
    shutil.rmtree(kernel.sockets, ignore_errors=True)
    os._exit(1)


def _execute(job: Job, kernel: ForkedKernel) -> TaskError | None:
    """Let papermill run the notebook, and return the error that the result shows, if any."""
    raised: Exception | None = None
    try:
        _run_papermill(job, kernel_manager(kernel))
    except Exception as error:  # find_task_error says what it means
        raised = error
    kernel_exit = kernel.poll()
    kernel.close()
    if raised is not None and not job.ipynb.exists():
        return error_from_exception(ErrorKind.RUN, raised)
    return find_task_error(nbformat.read(str(job.ipynb), as_version=4), raised, kernel_exit)


def _run_papermill(job: Job, manager: AsyncKernelManager) -> None:
    notebook = nbformat.read(str(job.notebook), as_version=4)
    forget_replies(notebook)
    papermill.execute_notebook(
        notebook,
        _literally(job.ipynb),
        dict(job.parameters),
        engine_name="saving",
        kernel_name=KERNEL_NAME,
        language="python",
        km=manager,
        execution_timeout=job.cell_timeout,
        cwd=job.notebook.parent,
        progress_bar=False,
    )


def _report(job: Job, error: TaskError | None) -> TaskResult:
    context = replace(job.report_context, error=error)
    try:
        write_report(job.ipynb, job.html, context)
    except Exception as failure:  # a report that cannot be made is a failure of the task, not of the run
        return TaskResult(
            error or error_from_exception(ErrorKind.RENDER, failure), has_html=False, seconds=0.0
        )
    return TaskResult(error, has_html=True, seconds=0.0)


def _literally(path: Path) -> str:
    """Return the path for papermill, which fills in parameters between braces."""
    return str(path.resolve()).replace("{", "{{").replace("}", "}}")
