from __future__ import annotations

from datetime import date

from lib.store import Database, RunTask, finish_run, finish_task, start_run, start_task
from lib.store.task_log import read_changed_outcomes, read_previous_tasks


def _do(database: Database, outcomes: dict[tuple[str, str], str]) -> int:
    run_id = start_run(
        database, source="files", as_of=date(2026, 1, 1), window_start=None, window_end=date(2025, 12, 31)
    )
    for (notebook, iso), outcome in outcomes.items():
        start_task(database, RunTask(run_id, notebook, iso))
        finish_task(database, RunTask(run_id, notebook, iso), outcome)
    finish_run(database, run_id, "done")
    return run_id


def test_a_task_is_compared_with_its_own_last_run(database: Database) -> None:
    _do(database, {("fetch", "PJM"): "failed", ("fetch", "NYISO"): "done", ("summary", ""): "done"})
    _do(database, {("fetch", "NYISO"): "failed"})  # this run was of one ISO only
    last = _do(database, {("fetch", "PJM"): "done", ("fetch", "NYISO"): "failed", ("vlr", "PJM"): "done"})
    changes = read_changed_outcomes(database, last)
    assert changes.to_dict("records") == [
        {"notebook": "fetch", "iso": "PJM", "before": "failed", "now": "done"}
    ]


def test_each_task_stands_beside_its_own_last_time(database: Database) -> None:
    first = _do(database, {("fetch", "PJM"): "failed", ("summary", ""): "done"})
    _do(database, {("fetch", "NYISO"): "done"})  # this run was of another ISO
    last = _do(database, {("fetch", "PJM"): "done", ("vlr", "PJM"): "done"})
    times = read_previous_tasks(database, last).set_index("notebook")
    assert times.loc["fetch", ["outcome", "last_run_id", "last_outcome"]].tolist() == [
        "done",
        first,
        "failed",
    ]
    assert times.loc["fetch", "last_source"] == "files"
    assert times.loc["fetch", "last_parameters"] == "{}"
    assert times.loc["vlr"].filter(like="last_").isna().all()
