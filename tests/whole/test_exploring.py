"""Exploring a report with mouse and keyboard, on a desk and on a phone, and reading it without a script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page

from lib.markets import locations
from lib.present import charts
from lib.present.display import Chart, Table
from lib.present.pages.report import write_report
from tests.support.accessibility import severe_violations
from tests.support.reports import make_report_context

ZONES = [place.name for place in locations("NYISO")][:12]
WIDTHS = {"desk": 1280, "phone": 390}
PRICE = "da_lmp_usd_per_mwh"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with a long table of zones, one without a value, and a chart with three panels."""
    cost = [None, *(0.1 * (n - 3) for n in range(1, len(ZONES)))]
    zones = pd.DataFrame({"location": ZONES, "cost_per_mwh": cost, "month": range(1, len(ZONES) + 1)})
    shown = [
        (nbformat.v4.new_markdown_cell("# Explored\n\n## By zone"), None),
        (nbformat.v4.new_code_cell("table"), Table(zones, "VLR by zone")),
        (nbformat.v4.new_code_cell("chart"), _zone_chart()),
        (nbformat.v4.new_code_cell("waterfall"), _waterfall()),
    ]
    for cell, display in shown:
        if display is not None:
            cell.outputs = [nbformat.v4.new_output("execute_result", display._repr_mimebundle_())]
    folder = tmp_path_factory.mktemp("explored")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell for cell, _ in shown]), folder / "x.ipynb")
    write_report(folder / "x.ipynb", folder / "x.html", make_report_context(iso="NYISO"))
    return folder / "x.html"


def _zone_chart() -> Chart:
    days = [pd.DataFrame({"location": zone, "he": range(1, 25)}) for zone in ZONES[:3]]
    frame = pd.concat(days, ignore_index=True)
    prices = frame.assign(**{PRICE: 20.0 + frame["he"], "rt_lmp_usd_per_mwh": 30.5 + frame["he"]})
    pair = {PRICE: "day-ahead", "rt_lmp_usd_per_mwh": "real-time"}
    return charts.zone_shapes(prices, pair, "Prices by hour", "c")


def _waterfall() -> Chart:
    price = pd.DataFrame({"forward_price": [40.0], "covariance": [1.5], "cost_to_serve": [41.5]})
    return charts.cost_waterfall(price, ["forward_price", "covariance"], "cost_to_serve", "Parts", "c")


@pytest.fixture(scope="module", params=WIDTHS)
def opened(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Page]:
    """The report at one width; all tests of a width share it."""
    page = browser.new_page(viewport={"width": WIDTHS[request.param], "height": 844})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(report.as_uri())
    yield page
    page.close()
    assert not complaints


@pytest.fixture
def page(opened: Page) -> Page:
    opened.reload()
    return opened


def _table(page: Page) -> Locator:
    return page.get_by_role("region", name="VLR by zone", exact=True)


def _column(page: Page, number: int) -> list[str]:
    return _table(page).locator(f"tbody tr:visible > :nth-child({number})").all_inner_texts()


def test_a_heading_sorts_numbers_as_numbers_and_leaves_what_is_missing_last(page: Page) -> None:
    as_told = _column(page, 2)
    heading = _table(page).get_by_role("columnheader", name="VLR, $/MWh")
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert _column(page, 2) == [*sorted(as_told[1:], key=float), as_told[0]]
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert _column(page, 2) == [*sorted(as_told[1:], key=float, reverse=True), as_told[0]]
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") is None
    assert _column(page, 2) == as_told


def test_the_keyboard_sorts_too_and_months_are_in_the_order_of_the_year(page: Page) -> None:
    months = _column(page, 3)
    _table(page).get_by_role("button", name="Month").focus()
    for _ in range(2):
        page.keyboard.press("Enter")
    assert _column(page, 3) == months[::-1]
    assert sorted(months) != months


def test_a_filter_keeps_the_rows_with_all_words_and_counts_them(page: Page) -> None:
    page.get_by_role("searchbox", name="Filter rows: VLR by zone").fill(f"{ZONES[2].lower()} mar")
    assert _column(page, 1) == [ZONES[2]]
    assert page.get_by_text(f"1 of {len(ZONES)} rows").is_visible()
    page.get_by_role("searchbox").first.fill("")
    assert _column(page, 1) == ZONES


