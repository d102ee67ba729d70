"""The cells of published curves, as the tool weighs and shows them."""

from __future__ import annotations

import pandas as pd

from lib.calc.cost_breakdown import with_loads
from lib.store import Database, read_curve
from lib.tool.curve import Choice, Extent, NoSuchCurve
from lib.tool.snapshot import Version


def read_cells(db: Database, iso: str, curve: str, version: Version) -> pd.DataFrame:
    """Return the cells of a version; those of a cost curve with load_mwh, the load they stand for.

    A cost curve's month is the month of delivery, "2026-01".
    """
    cells = read_curve(db, curve, iso, version.version_id)
    if version.vlr_version is None:
        return cells
    weighed = with_loads(cells, read_curve(db, "vlr", iso, version.vlr_version))
    months = cells["delivery_month"].astype("category")
    names = [f"{month:%Y-%m}" for month in months.cat.categories]
    return weighed.assign(month=months.cat.rename_categories(names).astype(object))


def delivered(cells: pd.DataFrame, choice: Choice, extent: Extent) -> pd.DataFrame:
    """Return the cells of the delivery months that the range touches.

    Raises:
        NoSuchCurve: it has days that are not of delivery, or its last day is before its first.
    """
    if choice.end < choice.start:
        raise NoSuchCurve(f"the last day of the range, {choice.end}, is before the first, {choice.start}")
    if not extent.first <= choice.start <= choice.end <= extent.last:
        raise NoSuchCurve(
            f"{choice.start} to {choice.end} are not all days of delivery: choose days from {extent.first} "
            f"to {extent.last}"
        )
    return cells[cells["month"].between(f"{choice.start:%Y-%m}", f"{choice.end:%Y-%m}")]
