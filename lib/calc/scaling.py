"""Edits of a curve by a pricing analyst: scale zones, set cells, undo.

A curve is a wide frame: the index is month, he and block_type, with a column for each zone. A month is 1 to
12, or a delivery month such as "2026-01". An edit never changes the frame. The edits of a curve are a tuple:
a new edit is appended, and undo drops the last one.
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
"""The largest percentage that a zone is scaled to."""


class BadInput(ValueError):
    """The user's input cannot be used; the message is a sentence that says what is allowed."""


@dataclass(frozen=True)
class Edit:
    """One edit: cells of some zones become `percent` of the source, or `value`, or the source plus `added`.

    None for zones, months or blocks means all. Exactly one of percent, value and added is set.
    """

    percent: float | None = None
    value: float | None = None
    zones: tuple[str, ...] | None = None
    months: tuple[int | str, ...] | None = None
    blocks: tuple[str, ...] | None = None
    added: float | None = None


Edits = tuple[Edit, ...]
"""The edits of a curve, oldest first; () is the source itself."""


def scale_edit(
    percent: float,
    zones: Sequence[str] | None = None,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
) -> Edit:
    """Return the edit that makes cells a percentage of their source; 100 restores the source.

    Raises:
        BadInput: the percentage is not a finite number from 0 to MAX_PERCENT.
    """
    if not (isfinite(percent) and 0 <= percent <= MAX_PERCENT):
        raise BadInput(
            f"a scale of {percent:.12g} % is not possible: give a number from 0 to {MAX_PERCENT:g}"
        )
    return Edit(percent, None, _chosen(zones), _chosen(months), _chosen(blocks))


def value_edit(
    value: float,
    zones: Sequence[str] | None = None,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
) -> Edit:
    """Return the edit that gives cells one value, including cells that are empty in the source.

    Raises:
        BadInput: the value is not a finite number, or exceeds MAX_VALUE in size.
    """
    if not (isfinite(value) and abs(value) <= MAX_VALUE):
        raise BadInput(f"no cell is as large as that: give a number up to {MAX_VALUE:,.0f} in size")
    return Edit(None, value, _chosen(zones), _chosen(months), _chosen(blocks))


def added_edit(
    added: float,
    zones: Sequence[str] | None = None,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
) -> Edit:
    """Return the edit that adds a number to the cells of the source; empty ones stay empty.

    Raises:
        BadInput: the number is not finite, or exceeds MAX_VALUE in size.
    """
    if not (isfinite(added) and abs(added) <= MAX_VALUE):
        raise BadInput(f"no cell is as large as that: give a number up to {MAX_VALUE:,.0f} in size")
    return Edit(None, None, _chosen(zones), _chosen(months), _chosen(blocks), added)


def check_edit(edit: Edit) -> None:
    """Check an edit that was kept as a text, as the functions that make one do.

    Raises:
        BadInput: it does nothing, two things at once, or has an impossible number.
    """
    numbers = {scale_edit: edit.percent, value_edit: edit.value, added_edit: edit.added}
    known = {make: number for make, number in numbers.items() if number is not None}
    if len(known) != 1:
        raise BadInput("an edit scales, sets or adds, and does one of the three")
    for make, number in known.items():
        make(number)


def apply_edits(cells: pd.DataFrame, edits: Edits) -> pd.DataFrame:
    """Return the edited curve: the last edit that covers a cell decides its value.

    A zone that is scaled to 110 % and then to 120 % is at 120 % of its source. A cell that is set and then
    scaled is a percentage of its source again. A percentage of an empty cell is empty.
    """
    percent, value = resolve_edits(cells, edits)
    return (cells * (percent / 100)).where(np.isnan(value), value)


def summarise_edits(cells: pd.DataFrame, edits: Edits) -> pd.DataFrame:
    """Return the effect of the edits on each zone.

    Returns:
        zone, percent (NULL unless one percentage holds for every cell of the zone), n_scaled (cells with a
        percentage other than 100), n_set (cells with a value of their own), n_filled (n_set cells that are
        empty in the source), n_empty (cells that are empty after the edits), n_cells; in the zones' order.
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


def is_selected(index: pd.MultiIndex, months: Sequence | None, blocks: Sequence | None) -> np.ndarray:
    """Return whether each row belongs to the months and blocks; None means all."""
    rows = np.ones(len(index), bool)
    for level, wanted in (("month", months), ("block_type", blocks)):
        if wanted is not None:
            rows &= index.get_level_values(level).isin(list(wanted))
    return rows


def resolve_edits(cells: pd.DataFrame, edits: Edits) -> tuple[np.ndarray, np.ndarray]:
    """Return each cell's percentage and its own value after all edits: two arrays (cell, zone).

    One of the two is NaN: a cell is a percentage of its source, or has a value of its own.
    """
    percent, value = np.full(cells.shape, 100.0), np.full(cells.shape, np.nan)
    for edit in edits:
        columns = np.ones(cells.shape[1], bool) if edit.zones is None else cells.columns.isin(edit.zones)
        where = np.ix_(is_selected(cells.index, edit.months, edit.blocks), columns)
        percent[where], value[where] = edit.percent, edit.value  # None becomes NaN
        if edit.added is not None:
            source = cells.to_numpy(float)[where]
            percent[where] = np.where(np.isnan(source), 100.0, np.nan)
            value[where] = source + edit.added
    return percent, value


def _chosen(names: Sequence | None) -> tuple | None:
    return None if names is None else tuple(names)
