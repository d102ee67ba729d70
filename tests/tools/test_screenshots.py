"""Which run the pictures of docs/ are taken of: they are handed on, so its numbers must be simulated ones."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

Leave = Callable[..., Path]

PAGES = ("summary", "nyiso_vlr", "nyiso_shaping", "pjm_vlr", "nyiso_cost_curves", "ice_settlements")


@pytest.fixture
def screenshots() -> Iterator[ModuleType]:
    """The script docs/screenshots.py."""
    spec = importlib.util.spec_from_file_location("screenshots", ROOT / "docs" / "screenshots.py")
    assert spec and spec.loader
    module = sys.modules["screenshots"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["screenshots"]


def _leave_demo(leave_run: Leave, run_id: int, pages: tuple[str, ...] = PAGES, **facts: object) -> Path:
    return leave_run(run_id, *pages, **{"source": "demo", "is_demo": True, **facts})


def test_pictures_are_of_the_newest_run_of_the_demo_market_that_is_done_and_has_every_page(
    leave_run: Leave, screenshots: ModuleType
) -> None:
    _leave_demo(leave_run, 1)
    wanted = _leave_demo(leave_run, 2)
    _leave_demo(leave_run, 3, outcome="running", finished_at=None)
    _leave_demo(leave_run, 4, outcome="failed")
    _leave_demo(leave_run, 5, ("nyiso_cost_curves",))
    newest = leave_run(6, *PAGES, is_demo=False)
    (newest.parent / "index.html").write_text("all runs")
    (newest.parent / "latest").symlink_to(newest.name)
    assert screenshots.find_newest_run(newest.parent) == wanted


def test_without_such_a_run_nothing_is_written_and_it_is_said_what_to_do(
    leave_run: Leave, screenshots: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = leave_run(1, *PAGES, is_demo=False).parent
    (runs / "index.html").write_text("all runs")
    monkeypatch.setenv("EPD_RUNS", str(runs))
    monkeypatch.setattr(screenshots, "render_picture", pytest.fail)
    said = screenshots.main()
    assert (
        said == f"{runs} has no run of the demo market that is done and has every page: `make run` makes one"
    )
