"""Writes the files of a cost curve beside its report: cells for pricing, hours with all their parts."""

from __future__ import annotations

from io import BytesIO

import pandas as pd

from lib import store
from lib.calc.cost_curve import expand
from lib.pipeline.cost_curves import CURVE, NOTEBOOK, is_priced
from lib.pipeline.planning.plan import Task
from lib.pipeline.pricing import WRITTEN, write_all
from lib.pipeline.steps import Desk
from lib.present.pricing_file import csv_bytes, of_cells, xlsx_bytes

NOT_IN_HOURS = ["version_id", "n_hours"]
"""Columns of the cells that say nothing of an hour."""

_LABELS = ["location", "hub", "quote", "reason"]


def write(desk: Desk, hours: pd.DataFrame, cells: pd.DataFrame, folder: str | None) -> pd.DataFrame:
    """Write the stored curve into the run's folder: cost to serve as CSV and XLSX, its hours as Parquet.

    Args:
        desk: what `open_desk` returns.
        hours: the hours of delivery.
        cells: the curve that was published; where no hour has a price there is nothing to write.
        folder: where to; None to write nothing, as when a notebook is opened by hand.

    Returns:
        what was written: file, n_rows, n_zones, n_empty (values of cost to serve that are missing).
    """
    if folder is None or not is_priced(cells):
        return pd.DataFrame(columns=WRITTEN)
    stored = store.read_curve(desk.db, CURVE, desk.iso)
    months = stored.assign(month=stored["delivery_month"].dt.strftime("%Y-%m"))
    file = of_cells(months, desk.iso, CURVE, "cost_to_serve")
    hourly = hours_of(stored, hours)
    of_cell = (len(file.cells), len(file.zones), int(stored["cost_to_serve"].isna().sum()))
    of_hour = (len(hourly), hourly["location"].nunique(), int(hourly["cost_to_serve"].isna().sum()))
    contents = {
        "csv": (csv_bytes(file), of_cell),
        "xlsx": (xlsx_bytes(file), of_cell),
        "parquet": (_parquet(hourly), of_hour),
    }
    return write_all(folder, Task(NOTEBOOK, desk.iso).stem, contents)


def hours_of(stored: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame:
    """Return every hour of delivery with all parts of its price, from the cells as they are stored."""
    hourly = expand(stored.drop(columns=NOT_IN_HOURS), hours)
    return hourly.astype(dict.fromkeys(_LABELS, "category"))


def _parquet(hourly: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    hourly.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()
