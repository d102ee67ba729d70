from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.markets import MARKETS
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner import model as rules
from lib.pipeline.runner.model import Board, Plan, State, make_plan

plans = st.builds(
    make_plan,
    st.sets(st.sampled_from(list(NOTEBOOKS)), min_size=1),
    st.dictionaries(st.sampled_from(list(MARKETS)), st.integers(1, 50), min_size=1),
)


def _play(plan: Plan, failing: set[Task], n_jobs: int) -> tuple[Board, list[Task]]:
    """Run a plan without notebooks: the board at its end, and the tasks in the order of their starts."""
    board, running, started = rules.new_board(plan), [], []
    while not board.is_over:
        for task in rules.ready(board)[: n_jobs - len(running)]:
            board = rules.start(board, task)
            running.append(task)
            started.append(task)
        task = running.pop(0)
        board = rules.end(board, task, State.FAILED if task in failing else State.DONE)
    return board, started


@given(plans, st.data(), st.integers(1, 6))
def test_failures_skip_exactly_what_builds_on_them(plan: Plan, data: st.DataObject, n_jobs: int) -> None:
    failing = data.draw(st.sets(st.sampled_from(plan.tasks)))
    board, started = _play(plan, failing, n_jobs)
    bad = {task for task, state in board.states.items() if state in (State.FAILED, State.SKIPPED)}
    for task in plan.tasks:
        needs = set(plan.needs[task])
        of_its_iso = {need for need in needs if need.iso == task.iso}
        curves = {need for need in needs if need.notebook in ("vlr", "shaping", "cost_curves")}
        is_hopeless = bool(of_its_iso & bad) if task.iso else bool(curves) and curves <= bad
        assert (board.states[task] is State.SKIPPED) == is_hopeless
        assert (task in started) == (not is_hopeless)
        assert (task in board.reasons) == is_hopeless


@given(plans, st.data(), st.integers(1, 6))
def test_nothing_starts_before_what_it_needs_has_ended(plan: Plan, data: st.DataObject, n_jobs: int) -> None:
    _, started = _play(plan, data.draw(st.sets(st.sampled_from(plan.tasks))), n_jobs)
    for index, task in enumerate(started):
        assert not set(plan.needs[task]) & set(started[index:])


def _end(board: Board, notebook: str, iso: str | None, state: State) -> Board:
    return rules.end(rules.start(board, Task(notebook, iso)), Task(notebook, iso), state)


@pytest.fixture
def board() -> Board:
    of_series = [name for name, notebook in NOTEBOOKS.items() if not notebook.has_own_source]
    return rules.new_board(make_plan(of_series, {"ERCOT": 2, "PJM": 1}))


def test_a_failed_fetch_skips_its_own_iso_and_names_the_culprit(board: Board) -> None:
    board = _end(board, "fetch", "ERCOT", State.FAILED)
    assert board.states[Task("vlr", "ERCOT")] is State.SKIPPED
    assert board.reasons[Task("shaping", "ERCOT")] == "fetch of ERCOT failed"
    assert board.states[Task("vlr", "PJM")] is State.WAITING
    assert board.states[Task("summary", None)] is State.WAITING


def test_the_summary_runs_when_one_iso_came_through(board: Board) -> None:
    board = _end(board, "fetch", "ERCOT", State.FAILED)
    for notebook in ("fetch", "vlr", "shaping", "cost_curves"):
        assert Task("summary", None) not in rules.ready(board)
        board = _end(board, notebook, "PJM", State.DONE)
    assert rules.ready(board) == (Task("summary", None),)


def test_the_summary_runs_when_every_iso_has_a_failure_but_one_curve_is_done(board: Board) -> None:
    for iso, bad in (("ERCOT", "shaping"), ("PJM", "vlr")):
        for notebook in ("fetch", "vlr", "shaping"):
            assert Task("summary", None) not in rules.ready(board)
            is_bad = notebook == bad or (iso, notebook) == ("PJM", "shaping")
            board = _end(board, notebook, iso, State.FAILED if is_bad else State.DONE)
    assert rules.ready(board) == (Task("summary", None),)


def test_the_summary_alone_runs_whatever_becomes_of_a_fetch_beside_it() -> None:
    board = rules.new_board(make_plan(["fetch", "summary"], {"PJM": 1}))
    board = _end(board, "fetch", "PJM", State.FAILED)
    assert rules.ready(board) == (Task("summary", None),)


def test_the_summary_is_skipped_when_no_curve_is_done(board: Board) -> None:
    board = _end(board, "fetch", "ERCOT", State.FAILED)
    after = _end(board, "fetch", "PJM", State.FAILED)
    assert after.states[Task("summary", None)] is State.SKIPPED
    reason = after.reasons[Task("summary", None)]
    assert reason == "no vlr or shaping or cost_curves is done: fetch of ERCOT failed first"
    assert after.is_over
    assert set(rules.newly_skipped(board, after)) == {
        Task("vlr", "PJM"),
        Task("shaping", "PJM"),
        Task("cost_curves", "PJM"),
        Task("summary", None),
    }


def test_cost_curves_wait_for_the_settlements_and_go_on_without_them() -> None:
    board = rules.new_board(make_plan(["ice_settlements", "cost_curves"], {"PJM": 1}))
    assert rules.ready(board) == (Task("ice_settlements", None),)
    board = _end(board, "ice_settlements", None, State.FAILED)
    assert rules.ready(board) == (Task("cost_curves", "PJM"),)


def test_an_interruption_leaves_ended_tasks_as_they_are(board: Board) -> None:
    board = rules.start(_end(board, "fetch", "ERCOT", State.DONE), Task("fetch", "PJM"))
    after = rules.interrupt(board)
    assert after.states[Task("fetch", "ERCOT")] is State.DONE
    assert after.states[Task("fetch", "PJM")] is State.INTERRUPTED
    assert after.states[Task("summary", None)] is State.INTERRUPTED
    assert after.is_over


def test_a_task_cannot_start_before_its_needs_or_end_before_its_start(board: Board) -> None:
    with pytest.raises(ValueError, match="vlr of PJM cannot start"):
        rules.start(board, Task("vlr", "PJM"))
    with pytest.raises(ValueError, match="fetch of PJM is waiting"):
        rules.end(board, Task("fetch", "PJM"), State.DONE)
