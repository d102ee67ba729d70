"""NYISO's prices and loads: from the monthly archives, or day by day.

An archive is a zip file for each month with a CSV file for each day; the days that no archive has yet are
read one by one from the same CSV files. gridstatus would also download the prices of every generator, and
fails where a zone has another name. The hourly load is palIntegrated. Means of the five-minute loads (pal),
weighted by time or not, differ from it by some 3 MW and at times by more than 30: they are another
measurement and are not used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from lib.hours import UTC_HOUR
from lib.sources.clean import KEY, ProblemCounter
from lib.sources.guard import guard_reading
from lib.sources.local_time import with_utc
from lib.sources.public.csv_lines import check_has_rows, parse_table
from lib.sources.public.names import SeenNames
from lib.sources.public.parts import PartCounter, read_parts
from lib.sources.public.query import (
    QueryPart,
    ReaderQuery,
    ReaderResult,
    Unreadable,
    check_columns,
    download,
    split_query,
)
from lib.sources.public.zip_files import PublishedZip

ARCHIVE = "https://mis.nyiso.com/public/csv"

TIME, TIME_ZONE, NAME = "Time Stamp", "Time Zone", "Name"
UTC_OFFSETS = {"EDT": pd.Timedelta(hours=4), "EST": pd.Timedelta(hours=5)}

CLEARED = ("Energy Bid Load", "Bilateral Load", "Price Cap Load", "Virtual Load")
VIRTUAL_SUPPLY = "Virtual Supply"
"""Cleared load is the sum of CLEARED less this: net of virtual trades, as ISO-NE counts cleared demand."""

FORECAST_LEAD_DAYS = 1
"""A forecast covers six days from its date on, and is posted in the morning of the day before that date. The
auction for a day closes at 05:00 on the day before: the last forecast it can know is dated that day."""

POSTINGS = "https://oasis-postings.prod.nysdi.com"
POSTING_FOLDERS = {
    "damlbmp_zone": "DAM_LBMP_ZONE",
    "rtlbmp_zone": "RT_TW_LBMP_ZONE",
    "palIntegrated": "INT_RT_ACT_LOAD",
    "isolf": "ISO_LF",
}
"""Where the files of single days are, by their kind."""

ParseDay = Callable[[pd.DataFrame, Sequence[str]], pd.DataFrame]
"""Takes a day's table, all text, and zone names; returns Time Stamp, Name, value and perhaps Time Zone."""


@dataclass(frozen=True)
class Dataset:
    """The archives of one kind: the folder and file name in their address, and how a day's table is parsed.

    `lead_days` is how many days before its hours a file is dated.
    """

    folder: str
    file: str
    parse: ParseDay
    lead_days: int = 0


def _value_column(column: str) -> ParseDay:
    def parse(table: pd.DataFrame, _names: Sequence[str]) -> pd.DataFrame:
        check_columns(table, [TIME, NAME, column])
        return table.rename(columns={column: "value"})

    return parse


