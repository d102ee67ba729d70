"""The trends of the index: lines, gaps where runs do not compare, and the table of the numbers."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from bs4 import BeautifulSoup

from lib.markets import MARKETS, locations
from lib.present.pages import trends
from lib.present.pages.trends import render_sparkline
from tests.support.manifests import index_page, parse


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


def test_figures_have_the_decimals_of_prices(manifest: dict[str, Any]) -> None:
    manifest["figures"] = {"PJM": {"vlr_usd_per_mwh": 0.327933, "cost_to_serve_usd_per_mwh": 53.007947}}
    row = next(
        row
        for row in BeautifulSoup(index_page(manifest), "html.parser").select(".grid tbody tr")
        if row.th and row.th.text == "PJM"
    )
    assert [cell.text for cell in row.select(".trend")] == ["0.3279", "53.01"]


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
    assert table.formatted()["ERCOT: Cost to serve (energy) is over"].tolist() == [
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
