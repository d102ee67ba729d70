"""ISO-NE's SMD workbooks: one for each year, with a sheet for each zone that has all four series.

Up to 2023 every day has 24 rows: by the workbook's notes, HE 2 of the short day is the mean of HE 1 and HE 3,
and HE 2 of the long day that of its two hours. From 2024 on the short day has no HE 2, the long day HE 02X.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from io import BytesIO

import pandas as pd

from lib.hours import HOUR, UTC_HOUR
from lib.markets import REFERENCE
from lib.sources.clean import ProblemCounter
from lib.sources.local_time import NONEXISTENT, to_utc, with_utc
from lib.sources.public.gather import gather
from lib.sources.public.hosts import Publishers
from lib.sources.public.query import SOURCE, Ask, Found, Part, Unreadable, parts
from lib.web import NotFound, Request

SITE = "https://www.iso-ne.com"

DATE = ("Date",)
HOUR_ENDING = ("Hr_End", "Hour")
MEASURES = {
    "da_lmp": ("DA_LMP",),
    "rt_lmp": ("RT_LMP",),
    "da_load": ("DA_Demand", "DA_DEMD"),
    "rt_load": ("RT_Demand", "DEMAND"),
}
"""What the columns are called, the present name first."""

COLUMNS = frozenset((*DATE, *HOUR_ENDING, *(name for names in MEASURES.values() for name in names)))

OTHER_NAMES = "|"
"""Between the names that a sheet has had over the years."""


def read(ask: Ask) -> Found:
    """Return what the workbooks of the years have: location, interval_start (UTC), value ($/MWh or MW)."""

    def read_year(part: Part, counter: ProblemCounter) -> pd.DataFrame:
        sheets = _sheets(_workbook(ask, part.first_day.year))
        rows = [_rows(sheets, ask.measure, place, name) for place, name in ask.names.items()]
        placed = _only_days(_timed(pd.concat(rows, ignore_index=True), counter), part.days)
        return with_utc(_short_day(placed, ask, counter), str(ask.zone), counter)

    return gather(ask, parts(ask, "Y"), read_year)


@cache
def _paths(year: int) -> tuple[str, ...]:
    """Return where the workbook of a year is or has been, the present place first."""
    with (REFERENCE / "isone_workbooks.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["path"] for row in csv.DictReader(file) if int(row["year"]) == year)


def _workbook(ask: Ask, year: int) -> bytes:
    """Return the workbook of a year.

    Raises:
        NotFound: its address is not known, or there is nothing.
    """
    missing = NotFound(
        f"the address of the workbook for {year} is not known; add it to lib/reference/isone_workbooks.csv"
    )
    for path in _paths(year):
        try:
            return _downloaded(ask.client, f"{SITE}{path}")
        except NotFound as error:
            missing = error
    raise missing


# Each of the four measures, in each of its stretches of hours, needs the same megabytes,
@lru_cache(maxsize=16)
def _downloaded(publishers: Publishers, url: str) -> bytes:
    return publishers.send(Request(SOURCE, url)).body


# and parsing them takes seconds.
@lru_cache(maxsize=2)
def _sheets(workbook: bytes) -> dict[str, pd.DataFrame]:
    """Return the sheets by name, in whichever of Excel's formats they are."""
    try:
        return pd.read_excel(
            BytesIO(workbook),
            sheet_name=None,
            dtype=object,
            usecols=COLUMNS.__contains__,
            engine="calamine",
        )
    except Exception as error:  # the parsers of both formats end a damaged file with whatever they meet
        raise Unreadable(f"what came is no workbook ({type(error).__name__}: {error})") from error


def _rows(sheets: dict[str, pd.DataFrame], measure: str, place: str, name: str) -> pd.DataFrame:
    """Return location, day, hour ending ("01" to "24", "02X") and value of a zone in order of time."""
    sheet = sheets[_one_of(name.split(OTHER_NAMES), list(sheets), "sheet")]
    columns = [_one_of(names, list(sheet), "column") for names in (DATE, HOUR_ENDING, MEASURES[measure])]
    rows = sheet[columns].set_axis(["day", "he", "value"], axis=1).dropna(subset=["day", "he"])
    he = rows["he"].astype(str).str.strip().str.removesuffix(".0").str.upper().str.zfill(2)
    days = pd.to_datetime(rows["day"], errors="coerce")
    return rows.assign(location=place, day=days, he=he).sort_values(["day", "he"])


def _one_of(names: Sequence[str], present: Sequence[str], kind: str) -> str:
    for name in names:
        if name in present:
            return name
    raise Unreadable(
        f"the workbook has no {kind} {' or '.join(names)}; it has {', '.join(map(str, present))}"
    )


def _timed(rows: pd.DataFrame, counter: ProblemCounter) -> pd.DataFrame:
    """Return the rows whose day and hour can be read; the others are counted."""
    is_timed = rows["day"].notna() & rows["he"].str.fullmatch(r"(0[1-9]|1\d|2[0-4])X?")
    return counter.reject(
        rows.assign(interval_start=pd.Series(pd.NaT, rows.index, dtype=UTC_HOUR)),
        ~is_timed,
        "unreadable_time",
        lambda bad: f"{len(bad)} rows have no day and hour that can be read, such as {bad['he'].iloc[0]!r}",
    )


def _only_days(rows: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    """Return the rows of some days, with the local time at which their hour begins."""
    rows = rows[rows["day"].isin(pd.DatetimeIndex(days))]
    hours = rows["he"].str.removesuffix("X").astype(int) - 1
    return rows.assign(local=(rows["day"] + pd.to_timedelta(hours, unit="h")).astype("datetime64[us]"))


def _short_day(rows: pd.DataFrame, ask: Ask, counter: ProblemCounter) -> pd.DataFrame:
    """Return the rows with the hour before the clocks go forward at its beginning.

    The publisher names that hour by the clock that shows at its end, HE 3. A row for HE 2 of that day is a
    mean of those beside it, which is left out and counted.
    """
    is_named_ahead = to_utc(rows, str(ask.zone))["defect"] == NONEXISTENT
    local = rows["local"].where(~is_named_ahead, rows["local"] - HOUR)
    key = pd.MultiIndex.from_arrays([rows["location"], local])
    is_filler = ~is_named_ahead & key.isin(key[is_named_ahead])
    starts = local.dt.tz_localize(ask.zone, ambiguous="NaT").dt.tz_convert("UTC")
    rows = counter.reject(
        rows.assign(local=local, interval_start=starts),
        is_filler,
        "filler_hour",
        lambda bad: f"HE 2 of {bad['day'].iloc[0]:%Y-%m-%d} is a mean of the hours beside it; HE 3 was taken",
    )
    return rows.drop(columns="interval_start")
