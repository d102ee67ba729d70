"""Writes the pricing files of a curve beside the report, from what the database shows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from itertools import groupby
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lib import store
from lib.atomic_write import write_whole
from lib.calc.cost_curve import expand_to_hours
from lib.markets import COST_COMPONENTS
from lib.pipeline.notebooks import task_of
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.cost_curves import CURVE, is_priced
from lib.present.formats import MONTHS
from lib.present.pricing_file import KEYS, PricingFile, build_pricing_file, csv_bytes, xlsx_bytes

ALL = "all"

WRITTEN = ["file", "n_rows", "n_zones", "n_empty"]
"""What is told of a file that was written; n_empty: values that are missing."""

Counts = tuple[int, int, int]

PARTS = ["location", "block_type", "month", "he"]
"""What tells the cells without a value from the others."""


def read_pricing_file(context: Context, curve: str) -> PricingFile:
    """Return the latest version of a curve, "vlr" or "shaping", as the database's flat view shows it."""
    view = store.read_relation(context.db, f"{context.iso.lower()}_{curve}", ["load_zone", *KEYS, "data"])
    column = next(component.column for component in COST_COMPONENTS if component.relation == curve)
    cells = view.rename(columns={"load_zone": "location", "data": column})
    return build_pricing_file(cells, context.iso, curve, column, is_demo=context.is_demo)


def write_pricing_files(file: PricingFile, folder: str | None) -> pd.DataFrame:
    """Write a curve as CSV and XLSX into the run's folder.

    Args:
        file: the curve.
        folder: where to; None to write nothing, as when a notebook is opened by hand.

    Returns:
        what was written: file, n_rows, n_zones, n_empty (cells without a value).
    """
    if folder is None:
        return pd.DataFrame(columns=WRITTEN)
    return write_all(folder, task_of(file.curve, file.iso).stem, contents_of(file))


def contents_of(file: PricingFile) -> dict[str, tuple[bytes, Counts]]:
    """Return a curve as CSV and as XLSX by kind, each with its rows, zones and empty values."""
    counts = (len(file.cells), len(file.zones), int(file.cells[file.zones].isna().to_numpy().sum()))
    return {"csv": (csv_bytes(file), counts), "xlsx": (xlsx_bytes(file), counts)}


def write_all(folder: str, stem: str, contents: Mapping[str, tuple[bytes, Counts]]) -> pd.DataFrame:
    """Write the files of a task, each whole.

    Args:
        folder: where to.
        stem: the name of all files, but for what says their kind.
        contents: by kind ("csv", ...) the bytes, and how many rows, zones and empty values they hold.

    Returns:
        WRITTEN, a row for each file.
    """
    rows = []
    for kind, (content, counts) in contents.items():
        path = Path(folder) / f"{stem}.{kind}"
        write_whole(path, content)
        rows.append((path.name, *counts))
    return pd.DataFrame(rows, columns=WRITTEN)


def empty_cells(file: PricingFile) -> pd.DataFrame:
    """Return the cells of a file that have no value; zones and months that lack the same share a row.

    Returns:
        location, block_type, month and he as texts: "Jan to May, Jul" and "1-6, 23-24"; "all" where that is
        all. A month without any value is one row for all its blocks.
    """
    cells = file.cells.melt(KEYS, var_name="location", value_name="value")
    cells = cells.assign(month=cells["month"].map(_named), block_type=cells["block_type"].astype(str))
    is_empty = cells["value"].isna()
    is_whole_month = is_empty.groupby([cells["location"], cells["month"]]).transform("all")
    cells.loc[is_whole_month, "block_type"] = ALL
    months = list(cells["month"].unique())
    by_hours = _alike(cells[is_empty], "he", lambda some: _or_all(some, range(1, 25), "-"))
    n_zones = len(file.zones)
    by_zones = _alike(by_hours, "location", lambda some: ALL if len(some) == n_zones else ", ".join(some))
    return _alike(by_zones, "month", lambda some: _or_all(some, months, " to "))


def empty_cells_caption(file: PricingFile) -> str:
    """Return the caption of the cells without a value; it names the months of which no cell has one."""
    names = file.cells["month"].map(_named)
    has_value = file.cells[file.zones].notna().any(axis=1).groupby(names, sort=False).any()
    without = has_value.index[~has_value]
    if without.empty:
        return "Cells without a value"
    n_months = "1 month" if len(without) == 1 else f"{len(without)} months"
    months = _spans(without, list(has_value.index), " to ")
    return f"Cells without a value, among them all of {n_months}: {months}"


def _alike(cells: pd.DataFrame, column: str, words: Callable[[pd.Series], str]) -> pd.DataFrame:
    """Return PARTS with one row for those that differ in one column only, which becomes words."""
    others = [part for part in PARTS if part != column]
    return cells.groupby(others, sort=False)[column].agg(words).reset_index()[PARTS]


def _or_all(some: Iterable[int | str], every: Sequence[int | str], joint: str) -> str:
    return ALL if set(some) == set(every) else _spans(some, every, joint)


def _spans(some: Iterable[int | str], every: Sequence[int | str], joint: str) -> str:
    """Return what stands together in a sequence as people write it: 1-6, 23-24."""
    places = sorted({every.index(one) for one in some})
    runs = groupby(enumerate(places), key=lambda pair: pair[1] - pair[0])
    ends = [[every[place] for _, place in run] for _, run in runs]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}{joint}{run[-1]}" for run in ends)


def _named(month: int | str) -> str:
    return month if isinstance(month, str) else MONTHS[month - 1]


NOT_IN_HOURS = ["version_id", "n_hours"]
"""Columns of the cells that say nothing of an hour."""

SIMULATED = "demo: simulated"
"""What the metadata of a demo market's Parquet say of its data."""

_LABELS = ["location", "hub", "quote", "reason"]


def write_cost_files(
    context: Context, hours: pd.DataFrame, cells: pd.DataFrame, folder: str | None
) -> pd.DataFrame:
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
    stored = store.read_curve(context.db, CURVE, context.iso)
    months = stored.assign(month=stored["delivery_month"].dt.strftime("%Y-%m"))
    file = build_pricing_file(months, context.iso, CURVE, "cost_to_serve", is_demo=context.is_demo)
    hourly = hours_of(stored, hours)
    of_hour = (len(hourly), hourly["location"].nunique(), int(hourly["cost_to_serve"].isna().sum()))
    contents = {**contents_of(file), "parquet": (_parquet(hourly, context.is_demo), of_hour)}
    return write_all(folder, task_of(CURVE, context.iso).stem, contents)


def hours_of(stored: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame:
    """Return every hour of delivery with all parts of its price, from the cells as they are stored."""
    hourly = expand_to_hours(stored.drop(columns=NOT_IN_HOURS), hours)
    return hourly.astype(dict.fromkeys(_LABELS, "category"))


def _parquet(hourly: pd.DataFrame, is_demo: bool) -> bytes:
    """Return the hours as Parquet; the metadata of the schema say so where the market is simulated."""
    table = pa.Table.from_pandas(hourly, preserve_index=False)
    if is_demo:
        table = table.replace_schema_metadata({**table.schema.metadata, "data": SIMULATED})
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
