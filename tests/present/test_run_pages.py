"""What the pages about runs are made of: regions, trends, the list, and what changed."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from lib.markets import MARKETS, locations
from lib.present.display import Table
from lib.present.pages import trends
from lib.present.pages.all_runs import RunLink, RunRow, render_all_runs, render_run_links
from lib.present.pages.index import describe_last_hours
from lib.present.pages.regions import (
    END_OF_HEADER,
    Changes,
    read_region,
    render_changes,
    replace_regions,
    write_changes,
    write_regions,
)
from lib.present.pages.trends import render_sparkline
from tests.support.manifests import index_page, parse


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page with a region in its header and one behind it."""
    path = tmp_path / "page.html"
    path.write_text(f"<nav><!--runs-->old<!--/runs--></nav>\n{END_OF_HEADER}\n<!--late-->x<!--/late-->\nend")
    return path


def test_only_regions_change_and_those_that_are_not_there_are_passed_over(page: Path) -> None:
    write_regions(page, {"runs": "<b>new</b>", "unknown": "lost", "late": ""})
    assert page.read_text() == (
        f"<nav><!--runs--><b>new</b><!--/runs--></nav>\n{END_OF_HEADER}\n<!--late--><!--/late-->\nend"
    )
    assert read_region(page, "runs") == "<b>new</b>"
    assert read_region(page, "late") is None


def test_a_region_that_never_ends_is_none() -> None:
    assert replace_regions("a<!--runs-->b", {"runs": "c"}) == "a<!--runs-->b"


