"""Means over the cells of a curve, before and after edits, by month, by hour or of a zone as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lib.calc.grid import SMALLEST_BASE_USD_PER_MWH, ratio
from lib.calc.scaling import Edits, rows_of, standing


@dataclass(frozen=True)
class Weights:
    """What a mean over cells is taken with, so that it is a figure over their hours.

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
    rows = rows_of(cells.index, months, blocks)
    before = _long(_means(cells, (), weights, by, rows), by, "before")
    return before.assign(after=_long(_means(cells, edits, weights, by, rows), by, "after")["after"])


def _means(
    cells: pd.DataFrame, edits: Edits, weights: Weights, by: Sequence[str], rows: np.ndarray
) -> pd.DataFrame:
    """Return the means of the edited cells in some rows: the groups x zones."""
    percent, value = standing(cells, edits)
    amounts = cells * weights.base if weights.amounts is None else weights.amounts
    amounts = (amounts * (percent / 100)).where(np.isnan(value), weights.base * value)
    total, base = _sums(amounts, by, rows), _sums(weights.base.where(amounts.notna()), by, rows)
    means = ratio(total, base)
    if weights.loads is None:
        return means
    return means.mask(ratio(base, _sums(weights.loads, by, rows)).abs() < SMALLEST_BASE_USD_PER_MWH)


def _sums(frame: pd.DataFrame, by: Sequence[str], rows: np.ndarray) -> pd.DataFrame:
    chosen = frame[rows].rename_axis(columns="zone")
    if not by:
        return chosen.sum(min_count=1).to_frame().T
    return chosen.groupby(level=list(by), observed=True).sum(min_count=1)


def _long(means: pd.DataFrame, by: Sequence[str], name: str) -> pd.DataFrame:
    keyed = means.reset_index() if by else means
    return keyed.melt(id_vars=list(by), var_name="zone", value_name=name)
