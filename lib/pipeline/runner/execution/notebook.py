"""Execute the notebook of a task: papermill sends its cells to the forked kernel."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbformat import NotebookNode
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

from lib.pipeline.runner.execution.judge import find_task_error, forget_replies
from lib.pipeline.runner.execution.kernel import KERNEL_NAME, ForkedKernel, kernel_manager
from lib.pipeline.runner.model import error_from_exception
from lib.redact import redact_all
from lib.task_record import ErrorKind, TaskError

ENGINE_NAME = "saving"

_LANGUAGE = ("kernelspec", "language_info")
"""What a notebook says of its language: no secret, though a password may be a word such as python."""


class SavingEngine(NBClientEngine):
    """papermill's engine, which saves the notebook before each code cell and at the end.

    The original saves before and after every cell, text included, checks the notebook each time and writes
    it line by line. What is saved before a cell is enough to blame it if this process is killed.
    """

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, **options: Any
    ) -> None:
        """Execute the notebook; the manager itself saves again when all is over."""
        path = nb_man.output_path
        nb_man.output_path = None

        clean = 0  # cells before this one have no secret any more

        def save(cell_index: int, **_: Any) -> None:
            nonlocal clean
            hide_in_cells(nb_man.nb.cells[clean:cell_index])
            clean = cell_index
            Path(path).write_text(json.dumps(nb_man.nb), encoding="utf-8")

        try:
            super().execute_managed_notebook(nb_man, kernel_name, on_cell_execute=save, **options)
        finally:
            hide_in_notebook(nb_man.nb)
            nb_man.output_path = path


def hide_in_notebook(notebook: NotebookNode) -> None:
    """Replace the secrets in a notebook's outputs, and in what widgets and extensions left beside them."""
    hide_in_cells(notebook.cells)
    others = {name: each for name, each in notebook.metadata.items() if name not in _LANGUAGE}
    notebook.metadata.update(redact_all(others))


def hide_in_cells(cells: Iterable[NotebookNode]) -> None:
    """Replace the secrets that outputs of cells repeat, such as the request in a traceback of a service."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    for cell, outputs in zip(code, redact_all([_joined(cell.outputs) for cell in code]), strict=True):
        cell.outputs = outputs


def _joined(outputs: Sequence[NotebookNode]) -> list[NotebookNode]:
    """Return outputs with one text in place of several that follow on one stream: a reader joins them too."""
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == "stream" == last.output_type and output.name == last.name:
            joined[-1] = NotebookNode({**last, "text": last.text + output.text})
        else:
            joined.append(output)
    return joined


papermill_engines.register(ENGINE_NAME, SavingEngine)


def execute_notebook(
    source: Path, target: Path, parameters: Mapping[str, Any], cell_timeout: float, kernel: ForkedKernel
) -> TaskError | None:
    """Execute a notebook, and return the error that the result shows, if any.

    Args:
        source: the notebook.
        target: the executed notebook.
        parameters: values for its parameters.
        cell_timeout: the seconds that a cell may take.
        kernel: the process that becomes its kernel; it is closed afterwards.
    """
    raised: Exception | None = None
    try:
        notebook = nbformat.read(str(source), as_version=4)
        forget_replies(notebook)
        papermill.execute_notebook(
            notebook,
            _literally(target),
            dict(parameters),
            engine_name=ENGINE_NAME,
            kernel_name=KERNEL_NAME,
            language="python",
            km=kernel_manager(kernel),
            execution_timeout=cell_timeout,
            cwd=source.parent,
            progress_bar=False,
        )
    except Exception as error:  # find_task_error says what it means
        raised = error
    kernel_exit = kernel.poll()
    kernel.close()
    if raised is not None and not target.exists():
        return error_from_exception(ErrorKind.RUN, raised)
    return find_task_error(nbformat.read(str(target), as_version=4), raised, kernel_exit)


def _literally(path: Path) -> str:
    """Return the path for papermill, which fills in parameters between braces."""
    return str(path.resolve()).replace("{", "{{").replace("}", "}}")
