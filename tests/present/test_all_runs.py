"""The page of all runs, and the links between the pages of runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from bs4 import BeautifulSoup

from lib.present.pages.all_runs import RunLink, RunRow, render_all_runs, render_run_links
from tests.support.manifests import parse


def test_links_to_other_runs_say_which_and_when() -> None:
    html = render_run_links("pjm_vlr.html", RunLink("a", 16, "2026-01-04"), RunLink("b", 18, "2026-01-06"))
    soup = BeautifulSoup(html, "html.parser")
    assert [(link.text, link["href"]) for link in soup.select("a")] == [
        ("All runs", "../index.html"),
        ("run 16, 2026-01-04", "../a/pjm_vlr.html"),
        ("run 18, 2026-01-06", "../b/pjm_vlr.html"),
    ]
    assert soup.text == "All runs Earlier: run 16, 2026-01-04 Later: run 18, 2026-01-06"


def _row(href: str | None = "a/index.html", failed: Sequence[str] = (), **facts: Any) -> RunRow:
    manifest = {
        "run_id": 17, "folder": "a", "outcome": "done", "source": "public", "database": "x",
        "as_of": "2026-01-05", "started_at": datetime(2026, 1, 5, 6, 15, tzinfo=UTC), "seconds": 57.76,
        "finished_at": None, "windows": {}, "left_out": {}, "parameters": {}, "jobs": 2, "host": "x",
        "git": None, "versions": {}, "tasks": [],
        "totals": {"rows_read": None, "rows_written": 1000, "rows_revised": None},
        **facts,
    }  # fmt: skip
    return RunRow(parse(manifest), href, "all", failed)


def test_the_list_shows_how_each_run_went(foreign_references: Callable[[str], list[str]]) -> None:
    failed = _row(run_id=18, outcome="failed", failed=["vlr PJM", "summary"], href=None)
    page = render_all_runs([failed, _row()], [], 60)
    soup = BeautifulSoup(page, "html.parser")
    rows = [[cell.text for cell in row.select("th, td")] for row in soup.select("tbody tr")]
    assert rows[0][:3] == ["Run 18", "public", "failed"] and rows[0][-1] == "vlr PJM, summary"
    assert rows[1][:4] == ["Run 17", "public", "done", "2026-01-05 06:15"]
    assert rows[1][6:9] == ["57.8 s", "1,000", "–"]  # noqa: RUF001 - what is not known is a dash
    assert [link["href"] for link in soup.select("tbody a")] == ["a/index.html"]
    assert "the newest 60 of each source and database" in soup.text
    assert foreign_references(page) == []


def test_two_runs_of_one_number_are_told_apart_by_their_database_beside_it() -> None:
    soup = BeautifulSoup(render_all_runs([_row(), _row(database="y")], [], 60), "html.parser")
    assert [row.select("td")[0].text for row in soup.select("tbody tr")] == ["publicx", "publicy"]
    assert len(soup.select("thead th")) == len(soup.select("tbody tr")[0].select("th, td"))


def test_the_list_has_a_language_landmarks_and_headings_in_order() -> None:
    soup = BeautifulSoup(render_all_runs([], ["broken"], 0), "html.parser")
    assert soup.html is not None and soup.html["lang"] == "en"
    assert [len(soup.select(name)) for name in ("header", "main", "footer", "h1")] == [1, 1, 1, 1]
    assert [tag.name for tag in soup.select("h1, h2, h3")] == ["h1", "h2", "h2"]
    assert "broken" in soup.select(".notice")[0].text
