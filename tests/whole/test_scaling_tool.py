"""The scaling tool from end to end: served, used in a browser as an analyst does, and compared with lib."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from socket import socket
from typing import cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pandas as pd
import psutil
import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, Response, expect
from pypdfium2 import PdfDocument
from sqlalchemy import text

from lib.present.pricing_file import parse_pricing_file
from lib.store import read_relation
from lib.tool import editing, pricing_files
from lib.tool import state as tool_state
from lib.tool.data import ToolData
from lib.tool.panels.pivot import MAX_CELLS
from tests.conftest import DemoRun
from tests.support.accessibility import severe_violations
from tests.support.waiting import wait_until
from tests.whole.conftest import PATIENCE_MS

ROOT = Path(__file__).parents[2]
ONE_PAGE = ("--most-pages", "1", "--allow-host", "curves.example.com")


@dataclass(frozen=True)
class Tool:
    """The tool in a browser, and the actions of a person."""

    page: Page
    requests: list[str]
    complaints: list[str]
    sent: list[int]  # sizes of the browser's messages to the kernel

    def panel(self, name: str) -> Locator:
        return self.page.locator(f"section[data-panel={name}]")

    @property
    def message(self) -> str:
        return self.page.get_by_role("status").inner_text()

    @property
    def is_refused(self) -> bool:
        return "error" in str(self.page.locator(".message").get_attribute("class"))

    def wait(self) -> None:
        """Wait until the kernel has answered every message and no background job is running."""
        self.page.wait_for_function(
            """() => [...document.querySelectorAll('*')].some(({shadowRoot}) => {
                const tool = shadowRoot?.querySelector('.tool');
                return tool?.dataset.sent && tool.dataset.sent === tool.dataset.finished
                    && !tool.querySelector('[data-poll]');
            })"""
        )

    def choose(self, panel: str, name: str, value: str) -> None:
        self.panel(panel).get_by_role("combobox", name=name, exact=True).select_option(value)
        self.wait()

    def enter(self, panel: str, name: str, value: str) -> None:
        field = self.panel(panel).get_by_role("textbox", name=name, exact=True)
        field.fill(value)
        field.press("Enter")
        self.wait()

    def day(self, name: str, value: str) -> None:
        field = self.panel("choice").get_by_label(name, exact=True)
        field.fill(value)
        field.press("Enter")
        self.wait()

    def press(self, panel: str, name: str) -> None:
        self.panel(panel).get_by_role("button", name=name, exact=True).click()
        self.wait()

    def upload(self, name: str, content: bytes) -> None:
        """Choose a file, and wait for a new message."""
        status = self.page.get_by_role("status")
        status.evaluate("status => { status.textContent = 'nothing yet' }")
        chosen = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        self.panel("files").locator("input[type=file]").set_input_files(chosen)  # type: ignore[arg-type]
        expect(status).not_to_have_text("nothing yet")
        self.wait()

    def download(self, panel: str, name: str) -> tuple[str, bytes]:
        with self.page.expect_download() as started:
            self.press(panel, name)
        return started.value.suggested_filename, started.value.path().read_bytes()

    def rows(self, panel: str, number: int = 0) -> list[list[str]]:
        """Return the texts of a table's body."""
        read = "table => [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.textContent))"
        return self.panel(panel).locator("table").nth(number).evaluate(read)

    def row(self, zone: str) -> list[str]:
        return next(row for row in self.rows("scaling") if row[0].strip() == zone)


