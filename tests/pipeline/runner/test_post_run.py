"""What is left out of the pages of a run that has ended, and that all else stands."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from rich.console import Console

from lib.mail import MailServer
from lib.pipeline.runner import run as command
from lib.pipeline.runner.after_run import post_run
from lib.pipeline.runner.records.event_log import event_log
from lib.store import Database

Leave = Callable[..., Path]

GONE = Database("postgresql://desk:hunter2@127.0.0.1:1/epd", is_demo=False)


def _page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(), "html.parser")


def _left_out(folder: Path) -> dict[str, dict[str, Any]]:
    events = map(json.loads, (folder / "log.jsonl").read_text().splitlines())
    return {event["what"]: event for event in events if event["event"] == "left_out"}


def _fails(*_: object, **__: object) -> None:
    raise KeyError("location")


def test_a_database_that_is_gone_costs_what_is_read_of_it_and_each_page_says_so(leave_run: Leave) -> None:
    folder = leave_run(5, "pjm_fetch", "pjm_vlr", database=str(GONE))
    with event_log(folder):
        digest = post_run.complete_run_folder(GONE, folder.parent, folder)
    assert digest is not None and "VLR curves: Left out, because it could not be determined: " in digest.text
    assert digest.text.count("Left out") == 7
    assert _page(folder / "index.html").select(".bundle a") and _page(folder / "index.html").select(".grid")
    assert "no connection to" in _page(folder / "pjm_vlr.html").select(".changes")[0].text
    assert not any("traceback" in event for event in _left_out(folder).values())
    assert _left_out(folder).keys() >= {"what changed", "VLR curves in the digest"}
    assert all("hunter2" not in path.read_text() for path in folder.iterdir() if path.suffix != ".zip")


def test_a_defect_in_one_sentence_costs_that_sentence(
    leave_run: Leave, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = leave_run(5, "pjm_vlr", database=str(database))
    monkeypatch.setattr("lib.pipeline.runner.after_run.digest.read_changed_outcomes", _fails)
    with event_log(folder):
        digest = post_run.complete_run_folder(database, folder.parent, folder)
    assert digest is not None and digest.text.count("Left out") == 1
    assert "Notebooks: Left out, because it could not be determined: KeyError: 'location'." in digest.text
    assert digest.page == (folder / "digest.html").read_text()
    (event,) = _left_out(folder).values()
    assert "read_changed_outcomes" in event["traceback"]


def test_an_index_says_what_became_of_digest_and_bundle(
    leave_run: Leave, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = leave_run(5, "pjm_vlr", database=str(database))
    post_run.complete_run_folder(database, folder.parent, folder)
    assert [link["href"] for link in _page(folder / "index.html").select(".foot a, .bundle a")] == [
        f"{folder.name}.zip",
        "digest.html",
        "manifest.json",
    ]
    for part in ("build_digest", "write_bundle", "find_changes"):
        monkeypatch.setattr(f"lib.pipeline.runner.after_run.post_run.{part}", _fails)
    assert post_run.complete_run_folder(database, folder.parent, folder) is None
    index = _page(folder / "index.html")
    assert "There is no digest: KeyError: 'location'." in index.select(".foot")[0].text
    assert index.header is not None and "There is no file of all pages: KeyError" in index.header.text
    assert "Left out, because it" in _page(folder / "pjm_vlr.html").select(".changes")[0].text


def test_a_killed_run_that_cannot_be_completed_stops_no_other(
    leave_run: Leave, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = [leave_run(number, "pjm_vlr", outcome="running", database=str(database)) for number in (1, 2)]
    for folder in killed:
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["totals"] |= {"done": 1, "interrupted": 0}
        (folder / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr("lib.pipeline.runner.after_run.post_run.complete_run_folder", _fails)
    with event_log(killed[1]):
        post_run.close_interrupted_runs(database, killed[0].parent)
    outcomes = {json.loads((folder / "manifest.json").read_text())["outcome"] for folder in killed}
    assert outcomes == {"interrupted"}
    assert _left_out(killed[1]).keys() == {folder.name for folder in killed}


def test_a_digest_that_could_not_be_made_is_not_mailed_and_that_is_said() -> None:
    told = io.StringIO()
    server = MailServer("localhost", 1, "none", None, None, "desk@example.com", ("a@example.com",))
    assert not command._mail(None, server, Console(file=told, width=200))
    assert "the digest was not mailed: it could not be made" in told.getvalue()
