"""What an order says of each ISO before anything of it has started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from lib.paths import NOTEBOOKS_FOLDER
from lib.pipeline.errors import ConfigurationError
from lib.pipeline.notebooks import Task
from lib.pipeline.runner.planning.cli_options import CliOptions
from lib.pipeline.runner.planning.run_spec import build_run_spec, describe_choices

HOUR = pd.Timestamp("2024-01-15 12:00", tz="UTC")


@pytest.mark.parametrize(
    ("asked", "shown"), [([], "forecast"), (["basis=cleared"], "cleared"), (["basis=None"], "forecast")]
)
def test_the_day_ahead_load_of_a_run_is_the_basis_asked_for_else_that_of_its_source(
    asked: list[str], shown: str, tmp_path: Path
) -> None:
    options = CliOptions(source="demo", isos=["ERCOT"], parameters=asked, runs=tmp_path / "runs")
    assert build_run_spec(options, NOTEBOOKS_FOLDER).bases == {"ERCOT": shown}


def _write_prices(folder: Path) -> None:
    rows = pd.DataFrame({"zone": "WEST", "interval_start_utc": [HOUR], "value": 30.0})
    (folder / "nyiso").mkdir(parents=True)
    for measure in ("da_lmp", "rt_lmp"):
        rows.to_parquet(folder / "nyiso" / f"{measure}.parquet")


def test_a_folder_of_prices_only_skips_what_needs_loads_and_names_them(tmp_path: Path) -> None:
    _write_prices(tmp_path / "data")
    options = CliOptions(source=f"files:{tmp_path / 'data'}", isos=["NYISO"], runs=tmp_path / "runs")
    spec = build_run_spec(options, NOTEBOOKS_FOLDER)
    reason = "the source has no day-ahead load (da_load) and no real-time load (rt_load) of NYISO"
    assert spec.plan.impossible == {Task("vlr", "NYISO"): reason}
    assert f"vlr of NYISO is skipped: {reason}" in describe_choices(spec, is_default_source=False)


def test_a_mistyped_basis_is_refused_before_anything_starts(tmp_path: Path) -> None:
    _write_prices(tmp_path / "data")
    options = CliOptions(source=f"files:{tmp_path / 'data'}", isos=["NYISO"], runs=tmp_path / "runs")
    with pytest.raises(ConfigurationError, match="basis=clered: did you mean cleared"):
        build_run_spec(replace(options, parameters=["basis=clered"]), NOTEBOOKS_FOLDER)
    (tmp_path / "data/nyiso/bases.csv").write_text("measure,basis\nda_load,clered\n")
    with pytest.raises(
        ConfigurationError, match=r"bases.csv states the basis 'clered' of da_load; known are"
    ):
        build_run_spec(options, NOTEBOOKS_FOLDER)


OWN = "zone,time,metered MW\nWEST,2024-01-15T12:00Z,{}\n"


def test_own_load_goes_to_the_notebooks_that_use_it_and_only_of_its_isos(tmp_path: Path) -> None:
    (tmp_path / "own" / "NYISO").mkdir(parents=True)
    (tmp_path / "own" / "NYISO" / "hourly.csv").write_text(OWN.format(5))
    options = CliOptions(
        source="demo", isos=["NYISO", "PJM"], own_load=tmp_path / "own", runs=tmp_path / "runs"
    )
    spec = build_run_spec(options, NOTEBOOKS_FOLDER)
    given = {
        (task.notebook, task.iso): spec.parameters_of(task, 1).get("own_load") for task in spec.plan.tasks
    }
    assert given["fetch", "NYISO"] == given["vlr", "NYISO"] == str(tmp_path / "own")
    assert given["vlr", "PJM"] is None and given["summary", None] is None
    assert not spec.studies  # own load changes no curve of the zones


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "NYISO",
            OWN.format("x"),
            r"--own-load: NYISO: hourly.csv, row 2, column 'metered MW': 'x' is no number",
        ),
        ("PJM", OWN.format(1), r"--own-load: .* has no folder of NYISO"),
    ],
)
def test_own_load_that_is_not_clear_is_refused_before_anything_starts(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "hourly.csv").write_text(text)
    options = CliOptions(source="demo", isos=["NYISO"], own_load=tmp_path, runs=tmp_path / "runs")
    with pytest.raises(ConfigurationError, match=message):
        build_run_spec(options, NOTEBOOKS_FOLDER)


def test_an_event_with_an_error_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {
        "iso": "ERCTO",
        "event": "A storm",
        "start": "2021-02-12",
        "end": "2021-02-20",
        "source": "A report",
    }
    monkeypatch.setattr("lib.events.read_reference", lambda _: (row,))
    options = CliOptions(source="demo", isos=["ERCOT"], runs=tmp_path / "runs")
    with pytest.raises(ConfigurationError, match=r"events.csv has errors: line 2, A storm: unknown ISO"):
        build_run_spec(options, NOTEBOOKS_FOLDER)


def test_years_set_the_window_of_every_notebook_and_make_a_study(tmp_path: Path) -> None:
    options = CliOptions(source="demo", isos=["ERCOT"], parameters=["years=3"], runs=tmp_path / "runs")
    spec = build_run_spec(options, NOTEBOOKS_FOLDER)
    starts = {task.notebook: spec.parameters_of(task, 1)["start"] for task in spec.plan.tasks if task.iso}
    of_iso = ("fetch", "vlr", "shaping", "cost_curves", "backtest", "realised")
    assert starts == dict.fromkeys(of_iso, "2023-01-01")
    given = {task.notebook: spec.parameters_of(task, 1).get("years") for task in spec.plan.tasks}
    assert given["vlr"] == given["shaping"] == given["cost_curves"] == 3 and given["fetch"] is None
    assert spec.studies == {"ERCOT": "it has parameters of its own, years=3"}


def test_years_and_a_start_are_refused_before_anything_starts(tmp_path: Path) -> None:
    options = CliOptions(source="demo", start="2022-01-01", parameters=["years=3"], runs=tmp_path / "runs")
    with pytest.raises(
        ConfigurationError, match="years=3 and --start 2022-01-01 both say where the window begins"
    ):
        build_run_spec(options, NOTEBOOKS_FOLDER)


def test_a_mistyped_division_of_the_year_is_refused(tmp_path: Path) -> None:
    options = CliOptions(source="demo", parameters=["seasons=month"], runs=tmp_path / "runs")
    with pytest.raises(
        ConfigurationError, match=r"-p seasons=month: did you mean months\? Known are four, months"
    ):
        build_run_spec(options, NOTEBOOKS_FOLDER)
