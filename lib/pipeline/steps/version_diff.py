"""What moved between two versions of a curve, and what moved it.

1. The figures: by month and block, and of the cells that moved most (`lib.calc.cell_differences`).
2. The causes: the versions differ in raw values and settlements that were revised, late or removed, in the
   days of the window, in the trade date, in the versions they are made of, in parameters, in the reference
   data, and in the code.
3. What each cause moved: starting with the old version, one after the other is set to what it is in the new
   one, in this sequence, and the curve is computed each time:

       moved by cause k = figure with causes 1 to k of the new version - figure with causes 1 to k - 1

   So the causes add up to the whole move. In another sequence the parts may differ. What the code moved is
   the difference between the stored versions and what the code of now makes of them.

In a notebook: `compare_versions(db, 9, 12)`; its `moves`, `largest` and `causes` are frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import pandas as pd

from lib import store
from lib.calc.cell_differences import (
    Compared,
    common_cells,
    largest_moves,
    month_block_moves,
    part_moves,
    whole_figure,
)
from lib.pipeline.steps.curve_tables import MAIN_TABLE
from lib.pipeline.steps.recompute import compute_version
from lib.pipeline.steps.reproduce import read_version_cells, read_version_inputs
from lib.pipeline.steps.version_causes import Cause, find_causes
from lib.store.curve_versions import StoredVersion, read_version

_OF_ZONES = {
    "vlr": Compared("cost_per_mwh", "rt_load_mwh", base="da_price"),
    "shaping": Compared("year_mean", "n_hours", least_base=0.0),
    "cost_curve": Compared("cost_to_serve", "n_hours", month="delivery_month"),
}

COMPARED = {curve: _OF_ZONES[table] for curve, table in MAIN_TABLE.items()}
"""The figure of each curve that is compared."""

FIGURES = {
    "vlr": "VLR over all cells, $/MWh",
    "shaping": "Factor of the cell that moved most",
    "cost_curve": "Mean cost to serve (energy) over the hours that both price, $/MWh",
}
"""What the causes move, in words, by table."""

CODE = "code"

NOISE = 1e-12
"""What the code moves less than this comes from the arithmetic."""


class NotComparable(ValueError):
    """Two versions are not of one curve and ISO; the message says which there are."""


@dataclass(frozen=True)
class VersionDiff:
    """How two versions of a curve differ.

    Attributes:
        old, new: the versions.
        moves: by month and block, as `month_block_moves` returns them; empty for shaping, whose factors
            average 1 in each block.
        largest: the cells that moved most.
        parts: of a cost curve, what each part of the price moved, as `part_moves` returns it; else empty.
        before, now: the figure (FIGURES) in the old and the new version.
        causes: cause, what (in words), moved (in the unit of the figure); they add up to now - before.
    """

    old: StoredVersion
    new: StoredVersion
    moves: pd.DataFrame
    largest: pd.DataFrame
    parts: pd.DataFrame
    before: float
    now: float
    causes: pd.DataFrame

    @property
    def figure(self) -> str:
        """What the causes move, in words, by table."""
        return FIGURES[MAIN_TABLE[self.new.curve]]

    def describe(self) -> list[str]:
        """Return what moved and why, in sentences."""
        new, old = self.new, self.old
        title = f"{new.curve} of {new.iso}: version {new.version_id} after version {old.version_id}."
        if self.largest.empty:
            moved = "No cell moved."
        else:
            moved = (
                f"{self.figure}: from {self.before:,.4f} to {self.now:,.4f}, {self.now - self.before:+,.4f}."
            )
        if self.causes.empty:
            return [title, moved, "They were computed from the same inputs in the same way."]
        return [
            title,
            moved,
            *(f"{row.moved:+,.4f} by {row.cause}: {row.what}." for row in self.causes.itertuples()),
        ]


def compare_versions(db: store.Database, old_id: int, new_id: int) -> VersionDiff:
    """Return how two versions of one curve and ISO differ, and what each cause moved.

    Raises:
        UnknownVersion: there is no such version.
        NotComparable: they are of different curves or ISOs.
        NotReproducible: something that one of them is made of is gone.
    """
    old, new = read_version(db, old_id), read_version(db, new_id)
    if (old.curve, old.iso) != (new.curve, new.iso):
        raise NotComparable(
            f"{old}, and {new}, cannot be compared: choose two versions of one curve and ISO, "
            f"`epd curve list --iso {new.iso} --curve {new.curve}` lists them"
        )
    table = MAIN_TABLE[new.curve]
    before, now = (_comparable(table, read_version_cells(db, version, table)) for version in (old, new))
    compared = COMPARED[new.curve]
    largest = largest_moves(before, now, compared)
    moves = month_block_moves(before, now, compared)
    figure = _figure_of(table, before, now, largest)
    causes = _attribute(db, old, new, figure, (figure(before), figure(now)))
    if new.curve == "shaping":
        moves = moves.head(0)
    parts = part_moves(before, now) if table == "cost_curve" else pd.DataFrame()
    return VersionDiff(old, new, moves, largest, parts, figure(before), figure(now), causes)


FigureOf = Callable[[pd.DataFrame], float]


def _figure_of(table: str, before: pd.DataFrame, now: pd.DataFrame, largest: pd.DataFrame) -> FigureOf:
    """Return the function from cells to the figure that the causes move."""
    compared = COMPARED[table]
    only = None
    if table == "shaping":
        only = largest.head(1)[compared.key]
    elif table == "cost_curve":
        only = common_cells(before, now, compared)
    return lambda cells: whole_figure(_comparable(table, cells), compared, only)


def _comparable(table: str, cells: pd.DataFrame) -> pd.DataFrame:
    """Return cells with the price that VLR is a part of."""
    if table != "vlr" or "da_price" in cells:
        return cells
    return cells.assign(da_price=cells["da_value_usd"] / cells["rt_load_mwh"])


def _attribute(
    db: store.Database, old: StoredVersion, new: StoredVersion, figure: FigureOf, ends: tuple[float, float]
) -> pd.DataFrame:
    """Return what each cause moved: cause, what, moved."""
    causes = list(find_causes(db, old, new))
    figures = [_compute(db, version, figure) for version in _one_by_one(old, new, causes)]
    moved = [after - first for first, after in pairwise(figures)]
    rows = [(cause.name, cause.what, by) for cause, by in zip(causes, moved, strict=True)]
    by_code = (figures[0] - ends[0]) + (ends[1] - figures[-1])
    if abs(by_code) > NOISE:
        revisions = " and ".join(version.git_revision or "unknown" for version in (old, new))
        rows.append((CODE, f"revisions {revisions}, and the one of now", by_code))
    return pd.DataFrame(rows, columns=["cause", "what", "moved"])


def _one_by_one(old: StoredVersion, new: StoredVersion, causes: Iterable[Cause]) -> Iterator[StoredVersion]:
    """Yield the old version, and it with one cause more at a time as the new version has it.

    All but the first are computed from what was stored when the new one was published.
    """
    yield old
    version = replace(old, moment=new.moment)
    for cause in causes:
        version = replace(version, **cause.changes)
        yield version


def _compute(db: store.Database, version: StoredVersion, figure: FigureOf) -> float:
    computed = compute_version(read_version_inputs(db, version), version.reference)
    return figure(computed.tables[MAIN_TABLE[version.curve]])