def test_a_page_that_cannot_be_replaced_stays_whole(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = page.read_text()

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        write_regions(page, {"runs": "new"})
    assert page.read_text() == before
    assert list(page.parent.iterdir()) == [page]


def test_a_sparkline_rises_with_its_values_and_tells_them_as_text() -> None:
    svg = BeautifulSoup(render_sparkline([1.0, 3.0, 2.0], "Seconds"), "html.parser").svg
    assert svg is not None
    heights = [float(point.split(",")[1]) for point in str(svg.polyline["points"]).split()]  # type: ignore[index]
    assert heights[1] < heights[2] < heights[0]  # SVG counts from above
    text = "Seconds, the last 3 runs, oldest first: 1.0, 3.0, 2.0"
    assert svg["aria-label"] == text and svg["role"] == "img"


def test_a_sparkline_leaves_gaps_and_draws_a_level_line_in_the_middle() -> None:
    svg = BeautifulSoup(render_sparkline([2.0, 2.0, None, 2.0, 2.0, None], "Seconds"), "html.parser")
    assert [line["points"] for line in svg.select("polyline")] == [
        "3.0,10.0 18.6,10.0",
        "49.8,10.0 65.4,10.0",
    ]
    assert svg.circle["cx"] == "65.4"  # type: ignore[index]
    assert "2.0, none, 2.0" in str(svg.title)


@pytest.mark.parametrize("values", [[], [1.0], [None, 1.0], [None, None]])
def test_one_value_is_no_trend(values: list[float | None]) -> None:
    assert render_sparkline(values, "Seconds") == ""


@pytest.fixture
def earlier(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Two runs before the one of `manifest`, the newest first; the older one's VLR of PJM is unknown."""
    runs = [copy.deepcopy(manifest) | {"run_id": number} for number in (16, 15)]
    runs[0]["figures"] = {"PJM": {"vlr_usd_per_mwh": 0.25}, "NYISO": {"vlr_usd_per_mwh": 0.2}}
    runs[1]["tasks"][0]["outcome"] = "failed"
    return runs


def test_the_index_shows_the_trend_of_vlr_and_seconds_with_their_numbers(
    manifest: dict[str, Any], earlier: list[dict[str, Any]]
) -> None:
    manifest["figures"] = {"PJM": {"vlr_usd_per_mwh": 0.3125}}
    soup = BeautifulSoup(index_page(manifest, earlier), "html.parser")
    row = next(row for row in soup.select(".grid tbody tr") if row.th and row.th.text == "PJM")
    assert "0.3125" in row.select(".trend")[0].text
    labels = [str(svg["aria-label"]) for svg in row.select("svg")]
    assert "VLR, $/MWh, of PJM, the last 3 runs, oldest first: none, 0.2500, 0.3125" in labels
    assert "Seconds, the last 3 runs, oldest first: 8.9, 8.9, 8.9" in labels
    table = soup.select("details table tbody tr")
    assert [cells.th.text for cells in table if cells.th] == ["Run 17", "Run 16", "Run 15"]
    assert "0.2000" in table[1].text and "0.3125" in table[0].text


def test_a_notebook_that_was_not_done_has_no_seconds_in_the_trend(
    manifest: dict[str, Any], earlier: list[dict[str, Any]]
) -> None:
    first = manifest["tasks"][0]["iso"]
    soup = BeautifulSoup(index_page(manifest, earlier), "html.parser")
    row = next(row for row in soup.select(".grid tbody tr") if row.th and row.th.text == first)
    assert "oldest first: none, 8.9, 8.9" in str(row.select("td")[0].svg)


def test_the_first_run_has_no_trend(manifest: dict[str, Any]) -> None:
    soup = BeautifulSoup(index_page(manifest), "html.parser")
    assert not soup.select("svg") and not soup.select("details")


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


def test_figures_have_the_decimals_of_prices(manifest: dict[str, Any]) -> None:
    manifest["figures"] = {"PJM": {"vlr_usd_per_mwh": 0.327933, "cost_to_serve_usd_per_mwh": 53.007947}}
    row = next(
        row
        for row in BeautifulSoup(index_page(manifest), "html.parser").select(".grid tbody tr")
        if row.th and row.th.text == "PJM"
    )
    assert [cell.text for cell in row.select(".trend")] == ["0.3279", "53.01"]


def test_the_files_of_a_task_are_linked_by_kind(manifest: dict[str, Any]) -> None:
    manifest["tasks"][1]["files"] = ["nyiso_vlr.csv", "nyiso_vlr.xlsx"]
    links = BeautifulSoup(index_page(manifest), "html.parser").select(".files a")
    assert [(link.text, link["href"]) for link in links] == [
        ("CSV", "nyiso_vlr.csv"),
        ("XLSX", "nyiso_vlr.xlsx"),
    ]
    assert all(str(link["aria-label"]).endswith(f"as {link.text}") for link in links)


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
        "git": None, "versions": {}, "tasks": [], "totals": {"rows_written": 1000, "rows_revised": None},
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


def test_what_changed_stands_in_the_report_with_its_tables(tmp_path: Path) -> None:
    report = tmp_path / "pjm_vlr.html"
    report.write_text("<main><!--changes--><!--/changes--><p>lead</p></main>")
    moves = Table(pd.DataFrame({"location": ["EAST & <CO>"], "before": [0.1]}), "Zones that moved")
    write_changes(tmp_path, {report.name: Changes(["Done.", "2 < 3."], [moves]), "gone.html": Changes([])})
    soup = BeautifulSoup(report.read_text(), "html.parser")
    section = soup.select_one("main > section")
    assert section is not None and section.h2 is not None
    assert section.h2.text == "What changed since the last run"
    assert section.p is not None and section.p.text == "Done. 2 < 3."
    assert section.select_one("details summary").text == "Zones that moved"  # type: ignore[union-attr]
    assert "EAST & <CO>" in section.text
    assert not (tmp_path / "gone.html").exists()


def test_a_section_of_what_changed_is_labelled_by_its_heading() -> None:
    section = BeautifulSoup(render_changes(Changes(["Done."])), "html.parser").section
    assert section is not None and section["aria-labelledby"] == section.h2["id"]  # type: ignore[index]


def test_every_iso_has_its_own_trend(manifest: dict[str, Any], earlier: list[dict[str, Any]]) -> None:
    for run in (manifest, *earlier):
        run["figures"] = {iso: {"vlr_usd_per_mwh": 0.1 * i} for i, iso in enumerate(MARKETS)}
    soup = BeautifulSoup(index_page(manifest, earlier), "html.parser")
    assert len(soup.select(".trend svg")) == len(MARKETS)


def test_a_figure_that_lacks_zones_says_so_and_stands_beside_its_like_only(
    manifest: dict[str, Any], earlier: list[dict[str, Any]]
) -> None:
    name = "cost_to_serve_usd_per_mwh"
    runs = (manifest, *earlier)
    for run, zones, value in zip(runs, (9, 11, 9), (56.0, 60.0, 55.0), strict=True):
        run["figures"] = {"NYISO": {name: value}}
        run["coverage"] = {"NYISO": {name: {"zones": zones, "months": 36}}}
    soup = BeautifulSoup(index_page(manifest, earlier), "html.parser")
    cell = next(cell for cell in soup.select(".grid .trend") if "56.00" in cell.text)
    assert cell.small is not None and cell.small.text == "9 of 11 zones"
    assert "oldest first: 55.00, none, 56.00" in str(cell.svg)


def test_a_figure_that_lacks_months_says_so_too(manifest: dict[str, Any]) -> None:
    name = "cost_to_serve_usd_per_mwh"
    isos = ("NYISO", "MISO")
    n_zones = {iso: len(locations(iso, "zone")) for iso in isos}
    manifest["figures"] = {iso: {name: 56.0} for iso in isos}
    manifest["coverage"] = {
        "NYISO": {name: {"zones": n_zones["NYISO"], "months": 30, "of_months": 36}},
        "MISO": {name: {"zones": n_zones["MISO"] - 1, "months": 35, "of_months": 36}},
    }
    rows = BeautifulSoup(index_page(manifest), "html.parser").select(".grid tbody tr")
    said = {row.th.text: row.select_one(".trend small") for row in rows if row.th}
    assert said["NYISO"].text == "30 of 36 months"  # type: ignore[union-attr]
    assert said["MISO"].text == f"{n_zones['MISO'] - 1} of {n_zones['MISO']} zones, 35 of 36 months"  # type: ignore[union-attr]


def test_a_figure_over_part_of_the_hours_says_so_and_stands_beside_its_like_only(
    manifest: dict[str, Any], earlier: list[dict[str, Any]]
) -> None:
    name = "cost_to_serve_usd_per_mwh"
    runs = (manifest, *earlier)
    for run, hours, value in zip(runs, (70_144, 105_216, 69_900), (67.66, 57.96, 66.0), strict=True):
        run["figures"] = {"ERCOT": {name: value}}
        run["coverage"] = {
            "ERCOT": {name: {"zones": 4, "months": 36, "of_months": 36, "hours": hours, "of_hours": 105_216}}
        }
    soup = BeautifulSoup(index_page(manifest, earlier), "html.parser")
    cell = next(cell for cell in soup.select(".grid .trend") if "67.66" in cell.text)
    assert cell.small is not None and cell.small.text == "70,144 of 105,216 hours"
    assert "oldest first: 66.00, none, 67.66" in str(cell.svg)
    table = trends.trend_table(trends.trend_runs(parse(manifest), [parse(run) for run in earlier]))
    assert table is not None
    assert table.formatted()["ERCOT: Cost to serve is over"].tolist() == [
        "70,144 of 105,216 hours",
        "",
        "69,900 of 105,216 hours",
    ]


@pytest.mark.parametrize(("hours", "is_like"), [(105_216, True), (70_144, False)])
def test_a_run_that_did_not_write_its_hours_counts_as_one_over_all(
    hours: int, is_like: bool, manifest: dict[str, Any], earlier: list[dict[str, Any]]
) -> None:
    name, kept = "cost_to_serve_usd_per_mwh", {"zones": 4, "months": 36, "of_months": 36}
    runs, since = [earlier[0], manifest], {"hours": hours, "of_hours": 105_216}
    for run, value, more in zip(runs, (57.96, 58.0), ({}, since), strict=True):
        run["figures"], run["coverage"] = {"ERCOT": {name: value}}, {"ERCOT": {name: kept | more}}
    assert (
        "oldest first: 57.96, 58.00" in trends.render_figures([parse(run) for run in runs], "ERCOT", name)
    ) == is_like


def test_a_trend_goes_on_over_runs_that_did_not_write_how_many_months_there_are(
    manifest: dict[str, Any], earlier: list[dict[str, Any]]
) -> None:
    name = "vlr_usd_per_mwh"
    for run, value in zip((manifest, *earlier), (0.1, 0.2, 0.3), strict=True):
        run["figures"] = {"NYISO": {name: value}}
        run["coverage"] = {"NYISO": {name: {"zones": 11, "months": 12}}}
    manifest["coverage"]["NYISO"][name]["of_months"] = 12
    soup = BeautifulSoup(index_page(manifest, earlier), "html.parser")
    assert "oldest first: 0.3000, 0.2000, 0.1000" in str(soup.select_one(".grid .trend svg"))
