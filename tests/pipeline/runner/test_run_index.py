"""Many runs in one folder: what is read back, how they are linked, which are deleted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from lib.pipeline.runner.records import run_index
from lib.pipeline.runner.records.event_log import event_log
from lib.pipeline.runner.records.known_runs import earlier_runs, known_runs
from lib.pipeline.runner.run_folder import switch_latest
from tests.support.links import dead_links

Leave = Callable[..., Path]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder for runs."""
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


def _links(page: Path) -> dict[str, str]:
    soup = BeautifulSoup(page.read_text(), "html.parser")
    return {str(link["rel"][0]): str(link["href"]) for link in soup.select("a[rel]")}


def _listed(runs: Path) -> list[str]:
    soup = BeautifulSoup((runs / "index.html").read_text(), "html.parser")
    return [row.th.text for row in soup.select("tbody tr") if row.th]


def test_pages_lead_to_the_same_page_of_the_nearest_runs_that_have_it(runs: Path, leave_run: Leave) -> None:
    first, second, third = leave_run(1, "pjm_vlr"), leave_run(2), leave_run(3, "pjm_vlr")
    run_index.update_run_index(runs, keep=0)
    assert _links(third / "pjm_vlr.html") == {"prev": f"../{first.name}/pjm_vlr.html"}
    assert _links(first / "pjm_vlr.html") == {"next": f"../{third.name}/pjm_vlr.html"}
    assert _links(second / "index.html") == {
        "prev": f"../{first.name}/index.html",
        "next": f"../{third.name}/index.html",
    }
    assert dead_links(runs) == []


def test_runs_of_another_source_or_database_are_no_neighbours(runs: Path, leave_run: Leave) -> None:
    first = leave_run(1, "pjm_vlr")
    leave_run(2, "pjm_vlr", source="demo", database="database 'epd_demo' at localhost")
    leave_run(3, "pjm_vlr", database="database 'other' at localhost")
    last = leave_run(4, "pjm_vlr")
    run_index.update_run_index(runs, keep=0)
    assert _links(last / "pjm_vlr.html") == {"prev": f"../{first.name}/pjm_vlr.html"}
    page = (runs / "index.html").read_text()
    assert page.count("DEMO") == 1 and "&#39;other&#39;" in page


def test_links_to_a_folder_deleted_by_hand_are_mended(runs: Path, leave_run: Leave) -> None:
    first, second, third = (leave_run(number, "pjm_vlr") for number in (1, 2, 3))
    run_index.update_run_index(runs, keep=0)
    for page in second.iterdir():
        page.unlink()
    second.rmdir()
    (first / "pjm_vlr.html").unlink()
    run_index.update_run_index(runs, keep=0)
    assert _links(third / "index.html") == {"prev": f"../{first.name}/index.html"}
    assert _links(third / "pjm_vlr.html") == {}
    assert _listed(runs) == ["Run 3", "Run 1"]
    assert dead_links(runs) == []


def test_pages_whose_manifest_is_damaged_lead_to_no_run_that_may_go(runs: Path, leave_run: Leave) -> None:
    damaged = [leave_run(number, "pjm_vlr") for number in (1, 2, 3)][1]
    run_index.update_run_index(runs, keep=0)
    assert _links(damaged / "pjm_vlr.html")
    (damaged / "manifest.json").write_text('{"run_id": 2')
    switch_latest(leave_run(4, "pjm_vlr"))
    run_index.update_run_index(runs, keep=1)
    assert _links(damaged / "pjm_vlr.html") == {}
    assert dead_links(runs) == []


def test_a_folder_may_be_given_any_name(runs: Path, leave_run: Leave) -> None:
    leave_run(1).rename(runs / "what? #1 of 100 %")
    leave_run(2)
    run_index.update_run_index(runs, keep=0)
    assert dead_links(runs) == []


def test_a_run_that_goes_on_is_listed_and_not_linked_between(runs: Path, leave_run: Leave) -> None:
    first, third = leave_run(1), leave_run(3)
    going = leave_run(2, outcome="running", seconds=None)
    (going / "index.html").unlink()
    run_index.update_run_index(runs, keep=0)
    assert _links(third / "index.html") == {"prev": f"../{first.name}/index.html"}
    assert _listed(runs) == ["Run 3", "Run 2", "Run 1"]
    assert dead_links(runs) == []


