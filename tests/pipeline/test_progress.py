from __future__ import annotations

import io

import pytest
from rich.console import Console

from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner import model as rules
from lib.pipeline.runner.execution.scheduler import KILLED
from lib.pipeline.runner.model import Board, ErrorKind, Event, Result, State, TaskError, make_plan
from lib.pipeline.runner.progress import LineProgress, TableProgress, line_of, progress_for, summary_lines
from lib.pipeline.runner.records.manifest import Rows, TaskRecord

FETCH, VLR = Task("fetch", "PJM"), Task("vlr", "PJM")
ERROR = TaskError(ErrorKind.CELL, "ValueError", "no [bold]prices", 3)


@pytest.fixture
def board() -> Board:
    """The board on which fetch of PJM runs."""
    return rules.start(rules.new_board(make_plan(NOTEBOOKS, {"PJM": 1, "ERCOT": 1})), FETCH)


def test_each_event_has_a_line(board: Board) -> None:
    failed = rules.end(board, FETCH, State.FAILED)
    done = rules.end(board, FETCH, State.DONE)
    assert line_of(Event(FETCH, board, 1)) == "fetch of PJM: started"
    assert line_of(Event(FETCH, board, 2)) == "fetch of PJM: started once more: its process was killed"
    assert line_of(Event(FETCH, done, 1, Result(None, True, 1.23))) == "fetch of PJM: done in 1.2 s"
    assert line_of(Event(FETCH, failed, 1, Result(ERROR, True, 1.0))).endswith("ValueError: no [bold]prices")
    assert line_of(Event(VLR, failed, 0)) == "vlr of PJM: skipped, fetch of PJM failed"


def test_a_file_gets_lines_as_they_are(board: Board) -> None:
    text = io.StringIO()
    progress = progress_for(Console(file=text), board.plan)
    assert isinstance(progress, LineProgress)
    with progress.live():
        progress.show(Event(FETCH, rules.end(board, FETCH, State.FAILED), 1, Result(ERROR, True, 1.0)))
    assert text.getvalue() == "[   0.0 s] fetch of PJM: failed in 1.0 s; ValueError: no [bold]prices\n"


def test_a_terminal_gets_a_table_of_isos_and_notebooks(board: Board) -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=100)
    progress = progress_for(console, board.plan)
    assert isinstance(progress, TableProgress)
    with progress.live():
        progress.show(Event(FETCH, board, 1))
        failed = rules.end(board, FETCH, State.FAILED)
        progress.show(Event(FETCH, failed, 1, Result(KILLED, False, 0.0)))
        progress.show(Event(VLR, failed, 0))
    last = text.getvalue().splitlines()
    row = next(line for line in reversed(last) if "PJM" in line)
    assert "failed" in row
    assert "skipped" in row
    assert any("fetch" in line and "summary" in line for line in last)


def test_the_summary_counts_and_names_every_failure() -> None:
    records = [
        TaskRecord(FETCH, State.DONE, rows=Rows(10, 1234567, 2)),
        TaskRecord(VLR, State.FAILED, error=ERROR),
    ]
    assert summary_lines(records, 12.34, "runs/latest/index.html") == [
        "vlr of PJM failed: ValueError: no [bold]prices",
        "1 done, 1 failed in 12.3 s; 1,234,567 rows written, 2 revised",
        "report: runs/latest/index.html",
    ]
