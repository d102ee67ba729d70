"""Which notebooks can run with which accounts, from the command line on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from lib.pipeline.errors import ConfigurationError
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner.planning.cli_options import Wishes
from lib.pipeline.runner.planning.run_spec import Order, place
from lib.settlements.business_days import EASTERN
from lib.sources import UnknownSource

NOTEBOOKS_FOLDER = Path(__file__).parents[2] / "notebooks"
SETTLEMENTS = Task("ice_settlements", None)


@pytest.fixture
def order(tmp_path: Path) -> Callable[..., Order]:
    """A function that places an order with the given wishes."""

    def call(**wishes: Any) -> Order:
        return place(Wishes(runs=tmp_path / "runs", **wishes), NOTEBOOKS_FOLDER)

    return call


@pytest.fixture
def files(tmp_path: Path) -> str:
    """A source of files that has NYISO."""
    (tmp_path / "data" / "nyiso").mkdir(parents=True)
    return f"files:{tmp_path / 'data'}"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account of ICE in the environment."""
    monkeypatch.setenv("ICE_USERNAME", "desk")
    monkeypatch.setenv("ICE_PASSWORD", "open sesame")


def _notebooks(order: Order) -> set[str]:
    return {task.notebook for task in order.plan.tasks}


def test_a_full_run_without_the_account_leaves_the_notebook_out_and_says_why(
    order: Callable[..., Order], files: str
) -> None:
    placed = order(source=files, as_of="2026-01-01")
    assert _notebooks(placed) == NOTEBOOKS.keys() - {"ice_settlements"}
    assert placed.left_out["ice_settlements"] == (
        "ICE_USERNAME and ICE_PASSWORD must be set, in the environment or .env"
    )


def test_only_the_missing_variable_is_named(
    order: Callable[..., Order], files: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICE_USERNAME", "desk")
    reason = order(source=files, as_of="2026-01-01").left_out["ice_settlements"]
    assert reason.startswith("ICE_PASSWORD must be set")


def test_a_notebook_asked_for_by_name_is_refused_without_the_account(
    order: Callable[..., Order], files: str
) -> None:
    with pytest.raises(ConfigurationError, match="ICE_USERNAME and ICE_PASSWORD"):
        order(source=files, notebooks=["ice_settlements"])


def test_with_the_account_the_notebook_runs(order: Callable[..., Order], files: str, account: None) -> None:
    placed = order(source=files, as_of="2026-01-01")
    assert SETTLEMENTS in placed.plan.tasks
    assert "ice_settlements" not in placed.left_out


@pytest.mark.parametrize("source", ["demo", None, "replay:enverus"])
def test_what_asks_nobody_needs_no_account(source: str | None, order: Callable[..., Order]) -> None:
    assert order(source=source, notebooks=["ice_settlements"]).plan.tasks == (SETTLEMENTS,)


def test_the_settlements_alone_need_neither_the_sources_account_nor_a_window(
    order: Callable[..., Order], account: None
) -> None:
    placed = order(source="enverus", notebooks=["ice_settlements"])
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
    order: Callable[..., Order], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    placed = order()
    given = {
        task.notebook: placed.parameters_of(task, 7, Path("run")).get("folder") for task in placed.plan.tasks
    }
    assert given == {
        name: str(tmp_path / "run") if notebook.writes_files else None for name, notebook in NOTEBOOKS.items()
    }


def test_a_run_that_reads_the_source_needs_its_account(order: Callable[..., Order], account: None) -> None:
    with pytest.raises((ConfigurationError, UnknownSource), match="ENVERUS"):
        order(source="enverus", notebooks=["ice_settlements", "fetch"])


@pytest.mark.parametrize(("as_of", "day"), [(None, date(2026, 1, 1)), ("2025-06-02", date(2025, 6, 2))])
def test_the_clock_is_that_of_the_demo_or_the_one_given(
    as_of: str | None, day: date, order: Callable[..., Order]
) -> None:
    assert order(notebooks=["ice_settlements"], as_of=as_of).as_of == day


@pytest.mark.parametrize("wishes", [{"source": "enervus"}, {"source": "enverus", "as_of": "yesterday"}])
def test_a_slip_in_the_source_or_clock_is_refused(
    wishes: dict[str, str], order: Callable[..., Order], account: None
) -> None:
    with pytest.raises(ConfigurationError, match=r"enervus|yesterday"):
        order(notebooks=["ice_settlements"], **wishes)


def test_a_notebook_that_waits_for_its_service_may_take_so_much_longer(order: Callable[..., Order]) -> None:
    placed = order(timeout=60.0)
    assert placed.timeout_of(SETTLEMENTS) > 4 * 3600
    assert placed.timeout_of(Task("summary", None)) == 60
