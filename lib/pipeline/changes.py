"""What changed since each notebook of a run last ran: gathered from the ledger and the curves' versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lib.pipeline.planning.board import State
from lib.present.changes import Changes
from lib.present.exhibits import Table
from lib.present.formats import MONTHS, Format
from lib.store import Database
from lib.store.history import curve_moves, curve_versions, last_times, price_moves, shape_moves

CURVE_OF = {"vlr": "vlr", "shaping": "shaping", "cost_curves": "cost_curve"}
"""The curve that a notebook publishes."""

DIGITS = 4
NUMBER = f"{{:,.{DIGITS}f}}"


@dataclass(frozen=True)
class Compared:
    """What of a curve is compared between two versions: its name, its unit, and the caption of the table."""

    name: str
    caption: str
    unit: str = ""
    is_cell: bool = False

    @property
    def heading_unit(self) -> str:
        """The unit as it follows a heading."""
        return f",{self.unit}" if self.unit else ""


COMPARED = {
    "vlr": Compared("VLR over all cells", "VLR by zone, before and now", " $/MWh"),
    "shaping": Compared("The shape", "The factor of each location that moved most", is_cell=True),
    "cost_curve": Compared(
        "Cost to serve, over the hours that both price,", "Cost to serve by zone, before and now", " $/MWh"
    ),
}

SHOWS_ALL = "summary"
"""The notebook that shows the latest curves of all ISOs."""

FOR_ALL = ""
"""How the ledger writes the ISO of a notebook about all of them."""

FACTS = {
    "run_id": Format("Run"),
    "started_at": Format("Started, UTC"),
    "source": Format("Source"),
    "window": Format("Window"),
    "outcome": Format("Outcome"),
    "seconds": Format("Seconds", "{:,.1f}"),
    "n_written": Format("Rows written", "{:,.0f}"),
    "n_revised": Format("Rows revised", "{:,.0f}"),
}
"""What is shown of a run, this one and the one before it."""


def changes_of(db: Database, manifest: Mapping[str, Any]) -> dict[str, Changes]:
    """Return what changed for each report of a run that has ended, by name of the page."""
    run_id = manifest["run_id"]
    times = last_times(db, run_id).set_index(["notebook", "iso"])
    versions = curve_versions(db, run_id).set_index(["curve", "iso"])
    moves = {
        "vlr": curve_moves(db, run_id),
        "shaping": shape_moves(db, run_id),
        "cost_curve": price_moves(db, run_id),
    }
    pages = {}
    for task in manifest["tasks"]:
        key = (task["notebook"], task["iso"] or FOR_ALL)
        if task["html"] and key in times.index:
            pages[task["html"]] = _changes_of_task(manifest, task, times.loc[key], versions, moves)
    return pages


def _changes_of_task(
    manifest: Mapping[str, Any],
    task: Mapping[str, Any],
    time: pd.Series,
    versions: pd.DataFrame,
    moves: Mapping[str, pd.DataFrame],
) -> Changes:
    about = f" for {task['iso']}" if task["iso"] else ""
    if pd.isna(time["last_run_id"]):
        return Changes([f"First run: this notebook has not run{about} on this database before."])
    sentences, tables = [_ending(time), _rows(time)], [_beside(manifest, task, time)]
    curve = CURVE_OF.get(task["notebook"], "")
    if task["outcome"] == State.DONE and (curve, task["iso"]) in versions.index:
        version, moved = versions.loc[(curve, task["iso"])], moves[curve]
        moved = _visible(moved[moved["iso"] == task["iso"]])
        sentences.append(_curve(curve, version, moved))
        tables += [_moves_table(curve, moved)] if len(moved) else []
    if task["notebook"] == SHOWS_ALL:
        sentences.append(_new_versions(versions))
    return Changes(sentences, tables)


def _ending(time: pd.Series) -> str:
    """Return how the last run of the notebook ended, and this one if otherwise."""
    last = f"run {time['last_run_id']:.0f} of {time['last_started_at']:%Y-%m-%d %H:%M} UTC"
    before, now = time["last_outcome"], time["outcome"].capitalize()
    return f"{now}, as in {last}." if before == time["outcome"] else f"{now}; {before} in {last}."


def _rows(time: pd.Series) -> str:
    written, revised = int(time["n_written"] or 0), int(time["n_revised"] or 0)
    if not written and not revised:
        return "No row was new and none was revised."
    return f"{written:,} rows were written and {revised:,} revised."


def _visible(moves: pd.DataFrame) -> pd.DataFrame:
    """Return the moves that a reader sees: those of at least the last digit that is shown."""
    return moves[(moves["now"] - moves["before"]).abs() >= 10.0**-DIGITS]


def _curve(curve: str, version: pd.Series, moved: pd.DataFrame) -> str:
    """Return what became of a curve: the same version or a new one, and where it moved most."""
    number = f"version {version['version_id']:.0f}"
    if not version["is_new"]:
        return f"The curve is the same: {number} answers the same question from the same inputs."
    if pd.isna(version["earlier_id"]):
        return f"The curve is new: {number} is its first."
    what = COMPARED[curve]
    replaced = f"The curve is new: {number} replaces version {version['earlier_id']:.0f}."
    if moved.empty:
        return f"{replaced} {what.name} moved nowhere."
    first = moved.iloc[0]
    where = f"{first['location']}{_cell(first) if what.is_cell else ''}"
    span = f"from {NUMBER.format(first['before'])} to {NUMBER.format(first['now'])}{what.unit}"
    return f"{replaced} {what.name} moved at {len(moved)} locations, most at {where}: {span}."


def _cell(row: pd.Series) -> str:
    return f" ({MONTHS[int(row['month']) - 1]}, HE {row['he']:.0f}, {row['block_type']})"


def _new_versions(versions: pd.DataFrame) -> str:
    """Return which curves of which ISOs are new."""
    new = versions[versions["is_new"]].index.to_frame(index=False)
    if new.empty:
        return "No curve of any ISO is new."
    isos = new.sort_values("iso").groupby("curve", sort=True)["iso"].agg(", ".join)
    return f"New curves: {'; '.join(f'{curve} of {names}' for curve, names in isos.items())}."


def _moves_table(curve: str, moved: pd.DataFrame) -> Table:
    what = COMPARED[curve]
    formats = {
        name: Format(f"{name.title()}{what.heading_unit}", NUMBER) for name in ("before", "now", "change")
    }
    frame = moved.assign(change=moved["now"] - moved["before"]).drop(columns="iso")
    return Table(frame, what.caption, 1, formats)


def _beside(manifest: Mapping[str, Any], task: Mapping[str, Any], time: pd.Series) -> Table:
    """Return the facts of this run and the last one side by side."""
    now = {
        **time,
        "run_id": manifest["run_id"],
        "started_at": pd.Timestamp(manifest["started_at"]),
        "source": manifest["source"],
        "window": _window(manifest["windows"], task["iso"]),
    }
    last = {
        name.removeprefix("last_"): value for name, value in time.items() if str(name).startswith("last_")
    }
    days = [last["window_start"], last["window_end"]]
    last["window"] = None if pd.isna(days).any() else " to ".join(f"{day:%Y-%m-%d}" for day in days)
    rows = [
        {"fact": form.heading, "last": form.text(last[name]), "now": form.text(now[name])}
        for name, form in FACTS.items()
    ]
    formats = {"fact": Format("Of the run"), "last": Format("Last time"), "now": Format("This time")}
    return Table(pd.DataFrame(rows), f"This run beside run {last['run_id']:.0f}", 1, formats)


def _window(windows: Mapping[str, Mapping[str, str]], iso: str | None) -> str | None:
    """Return the window of an ISO or, for a notebook about all of them, the days of all windows."""
    chosen = [window for name, window in windows.items() if iso in (None, name)]
    if not chosen:
        return None
    return f"{min(window['start'] for window in chosen)} to {max(window['end'] for window in chosen)}"
