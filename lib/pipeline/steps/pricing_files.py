"""Write the pricing files of a curve beside its report, from the curve as it is stored.

VLR and shaping become CSV and XLSX; a cost curve also becomes a Parquet file with every hour, and its VLR CSV
and XLSX of their own, in percent of the price of delivery.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lib import store
from lib.atomic_write import write_whole
from lib.calc.band import BAND
from lib.calc.cost_curve import MONTHS_OF_YEAR, expand_to_hours, vlr_of_next_year
from lib.calc.grid import ratio
from lib.markets import COST_COMPONENTS
from lib.pipeline.notebooks import task_of
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.cost_curves import CURVE, is_priced
from lib.present.pricing_file import DELIVERY, PricingFile, build_pricing_file, csv_bytes, xlsx_bytes

WRITTEN = ["file", "n_rows", "n_zones", "n_empty"]
"""Columns of the table of written files; n_empty counts missing values."""

NOT_IN_HOURS = ["version_id", "n_hours"]
"""Columns of the stored cells that do not describe an hour."""

LABELS = ["location", "hub", "quote", "reason"]
"""Columns of the hours that are stored as categories."""

SIMULATED = "demo: simulated"
"""The metadata of a demo market's Parquet file."""

STUDY = "study: not for pricing"
"""The metadata of a study's Parquet file."""

Counts = tuple[int, int, int]
"""Rows, zones and empty values of a file."""


def read_pricing_file(context: Context, curve: str) -> PricingFile:
    """Return the version of a curve, "vlr" or "shaping", that the run works with; else the official one."""
    column = next(component.column for component in COST_COMPONENTS if component.relation == curve)
    return _build(context, _read_curve(context, curve), curve, column)


def _read_curve(context: Context, curve: str) -> pd.DataFrame:
    version = store.read_latest_version(context.db, curve, context.iso, context.run_id)
    return store.read_curve(context.db, curve, context.iso, version)


def _build(
    context: Context, cells: pd.DataFrame, curve: str, column: str, *, is_own: bool = False
) -> PricingFile:
    marks = {"is_demo": context.is_demo, "is_study": context.study is not None, "is_own": is_own}
    return build_pricing_file(cells, context.iso, curve, column, **marks)


def write_pricing_files(file: PricingFile, folder: str | None) -> pd.DataFrame:
    """Write a curve as CSV and XLSX into the run's folder.

    Args:
        file: the curve.
        folder: where to; None to write nothing, as when a notebook is opened by hand.

    Returns:
        WRITTEN, a row for each file.
    """
    if folder is None:
        return pd.DataFrame(columns=WRITTEN)
    return write_all(folder, task_of(file.curve, file.iso).stem, _contents(file))


def write_own_files(context: Context, cells: pd.DataFrame, curve: str, folder: str | None) -> pd.DataFrame:
    """Write a curve of own load as CSV and XLSX into the run's folder, beside the zones' and marked as own.

    Args:
        context: what `open_context` returns.
        cells: the curve that was published, "vlr" or "cost_curve"; without a value nothing is written.
        curve: which of the two.
        folder: where to; None to write nothing.

    Returns:
        WRITTEN, a row for each file.
    """
    column = next(component.column for component in COST_COMPONENTS if component.relation == curve)
    if folder is None or cells.empty or cells[column].isna().all():
        return pd.DataFrame(columns=WRITTEN)
    if "delivery_month" in cells:
        cells = cells.assign(month=cells["delivery_month"].dt.strftime("%Y-%m"))
    file = _build(context, cells, curve, column, is_own=True)
    return write_all(folder, f"{task_of(curve, context.iso).stem}_own", _contents(file))


def write_vlr_files(
    context: Context, file: PricingFile, folder: str | None, band: str | None = None
) -> pd.DataFrame:
    """Write the VLR curve into the run's folder, and by choice another file with a level of its band.

    Args:
        context: what `open_context` returns.
        file: what `read_pricing_file` returns for "vlr".
        folder: where to; None to write nothing, as when a notebook is opened by hand.
        band: a column of `lib.calc.band.BAND`; None for no other file. A value is that level of a coming
            month and block around the priced VLR of the cell, as a fraction of the past day-ahead price.

    Returns:
        WRITTEN, a row for each file.

    Raises:
        ValueError: there is no such level.
    """
    if band is not None and band not in BAND:
        raise ValueError(f"unknown level {band!r} of the band: known are {', '.join(BAND)}")
    written = write_pricing_files(file, folder)
    if folder is None or band is None:
        return written
    cells = _read_curve(context, file.curve)
    price = ratio(cells["da_value_usd"], cells["rt_load_mwh"]).mask(cells["is_near_zero"])
    level = _build(context, cells.assign(**{band: ratio(cells[band], price)}), file.curve, band)
    stem = f"{task_of(file.curve, file.iso).stem}_{band}"
    return pd.concat([written, write_all(folder, stem, _contents(level))], ignore_index=True)


