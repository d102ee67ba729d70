"""Edits of a curve by a pricing analyst: scale zones, set cells, undo.

A curve is a wide frame: the index is month, he and block_type, with a column for each zone. A month is 1 to
12, or a delivery month such as "2026-01". An edit never changes the frame. The edits of a curve are a tuple:
a new edit is appended, and undo drops the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from lib.markets import MAX_VALUE

INDEX = ["month", "he", "block_type"]
"""The index of a wide curve."""

MAX_PERCENT = 1000.0
"""The largest percentage that a zone is scaled to."""


class BadInput(ValueError):
    """The user's input cannot be used; the message is a sentence that says what is allowed."""


Row = tuple[int | str, int, str]
"""Month, HE and block: a row of a wide curve."""

Values = tuple[tuple[float | None, ...], ...]
"""A block of values, a row of it for each row of the curve; None leaves a cell as it is."""


@dataclass(frozen=True)
class Edit:
    """One edit: cells become `percent` of the source, `value`, the source plus `added`, or each its `values`.

    Exactly one of the four is set. The cells are those of the zones in the months, blocks and hours ending,
    or in single rows; None means all.
    """

    percent: float | None = None
    value: float | None = None
    zones: tuple[str, ...] | None = None
    months: tuple[int | str, ...] | None = None
    blocks: tuple[str, ...] | None = None
    added: float | None = None
    hes: tuple[int, ...] | None = None
    rows: tuple[Row, ...] | None = None
    values: Values | None = None


Edits = tuple[Edit, ...]
"""The edits of a curve, oldest first; () is the source itself."""


def scale_edit(
    percent: float,
    zones: Sequence[str] | None = None,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
    hes: Sequence[int] | None = None,
) -> Edit:
    """Return the edit that makes cells a percentage of their source; 100 restores the source.

    Raises:
        BadInput: the percentage is not a finite number from 0 to MAX_PERCENT.
    """
    return check_edit(Edit(percent=percent, **_chosen(zones, months, blocks, hes)))


def value_edit(
    value: float,
    zones: Sequence[str] | None = None,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
    hes: Sequence[int] | None = None,
) -> Edit:
    """Return the edit that gives cells one value, including cells that are empty in the source.

    Raises:
        BadInput: the value is not a finite number, or exceeds MAX_VALUE in size.
    """
    return check_edit(Edit(value=value, **_chosen(zones, months, blocks, hes)))


def added_edit(
    added: float,
    zones: Sequence[str] | None = None,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
    hes: Sequence[int] | None = None,
) -> Edit:
    """Return the edit that adds a number to the cells of the source; empty ones stay empty.

    Raises:
        BadInput: the number is not finite, or exceeds MAX_VALUE in size.
    """
    return check_edit(Edit(added=added, **_chosen(zones, months, blocks, hes)))


def paste_edit(values: Sequence[Sequence[float | None]], zones: Sequence[str], rows: Sequence[Row]) -> Edit:
    """Return the edit that gives each cell of some rows and zones a value of its own; None leaves a cell.

    Raises:
        BadInput: a value is not finite or exceeds MAX_VALUE in size, or the block is of another size.
    """
    return check_edit(Edit(zones=tuple(zones), rows=tuple(rows), values=tuple(map(tuple, values))))


def check_edit(edit: Edit) -> Edit:
    """Return the edit.

    Raises:
        BadInput: it does nothing or two things at once, a number is impossible, or a block of values does not
            fit its rows and zones.
    """
    whats = (edit.percent, edit.value, edit.added, edit.values)
    if sum(what is not None for what in whats) != 1:
        raise BadInput("an edit scales, sets, adds or pastes, and does one of the four")
    if edit.percent is not None and not (isfinite(edit.percent) and 0 <= edit.percent <= MAX_PERCENT):
        raise BadInput(
            f"a scale of {edit.percent:.12g} % is not possible: give a number from 0 to {MAX_PERCENT:g}"
        )
    pasted = [number for numbers in edit.values or () for number in numbers]
    for number in (edit.value, edit.added, *pasted):
        if number is not None and not (isfinite(number) and abs(number) <= MAX_VALUE):
            raise BadInput(f"no cell is as large as that: give a number up to {MAX_VALUE:,.0f} in size")
    widths = {len(numbers) for numbers in edit.values or ()}
    if edit.values is not None and (
        len(edit.values) != len(edit.rows or ()) or widths != {len(edit.zones or ())}
    ):
        raise BadInput(
            "a block of values needs a row of the curve for each of its rows, and a zone for each column"
        )
    return edit


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


def is_selected(
    index: pd.MultiIndex,
    months: Sequence | None,
    blocks: Sequence | None,
    hes: Sequence[int] | None = None,
) -> np.ndarray:
    """Return whether each row belongs to the months, blocks and hours ending; None means all."""
    rows = np.ones(len(index), bool)
    for level, wanted in (("month", months), ("block_type", blocks), ("he", hes)):
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
        rows = is_selected(cells.index, edit.months, edit.blocks, edit.hes)
        if edit.rows is not None:
            rows &= _has_rows(cells.index, edit.rows)
        if edit.values is not None:
            _paste(percent, value, cells, edit)
            continue
        where = np.ix_(rows, columns)
        percent[where], value[where] = edit.percent, edit.value  # None becomes NaN
        if edit.added is not None:
            source = cells.to_numpy(float)[where]
            percent[where] = np.where(np.isnan(source), 100.0, np.nan)
            value[where] = source + edit.added
    return percent, value


def _has_rows(index: pd.MultiIndex, rows: Sequence[Row]) -> np.ndarray:
    """Return whether each row of an index is one of some rows."""
    wanted = set(rows)
    return np.fromiter((row in wanted for row in index), bool, len(index))


def _paste(percent: np.ndarray, value: np.ndarray, cells: pd.DataFrame, edit: Edit) -> None:
    """Give the cells of a pasted block their values; a row or zone that the curve lacks is left out."""
    row_numbers = {row: number for number, row in enumerate(cells.index)}
    columns = cells.columns.get_indexer(list(edit.zones or ()))
    for row, numbers in zip(edit.rows or (), edit.values or (), strict=True):
        for column, number in zip(columns, numbers, strict=True):
            if row in row_numbers and column >= 0 and number is not None:
                percent[row_numbers[row], column], value[row_numbers[row], column] = np.nan, number


def _chosen(
    zones: Sequence[str] | None,
    months: Sequence[int | str] | None,
    blocks: Sequence[str] | None,
    hes: Sequence[int] | None,
) -> dict[str, Any]:
    names = {"zones": zones, "months": months, "blocks": blocks, "hes": hes}
    return {name: None if chosen is None else tuple(chosen) for name, chosen in names.items()}
