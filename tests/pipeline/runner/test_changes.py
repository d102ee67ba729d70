"""What the reports of a run say has changed, and how things stand after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import text

from lib import store
from lib.hours import BLOCK_TYPE
from lib.manifest import Days, Manifest
from lib.paths import ROOT
from lib.pipeline.runner.after_run.changes import find_changes
from lib.pipeline.runner.after_run.curve_changes import visible_moves
from lib.pipeline.runner.after_run.digest import build_digest
from lib.pipeline.runner.after_run.run_figures import compute_run_figures
from lib.present.pages.regions import Changes
from lib.store import Database
from lib.task_record import State, TaskRecord

MANIFESTS = ROOT / "tests" / "manifests"

Run = Callable[..., int]


@pytest.fixture
def run(database: Database) -> Run:
    """A function that enters a run of vlr and summary, in which NYISO's vlr publishes these $/MWh."""

    def enter(costs: Mapping[str, float], outcome: str = "done", **parameters: str) -> int:
        run_id = store.start_run(
            database, source="files", as_of=date(2026, 1, 1), window_start=date(2019, 1, 1),
            window_end=date(2025, 12, 31), parameters=parameters,
        )  # fmt: skip
        for notebook, iso in (("vlr", "NYISO"), ("summary", "")):
            task = store.RunTask(run_id, notebook, iso)
            store.start_task(database, task)
            if notebook == "vlr":
                _publish(database, costs, task)
            store.finish_task(database, task, outcome)
        store.finish_run(database, run_id, outcome)
        return run_id

    return enter


def _publish(database: Database, costs: Mapping[str, float], task: store.RunTask) -> None:
    cells = pd.DataFrame({"location": list(costs), "cost_per_mwh": list(costs.values())}).assign(
        month=7, he=8, block_type=pd.Categorical(["5x16"] * len(costs), dtype=BLOCK_TYPE), da_value_usd=1e5,
        rt_load_mwh=1e3, mean_ratio=0.0, cost_weighted=0.0, priced=0.0, priced_pct=0.0, n_hours=1, n_days=1,
        n_years=1, n_excluded=0, is_thin=False, is_near_zero=False,
    )  # fmt: skip
    cells["unitized_cost_usd"] = cells["cost_per_mwh"] * cells["rt_load_mwh"]
    window = (date(2025, 1, 1), date(2025, 12, 31))
    store.save_curve(
        database, store.NewVersion("vlr", "NYISO", *window, {}, [1], str(costs)), {"vlr": cells}, task
    )


def _manifest(run_id: int, outcome: State = State.DONE, **known: Any) -> Manifest:
    text = (MANIFESTS / "old_run.json").read_text()
    reports = [
        ("vlr", "NYISO", outcome, "nyiso_vlr.html"),
        ("summary", None, outcome, "summary.html"),
        ("shaping", "NYISO", State.SKIPPED, None),
    ]
    tasks = [
        TaskRecord.waiting(notebook, iso).model_copy(update={"outcome": ended, "html": html})
        for notebook, iso, ended, html in reports
    ]
    windows = {"NYISO": Days(start="2021-01-05", end="2026-01-04")}
    known = {"source": "files", "parameters": {}, "windows": windows, "tasks": tasks, **known}
    return Manifest.model_validate_json(text).model_copy(update={"run_id": run_id, **known})


def test_the_first_run_has_nothing_to_be_compared_with(database: Database, run: Run) -> None:
    pages = find_changes(database, _manifest(run({"WEST": 0.1})), {})
    assert pages.keys() == {"nyiso_vlr.html", "summary.html"}
    assert pages["nyiso_vlr.html"].sentences == [
        "First run: this notebook has not run for NYISO on this database before."
    ]


def test_a_new_version_names_the_one_it_replaces_and_the_zone_that_moved_most(
    database: Database, run: Run
) -> None:
    run({"WEST": 0.1, "NORTH": 0.2})
    pages = find_changes(database, _manifest(run({"WEST": 0.15, "NORTH": 0.21})), {})
    change = pages["nyiso_vlr.html"]
    text = " ".join(change.sentences)
    assert "Done, as in run 1 of" in text and "2 rows were written and 0 revised." in text
    assert "The curve is new: version 2 replaces version 1." in text
    assert "moved at 2 locations, most at WEST: from 0.1000 to 0.1500 $/MWh." in text
    beside, moves = (table.formatted() for table in change.tables)
    assert beside.set_index("Of the run").loc["Window"].tolist() == ["–", "2021-01-05 to 2026-01-04"]  # noqa: RUF001
    assert moves["Zone"].tolist() == ["WEST", "NORTH"]