def _parse_forecast(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the second day of a forecast, the one that the forecast is used for."""
    check_columns(table, [TIME])
    if not set(names) & set(table):
        check_columns(table, names)
    days = _to_local_times(table[TIME]).dt.normalize()
    used = table[days == days.min() + pd.Timedelta(days=FORECAST_LEAD_DAYS)]
    return used.melt(TIME, var_name=NAME)


def _parse_cleared(table: pd.DataFrame, _names: Sequence[str]) -> pd.DataFrame:
    check_columns(table, [TIME, NAME, *CLEARED, VIRTUAL_SUPPLY])
    loads = table[[*CLEARED, VIRTUAL_SUPPLY]].apply(pd.to_numeric, errors="coerce")
    return table.assign(value=loads[list(CLEARED)].sum(axis=1, skipna=False) - loads[VIRTUAL_SUPPLY])


DATASETS = {
    ("da_lmp", "actual"): Dataset("damlbmp", "damlbmp_zone", _value_column("LBMP ($/MWHr)")),
    ("rt_lmp", "actual"): Dataset("rtlbmp", "rtlbmp_zone", _value_column("LBMP ($/MWHr)")),
    ("rt_load", "actual"): Dataset("palIntegrated", "palIntegrated", _value_column("Integrated Load")),
    ("da_load", "forecast"): Dataset("isolf", "isolf", _parse_forecast, FORECAST_LEAD_DAYS),
    ("da_load", "cleared"): Dataset("zonalBidLoad", "zonalBidLoad", _parse_cleared),
}
"""The archives of a measure and basis."""

_NO_ROWS = pd.DataFrame({TIME: [], NAME: [], "value": []}, dtype="object")


def read_archives(query: ReaderQuery) -> ReaderResult:
    """Return the rows of the monthly archives: location, interval_start (UTC), value ($/MWh or MW)."""
    dataset = DATASETS[query.measure, query.basis]

    def read_month(part: QueryPart, counter: PartCounter, names: SeenNames) -> pd.DataFrame:
        file = f"{part.first_day:%Y%m%d}{dataset.file}_csv.zip"
        archive = PublishedZip(download(query, f"{ARCHIVE}/{dataset.folder}/{file}"), file)
        if not any(name.endswith(f"{dataset.file}.csv") for name in archive.names):
            raise Unreadable(f"{file} has no file of a day; it has {archive.listed()}")
        days = split_query(replace(query, hours=part.hours), "D", dataset.lead_days)
        tables = []
        for day in days:
            member = f"{day.first_day:%Y%m%d}{dataset.file}.csv"
            if member in archive.names:
                try:
                    tables.append(_parse_day(query, archive.read(member), dataset, member, day, counter))
                except Unreadable as error:
                    counter.lose(day, error, query.locations)
        return _rows(query, tables, part, names, counter)

    return read_parts(query, split_query(query, "M", dataset.lead_days), read_month)


def read_days(query: ReaderQuery) -> ReaderResult:
    """Return the rows of the files of single days; see `read_archives`."""
    dataset = DATASETS[query.measure, query.basis]
    folder = POSTING_FOLDERS[dataset.file]

    def read_day(part: QueryPart, counter: PartCounter, names: SeenNames) -> pd.DataFrame:
        day = part.first_day
        file = f"{dataset.file}-{day:%Y%m%d}.csv"
        content = download(query, f"{POSTINGS}/{folder}/CSV/{day:%Y/%m/%d}/{file}")
        table = _parse_day(query, content, dataset, file, part, counter)
        return _rows(query, [table], part, names, counter)

    return read_parts(query, split_query(query, "D", dataset.lead_days), read_day)


def _parse_day(
    query: ReaderQuery, content: bytes, dataset: Dataset, file: str, day: QueryPart, counter: PartCounter
) -> pd.DataFrame:
    """Return Time Stamp, Name, value and perhaps Time Zone of a day's file, of all its zones.

    Raises:
        Unreadable: it is no such table.
    """
    table, damaged = parse_table(content, file)
    check_has_rows(table, file)
    counter.lose_lines(day, file, damaged, query.locations)
    with guard_reading(file, Unreadable):
        return dataset.parse(table, list(query.names.values()))


def _rows(
    query: ReaderQuery,
    tables: Sequence[pd.DataFrame],
    part: QueryPart,
    names: SeenNames,
    counter: PartCounter,
) -> pd.DataFrame:
    """Return location, interval_start (UTC) and value of the query's zones in some tables of days."""
    locations = {theirs: ours for ours, theirs in query.names.items()}
    rows = pd.concat(tables or [_NO_ROWS])
    names.note(part, rows[NAME].unique())
    rows = rows.assign(location=rows[NAME].map(locations)).dropna(subset=["location"])
    return _with_utc(rows.reset_index(drop=True), query, counter)[[*KEY, "value"]]


def _to_local_times(text: pd.Series) -> pd.Series:
    """Return naive local times, NaT for text that is no time."""
    return pd.to_datetime(text, format="mixed", errors="coerce").astype("datetime64[us]")


def _with_utc(rows: pd.DataFrame, query: ReaderQuery, counter: ProblemCounter) -> pd.DataFrame:
    """Return the rows with interval_start (UTC); rows whose hour cannot be told are counted instead."""
    has_zone = TIME_ZONE in rows
    local = _to_local_times(rows[TIME])
    offsets = rows[TIME_ZONE].map(UTC_OFFSETS) if has_zone else pd.Series(pd.Timedelta(0), rows.index)
    starts = (local + offsets).dt.tz_localize("UTC").astype(UTC_HOUR)
    rows = counter.reject(
        rows.assign(local=local, interval_start=starts),
        starts.isna(),
        "unreadable_time",
        lambda bad: f"{len(bad)} times cannot be read, such as {str(bad[TIME].iloc[0])!r}",
    )
    return rows if has_zone else with_utc(rows, str(query.zone), counter)