def test_a_zone_that_is_chosen_by_keyboard_hides_the_rows_of_all_others(page: Page) -> None:
    page.get_by_label("Zone", exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert _column(page, 1) == [ZONES[1]]
    page.keyboard.press("Home")
    assert _column(page, 1) == ZONES


def test_the_controls_keep_nobody_out_and_fit_the_width(page: Page) -> None:
    page.get_by_label("Zone", exact=True).select_option(ZONES[0])
    assert severe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_report_runs_its_own_script_and_no_other(browser: Browser, report: Path, tmp_path: Path) -> None:
    text = report.read_text()
    (tmp_path / "x.html").write_text(text.replace("<h1>", "<script>window.foreign = 1</script><h1>"))
    page = browser.new_page()
    page.goto((tmp_path / "x.html").as_uri())
    assert page.evaluate("window.foreign") is None
    assert page.get_by_role("searchbox").first.is_visible()
    page.close()


def test_without_a_script_the_page_has_all_it_says_and_no_control_that_does_nothing(
    browser: Browser, report: Path
) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(report.as_uri())
    assert _column(page, 1) == ZONES
    assert not page.locator("button, input, select").count()
    page.get_by_text("Data behind this chart").first.click()
    assert page.get_by_role("cell", name=f"{np.float64(21):.2f}").first.is_visible()
    page.close()


def test_a_pointer_reads_the_values_of_a_chart(page: Page) -> None:
    panel = page.locator("svg[data-panel]").nth(1)
    panel.scroll_into_view_if_needed()
    panel.hover()
    zone, _, hour = page.locator("figure:not(.as-table) .readout strong").inner_text().partition(" · ")
    texts = page.locator("figure:not(.as-table) .readout span").all_inner_texts()
    assert (zone, hour) == (ZONES[1], "10"), "the middle of a panel is left of the middle of its axes"
    assert texts == [f"day-ahead {20 + int(hour)}", f"real-time {30.5 + int(hour):g}"]
    assert panel.locator(".cross").count() == 1
    page.mouse.move(0, 0)
    assert page.locator("figure:not(.as-table) .readout").inner_text() == ""
    assert not page.locator(".cross").count()


def test_arrow_keys_read_a_chart_and_go_from_panel_to_panel(page: Page) -> None:
    page.get_by_role("group", name="Chart: Prices by hour").focus()
    readout = page.locator("figure:not(.as-table) .readout")
    for key, title in {
        "ArrowRight": f"{ZONES[0]} · 2",
        "ArrowDown": f"{ZONES[1]} · 2",
        "ArrowUp": f"{ZONES[0]} · 2",
    }.items():
        page.keyboard.press(key)
        assert readout.locator("strong").inner_text() == title
    texts = readout.locator("span").all_inner_texts()
    assert texts == ["day-ahead 22", "real-time 32.5"]
    page.keyboard.press("Escape")
    assert readout.inner_text() == ""


def test_a_series_is_switched_off_and_on_by_its_entry_in_the_legend(page: Page) -> None:
    lines = page.locator("svg[data-panel] .series-1")
    entry = page.get_by_role("button", name="real-time")
    assert lines.first.is_visible()
    entry.focus()
    page.keyboard.press("Space")
    assert entry.get_attribute("aria-pressed") == "false"
    assert not lines.first.is_visible() and not lines.last.is_visible()
    entry.click()
    assert lines.first.is_visible()


def test_a_chosen_zone_is_the_only_panel_and_panels_stand_as_the_width_allows(page: Page) -> None:
    panels = page.locator("svg[data-panel]")
    tops = {panel.evaluate("svg => svg.getBoundingClientRect().top") for panel in panels.all()}
    is_phone = page.evaluate("innerWidth") == WIDTHS["phone"]
    assert len(tops) == (3 if is_phone else 1)
    page.get_by_label("Zone", exact=True).select_option(ZONES[2])
    assert [panel.is_visible() for panel in panels.all()] == [False, False, True]


def test_a_waterfall_is_a_table_where_there_is_no_room_to_draw_it(page: Page) -> None:
    figure = page.locator("figure.as-table")
    is_phone = page.evaluate("innerWidth") == WIDTHS["phone"]
    assert figure.locator("svg").is_visible() is not is_phone
    assert figure.get_by_role("cell", name="+1.50", exact=True).is_visible() is is_phone