def test_a_new_version_says_in_what_it_differs_from_the_one_before(database: Database, run: Run) -> None:
    run({"WEST": 0.1})
    run_id = run({"WEST": 0.2})
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE curve_version SET window_end = '2026-01-02', parameters = '{\"half_life_years\": 2}' "
                "WHERE version_id = 2"
            )
        )
    change = find_changes(database, _manifest(run_id), {})["nyiso_vlr.html"]
    assert (
        "It differs in: days of the window, parameters; `epd curve diff 1 2` computes what each moved."
        in change.sentences
    )
    shown = next(table for table in change.tables if table.caption.startswith("In what version 2 differs"))
    assert shown.frame["what"].tolist() == [
        "2 days added (2026-01-01 to 2026-01-02)",
        "half_life_years is 2 and was None",
    ]


def _beside(change: Changes) -> pd.DataFrame:
    return change.tables[0].formatted().set_index("Of the run")


def test_the_last_window_is_that_of_the_iso_and_not_of_all_isos_of_that_run(
    database: Database, run: Run
) -> None:
    windows = {
        run({"WEST": 0.1}): {
            "NYISO": Days(start="2022-01-01", end="2022-12-31"),
            "PJM": Days(start="2019-01-01", end="2025-12-31"),
        }
    }
    pages = find_changes(database, _manifest(run({"WEST": 0.1})), windows)
    shown = {page: _beside(change).loc["Window", "Last time"] for page, change in pages.items()}
    assert shown == {
        "nyiso_vlr.html": "2022-01-01 to 2022-12-31",
        "summary.html": "2019-01-01 to 2025-12-31",
    }


def test_parameters_that_differ_from_the_last_run_are_listed(database: Database, run: Run) -> None:
    run({"WEST": 0.1}, alpha="0.5")
    run_id = run({"WEST": 0.1}, alpha="0.5", holidays="none")
    manifest = _manifest(run_id, parameters={"alpha": "0.5", "holidays": "none"})
    table = _beside(find_changes(database, manifest, {})["nyiso_vlr.html"])
    assert table.loc["Parameter holidays"].tolist() == ["default", "none"]
    assert "Parameter alpha" not in table.index


def test_zones_that_gain_or_lose_cells_are_named(database: Database, run: Run) -> None:
    run({"WEST": 0.1, "NORTH": 0.2})
    change = find_changes(database, _manifest(run({"WEST": 0.1, "CAPITL": 0.2})), {})["nyiso_vlr.html"]
    assert change.sentences[-1] == "Cells were gained or lost at CAPITL (+1), NORTH (-1)."
    assert change.tables[-1].formatted().to_numpy().tolist() == [["CAPITL", "1", "0"], ["NORTH", "0", "1"]]


def test_a_curve_that_stays_is_said_to_stay(database: Database, run: Run) -> None:
    run({"WEST": 0.1})
    change = find_changes(database, _manifest(run({"WEST": 0.1})), {})["nyiso_vlr.html"]
    assert change.sentences[1:] == [
        "No row was new and none was revised.",
        "The curve is the same: version 1 answers the same question from the same inputs.",
    ]


def test_a_move_below_the_last_digit_that_is_shown_is_none_in_the_report_and_none_in_the_digest(
    database: Database, run: Run, leave_run: Callable[..., Path]
) -> None:
    run({"WEST": 0.1, "NORTH": 56.51})
    run_id = run({"WEST": 0.1 + 1e-9, "NORTH": 56.51 + 9e-5})
    change = find_changes(database, _manifest(run_id), {})["nyiso_vlr.html"]
    assert "did not change" in change.sentences[-1]
    assert "No zone's VLR over all hours moved" in build_digest(database, leave_run(run_id)).text
    run_id = run({"WEST": 0.1, "NORTH": 56.5102})
    change = find_changes(database, _manifest(run_id), {})["nyiso_vlr.html"]
    assert "moved at 1 location, most at NORTH: from 56.5101 to 56.5102" in change.sentences[-1]
    said = build_digest(database, leave_run(run_id)).text
    assert "moved in 1 zone, most in NYISO NORTH: from 56.5101 to 56.5102" in said


