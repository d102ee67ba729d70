"""Describe how a run changed the curves: the current version, figures that moved, cells gained and lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from lib.calc.delivery import N_MONTHS
from lib.pipeline.steps.version_causes import find_causes
from lib.present.display import Table
from lib.present.formats import MONTHS, Format
from lib.present.pages.regions import Changes
from lib.store import STUDY, Database
from lib.store.curve_versions import read_version
from lib.store.run_diff import (
    read_cell_changes,
    read_cost_changes,
    read_curve_versions,
    read_shape_changes,
    read_vlr_changes,
)

DIGITS = 4
NUMBER = f"{{:,.{DIGITS}f}}"
"""Format of a figure that may have moved."""

NOISE_DIGITS = 9
"""Further digits are noise of the arithmetic: 56.5101 minus 56.51 must count as a whole last digit."""


@dataclass(frozen=True)
class ComparedCurve:
    """How a run compares the versions of a curve, and what it calls their figures.

    Attributes:
        read_moves: reads the figures in the versions that a run made, and in those before.
        subject: the figure as a sentence of a report begins with it.
        caption: of the report's table of the figures.
        unit: as it follows a number.
        is_cell: whether the figure is that of a cell, and not of a zone.
        zone_figure: the figure of a zone within a sentence of the digest; empty if the digest shows none.
        run_figure: the key of the ISO's figure in the manifest; empty if it has none.
        n_months: how many months a complete curve has.
    """

    read_moves: Callable[[Database, int], pd.DataFrame]
    subject: str
    caption: str
    n_months: int
    unit: str = ""
    is_cell: bool = False
    zone_figure: str = ""
    run_figure: str = ""

    @property
    def heading_unit(self) -> str:
        """The unit as it follows a heading."""
        return f",{self.unit}" if self.unit else ""


COMPARED = {
    "vlr": ComparedCurve(
        read_vlr_changes,
        "VLR over all cells",
        "VLR by zone, before and now",
        n_months=len(MONTHS),
        unit=" $/MWh",
        zone_figure="VLR over all hours",
        run_figure="vlr_usd_per_mwh",
    ),
    "shaping": ComparedCurve(
        read_shape_changes,
        "The shape",
        "The factor of each location that moved most",
        n_months=len(MONTHS),
        is_cell=True,
    ),
    "cost_curve": ComparedCurve(
        read_cost_changes,
        "Cost to serve (energy), over the hours that both price,",
        "Cost to serve (energy) by zone, before and now",
        n_months=N_MONTHS,
        unit=" $/MWh",
        zone_figure="cost to serve (energy) of the months to come",
        run_figure="cost_to_serve_usd_per_mwh",
    ),
}
"""The curves that a run publishes, by their name in the database."""

CAUSE_FORMATS = {"cause": Format("Cause"), "what": Format("What differs")}

CELL_FORMATS = {"n_gained": Format("Cells gained", "{:,.0f}"), "n_lost": Format("Cells lost", "{:,.0f}")}

NAMED = 6
"""A sentence names at most this many locations; the table has all."""


@dataclass(frozen=True)
class Curves:
    """The current versions after a run, by curve and ISO, and what moved in those that the run made."""

    versions: pd.DataFrame
    moves: Mapping[str, pd.DataFrame]
    cells: pd.DataFrame


def read_curves(db: Database, run_id: int) -> Curves:
    """Return how a run changed all curves."""
    moves = {curve: compared.read_moves(db, run_id) for curve, compared in COMPARED.items()}
    versions = read_curve_versions(db, run_id).set_index(["curve", "iso"])
    return Curves(versions, moves, read_cell_changes(db, run_id))


def visible_moves(moves: pd.DataFrame) -> pd.DataFrame:
    """Return the moves that a reader sees: those of at least one last shown digit.

    Args:
        moves: a row for each figure, with its value `before` and `now`.
    """
    distance = (moves["now"] - moves["before"]).abs().round(NOISE_DIGITS)
    return moves[distance >= 10.0**-DIGITS]


def describe_curve(db: Database, curves: Curves, curve: str, iso: str) -> Changes:
    """Return how a curve of an ISO that has a version changed: the version, why, its figures, its cells."""
    moved = curves.moves[curve]
    moved = visible_moves(moved[moved["iso"] == iso])
    cells = curves.cells
    cells = cells[(cells["iso"] == iso) & (cells["curve"] == curve)].drop(columns=["iso", "curve"])
    version = curves.versions.loc[(curve, iso)]
    sentences, tables = [_version(curve, version, moved)], []
    causes = _read_causes(db, version)
    if len(causes):
        old, new = (int(version[name]) for name in ("earlier_id", "version_id"))
        names = ", ".join(causes["cause"])
        sentences.append(f"It differs in: {names}; `epd curve diff {old} {new}` computes what each moved.")
        tables.append(Table(causes, f"In what version {new} differs from version {old}", 1, CAUSE_FORMATS))
    if len(moved):
        tables.append(_moves_table(curve, moved))
    if len(cells):
        sentences.append(_cells(cells))
        tables.append(Table(cells, "Cells that locations gained or lost", 1, CELL_FORMATS))
    return Changes(sentences, tables)


def describe_new_versions(versions: pd.DataFrame) -> str:
    """Return which curves of which ISOs are new."""
    new = versions[versions["is_new"]].index.to_frame(index=False)
    if new.empty:
        return "No curve of any ISO is new."
    isos = new.sort_values("iso").groupby("curve", sort=True)["iso"].agg(", ".join)
    return f"New curves: {'; '.join(f'{curve} of {names}' for curve, names in isos.items())}."


def _read_causes(db: Database, version: pd.Series) -> pd.DataFrame:
    """Return in what a new version differs from the official one before: cause, what; else no row."""
    pair = () if not version["is_new"] else (version["earlier_id"], version["version_id"])
    if not pair or pd.isna(pair[0]):
        return pd.DataFrame(columns=["cause", "what"])
    old, new = (read_version(db, int(number)) for number in pair)
    rows = [(cause.name, cause.what) for cause in find_causes(db, old, new)]
    return pd.DataFrame(rows, columns=["cause", "what"])


def _version(curve: str, version: pd.Series, moved: pd.DataFrame) -> str:
    """Return whether the version of a curve is new, and where it moved most."""
    is_study = version["status"] == STUDY
    number = f"{'study ' * is_study}version {version['version_id']:.0f}"
    if not version["is_new"]:
        return f"The curve is the same: {number} answers the same question from the same inputs."
    if pd.isna(version["earlier_id"]):
        return f"The curve is new: {number} is its first."
    what = COMPARED[curve]
    replaces = "leaves in place the official" if is_study else "replaces"
    replaced = f"The curve is new: {number} {replaces} version {version['earlier_id']:.0f}."
    if moved.empty:
        return f"{replaced} {what.subject} did not change."
    first = moved.iloc[0]
    where = f"{first['location']}{_cell(first) if what.is_cell else ''}"
    n_moved = f"{len(moved)} location{'s' * (len(moved) != 1)}"
    span = f"from {NUMBER.format(first['before'])} to {NUMBER.format(first['now'])}{what.unit}"
    return f"{replaced} {what.subject} moved at {n_moved}, most at {where}: {span}."


def _cells(cells: pd.DataFrame) -> str:
    """Return which locations gained or lost cells."""
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


def _moves_table(curve: str, moved: pd.DataFrame) -> Table:
    what = COMPARED[curve]
    formats = {
        name: Format(f"{name.title()}{what.heading_unit}", NUMBER) for name in ("before", "now", "change")
    }
    frame = moved.assign(change=moved["now"] - moved["before"]).drop(columns="iso")
    return Table(frame, what.caption, 1, formats)
