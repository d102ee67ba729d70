from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.markets import MARKETS
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner.model import (
    Plan,
    TaskStates,
    initial_states,
    make_plan,
    mark_ended,
    mark_interrupted,
    mark_running,
    newly_skipped,
    ready_tasks,
)
from lib.task_record import State

plans = st.builds(
    make_plan,
    st.sets(st.sampled_from(list(NOTEBOOKS)), min_size=1),
    st.dictionaries(st.sampled_from(list(MARKETS)), st.integers(1, 50), min_size=1),
)


def _play(plan: Plan, failing: set[Task], n_jobs: int) -> tuple[TaskStates, list[Task]]:
    """Run a plan without notebooks; return the final states, and the tasks in the order of their starts."""
    states, running, started = initial_states(plan), [], []
    while not states.is_over:
        for task in ready_tasks(states)[: n_jobs - len(running)]:
            states = mark_running(states, task)
            running.append(task)
            started.append(task)
        task = running.pop(0)
        states = mark_ended(states, task, State.FAILED if task in failing else State.DONE)
    return states, started


@given(plans, st.data(), st.integers(1, 6))
def test_failures_skip_exactly_what_builds_on_them(plan: Plan, data: st.DataObject, n_jobs: int) -> None:
    failing = data.draw(st.sets(st.sampled_from(plan.tasks)))
    states, started = _play(plan, failing, n_jobs)
    bad = {task for task, state in states.by_task.items() if state in (State.FAILED, State.SKIPPED)}
    for task in plan.tasks:
        needs = set(plan.needs[task])
        of_its_iso = {need for need in needs if need.iso == task.iso}
        shown = {need for need in needs if need.notebook in ("vlr", "shaping", "cost_curves", "backtest")}
        is_hopeless = bool(of_its_iso & bad) if task.iso else bool(shown) and shown <= bad
        assert (states.by_task[task] is State.SKIPPED) == is_hopeless
        assert (task in started) == (not is_hopeless)
        assert (task in states.reasons) == is_hopeless


@given(plans, st.data(), st.integers(1, 6))
def test_nothing_starts_before_what_it_needs_has_ended(plan: Plan, data: st.DataObject, n_jobs: int) -> None:
    _, started = _play(plan, data.draw(st.sets(st.sampled_from(plan.tasks))), n_jobs)
    for index, task in enumerate(started):
        assert not set(plan.needs[task]) & set(started[index:])


def _end(states: TaskStates, notebook: str, iso: str | None, state: State) -> TaskStates:
    return mark_ended(mark_running(states, Task(notebook, iso)), Task(notebook, iso), state)


@pytest.fixture
def states() -> TaskStates:
    of_curves = ["fetch", "vlr", "shaping", "cost_curves", "summary"]
    return initial_states(make_plan(of_curves, {"ERCOT": 2, "PJM": 1}))


def test_a_failed_fetch_skips_its_own_iso_and_names_the_culprit(states: TaskStates) -> None:
    states = _end(states, "fetch", "ERCOT", State.FAILED)
    assert states.by_task[Task("vlr", "ERCOT")] is State.SKIPPED
    assert states.reasons[Task("shaping", "ERCOT")] == "fetch of ERCOT failed"
    assert states.by_task[Task("vlr", "PJM")] is State.WAITING
    assert states.by_task[Task("summary", None)] is State.WAITING


def test_the_summary_runs_when_one_iso_came_through(states: TaskStates) -> None:
    states = _end(states, "fetch", "ERCOT", State.FAILED)
    for notebook in ("fetch", "vlr", "shaping", "cost_curves"):
        assert Task("summary", None) not in ready_tasks(states)
        states = _end(states, notebook, "PJM", State.DONE)
    assert ready_tasks(states) == (Task("summary", None),)


