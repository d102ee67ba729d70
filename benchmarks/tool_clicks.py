"""Time the scaling tool from a click to the changed page, in a browser, on the demo market.

Run it from the repository, with the demo market in the database and the tool being served:
`make app` in one terminal, `python -m benchmarks.tool_clicks [--address http://127.0.0.1:8866/]` in another.
The page times each action in every ISO, from the event until the answer of the kernel is laid out. A search
in the background has a second time, "... found", which ends when its rows are there.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

LIMIT_MS = 300

ISOS = ("PJM", "ERCOT", "ISONE", "MISO", "NYISO")

TIMED = """async ({panel, css, value, file, fills}) => {
    const hosts = [...document.querySelectorAll('*')];
    const root = hosts.find(one => one.shadowRoot?.querySelector('.tool')).shadowRoot;
    const tool = root.querySelector('.tool');
    const within = (css) => root.querySelector(`[data-panel=${panel}] ${css}`);
    const isBusy = () => tool.dataset.sent !== tool.dataset.finished;
    const frames = async (goOn) => { while (goOn()) await new Promise(requestAnimationFrame); };
    await frames(isBusy);
    for (const [css, text] of Object.entries(fills)) within(css).value = text;
    const element = within(css);
    if (file) {
        const held = new DataTransfer();
        held.items.add(new File([Uint8Array.from(atob(file), (one) => one.charCodeAt(0))], value));
        element.files = held.files;
    } else if (typeof value === 'number') element.selectedIndex = value;
    else if (value !== null) element.value = value;
    const before = tool.dataset.sent;
    const began = performance.now();
    if (value === null) element.click();
    else element.dispatchEvent(new Event('change', {bubbles: true}));
    await frames(() => tool.dataset.sent === before || isBusy());
    tool.getBoundingClientRect();
    const answered = performance.now() - began;
    if (!root.querySelector('[data-ask-again]')) return [answered, null];
    await frames(() => root.querySelector('[data-ask-again]'));
    return [answered, performance.now() - began];
}"""


@dataclass(frozen=True)
class Action:
    """An action of a person: `value` is typed, or chosen by its index; None is a click."""

    what: str
    panel: str
    css: str
    value: str | int | None = None
    file: str | None = None
    fills: Mapping[str, str] = field(default_factory=dict)


def actions(round_: int, run: Path) -> Iterator[Action]:
    """Yield the actions of a round; each round chooses other days, so that no range is in the cache."""
    for iso in ISOS:
        yield Action("choose an ISO", "choice", "[data-field=iso]", iso)
        yield Action("choose a curve", "choice", "[data-field=curve]", "shaping")
        yield Action("choose days of shaping", "choice", "[data-field=end]", f"2024-09-{10 + round_}")
        yield Action("choose a curve", "choice", "[data-field=curve]", "vlr")
        yield Action("choose an estimator", "choice", "[data-field=estimator]", "cost_per_mwh")
        yield Action("choose days of VLR", "choice", "[data-field=start]", f"2022-03-{10 + round_}")
        yield Action("calculate", "calculator", "button[type=submit]")
        yield from _edits("")
        yield Action("choose known days", "choice", "[data-action=choose_published]")
        yield Action("choose the cost curve", "choice", "[data-field=curve]", "cost_curve")
        yield from _edits(", cost curve")
        yield Action("choose a curve", "choice", "[data-field=curve]", "vlr")
        yield from _looks(iso.lower())
    yield from _uploads(run)


def _edits(of: str) -> Iterator[Action]:
    yield Action(f"scale a zone{of}", "scaling", "tbody [data-action=scale]", "120")
    yield Action(f"set a zone{of}", "scaling", "tbody [data-action=set]", "2.5")
    yield Action(f"draw a zone{of}", "scaling", "tbody tr:nth-child(3) [data-action=draw]")
    yield Action(f"show all months{of}", "pivot", "select", 0)
    yield Action(f"scale, all months shown{of}", "scaling", "tbody [data-action=scale]", "90")
    yield Action(f"show a month{of}", "pivot", "select", 1)
    yield Action(f"undo{of}", "scaling", "[data-action=undo]")
    yield Action(f"reset{of}", "scaling", "[data-action=reset]")
    yield Action(f"download CSV{of}", "files", "[data-kind=csv]")
    yield Action(f"download XLSX{of}", "files", "[data-kind=xlsx]")


def _looks(iso: str) -> Iterator[Action]:
    yield _open(f"{iso}_vlr", "a curve's view")
    yield Action("turn a page", "viewer", "[data-pages='1']")
    yield Action("sort a curve's view", "viewer", "[name=order]", "data")
    yield Action("download a curve's view", "viewer", "[data-action=download_rows]")
    yield _open(f"hourly_vlr_{iso}", "an hourly view")
    yield Action("narrow it to a zone", "viewer", "[data-level=load_zone]", 1)
    yield Action("download 20,000 rows", "viewer", "[data-action=download_rows]")
    yield from _filter("day_type", "contains", "zzz")
    yield from _filter("date", "is", "2024-07-15")
    yield from _filter("data", "at least", "99999")
    yield _open("labelled_rt_lmps", "the prices of all ISOs")
    yield from _filter("block_type", "contains", "zzz")
    yield from _filter("value", "at least", "99999")


def _open(relation: str, called: str) -> Action:
    return Action(f"open {called}", "viewer", "[data-action=relation]", relation)


def _filter(column: str, operator: str, operand: str) -> Iterator[Action]:
    fills = {"[name=column]": column, "[name=operator]": operator, "[name=operand]": operand}
    yield Action(f"filter {column} {operator}", "viewer", "button[type=submit]", fills=fills)
    yield Action("take the filter away", "viewer", ".chips button")


def _uploads(run: Path) -> Iterator[Action]:
    """Yield uploads: files of the ISO with the most zones, and a bad file of the largest size."""
    files = {name: (run / name).read_bytes() for name in (
        "pjm_vlr.csv", "pjm_vlr.xlsx", "pjm_cost_curves.csv", "pjm_cost_curves.xlsx"
    )}  # fmt: skip
    head = b"".join(files["pjm_vlr.csv"].splitlines(keepends=True)[:10])
    files["5_mb_of_rows.csv"] = head + b"1,1,5x16\n" * ((4_980_000 - len(head)) // 9)
    for name, content in files.items():
        coded = base64.b64encode(content).decode()
        yield Action(f"upload {name}", "files", "[data-action=upload]", name, coded)
    yield Action("put a file away", "files", "[data-action=close_upload]")


def main() -> None:
    """Do every action in every ISO several times, and print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="http://127.0.0.1:8866/")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--run", type=Path, default=Path("runs/latest"), help="folder with pricing files to upload"
    )
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(options.address, timeout=120_000)
        page.locator("section[data-panel=footer] p").wait_for(timeout=120_000)
        show(time_all(page, options.repeat, options.run))
        browser.close()


def time_all(page: Page, n_times: int, run: Path) -> dict[str, list[float]]:
    """Return the milliseconds of each action, once per repetition."""
    took: dict[str, list[float]] = defaultdict(list)
    for round_ in range(n_times):
        for action in actions(round_, run):
            answered, found = page.evaluate(TIMED, vars(action))
            took[action.what].append(answered)
            if found is not None:
                took[f"{action.what} ... found"].append(found)
    return took


def show(took: dict[str, list[float]]) -> None:
    """Print a table of the actions."""
    print(f"{'action':40} {'times':>5} {'median ms':>10} {'worst ms':>10}")
    for what, times in took.items():
        late = f"  over {LIMIT_MS}" if max(times) > LIMIT_MS else ""
        print(f"{what:40} {len(times):5} {statistics.median(times):10.0f} {max(times):10.0f}{late}")


if __name__ == "__main__":
    main()
