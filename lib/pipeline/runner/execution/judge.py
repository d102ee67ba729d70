"""Judge from an executed notebook whether its task is done, and if not, why.

papermill's own result is not enough: it records the cell in which a kernel was killed as completed, and takes
`sys.exit(0)` for success. Here a cell counts as done only if the kernel's reply to it is recorded and none of
its outputs is an error; a notebook counts as done if all its cells are.
"""

from __future__ import annotations

import signal
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from lib.pipeline.runner.model import error_from_exception
from lib.redact import one_line
from lib.task_record import ErrorKind, TaskError

REPLY = "shell.execute_reply"
"""The key that nbclient writes into a cell's metadata when the kernel has replied to it."""


def forget_replies(notebook: NotebookNode) -> None:
    """Remove the replies of earlier executions, so that none passes for a reply of the coming one."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)


def find_task_error(
    notebook: NotebookNode, raised: Exception | None, kernel_exit: int | None
) -> TaskError | None:
    """Return why an executed notebook failed, or None if every one of its code cells is done.

    `raised` is what papermill raised, `kernel_exit` the exit code of a kernel that ended by itself.
    """
    cell = unfinished_cell(notebook)
    if isinstance(raised, DeadKernelError):
        return TaskError(ErrorKind.KERNEL, "DeadKernel", _kernel_sentence(kernel_exit), cell)
    if isinstance(raised, CellTimeoutError):
        return TaskError(
            ErrorKind.TIMEOUT, "CellTimeout", "the cell ran longer than a cell may (--timeout)", cell
        )
    if cell is not None:
        return _cell_error(notebook.cells[cell], cell, raised)
    if raised is not None:
        return error_from_exception(ErrorKind.RUN, raised)
    return None


def unfinished_cell(notebook: NotebookNode) -> int | None:
    """Return the index of the first cell that was not done, or None if all were."""
    return next((index for index, cell in enumerate(notebook.cells) if not _is_done(cell)), None)


def _is_done(cell: NotebookNode) -> bool:
    if cell.cell_type != "code" or not cell.source.strip():
        return True
    return REPLY in cell.metadata.get("execution", {}) and _error_output(cell) is None


def _error_output(cell: NotebookNode) -> dict[str, Any] | None:
    return next((output for output in cell.outputs if output.output_type == "error"), None)


def _cell_error(cell: NotebookNode, index: int, raised: Exception | None) -> TaskError:
    output = _error_output(cell)
    if output is None:
        reason = f" ({one_line(str(raised))})" if raised else ""
        return TaskError(ErrorKind.RUN, "CellNotExecuted", f"the cell was never executed{reason}", index)
    name = output["ename"]
    if name == "SystemExit":
        return TaskError(
            ErrorKind.EXIT, name, f"the notebook left early by sys.exit({output['evalue']})", index
        )
    return TaskError(ErrorKind.CELL, name, one_line(output["evalue"]) or name, index)


def _kernel_sentence(kernel_exit: int | None) -> str:
    if kernel_exit is None:
        return "the kernel died before the cell was done"
    if kernel_exit >= 0:
        return f"the kernel ended with exit code {kernel_exit} before the cell was done"
    name = signal.Signals(-kernel_exit).name
    hint = ", which is what the system does when memory runs out" if name == "SIGKILL" else ""
    return f"the kernel was killed by {name} before the cell was done{hint}"
