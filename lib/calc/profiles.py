"""Means over the cells of a curve, before and after edits, by month, by hour or of a zone as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH, ratio
from lib.calc.scaling import Edits, resolve_edits, select_rows


@dataclass(frozen=True)
class Weights:
    """What a mean over cells is taken with, so that it is a figure over their hours.

    Every frame has the rows and columns of the curve, in its order.

    Attributes:
        base: what each cell's number is multiplied with, in the shape of the curve: DA value ($), RT load
            (MWh) or hours.
        amounts: what each cell really comes to, value x base, known too where the value is blanked for a
            price near zero; None: value x base.
        loads: RT load (MWh), where a figure on a load-weighted price under $1/MWh is to be blank; else None.
        words: how the mean is taken, for people.
    """

    base: pd.DataFrame
    words: str
    amounts: pd.DataFrame | None = None
    loads: pd.DataFrame | None = None

    def of(self, zones: Sequence[str]) -> Weights:
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
    weights: Weights,
    by: Sequence[str],
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the curve's means over cells before and after the edits.

    Args:
        cells: the wide curve before any edit.
        edits: the edits.
        weights: how a mean is taken.
        by: levels of the index to keep: ["month"], ["he"], ["block_type"], or [] for each zone's figure.
        months: only these months; None for all.
        blocks: only these blocks; None for all.

    Returns:
        the `by` columns, zone, before, after, zone by zone; NULL where no cell has a value.
    """
    rows = select_rows(cells.index, months, blocks)
    keys, members = _groups(cells.index[rows], by)
    zones = cells.columns
    each = keys.iloc[np.tile(np.arange(len(keys)), len(zones))].reset_index(drop=True)
    before, after = (_means(cells, some, weights, rows, members) for some in ((), edits))
    return each.assign(zone=np.repeat(zones, len(keys)), before=before.T.ravel(), after=after.T.ravel())


def _groups(index: pd.MultiIndex, by: Sequence[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the groups' keys, and a row for each group with 1 for the cells in it and 0 for others."""
    if not by:
        return pd.DataFrame(index=[0]), np.ones((1, len(index)))
    cells = index.to_frame(index=False)[list(by)]
    keys = cells.drop_duplicates().sort_values(list(by))
    number = cells.groupby(list(by), observed=True).ngroup().to_numpy()
    return keys, (number == np.arange(len(keys))[:, None]).astype(float)


def _means(
    cells: pd.DataFrame, edits: Edits, weights: Weights, rows: np.ndarray, members: np.ndarray
) -> np.ndarray:
    """Return the means of the edited cells in some rows: groups x zones; arrays, for somebody waits."""
    percent, value = (part[rows] for part in resolve_edits(cells, edits))
    is_set = ~np.isnan(value)
    base = _filled(weights.base, is_set, rows)
    if weights.amounts is None:
        amounts = cells.to_numpy(float)[rows] * base
    else:
        amounts = weights.amounts.to_numpy(float)[rows]
    amounts = np.where(is_set, base * value, amounts * (percent / 100))
    divisor = _sums(np.where(np.isnan(amounts), np.nan, base), members)
    means = ratio(_sums(amounts, members), divisor)
    if weights.loads is not None:
        price = ratio(divisor, _sums(_filled(weights.loads, is_set, rows), members))
        means = means.mask(price.abs() < MIN_BASE_USD_PER_MWH)
    return means.to_numpy()


def _filled(part: pd.DataFrame, is_set: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return what cells weigh; one that has a value but no hours weighs like the mean cell of its zone.

    Else a value that somebody sets on an empty cell would be in the file, and in no mean. In a zone without
    any hours all cells weigh alike.
    """
    alike = part.mean().fillna(1.0).to_numpy(float)
    known = part.to_numpy(float)[rows]
    return np.where(is_set & np.isnan(known), alike, known)


def _sums(values: np.ndarray, members: np.ndarray) -> pd.DataFrame:
    """Add the cells of each group up; NaN where none has a value."""
    is_there = ~np.isnan(values)
    sums = members @ np.where(is_there, values, 0.0)
    return pd.DataFrame(np.where(members @ is_there > 0, sums, np.nan))
