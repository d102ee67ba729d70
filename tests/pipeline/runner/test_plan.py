from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lib import store
from lib.markets import MARKETS
from lib.pipeline.notebooks import NOTEBOOKS, Task, task_of
from lib.pipeline.runner.model import ancestors, make_plan

isos = st.dictionaries(st.sampled_from(list(MARKETS)), st.integers(1, 50), min_size=1)
notebooks = st.sets(st.sampled_from(list(NOTEBOOKS)), min_size=1)


@given(notebooks, isos)
def test_every_task_comes_after_all_it_needs(names: set[str], weights: dict[str, int]) -> None:
    plan = make_plan(names, weights)
    position = {task: index for index, task in enumerate(plan.tasks)}
    assert all(position[need] < position[task] for task in plan.tasks for need in plan.needs[task])


@given(notebooks, isos)
def test_there_is_one_task_for_each_notebook_and_iso_asked_for(
    names: set[str], weights: dict[str, int]
) -> None:
    plan = make_plan(names, weights)
    wanted = {(name, iso if NOTEBOOKS[name].per_iso else None) for name in names for iso in weights}
    assert {(task.notebook, task.iso) for task in plan.tasks} == wanted
    assert len(plan.tasks) == len(wanted)


@given(notebooks, isos)
def test_a_task_of_an_iso_needs_no_task_of_another(names: set[str], weights: dict[str, int]) -> None:
    plan = make_plan(names, weights)
    assert all(need.iso in (task.iso, None) for task in plan.tasks if task.iso for need in plan.needs[task])


def test_the_whole_plan_has_each_notebook_for_each_iso_and_ends_with_the_summary() -> None:
    plan = make_plan(NOTEBOOKS, dict.fromkeys(MARKETS, 1))
    expected = {
        Task(notebook.name, iso)
        for notebook in NOTEBOOKS.values()
        for iso in (MARKETS if notebook.per_iso else (None,))
    }
    assert set(plan.tasks) == expected
    assert len(plan.tasks) == len(expected)
    assert plan.tasks[-1] == Task("summary", None)
    needed = {task for task in expected if task.notebook in ancestors("summary")}
    assert set(plan.needs[plan.tasks[-1]]) == needed


def test_the_settlements_need_nothing_and_the_cost_curves_need_them() -> None:
    plan = make_plan(NOTEBOOKS, dict.fromkeys(MARKETS, 1))
    settlements = Task("ice_settlements", None)
    assert plan.needs[settlements] == ()
    waiting = {task.notebook for task, needs in plan.needs.items() if settlements in needs}
    assert waiting == {"cost_curves", "summary"}


def test_without_isos_there_are_only_the_notebooks_about_all_of_them() -> None:
    assert make_plan(["fetch", "ice_settlements"], {}).tasks == (Task("ice_settlements", None),)


def test_the_iso_with_most_work_behind_it_starts_first() -> None:
    plan = make_plan(NOTEBOOKS, {"ERCOT": 5, "PJM": 21, "NYISO": 11})
    assert [str(task) for task in plan.tasks[:3]] == ["fetch of PJM", "vlr of PJM", "shaping of PJM"]
    fetches = [task.iso for task in plan.tasks if task.notebook == "fetch"]
    assert fetches == ["PJM", "NYISO", "ERCOT"]


def test_what_is_not_selected_counts_as_done() -> None:
    plan = make_plan(["vlr"], {"PJM": 1})
    assert plan.tasks == (Task("vlr", "PJM"),)
    assert plan.needs[plan.tasks[0]] == ()


def test_a_need_reaches_through_a_notebook_that_is_not_selected() -> None:
    plan = make_plan(["fetch", "summary"], {"PJM": 1})
    assert plan.needs[Task("summary", None)] == (Task("fetch", "PJM"),)


def test_files_are_named_in_lower_case() -> None:
    assert Task("fetch", "NYISO").stem == "nyiso_fetch"
    assert Task("summary", None).stem == "summary"


def test_every_curve_that_is_stored_is_published_by_one_notebook_of_the_plan() -> None:
    publishing = {notebook.curve: notebook for notebook in NOTEBOOKS.values() if notebook.curve}
    assert sorted(publishing) == sorted(set(store.CURVE_OF_TABLE.values()))
    assert all(notebook.per_iso for notebook in publishing.values())
    assert {curve: task_of(curve, "PJM").notebook for curve in publishing} == {
        curve: notebook.name for curve, notebook in publishing.items()
    }
