"""Manifest, journal, folder and revision: what a run writes beside its reports."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lib.pipeline.errors import ConfigurationError
from lib.pipeline.notebooks import Task
from lib.pipeline.runner.model import ErrorKind, State, TaskError
from lib.pipeline.runner.records.event_log import event_log, log
from lib.pipeline.runner.records.manifest import (
    Rows,
    RunInfo,
    TaskRecord,
    build_manifest,
    mark_manifest_interrupted,
    read_manifest,
    write_manifest,
)
from lib.pipeline.runner.run_folder import (
    find_task_files,
    make_run_folder,
    read_git_revision,
    run_folder_name,
    switch_latest,
)
from lib.pipeline.steps.window import Window

BEGIN = datetime(2026, 1, 5, 6, 15, 2, tzinfo=UTC)


@pytest.fixture
def facts() -> RunInfo:
    """The facts of a run for PJM."""
    return RunInfo(
        run_id=17,
        folder="20260105T061502Z-17",
        started_at=BEGIN,
        source="demo",
        is_demo=True,
        as_of="2026-01-01",
        bases={"PJM": "forecast"},
        windows={"PJM": Window(date(2021, 1, 1), date(2025, 12, 31), date(2026, 1, 1))},
        left_out={},
        parameters={},
        database="database 'epd_demo' at localhost",
        jobs=2,
        host="desk",
        pid=1,
        git=None,
        versions={"python": "3.11"},
    )


def test_totals_count_tasks_and_rows(facts: RunInfo) -> None:
    tasks = [
        TaskRecord(Task("fetch", "PJM"), State.DONE, rows=Rows(10, 7, 1), seconds=1.239),
        TaskRecord(Task("vlr", "PJM"), State.FAILED, error=TaskError(ErrorKind.CELL, "ValueError", "no", 3)),
        TaskRecord(Task("summary", None), State.SKIPPED, reason="vlr of PJM failed"),
    ]
    contents = build_manifest(facts, tasks, "failed", BEGIN.replace(minute=16))
    expected = {"done": 1, "failed": 1, "skipped": 1, "interrupted": 0}
    assert contents["totals"] == {**expected, "rows_read": 10, "rows_written": 7, "rows_revised": 1}
    assert contents["seconds"] == 60.0
    assert contents["tasks"][0]["seconds"] == 1.24
    assert contents["tasks"][1]["error"] == {
        "kind": "cell",
        "name": "ValueError",
        "sentence": "no",
        "cell": 3,
    }


def test_a_manifest_is_replaced_whole_and_reads_back(facts: RunInfo, tmp_path: Path) -> None:
    for outcome in ("running", "done"):
        write_manifest(tmp_path, build_manifest(facts, [TaskRecord(Task("vlr", "PJM"))], outcome, None))
    assert read_manifest(tmp_path)["outcome"] == "done"
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_what_had_not_ended_when_a_run_died_is_interrupted(facts: RunInfo) -> None:
    tasks = [TaskRecord(Task("fetch", "PJM"), State.DONE), TaskRecord(Task("vlr", "PJM"), State.RUNNING)]
    dead = mark_manifest_interrupted(build_manifest(facts, tasks, State.RUNNING, None))
    assert (dead["outcome"], dead["totals"]["interrupted"]) == ("interrupted", 1)
    assert [task["outcome"] for task in dead["tasks"]] == ["done", "interrupted"]


def test_the_journal_is_json_without_passwords_and_closes_behind_itself(tmp_path: Path) -> None:
    with event_log(tmp_path):
        log.info("hello", extra={"facts": {"url": "postgresql://desk:hunter2@host/epd", "n": 1}})
    log.info("unheard")
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    assert json.loads(line)["n"] == 1
    assert json.loads(line)["url"] == "postgresql://desk:***@host/epd"


def test_a_password_deep_in_an_event_is_struck_out_too(tmp_path: Path) -> None:
    with event_log(tmp_path):
        log.info("failed", extra={"facts": {"error": {"sentence": "no postgresql://desk:hunter2@host/epd"}}})
    assert "hunter2" not in (tmp_path / "log.jsonl").read_text()


def test_folders_sort_by_time() -> None:
    assert run_folder_name(17, BEGIN) == "20260105T061502Z-17"
    assert run_folder_name(9, BEGIN.replace(year=2027)) > run_folder_name(17, BEGIN)


def test_latest_moves_on_in_one_step(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        switch_latest(tmp_path / name)
        assert (tmp_path / "latest").resolve() == tmp_path / name
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b", "latest"}


def test_the_files_of_a_task_are_those_that_bear_its_name(tmp_path: Path) -> None:
    for name in ("nyiso_vlr.xlsx", "nyiso_vlr.csv", "nyiso_vlr.html", "pjm_vlr.csv", "nyiso_vlr.csv.new"):
        (tmp_path / name).touch()
    assert find_task_files(tmp_path, "nyiso_vlr") == ("nyiso_vlr.csv", "nyiso_vlr.xlsx")
    assert find_task_files(tmp_path, "nyiso_shaping") == ()


def test_the_manifest_names_the_files_of_each_task(facts: RunInfo) -> None:
    tasks = [
        TaskRecord(Task("vlr", "PJM"), State.DONE, files=("pjm_vlr.csv",)),
        TaskRecord(Task("summary", None)),
    ]
    contents = build_manifest(facts, tasks, "done", BEGIN)
    assert [task["files"] for task in contents["tasks"]] == [["pjm_vlr.csv"], []]


def test_a_folder_that_exists_is_never_written_into(tmp_path: Path) -> None:
    make_run_folder(tmp_path, "a")
    with pytest.raises(ConfigurationError, match="cannot make a there"):
        make_run_folder(tmp_path, "a")


def test_the_revision_of_the_code_knows_of_changes(tmp_path: Path) -> None:
    assert read_git_revision(tmp_path) is None
    git: Callable[..., object] = lambda *words: subprocess.run(  # noqa: E731
        ["git", "-C", tmp_path, "-c", "user.name=x", "-c", "user.email=x@example.com", *words], check=True
    )
    git("init", "-q")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-q", "-m", "a")
    clean = read_git_revision(tmp_path)
    assert clean is not None
    assert (len(clean["revision"]), clean["is_dirty"]) == (40, False)
    (tmp_path / "a").write_text("2")
    changed = read_git_revision(tmp_path)
    assert changed is not None
    assert changed["is_dirty"]
