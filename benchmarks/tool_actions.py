"""Time each action of the scaling tool without its widgets, on the demo market's ISOs.

Run it from the repository, with the demo market in the database: `python -m benchmarks.tool_actions`. It does
each action for every ISO and curve. Each repetition chooses new days, so that their curve is computed and not
read from the cache; "again" chooses the same days twice. On a busy machine the processor's time is the better
measure; it does not include the database server.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import psutil

from lib.present.charts.before_after import MAX_ZONES
from lib.store import Database
from lib.store.browse import MAX_ROWS, Filter, Selection
from lib.tool import editing, pricing_files
from lib.tool import state as tool
from lib.tool.data import ToolData
from lib.tool.panels import PANELS
from lib.tool.session import Session
from lib.tool.viewer_state import PAGE_ROWS, ViewerState, open_viewer, with_rows, with_selection

LIMIT_MS = 300


def main() -> None:
    """Open the tool, do every action in every ISO, and print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    n_times = parser.parse_args().repeat
    began = time.perf_counter()
    data = ToolData("demo")
    data.preload()
    print(f"start: {time.perf_counter() - began:.1f} s, {_megabytes():,.0f} MB")
    clock, viewer = Clock(), open_viewer(data.db)
    for i in range(n_times):
        for iso in data.isos():
            for curve in data.curves(iso):
                edit(clock, data, viewer, iso, curve, days_off=1 + i)
            look(clock, data, iso)
    look_at_all(clock, data)
    clock.show()
    usage = data.usage()
    print(f"cache: {usage.hits} hits, {usage.misses} misses, {usage.n_bytes / 2**20:,.0f} MB")
    print(f"memory of the process: {_megabytes():,.0f} MB")


class Clock:
    """The milliseconds of each action, by the wall clock and of the processor."""

    def __init__(self) -> None:
        self.took: dict[str, list[tuple[float, float]]] = defaultdict(list)

    def time(self, action: str, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call a function, record its time, and return its result."""
        began = time.perf_counter(), time.process_time()
        result = function(*arguments, **options)
        ended = time.perf_counter(), time.process_time()
        wall, processor = ((after - before) * 1000 for before, after in zip(began, ended, strict=True))
        self.took[action].append((wall, processor))
        return result

    def show(self) -> None:
        """Print a row for each action."""
        print(f"{'action, ms':<32} {'n':>5} {'median':>8} {'worst':>8} {'processor':>10} {'worst':>8}")
        for action, took in self.took.items():
            (wall, processor), (worst, worst_processor) = np.median(took, axis=0), np.max(took, axis=0)
            mark = f"  over {LIMIT_MS} ms" if worst > LIMIT_MS else ""
            print(
                f"{action:<32} {len(took):>5} {wall:>8.1f} {worst:>8.1f} {processor:>10.1f} "
                f"{worst_processor:>8.1f}{mark}"
            )


def edit(clock: Clock, data: ToolData, viewer: ViewerState, iso: str, curve: str, days_off: int) -> None:
    """Work on a curve as an analyst does, from choice to download, with all months shown."""
    state = clock.time(
        "choose ISO and curve", tool.choose, tool.first_state(data), data, iso=iso, curve=curve
    )
    first = state.choice.start + timedelta(days=37 * days_off)
    last = state.choice.end - timedelta(days=11 * days_off)
    ranged = clock.time("choose a free range", tool.choose, state, data, start=first, end=last)
    clock.time("choose it again", tool.choose, state, data, start=first, end=last)
    for action, kind in (("download CSV", "csv"), ("download XLSX", "xlsx")):
        name, content = clock.time(action, pricing_files.render_pricing_file, ranged, kind)
        clock.time(f"upload {kind.upper()}", pricing_files.upload, ranged, data, name, content)
    ranged = clock.time("scale all zones", editing.scale, ranged, "110")
    ranged = clock.time("scale one zone", editing.scale, ranged, 95, ranged.zones[:1])
    ranged = clock.time(
        "absolute value", editing.set_value, ranged, "0.5 %", ranged.zones[:2], [ranged.months[0]]
    )
    clock.time("pivot as edited", lambda: ranged.shown)
    clock.time("summary of the edits", editing.count_changes, ranged)
    clock.time("monthly profile", editing.profile_edits, ranged, ["month"], ranged.zones)
    clock.time("hourly profile", editing.profile_edits, ranged, ["he"], ranged.zones)
    clock.time("calculator", editing.price_lmps, ranged, "25, 40, 60")
    zones = {iso: ranged.zones[:MAX_ZONES]}
    session = Session(data, ranged, viewer, month=None, ticked_zones=zones)
    for panel in PANELS:
        clock.time(f"draw {panel.name}", panel.render, session)
    clock.time("undo", lambda: editing.undo(ranged).shown)
    clock.time("reset", lambda: editing.reset(ranged).shown)


def look(clock: Clock, data: ToolData, iso: str) -> None:
    """Page through the hourly views of an ISO, which are the largest."""
    view = f"hourly_vlr_{iso.lower()}"
    zone = tool.choose(tool.first_state(data), data, iso=iso).zones[-1]
    opened = open_viewer(data.db)
    day = Filter("date", "is", "2024-07-01")
    for action, selection in (
        ("page of a view", Selection(view)),
        ("page of a zone", Selection(view, levels={"control_area": iso, "load_zone": zone})),
        ("page of a day", Selection(view, (day,))),
        ("page of a day, sorted", Selection(view, (day,), sort_column="data", is_descending=True)),
    ):
        clock.time(action, _page, data.db, opened, selection)
    last = MAX_ROWS - PAGE_ROWS
    clock.time("last page that can be turned to", _page, data.db, opened, Selection(view), last)
    clock.time("look for a newer run", data.find_newer_run)


def look_at_all(clock: Clock, data: ToolData) -> None:
    """Read the first page of every relation."""
    opened = clock.time("open the viewer", open_viewer, data.db)
    for relation in opened.relations["relation"]:
        clock.time("page of any relation", _page, data.db, opened, Selection(relation))


def _page(db: Database, opened: ViewerState, selection: Selection, offset: int = 0) -> ViewerState:
    with db.arrow_connection() as connection:
        return with_rows(connection, with_selection(db, opened, selection, offset))


def _megabytes() -> float:
    return psutil.Process().memory_info().rss / 2**20


if __name__ == "__main__":
    main()
