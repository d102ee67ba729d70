from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner.execution.scheduler import KILLED
from lib.pipeline.runner.model import (
    TaskEvent,
    TaskResult,
    TaskStates,
    initial_states,
    make_plan,
    mark_ended,
    mark_running,
)
from lib.pipeline.runner.progress import LineProgress, TableProgress, event_line, make_progress, summary_lines
from lib.task_record import ErrorKind, KeptReport, RowCounts, State, TaskError, TaskRecord

FETCH, VLR = Task("fetch", "PJM"), Task("vlr", "PJM")
ERROR = TaskError(ErrorKind.CELL, "ValueError", "no [bold]prices", 3)


@pytest.fixture
def states() -> TaskStates:
    """The states of a plan in which fetch of PJM runs."""
    return mark_running(initial_states(make_plan(NOTEBOOKS, {"PJM": 1, "ERCOT": 1})), FETCH)


def test_each_event_has_a_line(states: TaskStates) -> None:
    failed = mark_ended(states, FETCH, State.FAILED)
    done = mark_ended(states, FETCH, State.DONE)
    assert event_line(TaskEvent(FETCH, states, 1)) == "fetch of PJM: started"
    assert (
        event_line(TaskEvent(FETCH, states, 2)) == "fetch of PJM: started once more: its process was killed"
    )
    assert (
        event_line(TaskEvent(FETCH, done, 1, TaskResult(None, True, 1.23))) == "fetch of PJM: done in 1.2 s"
    )
    assert event_line(TaskEvent(FETCH, failed, 1, TaskResult(ERROR, True, 1.0))).endswith(
        "ValueError: no [bold]prices"
    )
    assert event_line(TaskEvent(VLR, failed, 0)) == "vlr of PJM: skipped, fetch of PJM failed"


def test_a_file_gets_lines_as_they_are(states: TaskStates) -> None:
    text = io.StringIO()
    progress = make_progress(Console(file=text), states.plan)
    assert isinstance(progress, LineProgress)
    with progress.live():
        progress.show(
            TaskEvent(FETCH, mark_ended(states, FETCH, State.FAILED), 1, TaskResult(ERROR, True, 1.0))
        )
    assert text.getvalue() == "[   0.0 s] fetch of PJM: failed in 1.0 s; ValueError: no [bold]prices\n"


def test_a_terminal_gets_a_table_of_isos_and_notebooks(states: TaskStates) -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=100)
    progress = make_progress(console, states.plan)
    assert isinstance(progress, TableProgress)
    with progress.live():
        progress.show(TaskEvent(FETCH, states, 1))
        failed = mark_ended(states, FETCH, State.FAILED)
        progress.show(TaskEvent(FETCH, failed, 1, TaskResult(KILLED, False, 0.0)))
        progress.show(TaskEvent(VLR, failed, 0))
    last = text.getvalue().splitlines()
    row = next(line for line in reversed(last) if "PJM" in line)
    assert "failed" in row
    assert "skipped" in row
    assert any("fetch" in line and "summary" in line for line in last)


def test_the_summary_counts_and_names_every_failure() -> None:
    fetch, vlr = (TaskRecord.waiting(task.notebook, task.iso) for task in (FETCH, VLR))
    fetch.outcome, fetch.rows = State.DONE, RowCounts(read=10, written=1234567, revised=2)
    vlr.outcome, vlr.error = State.FAILED, ERROR
    assert summary_lines([fetch, vlr], 12.34, "runs/latest/index.html") == [
        "vlr of PJM failed: ValueError: no [bold]prices",
        "1 done, 1 failed in 12.3 s; 1,234,567 rows written, 2 revised",
        "report: runs/latest/index.html",
    ]


def test_a_kept_report_is_called_that_with_the_run_that_computed_it(states: TaskStates) -> None:
    kept = KeptReport(run_id=17, folder="20260105T061502Z-17", started_at=datetime(2026, 1, 5, tzinfo=UTC))
    done = mark_ended(states, FETCH, State.DONE)
    event = TaskEvent(FETCH, done, 0, TaskResult(None, True, 0.1, kept))
    assert event_line(event) == "fetch of PJM: kept from run 17, nothing it depends on has changed"
    record = TaskRecord.waiting("fetch", "PJM")
    record.outcome, record.kept = State.DONE, kept
    assert summary_lines([record], 1.0, "index.html")[0] == (
        "nothing has changed for 1 of them: they keep their reports, and --force runs all"
    )
