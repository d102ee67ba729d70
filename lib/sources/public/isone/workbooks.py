"""ISO-NE's SMD workbooks: one for each year, with a sheet for each zone that has all four measures.

Up to 2023 every day has 24 rows: by the workbook's notes, HE 2 of the short day is the mean of HE 1 and HE 3,
and HE 2 of the long day the mean of its two hours. From 2024 on the short day has no HE 2, and the long day
has HE 02X. A year is read in stages: download the workbook, pick a zone's columns by name, keep the rows
with a readable day and hour, take the days of the query, move the hour before the clocks go forward to its
beginning, and convert local time to UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from io import BytesIO

import pandas as pd

from lib.hours import HOUR, UTC_HOUR
from lib.markets import read_reference
from lib.sources.clean import ProblemCounter
from lib.sources.guard import guard_reading
from lib.sources.local_time import NONEXISTENT, to_utc, with_utc
from lib.sources.public.hosts import PublisherClient
from lib.sources.public.names import SeenNames
from lib.sources.public.parts import PartCounter, read_parts
from lib.sources.public.query import SOURCE, QueryPart, ReaderQuery, ReaderResult, Unreadable, split_query
from lib.web import NotFound, Request
from lib.workbook_limits import check_workbook

SITE = "https://www.iso-ne.com"

DATE = ("Date",)
HOUR_ENDING = ("Hr_End", "Hour")
MEASURES = {
    "da_lmp": ("DA_LMP",),
    "rt_lmp": ("RT_LMP",),
    "da_load": ("DA_Demand", "DA_DEMD"),
    "rt_load": ("RT_Demand", "DEMAND"),
}
"""The names of the columns over the years, the present one first."""

COLUMNS = frozenset((*DATE, *HOUR_ENDING, *(name for names in MEASURES.values() for name in names)))

NAME_SEPARATOR = "|"
"""Separates the names that a sheet has had over the years."""


def read_workbooks(query: ReaderQuery) -> ReaderResult:
    """Return the rows of the years' workbooks: location, interval_start (UTC), value ($/MWh or MW)."""

    def read_year(part: QueryPart, counter: PartCounter, names: SeenNames) -> pd.DataFrame:
        sheets = _parse_sheets(_download_workbook(query, part.first_day.year))
        names.note(part, sheets)
        present = {
            place: name
            for place, name in query.names.items()
            if set(name.split(NAME_SEPARATOR)) & set(sheets)
        }
        if not present:
            raise Unreadable(f"the workbook has no sheet of any zone; it has {', '.join(map(str, sheets))}")
        rows = list(_readable_zones(sheets, query.measure, present, part, counter))
        timed = _with_readable_times(pd.concat(rows, ignore_index=True), counter)
        rows_of_days = _with_local_times(timed, part.days)
        return with_utc(_without_filler(rows_of_days, query, counter), str(query.zone), counter)

    return read_parts(query, split_query(query, "Y"), read_year)


@cache
def _paths(year: int) -> tuple[str, ...]:
    """Return the paths where the workbook of a year is or was, the present one first."""
    return tuple(row["path"] for row in read_reference("isone_workbooks.csv") if int(row["year"]) == year)


def _download_workbook(query: ReaderQuery, year: int) -> bytes:
    """Return the workbook of a year.

    Raises:
        NotFound: its address is not known, or it is not there.
    """
    missing = NotFound(
        f"the address of the workbook for {year} is not known; add it to lib/reference/isone_workbooks.csv"
    )
    for path in _paths(year):
        try:
            return _download_once(query.client, f"{SITE}{path}")
        except NotFound as error:
            missing = error
    raise missing


# Cached: each of the four measures needs the same megabytes for each of its stretches of hours.
@lru_cache(maxsize=16)
def _download_once(client: PublisherClient, url: str) -> bytes:
    return client.send(Request(SOURCE, url)).body


# Cached: parsing a workbook takes seconds.
@lru_cache(maxsize=2)
def _parse_sheets(workbook: bytes) -> dict[str, pd.DataFrame]:
    """Return the sheets by name, from either of Excel's formats."""
    try:
        check_workbook(workbook)
        return pd.read_excel(
            BytesIO(workbook),
            sheet_name=None,
            dtype=object,
            usecols=COLUMNS.__contains__,
            engine="calamine",
        )
    except Exception as error:  # on a damaged file the parsers of both formats raise any kind of error
        raise Unreadable(f"what came is no workbook ({type(error).__name__}: {error})") from error


