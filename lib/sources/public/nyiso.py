"""NYISO's monthly archives: a zip for each month with a CSV file for each day.

The hourly load is that of palIntegrated. Means of the five-minute loads (pal), weighted by time or not,
differ from it by some 3 MW and at times by more than 30: they are another measurement, and are not read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import pandas as pd

from lib.hours import UTC_HOUR
from lib.sources.clean import ProblemCounter
from lib.sources.local_time import with_utc
from lib.sources.public.gather import gather
from lib.sources.public.gridstatus_adapter import call
from lib.sources.public.query import (
    START,
    Ask,
    Found,
    Part,
    Unreadable,
    check_columns,
    download,
    parts,
    rows_of,
)
from lib.sources.public.zipped import unzipped

ARCHIVE = "https://mis.nyiso.com/public/csv"

TIME, TIME_ZONE, NAME = "Time Stamp", "Time Zone", "Name"

OFFSETS = {"EDT": pd.Timedelta(hours=4), "EST": pd.Timedelta(hours=5)}

CLEARED = ("Energy Bid Load", "Bilateral Load", "Price Cap Load", "Virtual Load")
LESS = "Virtual Supply"
"""Cleared load is net of virtual trades, as ISO-NE counts its cleared demand as well."""

FORECAST_LEAD_DAYS = 1
"""A forecast covers six days from its date on, and is posted in the morning of the day before that date. The
auction for a day closes at 05:00 on the day before: the last forecast that it can know is dated that day."""


@dataclass(frozen=True)
class Dataset:
    """Files of one kind: the folder and name by which they are asked for, and how one becomes rows.

    `rows` takes a day's table, all text, and the names of zones; it returns Time Stamp, Name, value, and Time
    Zone where the file has it. `lead_days` is how many days before its hours a file is dated.
    """

    folder: str
    file: str
    rows: Callable[[pd.DataFrame, Sequence[str]], pd.DataFrame]
    lead_days: int = 0


def _column(column: str) -> Callable[[pd.DataFrame, Sequence[str]], pd.DataFrame]:
    def rows(table: pd.DataFrame, _names: Sequence[str]) -> pd.DataFrame:
        check_columns(table, [TIME, NAME, column])
        return table.rename(columns={column: "value"})

    return rows


def _forecast(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the day that a forecast is kept for, which is the one after its first."""
    check_columns(table, [TIME, *names])
    days = _local_times(table[TIME]).dt.normalize()
    kept = table[days == days.min() + pd.Timedelta(days=FORECAST_LEAD_DAYS)]
    return kept.melt(TIME, list(names), NAME)


def _cleared(table: pd.DataFrame, _names: Sequence[str]) -> pd.DataFrame:
    check_columns(table, [TIME, NAME, *CLEARED, LESS])
    loads = table[[*CLEARED, LESS]].apply(pd.to_numeric, errors="coerce")
    return table.assign(value=loads[list(CLEARED)].sum(axis=1, skipna=False) - loads[LESS])


DATASETS = {
    ("da_lmp", "actual"): Dataset("damlbmp", "damlbmp_zone", _column("LBMP ($/MWHr)")),
    ("rt_lmp", "actual"): Dataset("rtlbmp", "rtlbmp_zone", _column("LBMP ($/MWHr)")),
    ("rt_load", "actual"): Dataset("palIntegrated", "palIntegrated", _column("Integrated Load")),
    ("da_load", "forecast"): Dataset("isolf", "isolf", _forecast, FORECAST_LEAD_DAYS),
    ("da_load", "cleared"): Dataset("zonalBidLoad", "zonalBidLoad", _cleared),
}


def read(ask: Ask) -> Found:
    """Return what the archives of the months have: location, interval_start (UTC), value ($/MWh or MW)."""
    dataset = DATASETS[ask.measure, ask.basis]

    def read_month(part: Part, counter: ProblemCounter) -> pd.DataFrame:
        url = f"{ARCHIVE}/{dataset.folder}/{part.first_day:%Y%m%d}{dataset.file}_csv.zip"
        tables = _tables(download(ask, url), dataset, part.days)
        rows = pd.concat([dataset.rows(table, list(ask.names.values())) for table in tables] or [_NOTHING])
        locations = {theirs: ours for ours, theirs in ask.names.items()}
        rows = rows.assign(location=rows[NAME].map(locations)).dropna(subset=["location"])
        return _placed(rows.reset_index(drop=True), ask, counter)[["location", "interval_start", "value"]]

    return gather(ask, parts(ask, "M", dataset.lead_days), read_month)


