"""A run's manifest: what is written, and that manifests of earlier versions are read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from pydantic import ValidationError

from lib.manifest import Days, Manifest, count_totals, read_manifest, write_manifest
from lib.task_record import ErrorKind, RowCounts, State, TaskError, TaskRecord
from tests.support.manifests import index_page

WRITTEN = Path(__file__).parent / "manifests"
"""Manifests as real runs wrote them, before the model was made; only host and paths are replaced."""

BEGIN = datetime(2026, 1, 5, 6, 15, 2, tzinfo=UTC)


@pytest.fixture
def manifest() -> Manifest:
    """The manifest of a run that has just started, without a task."""
    return Manifest(
        run_id=17,
        folder="20260105T061502Z-17",
        started_at=BEGIN,
        source="demo",
        is_demo=True,
        as_of="2026-01-01",
        windows={"PJM": Days(start="2021-01-01", end="2025-12-31")},
        bases={"PJM": "forecast"},
        left_out={},
        parameters={},
        database="database 'epd_demo' at localhost",
        jobs=2,
        host="desk",
        pid=1,
        git=None,
        versions={"python": "3.11"},
        outcome=State.RUNNING,
        finished_at=None,
        seconds=None,
        totals=count_totals([]),
        tasks=[],
    )


def _task(notebook: str, iso: str | None, **known: Any) -> TaskRecord:
    return TaskRecord.waiting(notebook, iso).model_copy(update=known)


def test_totals_count_tasks_and_rows(manifest: Manifest) -> None:
    error = TaskError(ErrorKind.CELL, "ValueError", "no", 3)
    manifest.tasks = [
        _task("fetch", "PJM", outcome=State.DONE, rows=RowCounts(read=10, written=7, revised=1)),
        _task("vlr", "PJM", outcome=State.FAILED, error=error),
        _task("summary", None, outcome=State.SKIPPED, reason="vlr of PJM failed"),
    ]
    manifest.tasks[0].seconds = 1.239
    manifest.totals = count_totals(manifest.tasks)
    manifest.end(State.FAILED, BEGIN.replace(minute=16))
    contents = json.loads(manifest.to_json())
    expected = {"done": 1, "kept": 0, "failed": 1, "skipped": 1, "interrupted": 0}
    assert contents["totals"] == {**expected, "rows_read": 10, "rows_written": 7, "rows_revised": 1}
    assert contents["seconds"] == 60.0
    assert contents["tasks"][0]["seconds"] == 1.24
    assert contents["tasks"][1]["error"] == {
        "kind": "cell",
        "name": "ValueError",
        "sentence": "no",
        "cell": 3,
    }


def test_a_manifest_is_replaced_whole_and_reads_back(manifest: Manifest, tmp_path: Path) -> None:
    manifest.tasks = [_task("vlr", "PJM")]
    for outcome in (State.RUNNING, State.DONE):
        manifest.outcome = outcome
        write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path) == manifest
    assert read_manifest(tmp_path).outcome is State.DONE
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_what_had_not_ended_when_a_run_died_is_interrupted(manifest: Manifest) -> None:
    manifest.tasks = [
        _task("fetch", "PJM", outcome=State.DONE),
        _task("vlr", "PJM", outcome=State.RUNNING),
    ]
    manifest.mark_interrupted()
    assert (manifest.outcome, manifest.totals.interrupted) == ("interrupted", 1)
    assert [task.outcome for task in manifest.tasks] == ["done", "interrupted"]


def test_the_manifest_names_the_files_of_each_task(manifest: Manifest) -> None:
    manifest.tasks = [
        _task("vlr", "PJM", outcome=State.DONE, files=("pjm_vlr.csv",)),
        _task("summary", None),
    ]
    contents = json.loads(manifest.to_json())
    assert [task["files"] for task in contents["tasks"]] == [["pjm_vlr.csv"], []]


@pytest.mark.parametrize("name", ["demo_run", "files_run"])
def test_a_manifest_of_yesterday_is_read_and_written_again_byte_for_byte(name: str) -> None:
    text = (WRITTEN / f"{name}.json").read_text()
    assert Manifest.model_validate_json(text).to_json() == text


@pytest.mark.parametrize("name", ["demo_run", "files_run"])
def test_the_totals_of_yesterday_are_those_of_its_tasks(name: str) -> None:
    manifest = Manifest.model_validate_json((WRITTEN / f"{name}.json").read_text())
    assert count_totals(manifest.tasks) == manifest.totals


def test_a_manifest_from_before_the_optional_keys_is_read_and_has_a_page() -> None:
    text = (WRITTEN / "old_run.json").read_text()
    manifest = Manifest.model_validate_json(text)
    assert not manifest.is_demo and manifest.reason is None
    assert not manifest.bases and not manifest.freshness and not manifest.figures and not manifest.coverage
    assert not any(task.files or task.warnings for task in manifest.tasks)
    page = BeautifulSoup(index_page(json.loads(text)), "html.parser")
    assert len(page.select(".grid tbody tr")) == len({task.iso for task in manifest.tasks if task.iso})


def test_an_old_manifest_of_the_simulated_market_is_known_by_its_source() -> None:
    contents = json.loads((WRITTEN / "old_run.json").read_text())
    assert Manifest.model_validate(contents | {"source": "demo"}).is_demo


def test_a_key_of_a_newer_version_stays_when_the_manifest_is_written_again() -> None:
    contents = json.loads((WRITTEN / "files_run.json").read_text())
    again = json.loads(Manifest.model_validate(contents | {"mood": "good"}).to_json())
    assert again["mood"] == "good"


@pytest.mark.parametrize(
    "wrong", [{"format": 2}, {"outcome": "merry"}, {"tasks": None}, {"started_at": "2026-01-05T06:15:02"}]
)
def test_a_manifest_of_another_format_or_a_damaged_one_is_refused(wrong: dict[str, Any]) -> None:
    contents = json.loads((WRITTEN / "files_run.json").read_text())
    with pytest.raises(ValidationError):
        Manifest.model_validate(contents | wrong)


@pytest.mark.parametrize("name", ["../index.html", "/etc/passwd", ".hidden", "a/b.csv"])
def test_no_file_of_a_task_lies_outside_the_folder_of_its_run(name: str) -> None:
    contents = json.loads((WRITTEN / "files_run.json").read_text())
    contents["tasks"][0]["files"] = [name]
    with pytest.raises(ValidationError):
        Manifest.model_validate(contents)
