"""Own load that a person uploads: read as a run reads it, compared with its zones, and never stored.

1. `check_upload` refuses what is too large, or no table, before anything reads it.
2. `read_upload` gives the file to the readers of --own-load DIR (`lib.sources.own_load`), from a folder that
   is gone afterwards. They take loads as they are: an upload has no file of losses.
3. `compare_upload` lays the loads on the hours and prices of their zones, over the window of the zones' VLR,
   and has VLR, covariance, load shape and load-shape premium of both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import pandas as pd
from openpyxl.utils import column_index_from_string

from lib.calc.own_comparison import compare_premiums, compare_with_zone, count_own_hours
from lib.calc.own_load import own_grid
from lib.calc.vlr import hourly_vlr
from lib.markets import MEASURES
from lib.sources.own_load import SUFFIXES, BadOwnLoad, OwnLoad, check_is_real, read_own_load
from lib.surroundings import temp_folder
from lib.tool.curve import Extent
from lib.tool.data import ToolData

MAX_BYTES = 10_000_000
"""The bytes of an upload: five years of hours of twenty zones, wide by zones, need nine million."""

MAX_UNPACKED_BYTES = 100_000_000
MAX_ROWS, MAX_COLUMNS = 100_000, 200
"""Limits of a workbook; its reader reserves memory for every row and column up to the last cell."""

SMALLER = "send fewer years or zones, or give the folder to a run with --own-load DIR"

_HUGE_COUNT = re.compile(rb'[cC]ount="[0-9]{8,}"')
"""A count of texts for which the reader would reserve memory, whatever texts there are."""

_CELL = re.compile(rb'<c [^>]*?r="([A-Z]{1,3})([1-9][0-9]{0,7})"')


@dataclass(frozen=True)
class OwnComparison:
    """An uploaded own load beside its zones.

    Attributes:
        name: the name of the file.
        iso: the ISO that it was read for.
        lines: what `lib.calc.own_comparison.compare_with_zone` returns.
        premiums: what `lib.calc.own_comparison.compare_premiums` returns.
        counts: what `lib.calc.own_comparison.count_own_hours` returns.
        notes: what the readers left out, and what else to know.
    """

    name: str
    iso: str
    lines: pd.DataFrame
    premiums: pd.DataFrame
    counts: pd.DataFrame
    notes: tuple[str, ...]


def check_upload(name: str, content: bytes) -> str:
    """Return the suffix of an upload.

    Raises:
        BadOwnLoad: it is too large, or neither CSV nor XLSX; the message says the way out.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise BadOwnLoad(f"{name} is neither CSV nor XLSX: save it as one of them")
    if len(content) > MAX_BYTES:
        raise BadOwnLoad(f"{name} has {len(content):,} bytes, and an upload at most {MAX_BYTES:,}: {SMALLER}")
    if suffix == ".xlsx":
        _check_workbook(name, content)
    return suffix


def _check_workbook(name: str, content: bytes) -> None:
    """Refuse a workbook that would need too much memory."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
                raise BadOwnLoad(f"{name} is too large when it is unpacked: {SMALLER}")
            read = {part.filename: archive.read(part) for part in parts if part.filename.endswith(".xml")}
    except (BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise BadOwnLoad(f"{name} is no workbook that can be read: save it anew as .xlsx or CSV") from error
    if _HUGE_COUNT.search(read.get("xl/sharedStrings.xml", b"")[:2_000]):
        raise BadOwnLoad(f"{name} holds XML that no spreadsheet writes: save it anew as .xlsx or CSV")
    sheets = [content for part, content in read.items() if part.startswith("xl/worksheets/")]
    for column, row in (cell for sheet in sheets for cell in _CELL.findall(sheet)):
        if int(row) > MAX_ROWS or column_index_from_string(column.decode()) > MAX_COLUMNS:
            raise BadOwnLoad(
                f"{name} has a cell at {column.decode()}{int(row)}, and a workbook at most {MAX_ROWS:,} rows "
                f"and {MAX_COLUMNS} columns: delete what lies beyond the table, or {SMALLER}"
            )


def read_upload(name: str, content: bytes, iso: str, days: tuple[date, date]) -> OwnLoad:
    """Return the hourly own load of a file.

    Raises:
        BadOwnLoad: the file is refused; the message names file, row and column, and the way out.
    """
    suffix = check_upload(name, content)
    with temp_folder("own_load") as folder:
        path = Path(folder) / iso.lower() / f"hourly{suffix}"
        path.parent.mkdir()
        path.write_bytes(content)
        try:
            return read_own_load(Path(folder), iso, *days)
        except BadOwnLoad as error:
            raise BadOwnLoad(str(error).replace(path.name, name)) from error


def compare_upload(name: str, own: OwnLoad, data: ToolData, iso: str, status: str) -> OwnComparison:
    """Return an own load beside its zones, over the window of the zones' VLR.

    Args:
        name: the name of the file.
        own: what `read_upload` returns.
        data: the tool's data.
        iso: the ISO of the loads.
        status: of the VLR curve whose window and series are used: official, or study.

    Raises:
        BadOwnLoad: it is simulated and the market is not, or no hour of it can be compared.
        NoSuchCurve: the ISO has no such VLR curve.
    """
    check_is_real(own, is_demo=data.is_demo)
    extent = data.extent(iso, "vlr", status)
    zones = sorted(own.loads["location"].unique())
    grid = data.zone_hours(iso, status, zones)
    keys = ["location", "interval_start"]
    wide = own.loads.pivot(index=keys, columns="measure", values="value")
    columns = {measure: MEASURES[measure].column for measure in ("da_load", "rt_load")}
    loads = wide.reindex(columns=list(columns)).rename(columns=columns).reset_index()
    own_hours, hourly = hourly_vlr(own_grid(grid, loads)), hourly_vlr(grid)
    lines = compare_with_zone(own_hours, hourly)
    if lines.empty:
        raise BadOwnLoad(
            f"{name} has no hour with metered load in which its zones have prices and loads, from "
            f"{extent.start} to {extent.end}: send load of these days"
        )
    return OwnComparison(
        name,
        iso,
        lines,
        compare_premiums(own_hours, grid),
        count_own_hours(own_hours),
        (*describe_compared_days(own, extent, grid), *own.notes),
    )


def describe_compared_days(own: OwnLoad, extent: Extent, grid: pd.DataFrame) -> list[str]:
    """Return which days are compared, and how many hours of the file are not because they lie outside."""
    first, last = grid["interval_start"].iloc[[0, -1]]
    n_outside = int((~own.loads["interval_start"].between(first, last)).sum())
    texts = [f"compared from {extent.start} to {extent.end}, the window of the zones' VLR"]
    if n_outside:
        texts.append(f"{n_outside:,} values of the file lie outside these days, and do not count")
    return texts