@pytest.mark.parametrize(
    "text",
    ['{"format": 1, "out', "[]", "null", '{"format": 1}', "\udcff", '{"format": 2}'],
    ids=["torn", "a list", "nothing", "too old", "no text", "newer"],
)
def test_a_manifest_that_cannot_be_used_is_named_and_left_alone(
    runs: Path, leave_run: Leave, text: str
) -> None:
    leave_run(2)
    broken = leave_run(1)
    (broken / "manifest.json").write_bytes(text.encode(errors="surrogateescape"))
    run_index.update_run_index(runs, keep=1)
    assert _listed(runs) == ["Run 2"]
    notice = BeautifulSoup((runs / "index.html").read_text(), "html.parser").select_one(".notice")
    assert notice is not None and broken.name in notice.text
    assert broken.is_dir()


@pytest.mark.parametrize("outcome", ["running", "failed"])
@pytest.mark.parametrize(
    "lost",
    ["windows", "totals", "totals.rows_read", "git", "versions", "left_out", "as_of", "tasks.0.html"],
)
def test_a_manifest_without_what_a_page_reads_cannot_be_used(
    runs: Path, leave_run: Leave, outcome: str, lost: str
) -> None:
    partial = leave_run(1, "pjm_vlr", outcome=outcome)
    manifest = json.loads((partial / "manifest.json").read_text())
    *path, name = lost.split(".")
    part = manifest
    for step in path:
        part = part[int(step)] if step.isdigit() else part[step]
    del part[name]
    (partial / "manifest.json").write_text(json.dumps(manifest))
    assert known_runs(runs) == ([], [partial])


def test_a_manifest_from_before_there_were_files_is_read(runs: Path, leave_run: Leave) -> None:
    old = leave_run(1, "pjm_vlr")
    manifest = json.loads((old / "manifest.json").read_text())
    assert not manifest.keys() & {"bases", "freshness", "figures"}
    del manifest["tasks"][0]["files"]
    (old / "manifest.json").write_text(json.dumps(manifest))
    new = leave_run(2, "pjm_vlr")
    run_index.update_run_index(runs, keep=0)
    assert _listed(runs) == ["Run 2", "Run 1"]
    assert _links(new / "pjm_vlr.html") == {"prev": f"../{old.name}/pjm_vlr.html"}


def test_a_manifest_cannot_name_a_page_outside_its_folder(runs: Path, leave_run: Leave) -> None:
    evil = leave_run(1, "pjm_vlr")
    manifest = json.loads((evil / "manifest.json").read_text())
    manifest["tasks"][0]["html"] = "../../outside.html"
    (evil / "manifest.json").write_text(json.dumps(manifest))
    assert known_runs(runs) == ([], [evil])


def test_hostile_text_in_a_manifest_stays_text(runs: Path, leave_run: Leave) -> None:
    leave_run(1, source="<script>alert(1)</script>")
    run_index.update_run_index(runs, keep=0)
    assert not BeautifulSoup((runs / "index.html").read_text(), "html.parser").select("script")


def test_the_earlier_runs_of_a_run_are_its_own_and_have_ended(runs: Path, leave_run: Leave) -> None:
    leave_run(1)
    leave_run(2, source="demo")
    leave_run(3, outcome="running")
    leave_run(4)
    assert [run.manifest.run_id for run in earlier_runs(runs, leave_run(5))] == [4, 1]
    assert earlier_runs(runs, runs / "gone") == []


def test_the_newest_of_each_source_and_database_are_kept(runs: Path, leave_run: Leave) -> None:
    real = [leave_run(number, "pjm_vlr") for number in (1, 2, 3)]
    demo = leave_run(4, source="demo")
    with event_log(demo):
        run_index.update_run_index(runs, keep=2)
    assert not real[0].exists() and real[1].exists() and real[2].exists() and demo.exists()
    assert _listed(runs) == ["Run 4", "Run 3", "Run 2"]
    assert dead_links(runs) == []
    (line,) = (demo / "log.jsonl").read_text().splitlines()
    assert json.loads(line)["event"] == "old_run_deleted" and json.loads(line)["folder"] == real[0].name


