"""Reproduce a version of a curve: compute it again from what was stored when it was published.

1. `read_version_inputs` reads the raw values, the settlements and the parts of a version as they were at the
   moment of its publication (`lib.store.past_values`).
2. `lib.pipeline.steps.recompute` computes it with the code of now and the reference data of then.
3. `reproduce_version` compares every stored number bit for bit, and both hashes. Where a number differs, the
   hash of the inputs tells why: with the same inputs, the code or its packages are others now.

In a notebook: `reproduce_version(db, 12).describe()`, and `.differences` for each number that differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from lib import store
from lib.calc.cell_differences import find_differences
from lib.hours import utc_bounds
from lib.markets import OWN, read_curve_reference
from lib.pipeline.steps.curve_tables import MEASURES_OF
from lib.pipeline.steps.own_loads import LOADS
from lib.pipeline.steps.recompute import COST_CURVES, Computed, VersionInputs, compute_version
from lib.store.curve_versions import StoredVersion, read_version
from lib.store.hourly import read_inputs_of
from lib.store.past_values import read_past_settlements
from lib.store.published import describe_series

_OF_VLR = ("vlr", "covariance", "vlr_residual")

PART_TABLES = {"vlr_version": _OF_VLR, "own_vlr_version": _OF_VLR, "shaping_version": ("shaping",)}
"""The parameters of a cost curve that name the versions it is made of, and their tables that it uses."""

NOT_KEPT = (
    "It was published before the reference data and the run of each former value were kept, so it cannot be "
    "reproduced exactly: it was computed with the reference data of now, and an hour that came after it and "
    "was revised since may count."
)
"""What a version of before 026_reproducible_versions.sql says."""


class NotReproducible(LookupError):
    """Something that a version is made of is gone; the message says what."""


@dataclass(frozen=True)
class Reproduction:
    """A version that was computed again, and how it differs from what is stored.

    Attributes:
        version: as it is stored.
        computed: its tables now.
        differences: table, cell, column, stored, computed: a row for each number that differs in any bit.
        n_numbers: how many were compared.
        has_old_reference: whether it was computed with other reference data than those of now.
    """

    version: StoredVersion
    computed: Computed
    differences: pd.DataFrame
    n_numbers: int
    has_old_reference: bool

    @property
    def is_same(self) -> bool:
        """Whether every number is the same bit for bit, and the fingerprint too."""
        same_print = self.computed.identity.fingerprint == self.version.fingerprint
        return same_print and self.differences.empty

    @property
    def has_same_inputs(self) -> bool | None:
        """Whether it was computed from the same inputs; None where their hash was not kept."""
        known = self.version.inputs_sha256
        return None if known is None else known == self.computed.identity.inputs_sha256

    def describe(self) -> list[str]:
        """Return the result in sentences, the most important first."""
        sentences = [self._outcome()]
        if not self.version.is_kept_whole:
            sentences.append(NOT_KEPT)
        elif self.has_old_reference:
            sentences.append("It was computed with the reference data of then, which have changed since.")
        if not self.is_same:
            sentences.append(self._reason())
        return sentences

    def _outcome(self) -> str:
        named, n = str(self.version), self.n_numbers
        if self.is_same:
            return (
                f"Reproduced: all {n:,} numbers of {named}, are the same bit for bit, as is its fingerprint."
            )
        if self.differences.empty:
            return f"All {n:,} numbers of {named}, are the same bit for bit, but its fingerprint is another."
        return f"Not reproduced: {len(self.differences):,} of the {n:,} numbers of {named}, differ."

    def _reason(self) -> str:
        revision = self.version.git_revision
        if self.has_same_inputs:
            made_by = (
                f"revision {revision} of the code made it" if revision else "the run log has no revision"
            )
            return (
                "It was computed from the same inputs, bit for bit: so the code or its packages are others "
                f"now ({made_by}). Check that revision out to have its numbers again."
            )
        if self.has_same_inputs is None:
            return "Whether the inputs are the same is not known: their hash was not kept."
        return (
            "Its inputs are not those of then: somebody has changed stored values outside the runs, or the "
            "code now reads others."
        )


def reproduce_version(db: store.Database, version_id: int) -> Reproduction:
    """Compute a version again from what was stored at its publication, and compare every number.

    Raises:
        UnknownVersion: there is no such version.
        NotReproducible: something that it is made of is gone; the message says what.
    """
    version = read_version(db, version_id)
    computed = compute_version(read_version_inputs(db, version), version.reference)
    stored = {name: read_version_cells(db, version, name) for name in computed.tables}
    if all(cells.empty for cells in stored.values()):
        raise NotReproducible(f"the cells of {version}, were deleted: there is nothing to compare")
    compared = [find_differences(name, stored[name], cells) for name, cells in computed.tables.items()]
    differences = pd.concat([found for found, _ in compared], ignore_index=True)
    n_numbers = sum(n for _, n in compared)
    is_old = bool(version.reference) and version.reference != read_curve_reference()
    return Reproduction(version, computed, differences, n_numbers, is_old)


def read_version_cells(db: store.Database, version: StoredVersion, table: str) -> pd.DataFrame:
    """Return the stored cells of a version, without its number."""
    return store.read_curve(db, table, version.iso, version.version_id).drop(columns="version_id")


def read_version_inputs(db: store.Database, version: StoredVersion) -> VersionInputs:
    """Return what a version was computed from, as it was stored at its publication.

    Raises:
        NotReproducible: its series, its settlements or a part of it is gone.
    """
    series = describe_series(db, version.series_ids)
    if series.empty:
        raise NotReproducible(f"the series of {version}, are not stored any more")
    bounds = utc_bounds(version.iso, version.start, version.end)
    measures = MEASURES_OF[version.curve]
    is_own = series["basis"] == OWN
    of_zones = series[~is_own]
    return VersionInputs(
        version.curve,
        version.iso,
        version.start,
        version.end,
        version.parameters,
        series,
        read_inputs_of(db, version.iso, of_zones, bounds, measures, version.moment),
        *_read_cost_parts(db, version),
        read_inputs_of(db, version.iso, series[is_own], bounds, LOADS, version.moment),
    )


def _read_cost_parts(
    db: store.Database, version: StoredVersion
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return the settlements that a cost curve is made of, and the cells; both empty for another curve."""
    if version.curve not in COST_CURVES:
        return pd.DataFrame(), {}
    day = date.fromisoformat(version.parameters["trade_date"])
    settlements = read_past_settlements(db, day, version.moment)
    if settlements.empty:
        raise NotReproducible(f"the settlements of {day}, from which {version}, was made, are gone")
    parts = {}
    for parameter in PART_TABLES.keys() & version.parameters.keys():
        for table in PART_TABLES[parameter]:
            number = version.parameters[parameter]
            parts[table] = store.read_curve(db, table, version.iso, number).drop(columns="version_id")
            if parts[table].empty and table != "vlr_residual":  # versions of before the bands have none
                raise NotReproducible(f"the cells of version {number}, of which {version}, is made, are gone")
    return settlements, parts