def _readable_zones(
    sheets: dict[str, pd.DataFrame],
    measure: str,
    present: Mapping[str, str],
    part: QueryPart,
    counter: PartCounter,
) -> Iterator[pd.DataFrame]:
    """Yield the rows of each zone that has a readable sheet; the others lose the year.

    Raises:
        Unreadable: no zone has one.
    """
    failures: dict[str, Unreadable] = {}
    for place, name in present.items():
        try:
            with guard_reading(f"the sheet {name}", Unreadable):
                yield _zone_rows(sheets, measure, place, name)
        except Unreadable as error:
            failures[place] = error
            if len(failures) == len(present):
                raise
    for place, failure in failures.items():
        counter.lose(part, failure, [place])


def _zone_rows(sheets: dict[str, pd.DataFrame], measure: str, place: str, name: str) -> pd.DataFrame:
    """Return location, day, he ("01" to "24", "02X") and value of a zone, in order of time."""
    title = next(one for one in name.split(NAME_SEPARATOR) if one in sheets)
    sheet = sheets[title]
    columns = [_first_present(names, title, list(sheet)) for names in (DATE, HOUR_ENDING, MEASURES[measure])]
    rows = sheet[columns].set_axis(["day", "he", "value"], axis=1).dropna(subset=["day", "he"])
    he = rows["he"].astype(str).str.strip().str.removesuffix(".0").str.upper().str.zfill(2)
    days = pd.to_datetime(rows["day"], errors="coerce")
    return rows.assign(location=place, day=days, he=he).sort_values(["day", "he"])


def _first_present(names: Sequence[str], title: str, present: Sequence[str]) -> str:
    for name in names:
        if name in present:
            return name
    raise Unreadable(
        f"the sheet {title} has no column {' or '.join(names)}; it has {', '.join(map(str, present))}"
    )


def _with_readable_times(rows: pd.DataFrame, counter: ProblemCounter) -> pd.DataFrame:
    """Return the rows with a readable day and hour; the others are counted."""
    is_readable = rows["day"].notna() & rows["he"].str.fullmatch(r"(0[1-9]|1\d|2[0-4])X?")
    return counter.reject(
        rows.assign(interval_start=pd.Series(pd.NaT, rows.index, dtype=UTC_HOUR)),
        ~is_readable,
        "unreadable_time",
        lambda bad: f"{len(bad)} rows have no readable day and hour, such as {bad['he'].iloc[0]!r}",
    )


def _with_local_times(rows: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    """Return the rows of some days with `local`, the local time at which their hour begins."""
    rows = rows[rows["day"].isin(pd.DatetimeIndex(days))]
    hours = rows["he"].str.removesuffix("X").astype(int) - 1
    return rows.assign(local=(rows["day"] + pd.to_timedelta(hours, unit="h")).astype("datetime64[us]"))


def _without_filler(rows: pd.DataFrame, query: ReaderQuery, counter: ProblemCounter) -> pd.DataFrame:
    """Return the rows with the hour before the clocks go forward at its beginning.

    The publisher names that hour HE 3, by the clock at its end. A row for HE 2 of that day is the mean of its
    neighbours; it is left out and counted.
    """
    is_named_ahead = to_utc(rows, str(query.zone))["defect"] == NONEXISTENT
    local = rows["local"].where(~is_named_ahead, rows["local"] - HOUR)
    key = pd.MultiIndex.from_arrays([rows["location"], local])
    is_filler = ~is_named_ahead & key.isin(key[is_named_ahead])
    starts = local.dt.tz_localize(query.zone, ambiguous="NaT").dt.tz_convert("UTC")
    rows = counter.reject(
        rows.assign(local=local, interval_start=starts),
        is_filler,
        "filler_hour",
        lambda bad: f"HE 2 of {bad['day'].iloc[0]:%Y-%m-%d} is a mean of its neighbours; HE 3 was taken",
    )
    return rows.drop(columns="interval_start")
