"""An uploaded file against the published curve: what only one of the two has, what differs, by how much."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from lib.markets import locations
from lib.present.pricing_file import DECIMALS, PricingFile
from lib.tool.curve import Choice, NoSuchCurve, SourceCurve
from lib.tool.data import ToolData
from lib.tool.estimators import ZONE_CURVES, Estimator, estimators_of
from lib.tool.page import month_name

FAR = 10.0
"""A file is far from a curve's size if its usual number is this many times larger or smaller."""

_SAME = 0.51 * 10**-DECIMALS
"""Two numbers differ if a file writes them differently."""


@dataclass(frozen=True)
class Comparison:
    """A file against the published curve of the same kind.

    Attributes:
        title: the published curve.
        n_cells: cells that both have.
        n_different: those of them that differ.
        by_zone: zone, n_different, n_cells, mean_difference, largest_difference, where; of zones that differ.
        notes: sentences on what only one of the two has, and on a file of another size.
    """

    title: str
    n_cells: int
    n_different: int
    by_zone: pd.DataFrame
    notes: tuple[str, ...]


def compare_file(
    file: PricingFile, source: SourceCurve, estimator: Estimator, data: ToolData
) -> Comparison | str:
    """Return a file's curve against the official curve of its ISO, or why nothing is there to compare with.

    Args:
        file: the file.
        source: its curve before edits.
        estimator: what its numbers are.
        data: the published curves.
    """
    own = {curve: name for name, curve in ZONE_CURVES.items()}
    curve = own[file.curve] if file.is_own else file.curve
    try:
        extent = data.extent(file.iso, curve)
        choice = Choice(file.iso, curve, estimator.column, extent.start, extent.end)
        published = data.curve(choice)
    except NoSuchCurve as error:
        return f"The file is compared with nothing: {error}."
    if published.quantity != source.quantity or estimator.column not in _published_columns(curve):
        return "The file is compared with nothing: no curve of this kind is stored."
    return _compare(file, source.values, published)


def _published_columns(curve: str) -> set[str]:
    """Return the estimators that the database has of a curve."""
    return {one.column for one in estimators_of(curve)}


def find_unknown_zones(file: PricingFile) -> tuple[str, ...]:
    """Return each zone of a file that its ISO lacks, with the nearest name: "WSET (nearest: WEST)"."""
    known = [zone.load_zone for zone in locations(file.iso, "zone")]
    upper = {name.upper(): name for name in known}
    unknown = [zone for zone in file.zones if zone not in known]
    close = {zone: get_close_matches(zone.upper(), list(upper), n=1) for zone in unknown}
    return tuple(f"{zone} (nearest: {upper[close[zone][0]]})" if close[zone] else zone for zone in unknown)


def _compare(file: PricingFile, values: pd.DataFrame, published: SourceCurve) -> Comparison:
    zones = [zone for zone in values.columns if zone in published.values.columns]
    rows = values.index.intersection(published.values.index)
    ours, theirs = (curve.loc[rows, zones].to_numpy(float) for curve in (values, published.values))
    is_same = (np.abs(ours - theirs) <= _SAME) | (np.isnan(ours) & np.isnan(theirs))
    difference = np.where(is_same, 0.0, ours - theirs)
    table = [_compare_zone(zone, difference[:, k], ~is_same[:, k], rows) for k, zone in enumerate(zones)]
    columns = ["zone", "n_different", "n_cells", "mean_difference", "largest_difference", "where"]
    by_zone = pd.DataFrame(table, columns=columns).sort_values("n_different", ascending=False, kind="stable")
    notes = (*_describe_extent(file, values, published), *_describe_size(ours, theirs))
    n_different = int((~is_same).sum())
    return Comparison(published.title, is_same.size, n_different, by_zone[by_zone["n_different"] > 0], notes)


def _compare_zone(
    zone: str, difference: np.ndarray, is_different: np.ndarray, rows: pd.MultiIndex
) -> tuple[object, ...]:
    known = np.where(np.isnan(difference), 0.0, difference)
    at = int(np.abs(known).argmax()) if len(known) else 0
    month, he, block = rows[at] if len(known) else ("", 0, "")
    where = f"{month_name(month)} HE {he} {block}" if np.any(known) else "a cell that only one has"
    mean = float(np.nanmean(difference)) if np.isfinite(difference).any() else 0.0
    return zone, int(is_different.sum()), len(known), mean, float(known[at]) if len(known) else 0.0, where


def _describe_extent(file: PricingFile, values: pd.DataFrame, published: SourceCurve) -> list[str]:
    """Return sentences on zones and months that only one of the two curves has."""
    notes = []
    if unknown := find_unknown_zones(file):
        notes.append(f"{file.iso} has no zone {', '.join(unknown)}: correct the name in the file")
    ours, theirs = set(values.columns), list(published.values.columns)
    if missing := [zone for zone in theirs if zone not in ours]:
        notes.append(f"the file has no {', '.join(missing)}")
    months = [curve.dropna(how="all").index.unique("month") for curve in (values, published.values)]
    for some, others, who in ((*months[::-1], "the file"), (*months, "the published curve")):
        if only := [month_name(month) for month in some if month not in set(others)]:
            notes.append(f"{who} has no {only[0] if len(only) == 1 else f'{only[0]} to {only[-1]}'}")
    return notes


def _describe_size(ours: np.ndarray, theirs: np.ndarray) -> list[str]:
    """Return a sentence where the numbers of the file are far from those of the published curve."""
    sizes = [float(np.nanmedian(np.abs(part))) if np.isfinite(part).any() else 0.0 for part in (ours, theirs)]
    if not all(sizes) or 1 / FAR < sizes[0] / sizes[1] < FAR:
        return []
    factor = sizes[0] / sizes[1]
    times = f"{factor:,.0f} times" if factor > 1 else f"a {1 / factor:,.0f}th of"
    return [
        f"its numbers are about {times} the published ones: a file has fractions, 0.012 for 1.2 %, or $/MWh"
    ]
