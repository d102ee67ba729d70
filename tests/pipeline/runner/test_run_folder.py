"""Event log, folder and revision: what a run writes beside its reports."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.pipeline.errors import ConfigurationError
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner.records.event_log import event_log, log
from lib.pipeline.runner.run_folder import (
    find_task_files,
    make_run_folder,
    read_git_revision,
    run_folder_name,
    switch_latest,
)

BEGIN = datetime(2026, 1, 5, 6, 15, 2, tzinfo=UTC)


def test_the_event_log_is_json_without_passwords_and_closes_behind_itself(tmp_path: Path) -> None:
    with event_log(tmp_path):
        log.info("hello", extra={"fields": {"url": "postgresql://desk:hunter2@host/epd", "n": 1}})
    log.info("unheard")
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    assert json.loads(line)["n"] == 1
    assert json.loads(line)["url"] == "postgresql://desk:***@host/epd"


def test_a_password_deep_in_an_event_is_struck_out_too(tmp_path: Path) -> None:
    with event_log(tmp_path):
        log.info("failed", extra={"fields": {"error": {"sentence": "no postgresql://desk:hunter2@host/epd"}}})
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
    for name in ("nyiso_cost_curves_vlr.csv", "nyiso_cost_curves.csv"):
        (tmp_path / name).touch()
    both = ("nyiso_cost_curves.csv", "nyiso_cost_curves_vlr.csv")
    assert find_task_files(tmp_path, "nyiso_cost_curves") == both
    for name in ("nyiso_vlr_p95.csv", "nyiso_vlr_own.csv", "nyiso_vlr_p95.html"):
        (tmp_path / name).touch()
    every = ("nyiso_vlr.csv", "nyiso_vlr.xlsx", "nyiso_vlr_own.csv", "nyiso_vlr_p95.csv")
    assert find_task_files(tmp_path, "nyiso_vlr") == every


def test_no_task_has_a_name_with_which_the_files_of_another_begin() -> None:
    stems = [Task(name, "NYISO" if notebook.per_iso else None).stem for name, notebook in NOTEBOOKS.items()]
    assert not [(one, two) for one in stems for two in stems if two.startswith(f"{one}_")]


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
