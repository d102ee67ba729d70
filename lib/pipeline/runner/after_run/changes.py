"""Find what changed since each notebook of a run last ran: its outcome, rows, parameters and curve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from lib.manifest import Days, Manifest
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.runner.after_run.curve_changes import (
    Curves,
    describe_curve,
    describe_new_versions,
    read_curves,
)
from lib.present.display import Table
from lib.present.formats import Format
from lib.present.pages.regions import Changes
from lib.store import Database
from lib.store.task_log import read_previous_tasks
from lib.task_record import State, TaskRecord

FOR_ALL = ""
"""The ISO of a notebook about all of them, in the run log."""

NOT_GIVEN = "default"
"""The text for a parameter that was given to the other run only."""

FORMATS = {
    "run_id": Format("Run"),
    "started_at": Format("Started, UTC"),
    "source": Format("Source"),
    "window": Format("Window"),
    "outcome": Format("Outcome"),
    "seconds": Format("Seconds", "{:,.1f}"),
    "n_written": Format("Rows written", "{:,.0f}"),
    "n_revised": Format("Rows revised", "{:,.0f}"),
}
"""The rows of the comparison of two runs, with their formats."""

Windows = Mapping[str, Days]
"""ISO -> first and last day, as a manifest has them."""


def find_changes(db: Database, manifest: Manifest, windows: Mapping[int, Windows]) -> dict[str, Changes]:
    """Return what changed for each report of a run that has ended, by name of the page.

    Args:
        db: the database of the run.
        manifest: of the run.
        windows: of the runs on this database whose folder exists, by their id.
    """
    previous = read_previous_tasks(db, manifest.run_id).set_index(["notebook", "iso"])
    curves = read_curves(db, manifest.run_id)
    pages = {}
    for task in manifest.tasks:
        key = (task.notebook, task.iso or FOR_ALL)
        if task.html and key in previous.index:
            pages[task.html] = _changes_of_task(db, manifest, task, previous.loc[key], windows, curves)
    return pages


def _changes_of_task(
    db: Database,
    manifest: Manifest,
    task: TaskRecord,
    times: pd.Series,
    windows: Mapping[int, Windows],
    curves: Curves,
) -> Changes:
    """Return what changed for a task; `times` is its row of `read_previous_tasks`."""
    notebook = NOTEBOOKS[task.notebook]
    if pd.isna(times["last_run_id"]):
        about = f" for {task.iso}" if task.iso else ""
        return Changes([f"First run: this notebook has not run{about} on this database before."])
    sentences = [_compare_outcomes(times), _describe_kept(task) or _describe_rows(times)]
    tables = [_comparison_table(manifest, task, times, windows.get(int(times["last_run_id"])))]
    curve, iso = notebook.curve, task.iso
    if task.outcome is State.DONE and curve and iso and (curve, iso) in curves.versions.index:
        of_curve = describe_curve(db, curves, curve, iso)
        sentences += of_curve.sentences
        tables += of_curve.tables
    if notebook.shows_all_isos:
        sentences.append(describe_new_versions(curves.versions))
    return Changes(sentences, tables)


def _compare_outcomes(times: pd.Series) -> str:
    """Return how the last run of the notebook ended, and how this one did if that differs."""
    last = f"run {times['last_run_id']:.0f} of {times['last_started_at']:%Y-%m-%d %H:%M} UTC"
    before, now = times["last_outcome"], times["outcome"].capitalize()
    return f"{now}, as in {last}." if before == times["outcome"] else f"{now}; {before} in {last}."


def _describe_kept(task: TaskRecord) -> str:
    """Return that the report is that of an earlier run; nothing if this run computed it."""
    if task.kept is None:
        return ""
    return f"Nothing the report depends on has changed since run {task.kept.run_id} computed it."


def _describe_rows(times: pd.Series) -> str:
    written, revised = int(times["n_written"] or 0), int(times["n_revised"] or 0)
    if not written and not revised:
        return "No row was new and none was revised."
    return f"{written:,} rows were written and {revised:,} revised."


def _comparison_table(
    manifest: Manifest, task: TaskRecord, times: pd.Series, last_windows: Windows | None
) -> Table:
    """Return this run and the last one side by side, and the parameters that differ.

    Args:
        manifest: of this run.
        task: the notebook and ISO.
        times: its row of `read_previous_tasks`.
        last_windows: of the last run; None where its folder is gone.
    """
    now = {
        **times,
        "run_id": manifest.run_id,
        "started_at": pd.Timestamp(manifest.started_at),
        "source": manifest.source,
        "window": _window(manifest.windows, task.iso),
    }
    last = {
        name.removeprefix("last_"): value for name, value in times.items() if str(name).startswith("last_")
    }
    last["window"] = _window(last_windows or {}, task.iso)
    rows = [
        {"fact": form.heading, "last": form.format_value(last[name]), "now": form.format_value(now[name])}
        for name, form in FORMATS.items()
    ]
    rows += _parameter_rows(json.loads(last["parameters"]), manifest.parameters)
    formats = {"fact": Format("Of the run"), "last": Format("Last time"), "now": Format("This time")}
    return Table(pd.DataFrame(rows), f"This run beside run {last['run_id']:.0f}", 1, formats)


def _parameter_rows(last: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a row for each parameter whose values in the two runs differ."""
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
    """Return the window of an ISO or, for a notebook about all of them, the days that all windows span."""
    chosen = [window for name, window in windows.items() if iso in (None, name)]
    if not chosen:
        return None
    return f"{min(window.start for window in chosen)} to {max(window.end for window in chosen)}"
