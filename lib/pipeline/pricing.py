"""Writes the pricing files of a curve beside the report, from what the database shows of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

import pandas as pd

from lib import store
from lib.markets import COST_COMPONENTS
from lib.pipeline.planning.plan import Task
from lib.pipeline.steps import Desk
from lib.present.formats import MONTHS
from lib.present.pricing_file import KEYS, PricingFile, csv_bytes, of_cells, xlsx_bytes
from lib.whole_files import write_whole

ALL = "all"

WRITTEN = ["file", "n_rows", "n_zones", "n_empty"]
"""What is told of a file that was written; n_empty: values that are missing."""

Counts = tuple[int, int, int]


def read_file(desk: Desk, curve: str) -> PricingFile:
    """Return the latest version of a curve, "vlr" or "shaping", as the database's flat view shows it."""
    relation = Task(curve, desk.iso).stem
    view = store.read_relation(desk.db, relation, ["load_zone", *KEYS, "data"])
    column = next(component.column for component in COST_COMPONENTS if component.relation == curve)
    return of_cells(view.rename(columns={"load_zone": "location", "data": column}), desk.iso, curve, column)


def write_files(file: PricingFile, folder: str | None) -> pd.DataFrame:
    """Write a curve as CSV and XLSX into the run's folder.

    Args:
        file: the curve.
        folder: where to; None to write nothing, as when a notebook is opened by hand.

    Returns:
        what was written: file, n_rows, n_zones, n_empty (cells without a value).
    """
    if folder is None:
        return pd.DataFrame(columns=WRITTEN)
    counts = (len(file.cells), len(file.zones), int(file.cells[file.zones].isna().to_numpy().sum()))
    contents = {"csv": (csv_bytes(file), counts), "xlsx": (xlsx_bytes(file), counts)}
    return write_all(folder, Task(file.curve, file.iso).stem, contents)


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
    """Return the cells of a file that have no value, months with the same hours in one row.

    Returns:
        location, block_type, month and he as texts: "Jan, Mar" and "1-6, 23-24"; "all" where that is all.
    """
    cells = file.cells.melt(KEYS, var_name="location", value_name="value")
    blocks = ["location", "block_type"]
    hours = cells[cells["value"].isna()].groupby([*blocks, "month"], observed=True, sort=False)["he"]
    by_month = hours.agg(_ranges).reset_index()
    months = by_month.groupby([*blocks, "he"], observed=True, sort=False)["month"]
    n_months = file.cells["month"].nunique()
    return months.agg(lambda group: ALL if len(group) == n_months else _named(group)).reset_index()[
        [*blocks, "month", "he"]
    ]


def _ranges(numbers: Iterable[int]) -> str:
    """Return whole numbers, rising, as people write them: 1-6, 23-24."""
    runs = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    ends = [[number for _, number in run] for _, run in runs]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in ends)


def _named(months: Iterable[int | str]) -> str:
    return ", ".join(month if isinstance(month, str) else MONTHS[month - 1] for month in months)