def test_the_summary_runs_when_every_iso_has_a_failure_but_one_curve_is_done(states: TaskStates) -> None:
    for iso, bad in (("ERCOT", "shaping"), ("PJM", "vlr")):
        for notebook in ("fetch", "vlr", "shaping"):
            assert Task("summary", None) not in ready_tasks(states)
            is_bad = notebook == bad or (iso, notebook) == ("PJM", "shaping")
            states = _end(states, notebook, iso, State.FAILED if is_bad else State.DONE)
    assert ready_tasks(states) == (Task("summary", None),)


def test_the_summary_alone_runs_whatever_becomes_of_a_fetch_beside_it() -> None:
    states = initial_states(make_plan(["fetch", "summary"], {"PJM": 1}))
    states = _end(states, "fetch", "PJM", State.FAILED)
    assert ready_tasks(states) == (Task("summary", None),)


def test_the_summary_is_skipped_when_no_curve_is_done(states: TaskStates) -> None:
    states = _end(states, "fetch", "ERCOT", State.FAILED)
    after = _end(states, "fetch", "PJM", State.FAILED)
    assert after.by_task[Task("summary", None)] is State.SKIPPED
    reason = after.reasons[Task("summary", None)]
    assert reason == "no vlr or shaping or cost_curves is done: fetch of ERCOT failed first"
    assert after.is_over
    assert set(newly_skipped(states, after)) == {
        Task("vlr", "PJM"),
        Task("shaping", "PJM"),
        Task("cost_curves", "PJM"),
        Task("summary", None),
    }


def test_cost_curves_wait_for_the_settlements_and_go_on_without_them() -> None:
    states = initial_states(make_plan(["ice_settlements", "cost_curves"], {"PJM": 1}))
    assert ready_tasks(states) == (Task("ice_settlements", None),)
    states = _end(states, "ice_settlements", None, State.FAILED)
    assert ready_tasks(states) == (Task("cost_curves", "PJM"),)


def test_an_interruption_leaves_ended_tasks_as_they_are(states: TaskStates) -> None:
    states = mark_running(_end(states, "fetch", "ERCOT", State.DONE), Task("fetch", "PJM"))
    after = mark_interrupted(states)
    assert after.by_task[Task("fetch", "ERCOT")] is State.DONE
    assert after.by_task[Task("fetch", "PJM")] is State.INTERRUPTED
    assert after.by_task[Task("summary", None)] is State.INTERRUPTED
    assert after.is_over


def test_a_task_cannot_start_before_its_needs_or_end_before_its_start(states: TaskStates) -> None:
    with pytest.raises(ValueError, match="vlr of PJM cannot start"):
        mark_running(states, Task("vlr", "PJM"))
    with pytest.raises(ValueError, match="fetch of PJM is waiting"):
        mark_ended(states, Task("fetch", "PJM"), State.DONE)


def test_what_the_source_has_no_measure_for_never_starts_and_fails_nothing() -> None:
    lacking = {"PJM": {"da_load": "no da_load", "rt_load": "no rt_load"}}
    plan = make_plan(["fetch", "vlr", "shaping", "cost_curves", "summary"], {"PJM": 1}, lacking)
    states = initial_states(plan)
    assert states.reasons == {
        Task("vlr", "PJM"): "the source has no da_load and no rt_load of PJM",
        Task("cost_curves", "PJM"): "vlr of PJM was skipped",
    }
    states = _end(states, "fetch", "PJM", State.DONE)
    states = _end(states, "shaping", "PJM", State.DONE)
    assert ready_tasks(states) == (Task("summary", None),)


def test_a_run_of_which_nothing_is_possible_is_over_before_it_starts() -> None:
    lacking = {"PJM": {"da_lmp": "no da_lmp"}}
    states = initial_states(make_plan(["vlr", "shaping", "cost_curves", "summary"], {"PJM": 1}, lacking))
    assert states.is_over
    reason = states.reasons[Task("summary", None)]
    assert reason == "no vlr or shaping or cost_curves is done: vlr of PJM was skipped"
