"""--resume: with the options and the clock of a run that did not end well, and no others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lib.manifest import write_manifest
from lib.paths import NOTEBOOKS_FOLDER, ROOT
from lib.pipeline.errors import ConfigurationError
from lib.pipeline.runner.planning.cli_options import NEWEST, CliOptions
from lib.pipeline.runner.planning.run_spec import RunSpec, build_run_spec, describe_choices
from lib.task_record import State
from tests.support.manifests import parse

A_RUN = json.loads((ROOT / "tests" / "manifests" / "demo_run.json").read_text())
FIRST = CliOptions(
    isos=["NYISO", "MISO"],
    notebooks=["fetch", "vlr"],
    as_of="2025-12-31",
    parameters=["holidays=none", "years=2"],
    study=True,
)


def _leave(runs: Path, run_id: int, spec: RunSpec | None, outcome: State) -> None:
    """Leave the manifest of a run."""
    name = f"20260105T0615{run_id:02}Z-{run_id}"
    (runs / name).mkdir(parents=True)
    started = f"2026-01-05T06:15:{run_id:02}+00:00"
    manifest = parse({**A_RUN, "run_id": run_id, "folder": name, "started_at": started})
    manifest.outcome, manifest.options = outcome, dict(spec.options) if spec else {}
    write_manifest(runs / name, manifest)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with a run that was done, and after it one that was interrupted."""
    runs = tmp_path / "runs"
    _leave(runs, 3, build_run_spec(CliOptions(runs=runs), NOTEBOOKS_FOLDER), State.DONE)
    _leave(runs, 4, build_run_spec(replace(FIRST, runs=runs), NOTEBOOKS_FOLDER), State.INTERRUPTED)
    return runs


@pytest.mark.parametrize("run_id", [NEWEST, 4])
def test_a_run_is_planned_as_the_one_it_resumes(runs: Path, run_id: int) -> None:
    spec = build_run_spec(CliOptions(runs=runs, resume=run_id, jobs=3), NOTEBOOKS_FOLDER)
    first = build_run_spec(replace(FIRST, runs=runs, jobs=3), NOTEBOOKS_FOLDER)
    assert replace(spec, resumes=None) == first
    assert (spec.resumes, str(spec.as_of)) == (4, "2025-12-31")
    assert describe_choices(spec, is_default_source=True)[0] == (
        "resuming run 4: what it has done keeps its reports"
    )


def test_a_window_that_was_left_to_the_clock_is_that_of_the_runs_day(runs: Path) -> None:
    given = CliOptions(runs=runs, isos=["PJM"], as_of="2025-06-02")
    _leave(runs, 5, build_run_spec(given, NOTEBOOKS_FOLDER), State.FAILED)
    spec = build_run_spec(CliOptions(runs=runs, resume=NEWEST), NOTEBOOKS_FOLDER)
    assert spec.windows == build_run_spec(given, NOTEBOOKS_FOLDER).windows
    assert str(spec.windows["PJM"].end) == "2025-06-01"


def test_what_was_forced_is_not_done_twice(runs: Path) -> None:
    given = CliOptions(runs=runs, isos=["PJM"], force=True)
    _leave(runs, 5, build_run_spec(given, NOTEBOOKS_FOLDER), State.RUNNING)  # killed
    assert not build_run_spec(CliOptions(runs=runs, resume=5), NOTEBOOKS_FOLDER).is_forced


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resume": 3}, "run 3 is done, nothing is left of it"),
        ({"resume": 9}, "there is no run 9 in .*; the newest are 4, 3"),
        ({"resume": NEWEST, "isos": ["PJM"]}, "leave out --iso"),
        ({"resume": NEWEST, "parameters": ["years=3"], "force": True}, "leave out -p, --force"),
        ({"resume": NEWEST, "as_of": "2026-01-01"}, "leave out --as-of"),
    ],
)
def test_what_cannot_be_resumed_gets_a_sentence(runs: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        build_run_spec(CliOptions(runs=runs, **options), NOTEBOOKS_FOLDER)  # type: ignore[arg-type]


def test_a_folder_without_runs_has_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no run in"):
        build_run_spec(CliOptions(runs=tmp_path, resume=NEWEST), NOTEBOOKS_FOLDER)


def test_a_run_of_an_older_version_is_started_anew(runs: Path) -> None:
    _leave(runs, 5, None, State.FAILED)
    with pytest.raises(ConfigurationError, match="run 5 was made by an older version"):
        build_run_spec(CliOptions(runs=runs, resume=NEWEST), NOTEBOOKS_FOLDER)