@pytest.fixture(scope="module")
def address(demo_run: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the tool, which is served on the demo run's database."""
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("tool") / "log"
    with log.open("w") as file:
        served = subprocess.Popen(
            [sys.executable, "-m", "lib.tool.serve", "--port", str(port), *ONE_PAGE],
            cwd=ROOT,
            env={**os.environ, "EPD_DATABASE": demo_run.database.url, "EPD_SOURCE": "demo"},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    wait_until(lambda: "is filled" in log.read_text() or served.poll() is not None)
    assert served.poll() is None, log.read_text()
    yield f"http://127.0.0.1:{port}/"
    served.terminate()
    served.wait()


@pytest.fixture(scope="module")
def opened(browser: Browser, address: str) -> Iterator[Tool]:
    """The tool, opened once for all tests of this module."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    tool = Tool(page, [], [], [])
    page.on("request", lambda request: tool.requests.append(request.url))
    page.on("console", lambda m: tool.complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: tool.complaints.append(str(error)))
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: tool.sent.append(len(frame))))
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    tool.panel("footer").locator("p").wait_for()
    tool.wait()
    yield tool
    page.close()


@pytest.fixture
def tool(opened: Tool, address: str) -> Iterator[Tool]:
    """The tool on the VLR curve of New York as published, without edits."""
    opened.page.set_viewport_size({"width": 1280, "height": 900})
    opened.choose("choice", "ISO", "ERCOT")
    opened.choose("choice", "ISO", "NYISO")
    if opened.panel("scaling").get_by_role("button", name="Reset").is_enabled():
        opened.press("scaling", "Reset")
    for field in ("Months", "Blocks"):
        opened.enter("scaling", field, "")
    yield opened
    strangers = [url for url in opened.requests if not url.startswith((address, "data:", "blob:"))]
    assert strangers == []
    assert opened.complaints == []


@pytest.fixture
def data(demo_run: DemoRun, monkeypatch: pytest.MonkeyPatch) -> ToolData:
    """The tool's data on the same database."""
    monkeypatch.setenv("EPD_DATABASE", demo_run.database.url)
    return ToolData("demo")


@pytest.fixture
def state(data: ToolData) -> tool_state.CurveState:
    """The VLR curve of New York as published."""
    return tool_state.choose(tool_state.first_state(data), data, iso="NYISO")


@pytest.fixture
def landed_run(demo_run: DemoRun) -> Iterator[int]:
    """The number of a run that ends while the tool is open; the test removes it from the run log."""
    enter = """INSERT INTO pipeline_run
                   (source, as_of, outcome, finished_at, parameters, versions, host, pid)
               VALUES ('demo', '2026-01-01', 'done', now(), '{}', '{}', 'desk-7', 1) RETURNING run_id"""
    with demo_run.database.engine.begin() as connection:
        run_id = connection.execute(text(enter)).scalar_one()
    yield run_id
    with demo_run.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM pipeline_run WHERE run_id = :id"), {"id": run_id})


def _percent(value: float) -> str:
    return f"{value * 100:,.3f}"


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_page_is_accessible(look: str, tool: Tool) -> None:
    tool.page.emulate_media(color_scheme=look)  # type: ignore[arg-type]
    assert "DEMO" in tool.panel("head").inner_text()
    assert severe_violations(tool.page) == []


def test_a_phone_shows_the_whole_page_without_scrolling_sideways(tool: Tool) -> None:
    tool.page.set_viewport_size({"width": 390, "height": 800})
    assert tool.page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = """sections => sections.filter(one => one.getBoundingClientRect().right > innerWidth + 1).length"""
    assert tool.page.locator(".tool > *").evaluate_all(wide) == 0
    assert severe_violations(tool.page) == []


def test_a_scaled_zone_shows_in_cells_and_means_and_is_undone(
    tool: Tool, state: tool_state.CurveState
) -> None:
    tool.enter("scaling", "Scale of WEST, %", "120")
    assert tool.message == "WEST: 120 % of the source."
    scaled = editing.scale(state, "120", ["WEST"])
    before, after = editing.profile_edits(scaled, [], ["WEST"])[["before", "after"]].iloc[0]
    assert tool.row("WEST")[3:] == [_percent(before), _percent(after)]
    column = tool.panel("pivot").locator("thead th").all_inner_texts().index("WEST")
    shown = [row[column] for row in tool.rows("pivot")]
    assert shown == [_percent(value) for value in scaled.shown.loc[1, "WEST"]]
    assert tool.panel("pivot").locator("td.e").count() == len(shown) == 40
    tool.press("scaling", "Undo")
    assert tool.row("WEST")[3:] == [_percent(before), _percent(before)]
    assert tool.panel("pivot").locator("td.e").count() == 0


def test_typing_is_kept_while_the_answer_to_another_field_arrives(tool: Tool) -> None:
    first, second = (
        tool.panel("scaling").get_by_role("textbox", name=f"Scale of {zone}, %")
        for zone in ("CAPITL", "WEST")
    )
    first.fill("90")
    second.select_text()
    tool.page.keyboard.type("110")
    tool.wait()
    assert second.input_value() == "110"
    assert second.evaluate("field => field === field.getRootNode().activeElement")
    assert tool.row("CAPITL")[3] != tool.row("CAPITL")[4]


def test_a_scale_beyond_the_limit_is_explained_and_the_field_goes_back(tool: Tool) -> None:
    tool.enter("scaling", "Scale of WEST, %", "1001")
    assert tool.is_refused
    assert "0 to 1000" in tool.message
    field = tool.panel("scaling").get_by_role("textbox", name="Scale of WEST, %")
    field.blur()
    assert field.input_value() == "100"


def test_a_value_replaces_the_chosen_cells_only(tool: Tool, state: tool_state.CurveState) -> None:
    tool.enter("scaling", "Months", "7")
    tool.enter("scaling", "Blocks", "5x16")
    tool.enter("scaling", "Value of N.Y.C., %", "2.5")
    tool.choose("pivot", "Month", "7")
    column = tool.panel("pivot").locator("thead th").all_inner_texts().index("N.Y.C.")
    shown = {(row[1], row[2]): row[column] for row in tool.rows("pivot")}
    for (he, block), value in state.source.values.loc[7, "N.Y.C."].items():
        assert shown[str(he), block] == ("2.500" if block == "5x16" else _percent(value))
    tool.choose("pivot", "Month", "")
    n_first = MAX_CELLS // len(state.zones)
    assert len(tool.rows("pivot")) == n_first < 480
    assert tool.panel("pivot").locator("td.e").count() == 16
    tool.press("pivot", "More rows")
    assert len(tool.rows("pivot")) == 480 - n_first
    assert tool.panel("pivot").locator("td.e").count() == 0
    tool.choose("pivot", "Month", "1")


def test_edits_survive_a_dead_kernel_and_a_reload_which_asks(tool: Tool, address: str) -> None:
    tool.enter("scaling", "Scale of WEST, %", "+10%")
    tool.choose("choice", "Curve", "shaping")
    tool.enter("scaling", "Scale of N.Y.C., %", "90")
    link = tool.page.url
    config = str(tool.page.locator("#jupyter-config-data").text_content())
    (kernel,) = (
        process for process in psutil.process_iter(["cmdline"])
        if json.loads(config)["kernelId"] in " ".join(process.info["cmdline"] or ())
    )  # fmt: skip
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    tool.page.on("dialog", accept)
    kernel.kill()
    wait_until(lambda: cast(Response, tool.page.reload()).ok)  # only one page may be open, also for a moment
    tool.panel("footer").locator("p").wait_for()
    tool.wait()
    tool.page.remove_listener("dialog", accept)
    tool.complaints.clear()  # the browser names the lost connection
    assert asked[0] == "beforeunload"
    assert re.search(r"\d edits from .* are back", tool.panel("head").inner_text())
    assert tool.page.url == link
    assert "shaping" in link
    before, after = (float(text) for text in tool.row("N.Y.C.")[3:])
    assert after == pytest.approx(0.9 * before, abs=1e-4)
    tool.choose("choice", "Curve", "vlr")
    before, after = (float(text) for text in tool.row("WEST")[3:])
    assert after == pytest.approx(1.1 * before, abs=1e-3)
    tool.press("head", "Start anew")
    assert tool.panel("pivot").locator("td.e").count() == 0


def test_cells_are_chosen_changed_copied_and_pasted_by_keyboard(
    tool: Tool, state: tool_state.CurveState
) -> None:
    keys, pivot = tool.page.keyboard, tool.panel("pivot")
    tool.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pivot.locator("td[tabindex='0']").focus()
    for key in ("Control+Home", "ArrowDown", "ArrowRight", "Shift+ArrowDown", "Shift+ArrowRight"):
        keys.press(key)
    zones = state.zones[1:3]
    assert (
        pivot.locator("form strong").inner_text() == f"Jan HE 2 7x8 to Jan HE 3 7x8, {' to '.join(zones)} (4)"
    )
    keys.type("1.25")
    keys.press("Enter")
    tool.wait()
    assert pivot.locator("td.e").all_inner_texts() == ["1.250"] * 4
    keys.press("Control+c")
    keys.press("ArrowDown")
    keys.press("Control+v")
    pivot.get_by_role("button", name="Paste 4").click()
    tool.wait()
    assert pivot.locator("td.e").all_inner_texts() == ["1.250"] * 8
    assert severe_violations(tool.page) == []


def test_one_scale_for_all_zones_and_reset(tool: Tool) -> None:
    tool.enter("scaling", "Scale, %", "50")
    assert tool.message == "All zones: 50 % of the source."
    assert tool.panel("pivot").locator("td.e").count() == 40 * 11
    tool.press("scaling", "Reset")
    assert tool.panel("pivot").locator("td.e").count() == 0
    tool.press("scaling", "Apply to all zones")
    assert tool.is_refused


def test_charts_draw_the_chosen_zones_and_carry_their_numbers(
    tool: Tool, state: tool_state.CurveState
) -> None:
    tool.panel("scaling").get_by_role("checkbox", name="Draw WEST").check()
    tool.enter("scaling", "Scale of WEST, %", "200")
    charts = tool.panel("charts")
    assert charts.locator(".legend li").all_inner_texts()[:2] == ["CAPITL", "WEST"]
    for number, by in enumerate(("month", "he")):
        figure = charts.locator("figure").nth(number)
        assert "WEST" in str(figure.locator("svg[role=img]").get_attribute("aria-label"))
        expected = editing.profile_edits(editing.scale(state, "200", ["WEST"]), [by], ["CAPITL", "WEST"])
        rows = sorted((row[0], row[2], row[3]) for row in tool.rows("charts", number))
        numbers = expected.itertuples(index=False)
        assert rows == sorted((row.zone, _percent(row.before), _percent(row.after)) for row in numbers)
        line = str(figure.locator("g.after path").nth(1).get_attribute("d"))
        assert len(re.findall(r"[ML]", line)) == len(expected) // 2
        heights = {match[1] for match in re.findall(r"[ML](\S+) ([\d.]+)", line)}
        assert len(heights) > 3, "a flat line is no curve"
    tool.panel("scaling").get_by_role("checkbox", name="Draw WEST").uncheck()
    tool.wait()


def test_the_calculator_prices_a_list_of_lmps(tool: Tool, state: tool_state.CurveState) -> None:
    tool.enter("scaling", "Scale of WEST, %", "150")
    tool.enter("calculator", "LMPs, $/MWh, separated by commas", "25, 40; 60")
    found = editing.price_lmps(editing.scale(state, "150", ["WEST"]), "25, 40, 60")
    assert isinstance(found, pd.DataFrame)
    wide = found.pivot(index="zone", columns="lmp_usd_per_mwh", values="cost_usd_per_mwh")
    for row in tool.rows("calculator"):
        assert row[1:] == [f"{value:,.4f}" for value in wide.loc[row[0]]]
    tool.enter("calculator", "LMPs, $/MWh, separated by commas", "25, dear")
    assert tool.is_refused
    assert "dear" in tool.message
    tool.enter("calculator", "LMPs, $/MWh, separated by commas", "30")
    assert len(tool.rows("calculator")[0]) == 2


def test_a_free_range_shows_what_lib_computes_for_it(
    tool: Tool, state: tool_state.CurveState, data: ToolData
) -> None:
    tool.day("From", "2023-02-10")
    tool.day("To", "2025-03-20")
    chosen = tool_state.choose(state, data, start=date(2023, 2, 10), end=date(2025, 3, 20))
    shown = [row[3:] for row in tool.rows("pivot")]
    assert shown == [[_percent(value) for value in row] for row in chosen.shown.loc[1].to_numpy()]
    tool.press("choice", "Published range")
    assert tool.rows("pivot")[0][3] == _percent(state.shown.iloc[0, 0])


def test_a_download_is_the_file_that_lib_makes_of_the_edited_curve(
    tool: Tool, state: tool_state.CurveState
) -> None:
    tool.enter("scaling", "Scale of WEST, %", "120")
    tool.enter("scaling", "Value of N.Y.C., %", "2.5")
    edited = editing.set_value(editing.scale(state, "120", ["WEST"]), "2.5 %", ["N.Y.C."])
    for kind in ("csv", "xlsx"):
        expected = pricing_files.render_pricing_file(edited, kind)
        assert tool.download("files", f"Download {kind.upper()}") == expected
    read = parse_pricing_file(*expected)
    assert len(read.cells) == 480
    assert (read.cells["N.Y.C."] == 0.025).all()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_uploaded_file_is_edited_downloaded_and_put_away(
    kind: str, tool: Tool, state: tool_state.CurveState, data: ToolData
) -> None:
    name, content = pricing_files.render_pricing_file(state, kind)  # type: ignore[arg-type]
    tool.upload(name, content)
    assert f"Working on the file {name}" in tool.panel("choice").inner_text()
    tool.enter("scaling", "Scale of WEST, %", "300")
    expected = editing.scale(pricing_files.upload(state, data, name, content), "300", ["WEST"])
    assert tool.download("files", "Download CSV") == pricing_files.render_pricing_file(expected, "csv")
    tool.press("files", f"Close {name}")
    assert "Working on" not in tool.panel("choice").inner_text()


BAD = {
    "empty.csv": b"",
    "prose.csv": b"Dear desk,\nplease find the prices attached.\n",
    "latin.csv": "Zürich".encode("latin-1"),
    "workbook.csv": b"PK\x03\x04 and so on",
    "text.xlsx": b"Control_area,,,NYISO\n",
    "macro.xlsm": b"PK\x03\x04",
    "<img src=x onerror=alert(1)>.csv": b"x",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_upload_is_explained_and_the_tool_goes_on(name: str, tool: Tool) -> None:
    tool.upload(name, BAD[name])
    assert tool.is_refused
    assert tool.message.rstrip().endswith(".")
    assert "Traceback" not in tool.message
    tool.enter("scaling", "Scale of WEST, %", "120")
    assert tool.message == "WEST: 120 % of the source."


def test_a_file_over_the_limit_is_refused_before_it_is_sent(tool: Tool) -> None:
    tool.upload("large.csv", b"0" * 5_000_001)
    assert tool.is_refused
    assert "larger than 5 MB" in tool.message
    assert max(tool.sent) < 1_000_000


def test_the_viewer_narrows_turns_and_downloads_any_relation(tool: Tool, demo_run: DemoRun) -> None:
    tool.choose("viewer", "Table or view", "nyiso_vlr")
    tool.choose("viewer", "Load zone", "WEST")
    tool.choose("viewer", "Filter by", "month")
    tool.enter("viewer", "Value", "7")
    stored = read_relation(demo_run.database, "nyiso_vlr", where={"load_zone": "WEST", "month": 7})
    n_rows = len(stored)
    assert f"Rows 1 to {min(50, n_rows)} of {n_rows}" in tool.panel("viewer").inner_text()
    name, content = tool.download("viewer", "Download CSV")
    assert name == "nyiso_vlr.csv"
    assert len(content.decode().splitlines()) == n_rows + 1
    tool.panel("viewer").get_by_role("button", name=re.compile("Remove the filter")).click()
    tool.wait()
    tool.press("viewer", "Next")
    assert "Rows 51 to 100" in tool.panel("viewer").inner_text()


HOSTILE = "'; DROP TABLE location; -- <img src=x onerror=alert(1)> =1+1"


@pytest.fixture
def hostile_problem(demo_run: DemoRun) -> Iterator[None]:
    """A problem in the run log with a hostile text; the test removes it."""
    enter = """INSERT INTO pipeline_problem (run_id, notebook, iso, number, measure, kind, n_hours, message)
               SELECT max(run_id), 'fetch', 'NYISO', 9999, 'da_lmp', 'late', 1, :text FROM pipeline_run"""
    with demo_run.database.engine.begin() as connection:
        connection.execute(text(enter), {"text": HOSTILE})
    yield
    with demo_run.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM pipeline_problem WHERE message = :text"), {"text": HOSTILE})


@pytest.mark.usefixtures("hostile_problem")
def test_hostile_text_in_the_viewer_stays_text(tool: Tool, demo_run: DemoRun) -> None:
    tool.choose("viewer", "Table or view", "pipeline_problem")
    tool.choose("viewer", "Filter by", "message")
    tool.enter("viewer", "Value", HOSTILE)
    viewer = tool.panel("viewer")
    assert "Rows 1 to 1 of 1" in viewer.inner_text()
    assert HOSTILE in tool.rows("viewer")[0]
    assert viewer.locator(".chips li").inner_text().startswith(f"message is {HOSTILE}")
    assert viewer.locator("img").count() == 0
    assert len(read_relation(demo_run.database, "location")) > 40


@pytest.mark.parametrize(("host", "is_let_in"), [("localhost", True), ("evil.example.com", False)])
def test_only_allowed_host_names_reach_the_tool(host: str, is_let_in: bool, tool: Tool, address: str) -> None:
    number = "00000000-0000-4000-8000-000000000000"
    kernel = f"api/kernels/{number}"
    for path in ("", kernel, f"{kernel}/channels", f"voila/query/{number}"):
        status = _get(f"{address}{path}", host)[0]
        assert (status == 403) == (not is_let_in), path


def test_one_page_too_many_is_refused_with_an_explanation(tool: Tool, address: str) -> None:
    status, page = _get(address, "curves.example.com")
    assert status == 503
    assert "Close one that is not needed" in page
    assert "http" not in page


def _get(url: str, host: str) -> tuple[int, str]:
    """Return the status and the text that a browser gets under a host name."""
    try:
        with urlopen(Request(url, headers={"Host": host})) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_a_closed_page_may_end_its_kernel_without_a_token(address: str) -> None:
    left = Request(f"{address}voila/api/shutdown/00000000-0000-4000-8000-000000000000", method="POST")
    with pytest.raises(HTTPError) as error:
        urlopen(left)
    assert error.value.code != 403, "there is no such kernel, but it would be ended"


def test_a_print_has_all_zones_and_all_cells_of_the_month(tool: Tool) -> None:
    sheets = PdfDocument(tool.page.pdf(format="A4"))
    pages = [sheet.get_textpage().get_text_range() for sheet in sheets]
    printed = [line.split() for page in pages for line in page.splitlines()]
    assert ["Zone", "Scale,", "%", "Value,", "%", "Before", "After"] in printed
    for zone, *_, before, after in tool.rows("scaling"):
        assert [*zone.split(), "100", before, after] in printed
    for row in tool.rows("pivot"):
        assert row in printed


def test_a_newer_run_is_announced_and_read_on_demand(tool: Tool, landed_run: int) -> None:
    tool.enter("scaling", "Scale of WEST, %", "120")
    tool.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    tool.panel("head").get_by_role("button", name="Refresh").wait_for()
    assert f"run {landed_run}" in tool.panel("head").inner_text()
    tool.press("head", "Refresh")
    expect(tool.panel("footer")).to_contain_text(f"run {landed_run}")
    tool.wait()
    assert tool.panel("head").get_by_role("button", name="Refresh").count() == 0
    assert tool.row("WEST")[3] != tool.row("WEST")[4], "edits stay"


def test_the_footer_counts_hits_and_misses_of_the_cache(tool: Tool) -> None:
    def counts() -> list[int]:
        shown = tool.panel("footer").inner_text()
        return [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) (?:hits|misses)", shown)]

    tool.day("From", "2022-05-05")
    hits, misses = counts()
    tool.day("From", "2022-05-06")
    assert counts()[1] > misses
    tool.day("From", "2022-05-05")
    assert counts()[0] > hits


def test_a_closed_page_ends_its_kernel_and_makes_room_for_another(opened: Tool, address: str) -> None:
    """This is the last test, because it closes the page of all others."""
    assert _get(address, "localhost")[0] == 503
    opened.page.on("dialog", lambda dialog: dialog.accept())
    opened.page.close(run_before_unload=True)
    wait_until(lambda: _get(address, "localhost")[0] != 503)
