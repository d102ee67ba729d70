from __future__ import annotations

import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lib.pipeline.runner.execution.judge import REPLY, find_task_error, forget_replies
from lib.redact import one_line
from lib.task_record import ErrorKind, TaskError


def _cell(
    source: str = "x = 1", error: tuple[str, str] | None = None, is_answered: bool = True
) -> NotebookNode:
    cell = new_code_cell(source)
    if is_answered:
        cell.metadata["execution"] = {REPLY: "2026-01-01T00:00:00Z"}
    if error:
        cell.outputs = [new_output("error", ename=error[0], evalue=error[1], traceback=[])]
    return cell


def test_a_notebook_is_done_when_every_cell_with_code_was_answered_without_error() -> None:
    cells = [new_markdown_cell("# Title"), _cell(), new_code_cell("  \n"), _cell()]
    assert find_task_error(new_notebook(cells=cells), None, None) is None


def test_the_first_cell_with_an_error_is_to_blame() -> None:
    notebook = new_notebook(
        cells=[_cell(), _cell(error=("ValueError", "\x1b[31mno\n  prices\x1b[0m")), _cell(is_answered=False)]
    )
    assert find_task_error(notebook, None, None) == TaskError(ErrorKind.CELL, "ValueError", "no prices", 1)


def test_an_exception_without_a_message_is_called_by_its_name() -> None:
    error = find_task_error(new_notebook(cells=[_cell(error=("AssertionError", ""))]), None, None)
    assert error is not None
    assert error.sentence == "AssertionError"


def test_a_cell_that_was_never_answered_is_no_success_even_if_nobody_complained() -> None:
    error = find_task_error(new_notebook(cells=[_cell(), _cell(is_answered=False)]), None, None)
    assert error is not None
    assert (error.kind, error.name, error.cell) == (ErrorKind.RUN, "CellNotExecuted", 1)


@pytest.mark.parametrize(
    ("kernel_exit", "words"),
    [
        (None, "the kernel died"),
        (3, "ended with exit code 3"),
        (
            -9,
            "killed by SIGKILL before the cell was done, which is what the system does when memory runs out",
        ),
        (-11, "killed by SIGSEGV before the cell was done"),
    ],
)
def test_a_dead_kernel_is_told_by_how_it_ended(kernel_exit: int | None, words: str) -> None:
    notebook = new_notebook(cells=[_cell(), _cell(is_answered=False)])
    error = find_task_error(notebook, DeadKernelError("Kernel died"), kernel_exit)
    assert error is not None
    assert words in error.sentence
    assert (error.kind, error.cell) == (ErrorKind.KERNEL, 1)


def test_a_kernel_that_dies_after_its_last_cell_is_still_a_failure() -> None:
    error = find_task_error(new_notebook(cells=[_cell()]), DeadKernelError("Kernel died"), -9)
    assert error is not None
    assert (error.kind, error.cell) == (ErrorKind.KERNEL, None)


def test_a_timeout_is_not_mistaken_for_the_interruption_it_causes() -> None:
    notebook = new_notebook(cells=[_cell(error=("KeyboardInterrupt", ""))])
    error = find_task_error(notebook, CellTimeoutError("too long"), None)
    assert error is not None
    assert error.kind is ErrorKind.TIMEOUT


def test_what_papermill_raises_after_the_last_cell_is_a_failure_of_the_run() -> None:
    error = find_task_error(new_notebook(cells=[_cell()]), OSError("disk full"), None)
    assert error == TaskError(ErrorKind.RUN, "OSError", "disk full", None)


def test_notes_of_earlier_executions_are_forgotten() -> None:
    notebook = new_notebook(cells=[_cell()])
    forget_replies(notebook)
    assert find_task_error(notebook, None, None) is not None


def test_a_sentence_fits_a_line_and_holds_no_password() -> None:
    sentence = one_line("no connection\nto postgresql://desk:hunter2@host/epd " + "x" * 1000)
    assert "hunter2" not in sentence
    assert "\n" not in sentence
    assert len(sentence) < 610
