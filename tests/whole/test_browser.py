"""The pages of a run in a real browser, without a network, as somebody opens them from a mail or a share."""

from __future__ import annotations

import json
import re
import shutil
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from PIL import Image
from playwright.sync_api import Page

from lib.manifest import read_manifest
from lib.markets import MARKETS
from lib.pipeline.notebooks import NOTEBOOKS, TITLES
from lib.present.pages.index import write_index
from lib.present.pages.report import write_report
from lib.task_record import TaskError
from tests.conftest import DemoRun
from tests.support.accessibility import severe_violations
from tests.support.reports import make_report_context

DESK, PHONE, SHEET = 1280, 390, 703  # pixels; a sheet is A4 within its margins
REPORTS = [f"pjm_{name}" if notebook.per_iso else name for name, notebook in NOTEBOOKS.items()]
"""Each kind of report; PJM has the most zones."""

PAGES = ["index", "digest", "../index", *REPORTS]

LOOKS = {
    "desk": {"width": DESK, "media": "screen", "color_scheme": "light"},
    "dark": {"width": DESK, "media": "screen", "color_scheme": "dark"},
    "phone": {"width": PHONE, "media": "screen", "color_scheme": "light"},
    "print": {"width": SHEET, "media": "print", "color_scheme": "light"},
}

OPEN_ALL = "document.querySelectorAll('details').forEach(details => details.open = true)"
OPEN_ALL_BUT_DATA = """
document.querySelectorAll('details:not(figure details)').forEach(details => details.open = true)
"""
"""The data behind charts are tables as any other, with so many rows that axe-core reads them for minutes."""

LEAVE_THREE_ROWS_OF_A_KIND = """
const form = element => [element.tagName, element.className, element.getAttribute('style')].join(' ')
for (const body of document.querySelectorAll('tbody')) {
    const n = {}
    for (const row of [...body.rows]) {
        const kind = [row, ...row.querySelectorAll('*')].map(form).join(', ')
        n[kind] = (n[kind] ?? 0) + 1
        if (n[kind] > 3) row.remove()
    }
}
"""
"""Rows of the same elements, classes and styles differ only in text, and axe-core looks at each cell."""

COLOURS = (
    *(f"{base}{n}" for base in (3, 9) for n in range(8)),
    "1;38;5;28",
    "38;5;129",
    "38;5;132",
    "38;2;9;9;9;48;5;0",
)
"""How a terminal is told a colour: its own, those of which IPython makes tracebacks, and one on another."""


def _open(page: Page, demo_run: DemoRun, name: str) -> None:
    page.goto((demo_run.folder / f"{name}.html").resolve().as_uri())


def _look(page: Page, look: str) -> None:
    chosen = LOOKS[look]
    page.emulate_media(media=chosen["media"], color_scheme=chosen["color_scheme"])  # type: ignore[arg-type]
    page.set_viewport_size({"width": int(chosen["width"]), "height": 800})


