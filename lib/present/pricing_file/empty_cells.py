"""The cells of a pricing file without a value, in as few rows as say where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

import pandas as pd

from lib.present.formats import MONTHS
from lib.present.pricing_file.layout import KEYS, PricingFile

ALL = "all"

EMPTY_CELL_COLUMNS = ["location", "block_type", "month", "he"]
"""Columns of the table of cells without a value."""


def empty_cells(file: PricingFile) -> pd.DataFrame:
    """Return the cells of a file without a value; zones and months that lack the same cells share a row.

    Returns:
        EMPTY_CELL_COLUMNS as texts: "Jan to May, Jul" and "1-6, 23-24"; "all" where nothing has a value. A
        month without any value is one row for all its blocks.
    """
    cells = file.cells.melt(KEYS, var_name="location", value_name="value")
    cells = cells.assign(month=cells["month"].map(_month_name), block_type=cells["block_type"].astype(str))
    is_empty = cells["value"].isna()
    is_whole_month = is_empty.groupby([cells["location"], cells["month"]]).transform("all")
    cells.loc[is_whole_month, "block_type"] = ALL
    months = list(cells["month"].unique())
    by_hours = _merge_rows(cells[is_empty], "he", lambda some: _all_or_spans(some, range(1, 25), "-"))
    n_zones = len(file.zones)
    by_zones = _merge_rows(
        by_hours, "location", lambda some: ALL if len(some) == n_zones else ", ".join(some)
    )
    return _merge_rows(by_zones, "month", lambda some: _all_or_spans(some, months, " to "))


def empty_cells_caption(file: PricingFile) -> str:
    """Return the caption of the cells without a value; it names the months in which no cell has one."""
    names = file.cells["month"].map(_month_name)
    has_value = file.cells[file.zones].notna().any(axis=1).groupby(names, sort=False).any()
    without = has_value.index[~has_value]
    if without.empty:
        return "Cells without a value"
    n_months = "1 month" if len(without) == 1 else f"{len(without)} months"
    months = _format_spans(without, list(has_value.index), " to ")
    return f"Cells without a value, among them all of {n_months}: {months}"


def _merge_rows(cells: pd.DataFrame, column: str, to_text: Callable[[pd.Series], str]) -> pd.DataFrame:
    """Return one row for those that differ in one column only, whose values become a text."""
    others = [name for name in EMPTY_CELL_COLUMNS if name != column]
    return cells.groupby(others, sort=False)[column].agg(to_text).reset_index()[EMPTY_CELL_COLUMNS]


def _all_or_spans(some: Iterable[int | str], every: Sequence[int | str], joint: str) -> str:
    return ALL if set(some) == set(every) else _format_spans(some, every, joint)


def _format_spans(some: Iterable[int | str], every: Sequence[int | str], joint: str) -> str:
    """Return some values of a sequence with neighbours joined: 1-6, 23-24."""
    indices = sorted({every.index(one) for one in some})
    spans = groupby(enumerate(indices), key=lambda pair: pair[1] - pair[0])
    ends = [[every[index] for _, index in span] for _, span in spans]
    return ", ".join(str(span[0]) if len(span) == 1 else f"{span[0]}{joint}{span[-1]}" for span in ends)


def _month_name(month: int | str) -> str:
    return month if isinstance(month, str) else MONTHS[month - 1]
