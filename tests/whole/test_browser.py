"""The pages of a run in a real browser, without a network, as somebody opens them from a mail or a share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import DemoRun

PHONE = {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing, and CI must have it")
        pytest.skip("Chromium is not here: `make browser` installs it where it may")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    background = ["--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=[*quiet, *background])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without a network that fails the test on any request beyond files and on any error."""
    context = browser.new_context(offline=True)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("request", lambda r: r.url.startswith(("file:", "data:")) or complaints.append(r.url))
    opened.on("requestfailed", lambda r: complaints.append(f"failed: {r.url}"))
    opened.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert not complaints


def test_from_the_index_to_a_report_and_back_by_keyboard_alone(page: Page, demo_run: DemoRun) -> None:
    page.goto((demo_run.folder / "index.html").as_uri())
    assert page.locator("table tbody tr").count() == 5
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "nyiso_vlr.html":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/nyiso_vlr.html")
    assert page.locator("h1").inner_text() == "Volumetric load risk"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "index.html":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/index.html")


@pytest.mark.parametrize(
    "name", ["index", "summary", "ice_settlements", "pjm_fetch", "pjm_vlr", "ercot_shaping"]
)
@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_fits_its_width_and_its_charts_are_drawn(
    name: str, width: int, page: Page, demo_run: DemoRun
) -> None:
    page.set_viewport_size({**PHONE, "width": width})
    page.goto((demo_run.folder / f"{name}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for chart in page.locator("figure svg").all():
        box = chart.bounding_box()
        assert box is not None
        assert box["width"] > 200
        assert box["height"] > 50


def test_every_figure_has_a_text_for_those_who_cannot_see_it(page: Page, demo_run: DemoRun) -> None:
    page.goto((demo_run.folder / "pjm_vlr.html").as_uri())
    figures = page.locator("figure")
    assert figures.count() >= 5
    for figure in figures.all():
        assert figure.locator("figcaption").inner_text().strip()
        assert figure.locator("[role=img][aria-label], svg[aria-labelledby], img[alt]").count() == 1
