"""What changed since each notebook of a run last ran: gathered from the ledger and the curves' versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lib.pipeline.beside import Windows, beside
from lib.pipeline.planning.board import State
from lib.present.changes import Changes
from lib.present.exhibits import Table
from lib.present.formats import MONTHS, Format
from lib.store import Database
from lib.store.cell_moves import cell_moves
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

CELL_FORMATS = {"n_gained": Format("Cells gained", "{:,.0f}"), "n_lost": Format("Cells lost", "{:,.0f}")}

NAMED = 6
"""A sentence names at most so many locations; the table has all."""


@dataclass(frozen=True)
class _Curves:
    """The versions that stand after a run, by curve and ISO, and what moved in those that it has made."""

    versions: pd.DataFrame
    moves: Mapping[str, pd.DataFrame]
    cells: pd.DataFrame


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
    moves = {
        "vlr": curve_moves(db, run_id),
        "shaping": shape_moves(db, run_id),
        "cost_curve": price_moves(db, run_id),
    }
    versions = curve_versions(db, run_id).set_index(["curve", "iso"])
    curves = _Curves(versions, moves, cell_moves(db, run_id))
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
    curves: _Curves,
) -> Changes:
    about = f" for {task['iso']}" if task["iso"] else ""
    if pd.isna(time["last_run_id"]):
        return Changes([f"First run: this notebook has not run{about} on this database before."])
    sentences = [_ending(time), _rows(time)]
    tables = [beside(manifest, task, time, windows.get(int(time["last_run_id"])))]
    curve = CURVE_OF.get(task["notebook"], "")
    if task["outcome"] == State.DONE and (curve, task["iso"]) in curves.versions.index:
        of_curve = _changes_of_curve(curves, curve, task["iso"])
        sentences += of_curve.sentences
        tables += of_curve.tables
    if task["notebook"] == SHOWS_ALL:
        sentences.append(_new_versions(curves.versions))
    return Changes(sentences, tables)


def _changes_of_curve(curves: _Curves, curve: str, iso: str) -> Changes:
    """Return what became of a curve of an ISO: its version, its figures, and its cells."""
    moved = curves.moves[curve]
    moved = _visible(moved[moved["iso"] == iso])
    cells = curves.cells
    cells = cells[(cells["iso"] == iso) & (cells["curve"] == curve)].drop(columns=["iso", "curve"])
    sentences, tables = [_curve(curve, curves.versions.loc[(curve, iso)], moved)], []
    if len(moved):
        tables.append(_moves_table(curve, moved))
    if len(cells):
        sentences.append(_cells(cells))
        tables.append(Table(cells, "Cells that locations gained or lost", 1, CELL_FORMATS))
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


def _cells(cells: pd.DataFrame) -> str:
    """Return which locations have cells that they had not, or lack those they had."""
    named = [
        f"{row.location} ({', '.join(filter(None, (_number(row.n_gained, '+'), _number(row.n_lost, '-'))))})"
        for row in cells.head(NAMED).itertuples()
    ]
    more = f" and {len(cells) - NAMED} more" if len(cells) > NAMED else ""
    return f"Cells were gained or lost at {', '.join(named)}{more}."


def _number(n_cells: int, sign: str) -> str:
    return f"{sign}{n_cells:,}" if n_cells else ""


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