def _tab_to(page: Page, href: str) -> None:
    """Press the Tab key until a link has the focus, and make sure that it is seen to have it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == href:
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            assert page.evaluate(outline) != "none"
            return
    pytest.fail(f"the keyboard does not reach {href}")


@pytest.fixture
def failed_run(demo_run: DemoRun, tmp_path: Path) -> Path:
    """A folder with the index of a run in which vlr of ERCOT failed in its middle, and that report."""
    notebook = nbformat.read(demo_run.folder / "ercot_vlr.ipynb", as_version=4)
    shown = [number for number, cell in enumerate(notebook.cells) if cell.get("outputs")]
    cell = notebook.cells[shown[3]]
    failure = nbformat.v4.new_output(
        "error", ename="NoHours", evalue="no hour of ERCOT has all four series", traceback=["line " * 80]
    )
    cell.outputs = [failure]
    manifest = json.loads((demo_run.folder / "manifest.json").read_text())
    task = next(task for task in manifest["tasks"] if task["html"] == "ercot_vlr.html")
    task["outcome"] = manifest["outcome"] = "failed"
    task["error"] = {"kind": "cell", "name": "NoHours", "sentence": failure.evalue, "cell": shown[3]}
    nbformat.write(notebook, tmp_path / "ercot_vlr.ipynb")
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    run = read_manifest(tmp_path)
    context = make_report_context(
        notebook="vlr", iso="ERCOT", window=run.windows["ERCOT"], error=TaskError(**task["error"])
    )
    write_report(tmp_path / "ercot_vlr.ipynb", tmp_path / "ercot_vlr.html", context)
    write_index(tmp_path, run, TITLES)
    return tmp_path


@pytest.mark.parametrize("name", [name.replace("pjm", "ercot") for name in PAGES])  # axe reads every cell
def test_a_page_keeps_nobody_out_in_light_dark_on_a_phone_or_on_paper(
    name: str, page: Page, demo_run: DemoRun
) -> None:
    _look(page, "desk")
    _open(page, demo_run, name)
    page.evaluate(OPEN_ALL_BUT_DATA)
    found = {"desk": severe_violations(page)}
    page.evaluate(LEAVE_THREE_ROWS_OF_A_KIND)
    for look in LOOKS.keys() - found:
        _look(page, look)
        found[look] = severe_violations(page)
    assert found == {look: [] for look in LOOKS}


def test_a_failed_report_keeps_nobody_out_and_leads_to_the_cell_that_failed(
    page: Page, failed_run: Path
) -> None:
    page.goto((failed_run / "index.html").as_uri())
    assert severe_violations(page) == []
    page.get_by_role("link", name="Open the report of vlr of ERCOT").click()
    assert page.locator("main h2").first.inner_text().startswith("This report is not complete")
    assert severe_violations(page) == []
    page.get_by_role("link", name="Go to the cell that failed").click()
    failed = page.locator(".cell.failed")
    assert f"#{failed.get_attribute('id')}" in page.url
    assert failed.get_by_text("Traceback").is_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_an_opened_traceback_can_be_read_in_every_look(look: str, page: Page, tmp_path: Path) -> None:
    _look(page, look)
    page.goto(_failed_report(tmp_path).as_uri())
    page.get_by_text("Traceback").click()
    assert page.locator("pre.traceback span").count() == len(COLOURS)
    assert severe_violations(page) == []


def _failed_report(folder: Path) -> Path:
    """Write the report of a notebook of which one cell failed, with a traceback of every kind of colour."""
    title, cell = nbformat.v4.new_markdown_cell("# Failed\n\n## First"), nbformat.v4.new_code_cell("store")
    traceback = [f"\x1b[{colour}mfrom\x1b[0m lib import store" for colour in COLOURS]
    cell.outputs = [nbformat.v4.new_output("error", ename="E", evalue="e", traceback=traceback)]
    notebook = nbformat.v4.new_notebook(cells=[title, cell])
    nbformat.write(notebook, folder / "failed.ipynb")
    write_report(folder / "failed.ipynb", folder / "failed.html", make_report_context())
    return folder / "failed.html"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_width_and_its_charts_are_drawn(name: str, page: Page, demo_run: DemoRun) -> None:
    _open(page, demo_run, name)
    for look in ("desk", "phone", "print"):
        _look(page, look)
        assert page.evaluate("document.documentElement.scrollWidth") <= LOOKS[look]["width"], look
        is_drawn = "figure:not(.as-table) svg" if look == "phone" else "figure svg"
        for chart in page.locator(is_drawn).all():
            box = chart.bounding_box()
            assert box is not None, look
            assert box["width"] > 180, look
            assert box["height"] > 50, look


@pytest.mark.parametrize("name", PAGES)
def test_headings_are_in_order_and_ids_are_there_once(name: str, page: Page, demo_run: DemoRun) -> None:
    _open(page, demo_run, name)
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(h => +h.tagName[1])")
    assert levels.count(1) == 1
    main = page.evaluate(
        "[...document.querySelectorAll('main :is(h1,h2,h3,h4,h5,h6)')].map(h => +h.tagName[1])"
    )
    assert main[0] == 2
    assert all(below <= above + 1 for above, below in pairwise(main))
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(tag => tag.id)")
    assert len(ids) == len(set(ids))
    targets = page.evaluate("[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))")
    assert set(targets) <= set(ids)


@pytest.mark.parametrize("name", PAGES)
def test_every_link_to_a_file_leads_to_one(name: str, page: Page, demo_run: DemoRun) -> None:
    _open(page, demo_run, name)
    here = (demo_run.folder / f"{name}.html").resolve()
    hrefs = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
    files = {href.partition("#")[0] for href in hrefs} - {""}
    assert not [file for file in files if not (here.parent / file).exists()]


@pytest.mark.parametrize("name", REPORTS)
def test_a_chart_is_not_blank_and_its_extremes_stand_in_its_table(
    name: str, page: Page, demo_run: DemoRun
) -> None:
    _look(page, "desk")
    _open(page, demo_run, name)
    page.evaluate(OPEN_ALL)
    for figure in page.locator("figure").all():
        assert figure.locator("figcaption").inner_text().strip()
        drawing = figure.locator("[role=img]")
        assert _is_drawn(drawing.screenshot())
        numbers = set(figure.locator("td").all_inner_texts())
        named = re.findall(r"(?:Highest|lowest): (-?[\d,.]*\d)", drawing.get_attribute("aria-label") or "")
        assert set(named) <= numbers


def _is_drawn(png: bytes) -> bool:
    """Return whether at least a hundredth of a picture is of another colour than most of it."""
    colours = Image.open(BytesIO(png)).convert("RGB").getcolors(maxcolors=1 << 24)
    counts = sorted(n for n, _ in colours)
    return counts[-1] <= 0.99 * sum(counts)


def test_a_blank_picture_does_not_pass_for_a_chart(page: Page) -> None:
    page.set_content(
        '<svg width="200" height="100"></svg><svg width="200" height="100"><path d="M0 0H90V90Z"/></svg>'
    )
    assert [_is_drawn(svg.screenshot()) for svg in page.locator("svg").all()] == [False, True]


def test_from_the_index_to_a_report_and_back_by_keyboard_alone(page: Page, demo_run: DemoRun) -> None:
    _open(page, demo_run, "index")
    assert page.locator(".grid tbody tr").count() == len(MARKETS)
    _tab_to(page, "nyiso_vlr.html")
    page.keyboard.press("Enter")
    page.wait_for_url("**/nyiso_vlr.html")
    assert page.locator("h1").inner_text() == "Volumetric load risk"
    _tab_to(page, "index.html")
    page.keyboard.press("Enter")
    page.wait_for_url("**/index.html")


def test_the_first_key_skips_to_the_content_of_a_report(page: Page, demo_run: DemoRun) -> None:
    _open(page, demo_run, "nyiso_vlr")
    page.keyboard.press("Tab")
    assert page.locator(".skip").is_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_wide_table_is_scrolled_by_keyboard_and_keeps_its_first_column(
    page: Page, demo_run: DemoRun
) -> None:
    _look(page, "phone")
    _open(page, demo_run, "pjm_fetch")
    box = page.locator(".box").filter(has_text="Hours by month and block")
    box.evaluate(
        "box => { box.closest('details').open = true }"
    )  # it is in the section on how the page was made
    box.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("box => box.scrollLeft > 100", arg=box.element_handle())
    edges = [tag.bounding_box() for tag in (box, box.locator("tbody th").first)]
    assert edges[0] is not None
    assert edges[1] is not None
    assert abs(edges[0]["x"] - edges[1]["x"]) <= 1


def test_a_phone_shows_the_figures_of_a_run_without_scrolling(page: Page, demo_run: DemoRun) -> None:
    _look(page, "phone")
    _open(page, demo_run, "index")
    figures = page.locator(".grid tbody td.trend").all()
    assert figures
    for figure in figures:
        box = figure.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= PHONE


def test_on_paper_every_table_is_whole_and_data_and_code_are_left_out(page: Page, demo_run: DemoRun) -> None:
    _look(page, "print")
    _open(page, demo_run, "pjm_vlr")
    for table in page.locator("main > .cell table").all():
        box = table.bounding_box()
        assert box is None or box["x"] + box["width"] <= SHEET
    assert not page.locator("nav, details.code, figure details").locator("visible=true").count()
    assert page.locator("figure svg").first.is_visible()


def test_a_report_that_is_carried_away_alone_shows_all_it_has(
    page: Page, demo_run: DemoRun, tmp_path: Path
) -> None:
    shutil.copy(demo_run.folder / "nyiso_vlr.html", tmp_path)
    page.goto((tmp_path / "nyiso_vlr.html").as_uri())
    assert page.locator("figure svg").count() >= 5
    assert page.get_by_role("note").inner_text().startswith("DEMO")
