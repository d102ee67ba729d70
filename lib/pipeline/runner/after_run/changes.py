"""What changed since each notebook of a run last ran: gathered from the ledger and the curves' versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.runner.after_run import curve_changes
from lib.pipeline.runner.model import State
from lib.present.display import Table
from lib.present.formats import Format
from lib.present.pages.regions import Changes
from lib.store import Database
from lib.store.run_diff import read_previous_tasks

FOR_ALL = ""
"""How the ledger writes the ISO of a notebook about all of them."""


def find_changes(
    db: Database, manifest: Mapping[str, Any], windows: Mapping[int, Windows]
) -> dict[str, Changes]:
    """Return what changed for each report of a run that has ended, by name of the page.

    Args:
        db: the database of the run.
        manifest: of the run.
        windows: of the runs on this database whose folder is there, by their id.
    """
    run_id = manifest["run_id"]
    times = read_previous_tasks(db, run_id).set_index(["notebook", "iso"])
    curves = curve_changes.read_curves(db, run_id)
    pages = {}
    for task in manifest["tasks"]:
        key = (task["notebook"], task["iso"] or FOR_ALL)
        if task["html"] and key in times.index:
            pages[task["html"]] = _changes_of_task(manifest, task, times.loc[key], windows, curves)
    return pages


def _changes_of_task(
    manifest: Mapping[str, Any],
    task: Mapping[str, Any],
    time: pd.Series,
    windows: Mapping[int, Windows],
    curves: curve_changes.Curves,
) -> Changes:
    about = f" for {task['iso']}" if task["iso"] else ""
    if pd.isna(time["last_run_id"]):
        return Changes([f"First run: this notebook has not run{about} on this database before."])
    sentences = [_ending(time), _rows(time)]
    tables = [comparison_table(manifest, task, time, windows.get(int(time["last_run_id"])))]
    curve = NOTEBOOKS[task["notebook"]].curve or ""
    if task["outcome"] == State.DONE and (curve, task["iso"]) in curves.versions.index:
        of_curve = curve_changes.describe_curve(curves, curve, task["iso"])
        sentences += of_curve.sentences
        tables += of_curve.tables
    if NOTEBOOKS[task["notebook"]].shows_all_isos:
        sentences.append(curve_changes.describe_new_versions(curves.versions))
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


Windows = Mapping[str, Mapping[str, str]]
"""ISO -> {start, end}, as a manifest has them."""

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

NOT_GIVEN = "default"
"""What is shown of a parameter that only the other run was given."""


def comparison_table(
    manifest: Mapping[str, Any], task: Mapping[str, Any], time: pd.Series, last_windows: Windows | None
) -> Table:
    """Return the facts of this run and the last one side by side, and the parameters that differ.

    Args:
        manifest: of this run.
        task: the notebook and ISO it is about, as the manifest has it.
        time: its row of `lib.store.history.read_previous_tasks`.
        last_windows: of the last run; None where its folder is gone.
    """
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
    last["window"] = _window(last_windows or {}, task["iso"])
    rows = [
        {"fact": form.heading, "last": form.format_value(last[name]), "now": form.format_value(now[name])}
        for name, form in FACTS.items()
    ]
    rows += _parameters(json.loads(last["parameters"]), manifest["parameters"])
    formats = {"fact": Format("Of the run"), "last": Format("Last time"), "now": Format("This time")}
    return Table(pd.DataFrame(rows), f"This run beside run {last['run_id']:.0f}", 1, formats)


def _parameters(last: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a row for each parameter that the two runs were not given alike."""
    return [
        {
            "fact": f"Parameter {name}",
            "last": str(last.get(name, NOT_GIVEN)),
            "now": str(now.get(name, NOT_GIVEN)),
        }
        for name in sorted({*last, *now})
        if last.get(name, NOT_GIVEN) != now.get(name, NOT_GIVEN)
    ]


def _window(windows: Windows, iso: str | None) -> str | None:
    """Return the window of an ISO or, for a notebook about all of them, the days of all windows."""
    chosen = [window for name, window in windows.items() if iso in (None, name)]
    if not chosen:
        return None
    return f"{min(window['start'] for window in chosen)} to {max(window['end'] for window in chosen)}"
