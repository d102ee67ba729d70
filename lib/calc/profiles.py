"""Means over the cells of a curve before and after edits: by month, by hour, or for a whole zone.

A mean over cells is a figure over their hours (docs/method.md, "The VLR curve"):

    mean = sum(base x value) / sum(base)

where base is the divisor of the cell's own figure: the DA value in $, the RT load in MWh, or the hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH, ratio
from lib.calc.scaling import Edits, is_selected, resolve_edits


@dataclass(frozen=True)
class CellWeights:
    """The weights of a mean over cells. Every frame has the rows and columns of the curve.

    Attributes:
        base: the weight of each cell: DA value ($), RT load (MWh) or hours.
        words: how the mean is taken, for people.
        amounts: value x base of each cell, known also where the value is NULL for a price near zero; None to
            multiply the two.
        loads: RT load (MWh), to blank a mean whose load-weighted price is under MIN_BASE_USD_PER_MWH in size;
            None to blank none.
    """

    base: pd.DataFrame
    words: str
    amounts: pd.DataFrame | None = None
    loads: pd.DataFrame | None = None

    def of(self, zones: Sequence[str]) -> CellWeights:
        """Return the weights of some zones."""
        columns = list(zones)
        return replace(
            self,
            base=self.base[columns],
            amounts=None if self.amounts is None else self.amounts[columns],
            loads=None if self.loads is None else self.loads[columns],
        )


def profile(
    cells: pd.DataFrame,
    edits: Edits,
    weights: CellWeights,
    by: Sequence[str],
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
    hes: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Return the curve's means over cells before and after the edits.

    Args:
        cells: the wide curve before any edit.
        edits: the edits.
        weights: the weights of the cells.
        by: the levels of the index to group by: ["month"], ["he"], ["block_type"], or [] for whole zones.
        months: only these months; None for all.
        blocks: only these blocks; None for all.
        hes: only these hours ending; None for all.

    Returns:
        the `by` columns, zone, before, after, sorted by zone; NULL where no cell has a value.
    """
    rows = is_selected(cells.index, months, blocks, hes)
    keys, members = _groups(cells.index[rows], by)
    zones = cells.columns
    each = keys.iloc[np.tile(np.arange(len(keys)), len(zones))].reset_index(drop=True)
    before, after = (_means(cells, some, weights, rows, members) for some in ((), edits))
    return each.assign(zone=np.repeat(zones, len(keys)), before=before.T.ravel(), after=after.T.ravel())


def _groups(index: pd.MultiIndex, by: Sequence[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the groups' keys, and a matrix (group, cell) with 1 for the cells of a group and 0 elsewhere."""
    if not by:
        return pd.DataFrame(index=range(1)), np.ones((1, len(index)))
    cells = index.to_frame(index=False)[list(by)]
    keys = cells.drop_duplicates().sort_values(list(by))
    number = cells.groupby(list(by), observed=True).ngroup().to_numpy()
    return keys, (number == np.arange(len(keys))[:, None]).astype(float)


def _means(
    cells: pd.DataFrame, edits: Edits, weights: CellWeights, rows: np.ndarray, members: np.ndarray
) -> np.ndarray:
    """Return the means of the edited cells in some rows, as an array (group, zone).

    It works on arrays because a user waits for it.
    """
    percent, value = (part[rows] for part in resolve_edits(cells, edits))
    is_set = ~np.isnan(value)
    base = _filled(weights.base, is_set, rows)
    known = weights.amounts
    amounts = cells.to_numpy()[rows] * base if known is None else known.to_numpy()[rows]
    amounts = np.where(is_set, base * value, amounts * (percent / 100))
    divisor = _sums(np.where(np.isnan(amounts), np.nan, base), members)
    means = ratio(_sums(amounts, members), divisor)
    if weights.loads is not None:
        price = ratio(divisor, _sums(_filled(weights.loads, is_set, rows), members))
        means = means.mask(price.abs() < MIN_BASE_USD_PER_MWH)
    return means.to_numpy()


def _filled(part: pd.DataFrame, is_set: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the weights; a cell that is set but has no weight gets the mean weight of its zone.

    Otherwise a value that a user sets on an empty cell would be in the file but in no mean. In a zone without
    any weight all cells get the same one.
    """
    alike = part.mean().fillna(1.0).to_numpy()
    known = part.to_numpy()[rows]
    return np.where(is_set & np.isnan(known), alike, known)


def _sums(values: np.ndarray, members: np.ndarray) -> pd.DataFrame:
    """Return the sum of the cells of each group; 0 if none has a value, so that its mean is 0 / 0: NULL."""
    return pd.DataFrame(members @ np.where(np.isnan(values), 0.0, values))
