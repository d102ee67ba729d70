"""An exploration after an official run, on the demo market, and how a person withdraws what was published."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from lib.paths import ROOT
from lib.present.pricing_file import parse_pricing_file
from lib.store import DATABASE_VARIABLE, Database, read_relation
from lib.tool.data import ToolData
from lib.tool.state import first_state
from tests.conftest import DemoRun, RunAll
from tests.support.databases import copy_of

ISO = "NYISO"
VIEWS = ("nyiso_vlr", "nyiso_shaping", "nyiso_cost_curve")
ELEVEN_DAYS = ("--start", "2025-06-10", "--end", "2025-06-20")


@pytest.fixture
def after_run(server: str, demo_run: DemoRun, tmp_path: Path) -> Iterator[RunAll]:
    """What starts run_all.py on a copy of what the main job has left."""
    with copy_of(server, demo_run.database) as database:
        yield RunAll(database, tmp_path / "runs")


def _views(database: Database) -> list[pd.DataFrame]:
    frames = [read_relation(database, name) for name in VIEWS]
    keys = [["load_zone", "he", "block_type", *frame.filter(regex="month")] for frame in frames]
    return [frame.sort_values(key, ignore_index=True) for frame, key in zip(frames, keys, strict=True)]


def test_eleven_days_after_an_official_run_change_nothing_that_the_desk_uses(
    after_run: RunAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, after_run.database.url)
    views, shown = _views(after_run.database), first_state(ToolData("demo")).source.values
    manifest = after_run.run("--iso", ISO, *ELEVEN_DAYS)
    reason = "its window has 11 days, which is less than twelve months"
    assert manifest["studies"] == {ISO: reason} and manifest["official_by"] is None
    for before, now in zip(views, _views(after_run.database), strict=True):
        pd.testing.assert_frame_equal(before, now)
    pd.testing.assert_frame_equal(shown, first_state(ToolData("demo")).source.values)

    folder = after_run.runs / manifest["folder"]
    for name in ("nyiso_vlr", "nyiso_shaping", "nyiso_cost_curves", "summary", "index", "digest"):
        page = (folder / f"{name}.html").read_text()
        assert "<strong>STUDY</strong>" in page and reason in page, name
    for name in ("nyiso_vlr.csv", "nyiso_shaping.xlsx"):
        assert parse_pricing_file(name, (folder / name).read_bytes()).is_study
    versions = read_relation(after_run.database, "curve_version", where={"run_id": manifest["run_id"]})
    assert set(versions["status"]) == {"study"} and set(versions["study_reason"]) == {reason}

    # The next cost curve is made of the official curves: it is what the first run made of them.
    alone = after_run.run("--iso", ISO, "--notebook", "cost_curves", "--official")
    assert {task["outcome"] for task in alone["tasks"]} == {"done"}
    assert alone["totals"]["rows_written"] == 0
    assert "<strong>STUDY</strong>" not in (after_run.runs / "latest" / "nyiso_cost_curves.html").read_text()


def _withdraw(database: Database, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "run_all.py", "--database", database.url, "--source", "demo", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_withdrawn_curve_leaves_its_views_and_the_reason_is_kept(after_run: RunAll) -> None:
    database = after_run.database
    versions = read_relation(database, "curve_version").merge(read_relation(database, "market"))
    of_iso = versions[versions["iso"] == ISO].set_index("curve")["version_id"]
    done = _withdraw(database, "--withdraw", str(of_iso["vlr"]), "--reason", "wrong hub")
    assert done.returncode == 0, done.stderr
    assert f"version {of_iso['vlr']}, vlr of NYISO, is withdrawn: nyiso_vlr is empty" in done.stdout
    assert f"version {of_iso['cost_curve']}, cost_curve of NYISO, is withdrawn" in done.stdout
    assert [len(frame) > 0 for frame in _views(database)] == [False, True, False]
    assert len(read_relation(database, "pjm_vlr")) > 0
    assert set(read_relation(database, "curve_withdrawal")["version_id"]) == {
        of_iso["vlr"],
        of_iso["cost_curve"],
    }
    again = _withdraw(database, "--withdraw", str(of_iso["vlr"]), "--reason", "once more")
    assert again.returncode == 2 and "is withdrawn already" in again.stderr
    without = _withdraw(database, "--withdraw", str(of_iso["shaping"]))
    assert without.returncode == 2 and "--reason" in without.stderr
