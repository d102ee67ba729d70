"""Which run the pictures of docs/ are taken of: they are handed on, so its numbers must be simulated ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.run_folders import write_run_folder
from tools import screenshots

PAGES = ("summary", "nyiso_vlr", "nyiso_shaping", "pjm_vlr", "nyiso_cost_curves", "ice_settlements")


def _leave_demo(runs: Path, run_id: int, pages: tuple[str, ...] = PAGES, **facts: object) -> Path:
    return write_run_folder(runs, run_id, *pages, **{"source": "demo", "is_demo": True, **facts})


def test_pictures_are_of_the_newest_run_of_the_demo_market_that_is_done_and_has_every_page(
    tmp_path: Path,
) -> None:
    _leave_demo(tmp_path, 1)
    wanted = _leave_demo(tmp_path, 2)
    _leave_demo(tmp_path, 3, outcome="running", finished_at=None)
    _leave_demo(tmp_path, 4, outcome="failed")
    _leave_demo(tmp_path, 5, ("nyiso_cost_curves",))
    newest = write_run_folder(tmp_path, 6, *PAGES, is_demo=False)
    (newest.parent / "index.html").write_text("all runs")
    (newest.parent / "latest").symlink_to(newest.name)
    assert screenshots.find_newest_run(newest.parent) == wanted


def test_without_such_a_run_nothing_is_written_and_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = write_run_folder(tmp_path, 1, *PAGES, is_demo=False).parent
    (runs / "index.html").write_text("all runs")
    monkeypatch.setenv("EPD_RUNS", str(runs))
    monkeypatch.setattr(screenshots, "render_picture", pytest.fail)
    said = screenshots.main()
    assert (
        said == f"{runs} has no run of the demo market that is done and has every page: `make run` makes one"
    )
