"""Writes the pricing files of a curve beside the report, from what the database shows of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import pandas as pd

from lib import store
from lib.markets import COST_COMPONENTS
from lib.pipeline.planning.plan import Task
from lib.pipeline.steps import Desk
from lib.present.formats import MONTHS
from lib.present.pricing_file import KEYS, PricingFile, csv_bytes, of_cells, xlsx_bytes

ALL = "all"


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
    columns = ["file", "n_rows", "n_zones", "n_empty"]
    if folder is None:
        return pd.DataFrame(columns=columns)
    counts = (len(file.cells), len(file.zones), int(file.cells[file.zones].isna().to_numpy().sum()))
    contents = {"csv": csv_bytes(file), "xlsx": xlsx_bytes(file)}
    paths = {kind: Path(folder) / f"{Task(file.curve, file.iso).stem}.{kind}" for kind in contents}
    for kind, content in contents.items():
        write_whole(paths[kind], content)
    return pd.DataFrame([(path.name, *counts) for path in paths.values()], columns=columns)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that whoever opens it sees the old one or the new one, whole."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


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
