"""Writes the files of a cost curve beside its report: cells for pricing, hours with all their parts."""

from __future__ import annotations

from io import BytesIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lib import store
from lib.calc.cost_curve import expand
from lib.pipeline.runner.model import Task
from lib.pipeline.steps.context import Desk
from lib.pipeline.steps.cost_curves import CURVE, NOTEBOOK, is_priced
from lib.pipeline.steps.pricing_files import WRITTEN, contents_of, write_all
from lib.present.pricing_file import of_cells

NOT_IN_HOURS = ["version_id", "n_hours"]
"""Columns of the cells that say nothing of an hour."""

SIMULATED = "demo: simulated"
"""What the metadata of a demo market's Parquet say of its data."""

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
    file = of_cells(months, desk.iso, CURVE, "cost_to_serve", is_demo=desk.is_demo)
    hourly = hours_of(stored, hours)
    of_hour = (len(hourly), hourly["location"].nunique(), int(hourly["cost_to_serve"].isna().sum()))
    contents = {**contents_of(file), "parquet": (_parquet(hourly, desk.is_demo), of_hour)}
    return write_all(folder, Task(NOTEBOOK, desk.iso).stem, contents)


def hours_of(stored: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame:
    """Return every hour of delivery with all parts of its price, from the cells as they are stored."""
    hourly = expand(stored.drop(columns=NOT_IN_HOURS), hours)
    return hourly.astype(dict.fromkeys(_LABELS, "category"))


def _parquet(hourly: pd.DataFrame, is_demo: bool) -> bytes:
    """Return the hours as Parquet; the metadata of the schema say so where the market is simulated."""
    table = pa.Table.from_pandas(hourly, preserve_index=False)
    if is_demo:
        table = table.replace_schema_metadata({**table.schema.metadata, "data": SIMULATED})
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
