"""What a pricing analyst does to a curve: scale zones, set cells, and take it back.

A curve is a wide frame: indexed by month, he and block_type, a column for each zone. Month is 1 to 12, or the
delivery month as "2026-01". Edits never change a frame: they are a tuple that grows, and undo drops its last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
import pandas as pd

from lib.markets import MAX_VALUE

INDEX = ["month", "he", "block_type"]
"""The index of a wide curve."""

MAX_PERCENT = 1000.0
"""A zone is scaled to at most ten times its values."""


class BadInput(ValueError):
    """What was typed cannot be used; the message is a sentence that says what is allowed."""


@dataclass(frozen=True)
class Edit:
    """One change: the cells of some zones follow `percent` of the source, or become `value`.

    None for zones, months or blocks means all of them. Exactly one of percent and value is set.
    """

    percent: float | None = None
    value: float | None = None
    zones: tuple[str, ...] | None = None
    months: tuple[int | str, ...] | None = None
    blocks: tuple[str, ...] | None = None


Edits = tuple[Edit, ...]
"""The history of a curve, oldest first; () is the source itself."""


def scale(
    percent: float,
    zones: Sequence[str] | None = None,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
) -> Edit:
    """Return the edit by which cells become a percentage of their source; 100 takes edits back.

    Raises:
        BadInput: the percentage is no finite number from 0 to 1000.
    """
    if not (isfinite(percent) and 0 <= percent <= MAX_PERCENT):
        raise BadInput(
            f"a scale of {percent:.12g} % is not possible: give a number from 0 to {MAX_PERCENT:g}"
        )
    return Edit(percent, None, *map(_chosen, (zones, months, blocks)))


def set_value(
    value: float,
    zones: Sequence[str] | None = None,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
) -> Edit:
    """Return the edit by which cells become one value, whatever the source has, empty cells too.

    Raises:
        BadInput: the value is no finite number, or larger than any curve's.
    """
    if not (isfinite(value) and abs(value) <= MAX_VALUE):
        raise BadInput(f"no cell is as large as that: give a number up to {MAX_VALUE:,.0f} in size")
    return Edit(None, value, *map(_chosen, (zones, months, blocks)))


def apply_edits(cells: pd.DataFrame, edits: Edits) -> pd.DataFrame:
    """Return the curve as edited: each cell follows the last edit that names it.

    So a zone scaled to 110 and then to 120 % stands at 120 % of its source, and a cell that was set and then
    scaled is a percentage of its source again. An empty cell stays empty under a percentage.
    """
    percent, value = resolve_edits(cells, edits)
    return (cells * (percent / 100)).where(np.isnan(value), value)


def summarise_edits(cells: pd.DataFrame, edits: Edits) -> pd.DataFrame:
    """Say what the edits do to each zone.

    Returns:
        zone, percent (where one holds for every cell of the zone; else NULL), n_scaled (cells that follow a
        percentage other than 100), n_set (cells with a value of their own), n_filled (those of them that are
        empty in the source), n_empty (cells that are empty as edited), n_cells; in the order of the columns.
    """
    percent, value = resolve_edits(cells, edits)
    is_set, is_empty = ~np.isnan(value), cells.isna().to_numpy()
    is_one = (percent == percent[:1]).all(axis=0) & ~is_set.any(axis=0)
    return pd.DataFrame(
        {
            "zone": cells.columns,
            "percent": np.where(is_one, percent[0], np.nan),
            "n_scaled": ((percent != 100) & ~is_set).sum(axis=0),
            "n_set": is_set.sum(axis=0),
            "n_filled": (is_set & is_empty).sum(axis=0),
            "n_empty": (is_empty & ~is_set).sum(axis=0),
            "n_cells": len(cells),
        }
    )


def select_rows(index: pd.MultiIndex, months: Sequence | None, blocks: Sequence | None) -> np.ndarray:
    """Return whether each row is of the months and blocks; None means all."""
    rows = np.ones(len(index), bool)
    for level, wanted in (("month", months), ("block_type", blocks)):
        if wanted is not None:
            rows &= index.get_level_values(level).isin(list(wanted))
    return rows


def resolve_edits(cells: pd.DataFrame, edits: Edits) -> tuple[np.ndarray, np.ndarray]:
    """Return each cell's percentage, and its own value or NaN, after the last edit that names it."""
    percent, value = np.full(cells.shape, 100.0), np.full(cells.shape, np.nan)
    for edit in edits:
        columns = np.ones(cells.shape[1], bool) if edit.zones is None else cells.columns.isin(edit.zones)
        where = np.ix_(select_rows(cells.index, edit.months, edit.blocks), columns)
        percent[where] = 100.0 if edit.percent is None else edit.percent
        value[where] = np.nan if edit.value is None else edit.value
    return percent, value


def _chosen(names: Sequence | None) -> tuple | None:
    return None if names is None else tuple(names)
