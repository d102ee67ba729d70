"""How long the scaling tool takes from a click to the changed page, in a browser, on the demo market.

Run it from the repository, with the demo market in the database and the tool being served:
`make app` in one terminal, `python -m benchmarks.tool_clicks [--address http://127.0.0.1:8866/]` in another.
Each action is timed in the page, in every ISO: from the event until what the kernel answered is laid out.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from collections import defaultdict
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

LIMIT_MS = 300

TIMED = """async ([panel, css, value]) => {
    const hosts = [...document.querySelectorAll('*')];
    const root = hosts.find(one => one.shadowRoot?.querySelector('.tool')).shadowRoot;
    const tool = root.querySelector('.tool');
    const element = root.querySelector(`[data-panel=${panel}] ${css}`);
    const began = performance.now();
    if (value === null) element.click();
    else { element.value = value; element.dispatchEvent(new Event('change', {bubbles: true})); }
    while (tool.dataset.asked !== tool.dataset.answered) await new Promise(requestAnimationFrame);
    tool.getBoundingClientRect();
    return performance.now() - began;
}"""

ISOS = ("PJM", "ERCOT", "ISONE", "MISO", "NYISO")

Action = tuple[str, str, str, str | None]
"""What it is, the panel, the element in it, and what is chosen or typed there; None for a click."""


def actions(round_: int) -> Iterator[Action]:
    """Yield what is done in each round; the days differ from round to round, so that no range is known."""
    for iso in ISOS:
        yield "choose an ISO", "choice", "[data-field=iso]", iso
        yield "choose a curve", "choice", "[data-field=curve]", "shaping"
        yield "choose a curve", "choice", "[data-field=curve]", "vlr"
        yield "choose an estimator", "choice", "[data-field=estimator]", "cost_per_mwh"
        yield "choose an estimator", "choice", "[data-field=estimator]", "cost_weighted"
        yield "choose days", "choice", "[data-field=start]", f"2022-03-{10 + round_}"
        yield "choose known days", "choice", "[data-action=choose_published]", None
        yield "scale a zone", "scaling", "tbody [data-action=scale]", "120"
        yield "set a zone", "scaling", "tbody [data-action=set]", "2.5"
        yield "draw a zone", "scaling", "tbody tr:nth-child(3) [data-action=draw]", None
        yield "show all months", "pivot", "select", ""
        yield "scale with all months shown", "scaling", "tbody [data-action=scale]", "90"
        yield "show a month", "pivot", "select", "1"
        yield "undo", "scaling", "[data-action=undo]", None
        yield "reset", "scaling", "[data-action=reset]", None
        yield "calculate", "calculator", "button[type=submit]", None
        yield "download CSV", "files", "[data-kind=csv]", None
        yield "download XLSX", "files", "[data-kind=xlsx]", None
        yield "open a relation", "viewer", "[data-action=relation]", f"{iso.lower()}_vlr"
        yield "turn a page", "viewer", "[data-pages='1']", None
        yield "open the hourly view", "viewer", "[data-action=relation]", f"{iso.lower()}_hourly_vlr"


def main() -> None:
    """Do every action in every ISO some times over, and print how long each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="http://127.0.0.1:8866/")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(options.address, timeout=120_000)
        page.locator("section[data-panel=footer] p").wait_for(timeout=120_000)
        show(time_all(page, options.repeat))
        browser.close()


def time_all(page: Page, n_times: int) -> dict[str, list[float]]:
    """Return how many milliseconds each action took, each time."""
    took: dict[str, list[float]] = defaultdict(list)
    for round_ in range(n_times):
        for what, *where in actions(round_):
            took[what].append(page.evaluate(TIMED, where))
    return took


def show(took: dict[str, list[float]]) -> None:
    """Print a table of the actions."""
    print(f"{'action':30} {'times':>5} {'median ms':>10} {'worst ms':>10}")
    for what, times in took.items():
        late = f"  over {LIMIT_MS}" if max(times) > LIMIT_MS else ""
        print(f"{what:30} {len(times):5} {statistics.median(times):10.0f} {max(times):10.0f}{late}")


if __name__ == "__main__":
    main()
