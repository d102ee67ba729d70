"""Render the pictures of docs/ again: `make screenshots`, from the newest whole run of the demo market.

PICTURES lists them. Each shows the part of a page that a visitor sees first. The numbers of a real source may
not be published, so the pictures never show its runs.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import urllib3
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from urllib3.util import Retry

from lib.pipeline.runner.records.known_runs import known_runs
from lib.settings import ROOT, Settings
from lib.sources.demo import DemoSource
from lib.task_record import State

N_COLOURS = 128
PORT = 8867
TIMEOUT_MS = 180_000  # the tool reads its data first
TOOL = f"http://127.0.0.1:{PORT}/"


@dataclass(frozen=True)
class Picture:
    """A picture: its name, the page of the run or of the tool, and the browser's window in pixels."""

    name: str
    page: str
    width: int = 1280
    height: int = 1100
    scheme: Literal["light", "dark"] = "light"
    at: str = ""
    """The id of the element to scroll to; "" for the top of the page."""
    ready: str = "h1"
    """A selector of the element to wait for."""


PICTURES = (
    Picture("index", "index.html", height=900),
    Picture("runs", "../index.html", height=700),
    Picture("summary", "summary.html"),
    Picture("report", "nyiso_vlr.html"),
    Picture("report_charts", "nyiso_vlr.html", height=1250, at="s-vlr-by-month-and-hour"),
    Picture("report_dark", "nyiso_shaping.html", height=1250, scheme="dark", at="s-shape-factors"),
    Picture("report_phone", "pjm_vlr.html", width=390, height=1100),
    Picture("cost_curves", "nyiso_cost_curves.html"),
    Picture("settlements", "ice_settlements.html"),
    Picture("scaling_tool", TOOL, height=1400, ready="table"),
    Picture("scaling_tool_phone", TOOL, width=390, height=1100, scheme="dark", ready="table"),
)


def find_newest_run(runs: Path) -> Path | None:
    """Return the folder of the newest demo run that is done and has every page; None if there is none."""
    pages = [picture.page for picture in PICTURES if picture.page != TOOL]
    for run in known_runs(runs)[0]:
        is_done = run.manifest.outcome is State.DONE and run.manifest.is_demo
        if is_done and all((run.folder / page).is_file() for page in pages):
            return run.folder
    return None


def render_picture(browser: Browser, picture: Picture, run: Path) -> bytes:
    """Return a picture as PNG; it has few colours, which makes it small."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height}, color_scheme=picture.scheme
    )
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    url = picture.page if picture.page == TOOL else (run / picture.page).resolve().as_uri()
    page.goto(f"{url}#{picture.at}" if picture.at else url)
    page.locator(picture.ready).first.wait_for()
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    buffer = io.BytesIO()
    image.quantize(N_COLOURS, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


@contextmanager
def scaling_tool() -> Iterator[None]:
    """Serve the scaling tool while the pictures are rendered."""
    options = ["--port", str(PORT), "--source", DemoSource.name]
    server = subprocess.Popen([sys.executable, "-m", "lib.tool.serve", *options], cwd=ROOT)
    try:
        retries = Retry(connect=60, backoff_factor=0.2, backoff_max=1)
        urllib3.PoolManager().request("GET", TOOL, retries=retries, preload_content=False)
        yield
    finally:
        server.terminate()
        server.wait()


def main() -> str | None:
    """Render all pictures, then write them; return an error message if there is no run."""
    runs = Settings().runs_dir
    run = find_newest_run(runs)
    if run is None:
        return f"{runs} has no run of the demo market that is done and has every page: `make run` makes one"
    with scaling_tool(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        images = {picture.name: render_picture(browser, picture, run) for picture in PICTURES}
        browser.close()
    for name, png in images.items():
        path = ROOT / "docs" / f"{name}.png"
        path.write_bytes(png)
        sys.stdout.write(f"{path.relative_to(ROOT)}: {len(png) / 1e3:.0f} kB\n")
    return None


if __name__ == "__main__":
    sys.exit(main())
