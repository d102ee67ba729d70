"""Edits in words: for the list on the page, and for the log that a download of an edited curve comes with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa

from lib.calc.scaling import Edit
from lib.markets import BLOCKS
from lib.present.table_csv import encode_csv
from lib.tool import choosing, editing
from lib.tool.curve import Month, Scope
from lib.tool.messages import format_number, format_value
from lib.tool.page import month_name
from lib.tool.state import CurveState

COLUMNS = ("file", "logged_at_utc", "curve", "made_of", "edit", "cells", "change")
"""The columns of a log: the file that it belongs to, what that was made of, and each edit, oldest first."""


def write_log(state: CurveState, file: str) -> bytes:
    """Return the edits of the shown curve as CSV: a row for each, and for each cell of a paste.

    Args:
        state: the curve and its edits.
        file: the name of the file that holds the edited curve.
    """
    source, now = state.source, f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    made_of = "; ".join(f"{label}: {text}" for label, text in source.inputs)
    rows = [
        (file, now, source.title, made_of, number, cells, change)
        for number, edit in enumerate(state.edits, start=1)
        for cells, change in _changes(edit, source.uom)
    ]
    return encode_csv(pa.table([list(column) for column in zip(*rows, strict=True)], names=list(COLUMNS)))


def format_edit(edit: Edit, uom: str) -> str:
    """Return an edit as a person would put it: "WEST, Jul, 5x16: 110 %"."""
    return f"{_describe_cells(edit)}: {_describe_change(edit, uom)}"


def describe_scope(scope: Scope, months: Sequence[Month]) -> dict[str, str]:
    """Return months, hours and blocks of a scope as a person types them; "" for all."""
    known: dict[str, tuple[Sequence, Sequence]] = {
        "months": (scope.months or (), months),
        "hes": (scope.hes or (), choosing.HOURS),
        "blocks": (scope.blocks or (), BLOCKS),
    }
    return {
        name: choosing.format_choice(
            chosen, all_, {one: month_name(one) if name == "months" else str(one) for one in all_}
        )
        for name, (chosen, all_) in known.items()
    }


def _calendar(months: Sequence[Month]) -> list[Month]:
    """Return all months of the year, or all from the first to the last month of delivery."""
    if not months or isinstance(months[0], int):
        return list(range(1, 13))
    return [str(month) for month in pd.period_range(min(months), max(months), freq="M")]


def _changes(edit: Edit, uom: str) -> Iterator[tuple[str, str]]:
    """Yield the cells of an edit and what it does to them; a paste cell by cell."""
    if edit.values is None:
        yield _describe_cells(edit), _describe_change(edit, uom)
        return
    for (month, he, block), numbers in zip(edit.rows or (), edit.values, strict=True):
        for zone, number in zip(edit.zones or (), numbers, strict=True):
            if number is not None:
                yield f"{zone}, {month_name(month)} HE {he} {block}", f"set to {format_value(number, uom)}"


def _describe_change(edit: Edit, uom: str) -> str:
    return editing.describe_value(edit, uom) if edit.percent is None else f"{format_number(edit.percent)} %"


def _describe_cells(edit: Edit) -> str:
    zones = ", ".join(edit.zones) if edit.zones else "all zones"
    scope = describe_scope(Scope(edit.months, edit.blocks, edit.hes), _calendar(edit.months or ()))
    rows = [f"{month_name(month)} HE {he} {block}" for month, he, block in edit.rows or ()]
    single = [*rows[:1], *(f"to {row}" for row in rows[1:][-1:])]
    hours = f"HE {scope['hes']}" if scope["hes"] else ""
    return ", ".join(filter(None, (zones, scope["months"], hours, scope["blocks"], " ".join(single))))
