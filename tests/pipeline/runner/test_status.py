"""Which runs publish officially, and why the others make studies."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from lib.paths import NOTEBOOKS_FOLDER
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.runner.planning.cli_options import CliOptions
from lib.pipeline.runner.planning.run_spec import build_run_spec
from lib.pipeline.runner.planning.status import find_steps_back, has_twelve_months
from lib.pipeline.steps.window import Window
from lib.store import Database, NewVersion, RunTask, save_curve, start_run, withdraw_version


def _studies(tmp_path: Path, **options: object) -> dict[str, str]:
    given = CliOptions(source="demo", isos=["NYISO"], runs=tmp_path / "runs", **options)  # type: ignore[arg-type]
    return dict(build_run_spec(given, NOTEBOOKS_FOLDER).studies)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"parameters": ["holidays=nerc", "basis=None"]},
        {"parameters": ["lookback_days=2"]},
        {"parameters": ["band=p95"]},
        {"notebooks": ["fetch", "vlr", "shaping", "cost_curves"]},
        {"start": "2025-01-01", "end": "2025-12-31"},
        {"as_of": "2025-06-30"},
        {"start": "2025-06-10", "end": "2025-06-20", "parameters": ["holidays=none"], "official": True},
    ],
)
def test_a_whole_run_on_default_parameters_of_twelve_months_is_official(
    options: dict[str, object], tmp_path: Path
) -> None:
    assert _studies(tmp_path, **options) == {}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            {"start": "2025-06-10", "end": "2025-06-20"},
            "its window has 11 days, which is less than twelve months",
        ),
        ({"start": "2025-01-02", "end": "2025-12-31"}, "its window has 364 days"),
        ({"parameters": ["holidays=none"]}, "it has parameters of its own, holidays=none"),
        ({"parameters": ["seed=2", "band=p75"]}, "it has parameters of its own, seed=2"),
        ({"parameters": ["risk_lambda=0.5"]}, "it has parameters of its own, risk_lambda=0.5"),
        ({"parameters": ["basis=forecast", "offpeak_weights=days"]}, "basis=forecast, offpeak_weights=days"),
        ({"notebooks": ["fetch", "vlr"]}, "the run is not whole, without shaping, cost_curves"),
        ({"notebooks": ["vlr", "shaping", "cost_curves", "summary"]}, "without fetch"),
        ({"study": True}, "it was asked for by --study"),
    ],
)
def test_every_other_run_is_a_study_and_says_why(
    options: dict[str, object], reason: str, tmp_path: Path
) -> None:
    assert reason in _studies(tmp_path, **options)["NYISO"]


def test_a_run_that_makes_no_curve_makes_no_study(tmp_path: Path) -> None:
    assert _studies(tmp_path, notebooks=["fetch"], start="2025-06-10") == {}


def test_the_notebooks_of_curves_are_told_and_no_others(tmp_path: Path) -> None:
    options = CliOptions(source="demo", isos=["NYISO"], runs=tmp_path / "runs", start="2025-12-01")
    spec = build_run_spec(options, NOTEBOOKS_FOLDER)
    told = {task.notebook: spec.parameters_of(task, 1).get("study") for task in spec.plan.tasks}
    reason = "its window has 31 days, which is less than twelve months"
    assert told.pop("summary") == f"NYISO: {reason}"
    assert told == {name: reason if NOTEBOOKS[name].curve else None for name in told}


@pytest.mark.parametrize(
    ("start", "end", "is_enough"),
    [
        ("2019-05-01", "2020-04-30", True),
        ("2019-05-02", "2020-04-30", False),
        ("2024-02-29", "2025-02-27", True),
        ("2023-03-01", "2024-02-28", False),
        ("2023-03-01", "2024-02-29", True),
    ],
)
def test_twelve_months_are_counted_by_the_calendar(start: str, end: str, is_enough: bool) -> None:
    assert has_twelve_months(date.fromisoformat(start), date.fromisoformat(end)) == is_enough


def _window(start: str, end: str, as_of: str) -> Window:
    return Window(*(date.fromisoformat(day) for day in (start, end, as_of)))


OF_THE_DESK = _window("2021-01-01", "2025-12-31", "2026-01-01")


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (OF_THE_DESK, ""),
        (_window("2021-01-02", "2026-01-01", "2026-01-02"), ""),
        (_window("2021-01-31", "2025-12-31", "2026-01-01"), ""),
        (_window("2024-01-01", "2025-12-31", "2026-01-01"), "its window of 731 days is shorter"),
        (
            _window("2018-01-01", "2022-12-31", "2026-01-01"),
            "its window ends on 2022-12-31, that of the official",
        ),
        (_window("2020-12-31", "2025-12-31", "2025-12-31"), "its clock, 2025-12-31, is before that of"),
    ],
)
def test_a_run_that_knows_less_than_the_official_curves_is_a_study(
    window: Window, reason: str, database: Database
) -> None:
    assert find_steps_back(database, {"NYISO": window}) == {}
    days = {"window_start": None, "window_end": None}
    run_id = start_run(database, source="files", as_of=OF_THE_DESK.as_of, **days)  # type: ignore[arg-type]
    task, of_desk = RunTask(run_id, "vlr", "NYISO"), (OF_THE_DESK.start, OF_THE_DESK.end)
    version = save_curve(database, NewVersion("vlr", "NYISO", *of_desk, {}, [1], "f"), {}, task)
    found = find_steps_back(database, {"NYISO": window, "PJM": window})
    assert (reason in found["NYISO"]) if reason else not found
    assert "PJM" not in found
    withdraw_version(database, version.version_id, "wrong")
    assert find_steps_back(database, {"NYISO": window}) == {}


def test_the_window_of_a_day_later_is_no_step_back(database: Database) -> None:
    """Five years of 1,826 days follow five years of 1,827."""
    later = Window(
        OF_THE_DESK.start + timedelta(days=2), OF_THE_DESK.end + timedelta(days=1), date(2026, 1, 2)
    )
    assert find_steps_back(database, {"NYISO": later}) == {}