_NOTHING = pd.DataFrame({TIME: [], NAME: [], "value": []}, dtype="object")


def _tables(body: bytes, dataset: Dataset, days: Sequence[date]) -> list[pd.DataFrame]:
    """Return the tables of those days that the archive has, as text."""
    files = unzipped(body)
    names = [f"{day:%Y%m%d}{dataset.file}.csv" for day in days]
    return [_table(name, files[name]) for name in names if name in files]


def _table(name: str, content: bytes) -> pd.DataFrame:
    try:
        return pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False, skipinitialspace=True)
    except ValueError as error:  # also of what is empty, no text, or of uneven lines
        raise Unreadable(f"{name} is no table: {error}") from error


def _local_times(text: pd.Series) -> pd.Series:
    """Return local times as a clock shows them, NaT for what is none."""
    return pd.to_datetime(text, format="mixed", errors="coerce").astype("datetime64[us]")


def _placed(rows: pd.DataFrame, ask: Ask, counter: ProblemCounter) -> pd.DataFrame:
    """Return the rows with the UTC start of their hour; those without a time that can be told are counted."""
    local = _local_times(rows[TIME])
    offsets = rows[TIME_ZONE].map(OFFSETS) if TIME_ZONE in rows else pd.Series(pd.Timedelta(0), rows.index)
    starts = (local + offsets).dt.tz_localize("UTC").astype(UTC_HOUR)
    rows = counter.reject(
        rows.assign(local=local, interval_start=starts),
        starts.isna(),
        "unreadable_time",
        lambda bad: f"{len(bad)} times cannot be read, such as {str(bad[TIME].iloc[0])!r}",
    )
    return rows if TIME_ZONE in rows else with_utc(rows, str(ask.zone), counter)


MARKETS = {"da_lmp": "DAY_AHEAD_HOURLY", "rt_lmp": "REAL_TIME_HOURLY"}


def read_prices(ask: Ask) -> Found:
    """Return the zonal prices of each day: location, interval_start (UTC), value ($/MWh)."""

    def read(part: Part, _counter: ProblemCounter) -> pd.DataFrame:
        # Deprecated, but its successors download the prices of every generator besides.
        answer = call(ask, "get_lmp", date=_day(part), market=MARKETS[ask.measure], location_type="zone")
        return rows_of(ask, answer, "Location", "LMP")

    return gather(ask, parts(ask, "D"), read)


def read_loads(ask: Ask) -> Found:
    """Return the integrated load of each day: location, interval_start (UTC), value (MW)."""

    def read(part: Part, _counter: ProblemCounter) -> pd.DataFrame:
        answer = call(ask, "get_zonal_load_hourly", date=_day(part), error="raise")
        return rows_of(ask, answer, "Zone", "Load")

    return gather(ask, parts(ask, "D"), read)


def read_forecasts(ask: Ask) -> Found:
    """Return each day's load as forecast the day before: location, interval_start (UTC), value (MW)."""

    def read(part: Part, _counter: ProblemCounter) -> pd.DataFrame:
        answer = call(ask, "get_zonal_load_forecast", date=_day(part), error="raise")
        check_columns(answer, [START, *ask.names.values()])
        days = answer[START].dt.tz_localize(None).dt.normalize()
        delivery = part.period.start_time + pd.Timedelta(days=FORECAST_LEAD_DAYS)
        kept = answer[days == delivery]
        long = kept.melt(START, list(ask.names.values()), "Zone", "Load")
        return rows_of(ask, long, "Zone", "Load")

    return gather(ask, parts(ask, "D", FORECAST_LEAD_DAYS), read)


def _day(part: Part) -> str:
    return part.first_day.isoformat()
