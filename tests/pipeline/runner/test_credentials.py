"""Which notebooks can run with which accounts, from the command line on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from lib.markets import MEASURES
from lib.paths import NOTEBOOKS_FOLDER
from lib.pipeline.errors import ConfigurationError
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner.planning.cli_options import CliOptions
from lib.pipeline.runner.planning.run_spec import RunSpec, build_run_spec
from lib.settlements.business_days import EASTERN
from lib.sources import UnknownSource

SETTLEMENTS = Task("ice_settlements", None)


@pytest.fixture
def build_spec(tmp_path: Path) -> Callable[..., RunSpec]:
    """A function that builds the specification of a run from the given options."""

    def call(**options: Any) -> RunSpec:
        return build_run_spec(CliOptions(runs=tmp_path / "runs", **options), NOTEBOOKS_FOLDER)

    return call


@pytest.fixture
def files(tmp_path: Path) -> str:
    """A source of files that has NYISO."""
    folder = tmp_path / "data" / "nyiso"
    folder.mkdir(parents=True)
    for measure in MEASURES:
        row = "zone,interval_start_utc,value\nWEST,2025-06-01T04:00:00Z,30\n"
        (folder / f"{measure}.csv").write_text(row)
    return f"files:{tmp_path / 'data'}"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account of ICE in the environment."""
    monkeypatch.setenv("ICE_USERNAME", "desk")
    monkeypatch.setenv("ICE_PASSWORD", "open sesame")


def _notebooks(spec: RunSpec) -> set[str]:
    return {task.notebook for task in spec.plan.tasks}


def test_a_full_run_without_the_account_leaves_the_notebook_out_and_says_why(
    build_spec: Callable[..., RunSpec], files: str
) -> None:
    placed = build_spec(source=files, as_of="2026-01-01")
    assert _notebooks(placed) == NOTEBOOKS.keys() - {"ice_settlements"}
    assert placed.left_out["ice_settlements"] == (
        "ICE_USERNAME and ICE_PASSWORD must be set, in the environment or .env"
    )


def test_only_the_missing_variable_is_named(
    build_spec: Callable[..., RunSpec], files: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICE_USERNAME", "desk")
    reason = build_spec(source=files, as_of="2026-01-01").left_out["ice_settlements"]
    assert reason.startswith("ICE_PASSWORD must be set")


def test_a_notebook_asked_for_by_name_is_refused_without_the_account(
    build_spec: Callable[..., RunSpec], files: str
) -> None:
    with pytest.raises(ConfigurationError, match="ICE_USERNAME and ICE_PASSWORD"):
        build_spec(source=files, notebooks=["ice_settlements"])


def test_with_the_account_the_notebook_runs(
    build_spec: Callable[..., RunSpec], files: str, account: None
) -> None:
    placed = build_spec(source=files, as_of="2026-01-01")
    assert SETTLEMENTS in placed.plan.tasks
    assert "ice_settlements" not in placed.left_out


@pytest.mark.parametrize("source", ["demo", None, "replay:enverus"])
def test_what_asks_nobody_needs_no_account(source: str | None, build_spec: Callable[..., RunSpec]) -> None:
    assert build_spec(source=source, notebooks=["ice_settlements"]).plan.tasks == (SETTLEMENTS,)


def test_the_settlements_alone_need_neither_the_sources_account_nor_a_window(
    build_spec: Callable[..., RunSpec], account: None
) -> None:
    placed = build_spec(source="enverus", notebooks=["ice_settlements"])
    assert placed.plan.tasks == (SETTLEMENTS,)
    assert placed.windows == {}
    assert placed.window == (None, None)
    today = datetime.now(EASTERN).date()
    assert placed.as_of == today
    given = placed.parameters_of(SETTLEMENTS, 7)
    assert given == {
        "source": "enverus", "run_id": 7, "publish": True, "start": None, "end": None, "as_of": str(today)
    }  # fmt: skip


def test_the_folder_of_the_run_goes_only_to_notebooks_that_leave_files_there(
    build_spec: Callable[..., RunSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    placed = build_spec()
    given = {
        task.notebook: placed.parameters_of(task, 7, Path("run")).get("folder") for task in placed.plan.tasks
    }
    assert given == {
        name: str(tmp_path / "run") if notebook.writes_files else None for name, notebook in NOTEBOOKS.items()
    }


def test_a_run_that_reads_the_source_needs_its_account(
    build_spec: Callable[..., RunSpec], account: None
) -> None:
    with pytest.raises((ConfigurationError, UnknownSource), match="ENVERUS"):
        build_spec(source="enverus", notebooks=["ice_settlements", "fetch"])


@pytest.mark.parametrize(("as_of", "day"), [(None, date(2026, 1, 1)), ("2025-06-02", date(2025, 6, 2))])
def test_the_clock_is_that_of_the_demo_or_the_one_given(
    as_of: str | None, day: date, build_spec: Callable[..., RunSpec]
) -> None:
    assert build_spec(notebooks=["ice_settlements"], as_of=as_of).as_of == day


@pytest.mark.parametrize("options", [{"source": "enervus"}, {"source": "enverus", "as_of": "yesterday"}])
def test_a_slip_in_the_source_or_clock_is_refused(
    options: dict[str, str], build_spec: Callable[..., RunSpec], account: None
) -> None:
    with pytest.raises(ConfigurationError, match=r"enervus|yesterday"):
        build_spec(notebooks=["ice_settlements"], **options)


def test_a_notebook_that_waits_for_its_service_may_take_so_much_longer(
    build_spec: Callable[..., RunSpec],
) -> None:
    placed = build_spec(timeout=60.0)
    assert placed.timeout_of(SETTLEMENTS) > 4 * 3600
    assert placed.timeout_of(Task("summary", None)) == 60