def write_cost_files(
    context: Context, hours: pd.DataFrame, cells: pd.DataFrame, folder: str | None
) -> pd.DataFrame:
    """Write the stored cost curve into the run's folder.

    Cost to serve becomes CSV and XLSX, every hour Parquet, and VLR in percent CSV and XLSX.

    Args:
        context: what `open_context` returns.
        hours: the hours of delivery.
        cells: the curve that was published; where no hour has a price nothing is written.
        folder: where to; None to write nothing, as when a notebook is opened by hand.

    Returns:
        WRITTEN, a row for each file.
    """
    if folder is None or not is_priced(cells):
        return pd.DataFrame(columns=WRITTEN)
    stored = _read_curve(context, CURVE)
    months = stored.assign(month=stored["delivery_month"].dt.strftime("%Y-%m"))
    file = _build(context, months, CURVE, "cost_to_serve")
    hourly = hourly_costs(stored, hours)
    counts = (len(hourly), hourly["location"].nunique(), int(hourly["cost_to_serve"].isna().sum()))
    parquet = _parquet_bytes(hourly, is_demo=file.is_demo, is_study=file.is_study)
    stem = task_of(CURVE, context.iso).stem
    written = [
        write_all(folder, stem, {**_contents(file), "parquet": (parquet, counts)}),
        write_all(folder, f"{stem}_vlr", _contents(build_delivery_vlr(context, stored))),
    ]
    return pd.concat(written, ignore_index=True)


def build_delivery_vlr(context: Context, cells: pd.DataFrame) -> PricingFile:
    """Return the VLR of a cost curve as a pricing file: a fraction of the hourly price of delivery.

    Its twelve months are the first twelve of delivery; a cell without a price is empty.
    """
    shares = vlr_of_next_year(cells).rename(columns={"vlr_pct": DELIVERY})
    return _build(context, shares, "vlr", DELIVERY)


def describe_delivery_vlr(cells: pd.DataFrame) -> str:
    """Return a sentence on the months of delivery that the VLR file of a cost curve has."""
    months = sorted(cells["delivery_month"].unique())[:MONTHS_OF_YEAR]
    first, last = (pd.Timestamp(month).strftime("%Y-%m") for month in (months[0], months[-1]))
    return f"The file of VLR has the months of delivery {first} to {last}."


def hourly_costs(stored: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame:
    """Return every hour of delivery with all parts of its price, from the cells as they are stored."""
    hourly = expand_to_hours(stored.drop(columns=NOT_IN_HOURS), hours)
    return hourly.astype(dict.fromkeys(LABELS, "category"))


def _contents(file: PricingFile) -> dict[str, tuple[bytes, Counts]]:
    """Return a curve as CSV and as XLSX, by kind, with the counts of each."""
    counts = (len(file.cells), len(file.zones), int(file.cells[file.zones].isna().to_numpy().sum()))
    return {"csv": (csv_bytes(file), counts), "xlsx": (xlsx_bytes(file), counts)}


def write_all(folder: str, stem: str, contents: Mapping[str, tuple[bytes, Counts]]) -> pd.DataFrame:
    """Write the files of a task, each whole, and return WRITTEN; `contents` is by kind, the suffix."""
    rows = []
    for kind, (content, counts) in contents.items():
        path = Path(folder) / f"{stem}.{kind}"
        write_whole(path, content)
        rows.append((path.name, *counts))
    return pd.DataFrame(rows, columns=WRITTEN)


def _parquet_bytes(hourly: pd.DataFrame, *, is_demo: bool, is_study: bool) -> bytes:
    """Return the hours as a Parquet file, whose schema metadata mark a simulated market and a study."""
    table = pa.Table.from_pandas(hourly, preserve_index=False)
    marks = {"data": SIMULATED} if is_demo else {}
    if is_study:
        marks["status"] = STUDY
    table = table.replace_schema_metadata({**table.schema.metadata, **marks})
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