def test_what_must_not_be_deleted_is_kept(runs: Path, leave_run: Leave, tmp_path: Path) -> None:
    latest = leave_run(1)
    switch_latest(latest)
    going = leave_run(2, outcome="running")
    renamed = leave_run(3).rename(runs / "keep this one")
    (runs / "notes").mkdir()
    elsewhere = leave_run(4).rename(tmp_path / "20260104T061502Z-4")
    (runs / elsewhere.name).symlink_to(elsewhere)
    leave_run(5)
    run_index.update_run_index(runs, keep=1)
    for folder in (latest, going, renamed, runs / "notes", elsewhere, runs / elsewhere.name):
        assert folder.is_dir()


def test_a_deletion_follows_no_link_and_a_cut_one_is_finished(
    runs: Path, leave_run: Leave, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    (leave_run(1) / "link").symlink_to(precious)
    (runs / f"{run_index.DELETED}20250101T000000Z-9").mkdir()
    leave_run(2)
    run_index.update_run_index(runs, keep=1)
    assert (precious / "file").exists()
    assert len(list(runs.iterdir())) == 2  # a run and the page


def test_a_folder_that_cannot_be_deleted_or_written_stays_listed(
    runs: Path, leave_run: Leave, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = leave_run(1, "pjm_vlr"), leave_run(2, "pjm_vlr")
    monkeypatch.setattr(os, "access", lambda path, _mode: path != old)
    opened = Path.open

    def refuse(path: Path, mode: str = "r", **options: Any) -> Any:
        if path.parent == old and mode == "wb":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, mode, **options)

    monkeypatch.setattr(Path, "open", refuse)
    with event_log(new):
        run_index.update_run_index(runs, keep=0)
        run_index.update_run_index(runs, keep=1)
    assert _listed(runs) == ["Run 2", "Run 1"]
    events = [json.loads(line)["event"] for line in (new / "log.jsonl").read_text().splitlines()]
    assert events == ["old_links_kept", "old_links_kept", "old_run_kept"]


def test_a_page_that_is_up_to_date_is_not_written_again(runs: Path, leave_run: Leave) -> None:
    old = leave_run(1, "pjm_vlr")
    leave_run(2, "pjm_vlr")
    run_index.update_run_index(runs, keep=0)
    before = (old / "pjm_vlr.html").stat()
    leave_run(3)
    run_index.update_run_index(runs, keep=0)
    assert (old / "pjm_vlr.html").stat().st_mtime_ns == before.st_mtime_ns
    assert _links(old / "index.html")["next"].endswith("-2/index.html")


def test_the_page_of_500_runs_stays_small(runs: Path, leave_run: Leave) -> None:
    run_index.update_run_index(runs, keep=0)
    empty = (runs / "index.html").stat().st_size
    for number in range(1, 11):
        leave_run(number, *(f"{iso}_{name}" for iso in ("pjm", "miso") for name in ("fetch", "vlr")))
    run_index.update_run_index(runs, keep=0)
    per_run = ((runs / "index.html").stat().st_size - empty) / 10
    assert empty + 500 * per_run < 400_000


def test_a_kept_report_leads_to_the_run_that_computed_it_until_that_is_deleted(
    runs: Path, leave_run: Leave
) -> None:
    first, second = leave_run(1, "pjm_vlr", "pjm_fetch"), leave_run(2, "pjm_vlr", "pjm_fetch")
    manifest = json.loads((second / "manifest.json").read_text())
    manifest["tasks"][0]["kept"] = {
        "run_id": 1, "folder": first.name, "started_at": "2026-01-01T06:15:02.114+00:00"
    }  # fmt: skip
    (second / "manifest.json").write_text(json.dumps(manifest))
    run_index.update_run_index(runs, keep=0)
    computed = f'Computed by: <a href="../{first.name}/'
    assert f'{computed}pjm_vlr.html">run 1</a>' in (second / "pjm_vlr.html").read_text()
    assert f'{computed}index.html">run 1</a>' in (second / "index.html").read_text()
    assert "Computed by" not in (second / "pjm_fetch.html").read_text()
    run_index.update_run_index(runs, keep=1)
    assert not first.exists()
    assert "Computed by" not in (second / "pjm_vlr.html").read_text()
