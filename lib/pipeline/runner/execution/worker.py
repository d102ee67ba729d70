"""One task in a process of its own: execute the notebook, judge the result, write the report.

The run imports this module only to name what a process calls. That process imports papermill and Jupyter: it
is forked from a server that has them.
"""

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
from typing import TYPE_CHECKING, Any

from lib.pipeline.notebooks import Task
from lib.pipeline.runner.model import TaskResult, error_from_exception
from lib.present.pages.report import ReportContext, write_report
from lib.task_record import ErrorKind, TaskError

if TYPE_CHECKING:
    from lib.pipeline.runner.execution.kernel import ForkedKernel


@dataclass(frozen=True)
class Job:
    """What a process needs to run a task.

    `environment` is that of the run; the fork server keeps that of the first run of its process. It goes to
    the kernel only: it may hold a secret, which no parameter may.
    """

    task: Task
    notebook: Path
    ipynb: Path
    html: Path
    parameters: Mapping[str, Any]
    report_context: ReportContext
    cell_timeout: float
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


_kernel: ForkedKernel | None = None
"""The kernel this process has forked for its one task."""


def prepare_process(run_pipe: Connection, sockets: Path) -> None:
    """Prepare a fresh process for one task: fork its kernel, and end when the run closes its end of the pipe.

    The pipe closes even when the run is killed. Ctrl-C reaches all processes of a terminal; only the run
    handles it.
    """
    from lib.pipeline.runner.execution.kernel import ForkedKernel

    global _kernel
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _kernel = ForkedKernel(sockets)
    threading.Thread(target=_end_with_run, args=(run_pipe, _kernel), daemon=True).start()


def run_task(job: Job) -> TaskResult:
    """Execute and judge a notebook and write its report, in a process that was prepared for it."""
    from lib.pipeline.runner.execution.notebook import execute_notebook

    assert _kernel is not None
    started = perf_counter()
    os.environ.update(job.environment)
    error = execute_notebook(job.notebook, job.ipynb, job.parameters, job.cell_timeout, _kernel)
    result = _report(job, error)
    return replace(result, seconds=perf_counter() - started)


def report_failure(job: Job, error: TaskError) -> TaskResult:
    """Write the report of a task whose process was killed, and blame the cell that was running."""
    import nbformat

    from lib.pipeline.runner.execution.judge import unfinished_cell

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


def _report(job: Job, error: TaskError | None) -> TaskResult:
    context = replace(job.report_context, error=error)
    try:
        write_report(job.ipynb, job.html, context)
    except Exception as failure:  # a report that cannot be made is a failure of the task, not of the run
        return TaskResult(
            error or error_from_exception(ErrorKind.RENDER, failure), has_html=False, seconds=0.0
        )
    return TaskResult(error, has_html=True, seconds=0.0)
