"""The index of a run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from lib.markets import MARKETS
from lib.pipeline.notebooks import TITLES
from lib.present.formats import MISSING
from lib.present.pages.index import describe_last_hours, headline, write_index
from tests.support.manifests import index_page, parse


def _soup(manifest: dict[str, Any]) -> BeautifulSoup:
    return BeautifulSoup(index_page(manifest), "html.parser")


def test_each_iso_and_notebook_has_a_cell_that_opens_its_report(manifest: dict[str, Any]) -> None:
    rows = _soup(manifest).select("tbody tr")
    assert [row.th.text for row in rows if row.th] == list(MARKETS)
    for row, iso in zip(rows, MARKETS, strict=True):
        links = [str(link["href"]) for link in row.select("a")]
        assert links == [f"{iso.lower()}_{name}.html" for name in ("fetch", "vlr", "shaping")]


def test_the_figures_stand_next_to_the_iso_where_a_phone_shows_them(manifest: dict[str, Any]) -> None:
    figures = {"PJM": {"vlr_usd_per_mwh": 0.25, "cost_to_serve_usd_per_mwh": 56.5}}
    soup = _soup({**manifest, "figures": figures})
    assert [tag.text for tag in soup.select(".grid thead th")][1:4] == [
        "VLR, $/MWh",
        "Cost to serve (energy), $/MWh",
        "fetch",
    ]
    row = next(row for row in soup.select(".grid tbody tr") if row.th and row.th.text == "PJM")
    assert [cell.text for cell in row.select("td")][:2] == ["0.2500", "56.50"]


def test_a_status_is_a_word_and_not_only_a_colour(failed_manifest: dict[str, Any]) -> None:
    cells = _soup(failed_manifest).select("tbody tr")[0].select(".status")
    assert [cell.text for cell in cells] == ["failed", "skipped", "skipped"]


def test_a_failure_stands_above_the_grid_in_plain_words(failed_manifest: dict[str, Any]) -> None:
    main = _soup(failed_manifest).main
    assert main is not None
    text = " ".join(main.text.split())
    assert text.index("rt_lmp.parquet cannot be read: <corrupt>") < text.index("Each status opens")
    assert "MISO was left out: no series of MISO" in text


def test_a_skipped_task_says_why_and_has_no_dead_link(failed_manifest: dict[str, Any]) -> None:
    row = _soup(failed_manifest).select("tbody tr")[0]
    assert "fetch of ERCOT failed" in row.text
    assert len(row.select("a")) == 1


@pytest.mark.parametrize(
    ("outcome", "done", "sentence"),
    [
        ("done", 16, "All 16 notebooks are done."),
        ("running", 3, "Running: 3 of 16 notebooks are done."),
        ("interrupted", 3, "Interrupted: 3 of 16 notebooks were done"),
    ],
)
def test_one_sentence_says_how_the_run_stands(
    outcome: str, done: int, sentence: str, manifest: dict[str, Any]
) -> None:
    for task in manifest["tasks"][done:]:
        task["outcome"] = "waiting"
    assert headline(parse(manifest | {"outcome": outcome})).startswith(sentence)


def test_a_run_that_lost_its_database_says_so(manifest: dict[str, Any]) -> None:
    lost = manifest | {"outcome": "interrupted", "reason": "the database went away"}
    assert headline(parse(lost)) == (
        "Interrupted: the database went away. 16 of 16 notebooks were done; "
        "the next run does what is missing."
    )


def test_a_failed_run_counts_what_failed_and_what_that_kept_from_starting(
    failed_manifest: dict[str, Any],
) -> None:
    assert headline(parse(failed_manifest)) == (
        "1 of 16 notebooks failed and 2 could not start because of it; 13 are done."
    )


def test_the_page_carries_run_source_totals_parameters_and_versions(manifest: dict[str, Any]) -> None:
    text = " ".join(_soup(manifest).get_text(" ").split())
    for fact in ("Run 17", "demo", "5,256,000", "57.8 s", "holidays none", "postgresql 18.1", "5b1c0ffee5b1"):
        assert fact in text


def test_rows_that_were_not_counted_are_a_dash_and_not_a_zero(manifest: dict[str, Any]) -> None:
    manifest["totals"]["rows_read"] = None
    fact = next(term for term in _soup(manifest).select("dt") if term.text == "Rows read")
    assert fact.find_next("dd").text == MISSING  # type: ignore[union-attr]


def test_only_a_demo_run_carries_the_banner(
    manifest: dict[str, Any], failed_manifest: dict[str, Any]
) -> None:
    assert not _soup(failed_manifest).select("[role=note]")
    assert "DEMO" in _soup(manifest | {"source": "demo"}).select("[role=note]")[0].text
    assert "DEMO" in _soup(manifest | {"source": "another", "is_demo": True}).select("[role=note]")[0].text
    assert not _soup(manifest | {"source": "demo", "is_demo": False}).select("[role=note]")
    assert not _soup(manifest | {"source": "files", "is_demo": None}).select("[role=note]")


def test_what_was_done_on_something_old_needs_attention_though_nothing_failed(
    manifest: dict[str, Any],
) -> None:
    assert not _soup(manifest).select("#problems")
    manifest["tasks"][1]["warnings"] = ["the forwards are <old>"]
    soup = _soup(manifest)
    assert soup.select("#problems")
    assert [notice.text.strip() for notice in soup.select(".notice")] == [
        "ERCOT, vlr: the forwards are <old>"
    ]
    assert [link["href"] for link in soup.select(".notice a")] == ["ercot_vlr.html"]
    cell = next(cell for cell in soup.select(".grid td") if cell.select_one("a[href='ercot_vlr.html']"))
    assert cell.small is not None and cell.small.text.endswith(", needs attention")
    manifest["tasks"][1]["html"] = None
    assert not _soup(manifest).select(".notice a")


def test_a_page_reloads_only_while_its_run_goes_on(manifest: dict[str, Any]) -> None:
    assert not _soup(manifest).select("meta[http-equiv=refresh]")
    assert _soup(manifest | {"outcome": "running"}).select("meta[http-equiv=refresh]")


def test_the_index_asks_no_other_host(
    manifest: dict[str, Any], foreign_references: Callable[[str], list[str]]
) -> None:
    assert not foreign_references(index_page(manifest))


def test_at_the_end_reports_are_linked_to_those_that_exist(run_folder: Path) -> None:
    manifest = json.loads((run_folder / "manifest.json").read_text())
    manifest["tasks"][0]["html"] = None  # fetch of the first ISO left no report
    report = run_folder / "nyiso_fetch.html"
    report.write_text("<p>before</p><!--links-->old<!--/links--><p>after</p>")
    write_index(run_folder, parse(manifest), TITLES)
    soup = BeautifulSoup(report.read_text(), "html.parser")
    assert [str(link["href"]) for link in soup.select("a")] == [
        "index.html",
        "nyiso_vlr.html",
        "nyiso_shaping.html",
        "isone_fetch.html",
        "miso_fetch.html",
        "pjm_fetch.html",
        "summary.html",
    ]
    assert [tag.text for tag in soup.select("[aria-current=page]")] == ["fetch", "NYISO"]
    assert [tag.text for tag in soup.select("p")] == ["before", "after"]


def test_a_hostile_name_stays_text(failed_manifest: dict[str, Any]) -> None:
    failed_manifest["parameters"] = {"<script>": "<script>alert(1)</script>"}
    assert not _soup(failed_manifest).select("script")


def test_what_the_day_ahead_load_is_comes_from_the_run_and_not_from_the_market(
    manifest: dict[str, Any],
) -> None:
    rows = _soup({**manifest, "bases": {"PJM": "cleared, forecast"}}).select(".grid tbody tr")
    shown = {row.th.text: row.find_all("td")[-1].text for row in rows if row.th}
    assert shown["PJM"] == "cleared, forecast" and shown["MISO"] == ""


def test_freshness_names_the_series_that_are_behind(manifest: dict[str, Any]) -> None:
    last = {"da_lmp": "2025-12-31T23:00:00-05:00", "rt_load": "2025-12-28T10:00:00-05:00"}
    assert describe_last_hours(last) == ["2025-12-31", "rt_load only to 2025-12-28"]
    assert describe_last_hours({}) == []
    assert describe_last_hours(last | {"rt_lmp": None})[2:] == ["rt_lmp lacks a zone"]
    assert describe_last_hours({"rt_lmp": None}) == ["rt_lmp lacks a zone"]
    soup = BeautifulSoup(index_page(manifest | {"freshness": {"PJM": last}}), "html.parser")
    row = next(row for row in soup.select(".grid tbody tr") if row.th and row.th.text == "PJM")
    assert "2025-12-31" in row.text and "rt_load only to 2025-12-28" in row.text


def test_no_date_of_the_index_breaks_at_its_hyphens(manifest: dict[str, Any]) -> None:
    last = {"da_lmp": "2025-12-31T23:00:00-05:00", "rt_load": "2025-12-28T10:00:00-05:00"}
    soup = BeautifulSoup(index_page(manifest | {"freshness": {"PJM": last}}), "html.parser")
    assert soup.body is not None
    dates = soup.body.find_all(string=re.compile(r"\d{4}-\d\d-\d\d"))
    broken = [date for date in dates if not date.find_parent(class_="day")]
    assert broken == []
    assert "2025-12-28" in [day.text for day in soup.select("small .day")]


def test_the_files_of_a_task_are_linked_by_kind(manifest: dict[str, Any]) -> None:
    manifest["tasks"][1]["files"] = ["nyiso_vlr.csv", "nyiso_vlr.xlsx"]
    links = BeautifulSoup(index_page(manifest), "html.parser").select(".files a")
    assert [(link.text, link["href"]) for link in links] == [
        ("CSV", "nyiso_vlr.csv"),
        ("XLSX", "nyiso_vlr.xlsx"),
    ]
    assert all(str(link["aria-label"]).endswith(f"as {link.text}") for link in links)


def test_a_kept_report_is_called_that_with_the_run_that_computed_it(manifest: dict[str, Any]) -> None:
    kept = {"run_id": 17, "folder": "20260105T061502Z-17", "started_at": "2026-01-05T06:15:02.114+00:00"}
    of_iso = next(task for task in manifest["tasks"] if task["iso"])
    of_iso["kept"], of_iso["outcome"] = kept, "done"
    manifest["totals"]["kept"] = 1
    soup = _soup({**manifest, "outcome": "done"})
    (cell,) = (cell for cell in soup.select("tbody td") if "computed by run 17" in cell.text)
    (status,) = cell.select(".status")
    assert status.text == "kept" and "kept" in str(status["aria-label"])
    assert "Nothing has changed for 1 of them: their reports are kept." in soup.text