@pytest.mark.parametrize("before", [56.51, 0.1, 12.3456, 1000.0001])
def test_a_move_of_the_last_digit_is_seen_whatever_the_arithmetic_makes_of_it(before: float) -> None:
    moves = pd.DataFrame({"before": [before], "now": [round(before + 1e-4, 4)]})
    assert len(visible_moves(moves)) == len(visible_moves(-moves)) == 1


def test_a_failure_says_that_it_was_done_before_and_nothing_of_a_curve(database: Database, run: Run) -> None:
    run({"WEST": 0.1})
    pages = find_changes(database, _manifest(run({"WEST": 0.1}, "failed"), State.FAILED), {})
    text = " ".join(pages["nyiso_vlr.html"].sentences)
    assert text.startswith("Failed; done in run 1 of")
    assert "curve" not in text


def test_a_task_that_the_run_log_does_not_know_is_passed_over(database: Database, run: Run) -> None:
    run({"WEST": 0.1})
    manifest = _manifest(run({"WEST": 0.2}))
    manifest.tasks[0].iso, manifest.tasks[0].html = "PJM", "pjm_vlr.html"
    assert "pjm_vlr.html" not in find_changes(database, manifest, {})


def test_the_page_of_all_isos_names_the_curves_that_are_new(database: Database, run: Run) -> None:
    run({"WEST": 0.1})
    new = find_changes(database, _manifest(run({"WEST": 0.2})), {})["summary.html"]
    assert new.sentences[-1] == "New curves: vlr of NYISO."
    assert (
        new.tables[0].formatted().set_index("Of the run").loc["Window", "This time"]
        == "2021-01-05 to 2026-01-04"
    )
    same = find_changes(database, _manifest(run({"WEST": 0.2})), {})["summary.html"]
    assert same.sentences[-1] == "No curve of any ISO is new."


def test_figures_stand_for_the_isos_whose_vlr_is_done(database: Database, run: Run) -> None:
    run_id = run({"WEST": 0.1, "NORTH": 0.3})
    task = TaskRecord.waiting("vlr", "NYISO")
    task.outcome = State.DONE
    found = compute_run_figures(database, run_id, ["files"], ["NYISO"], [task])
    assert found.figures == {"NYISO": {"vlr_usd_per_mwh": 0.2}}
    assert found.coverage == {
        "NYISO": {"vlr_usd_per_mwh": {"zones": 2, "months": 1, "of_months": 12, "hours": 2, "of_hours": 2}}
    }
    task.outcome = State.FAILED
    assert compute_run_figures(database, run_id, ["files"], ["NYISO"], [task]).figures == {}


def test_freshness_is_the_last_local_hour_of_the_series_that_is_furthest_behind(
    database: Database, run: Run
) -> None:
    run_id = run({"WEST": 0.1})
    what = {"iso": "NYISO", "measure": "da_lmp", "source": "files", "basis": "actual"}
    series = [SimpleNamespace(**what, location=name) for name in ("WEST", "NORTH")]
    known = store.register_series(database, series)
    hours = pd.date_range("2025-01-01", periods=48, freq="h", tz="UTC")
    values = pd.concat(
        [
            pd.DataFrame({"series_id": number, "interval_start": hours[:n], "value": 1.0})
            for number, n in zip(known["series_id"], (48, 24), strict=True)
        ]
    )
    store.write_series(database, "NYISO", "da_lmp", values, store.RunTask(run_id, "fetch", "NYISO"))
    found = compute_run_figures(database, run_id, ["files"], ["NYISO", "PJM"], [])
    assert found.freshness == {"NYISO": {"da_lmp": "2025-01-01T18:00:00-05:00"}, "PJM": {}}
    store.register_series(database, [SimpleNamespace(**what, location="CAPITL")])  # and nothing stored of it
    assert compute_run_figures(database, run_id, ["files"], ["NYISO"], []).freshness == {
        "NYISO": {"da_lmp": None}
    }
