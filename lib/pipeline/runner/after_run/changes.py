"""What changed since each notebook of a run last ran: gathered from the ledger and the curves' versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lib.pipeline.beside import Windows, beside
from lib.pipeline.planning.board import State
from lib.pipeline.runner.after_run import curve_changes
from lib.pipeline.runner.model import CURVE_OF
from lib.present.pages.changes import Changes
from lib.store import Database
from lib.store.run_diff import last_times

SHOWS_ALL = "summary"
"""The notebook that shows the latest curves of all ISOs."""

FOR_ALL = ""
"""How the ledger writes the ISO of a notebook about all of them."""


def changes_of(
    db: Database, manifest: Mapping[str, Any], windows: Mapping[int, Windows]
) -> dict[str, Changes]:
    """Return what changed for each report of a run that has ended, by name of the page.

    Args:
        db: the database of the run.
        manifest: of the run.
        windows: of the runs on this database whose folder is there, by their id.
    """
    run_id = manifest["run_id"]
    times = last_times(db, run_id).set_index(["notebook", "iso"])
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
    tables = [beside(manifest, task, time, windows.get(int(time["last_run_id"])))]
    curve = CURVE_OF.get(task["notebook"], "")
    if task["outcome"] == State.DONE and (curve, task["iso"]) in curves.versions.index:
        of_curve = curve_changes.of_curve(curves, curve, task["iso"])
        sentences += of_curve.sentences
        tables += of_curve.tables
    if task["notebook"] == SHOWS_ALL:
        sentences.append(curve_changes.new_versions(curves.versions))
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
