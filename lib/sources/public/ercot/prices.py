"""ERCOT's settlement point prices: of the last days from reports of their own, else from the year's file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

import pandas as pd
from python_calamine import CalamineError

from lib.sources.clean import ProblemCounter
from lib.sources.public.ercot.documents import Document, content, documents
from lib.sources.public.ercot.tables import with_known_names, with_utc
from lib.sources.public.gather import gather, nothing_known
from lib.sources.public.query import Ask, Found, Part, Unreadable, parts
from lib.sources.public.zipped import unzipped, zipped_csv
from lib.web import NotFound, WebError


@dataclass(frozen=True)
class _Reports:
    """The numbers of a measure's reports: the file of a year, and those of the last days."""

    yearly: int
    daily: int
    is_quarterly: bool
    columns: frozenset[str]


_HOURLY = frozenset({"day", "hour_ending", "is_repeated", "name", "value"})
_REPORTS = {
    "da_lmp": _Reports(13060, 12331, False, _HOURLY),
    "rt_lmp": _Reports(13061, 12301, True, _HOURLY | {"quarter", "type"}),
}

_ENERGY_WEIGHTED = "EW"
"""How the types (LZEW, LZ_DCEW) of those points end that have a zone's name and another price."""

_END_OF_QUARTER = re.compile(r"_(\d{8}_\d{4})")
"""In the name of a quarter hour's document."""


def read_last_days(ask: Ask) -> Found:
    """Return the prices of the days that have reports of their own: about a week to a month.

    Real-time prices are the means of the quarter hours. A day without a report is not published.
    """
    reports, days = _REPORTS[ask.measure], parts(ask, "D")
    try:
        listed = _by_day(documents(ask, reports.daily), reports)
    except (WebError, Unreadable) as error:
        return nothing_known(ask, days, error)

    def read(day: Part, counter: ProblemCounter) -> pd.DataFrame:
        if day.first_day not in listed:
            raise NotFound(f"report {reports.daily} lists no document of {day.period}")
        tables = (zipped_csv(content(ask, document)) for document in listed[day.first_day])
        return _prices(ask, [_points(ask, table, reports) for table in tables], reports, counter)

    return gather(ask, days, read)


def read_years(ask: Ask) -> Found:
    """Return the prices in the files of the years, which are brought up to date from time to time.

    Real-time prices are the means of the quarter hours.
    """
    reports = _REPORTS[ask.measure]

    def read(year: Part, counter: ProblemCounter) -> pd.DataFrame:
        name = f"_{year.period}.zip"
        files = [document for document in documents(ask, reports.yearly) if document.name.endswith(name)]
        if not files:
            raise NotFound(f"report {reports.yearly} lists no file of {year.period}")
        sheets = _sheets(content(ask, files[-1]), year.days)
        return _prices(ask, [pd.concat(_points(ask, sheet, reports) for sheet in sheets)], reports, counter)

    return gather(ask, parts(ask, "Y"), read)


def _by_day(listed: Sequence[Document], reports: _Reports) -> dict[date, list[Document]]:
    """Return the documents of each delivery day, in the order in which they were published."""
    by_day: dict[date, list[Document]] = {}
    for document in listed:
        if "csv" not in document.name:
            continue
        if not reports.is_quarterly:
            by_day.setdefault(document.published_on + timedelta(days=1), []).append(document)
        elif found := _END_OF_QUARTER.search(document.name):
            end = pd.to_datetime(found[1], format="%Y%m%d_%H%M")
            by_day.setdefault((end - timedelta(minutes=1)).date(), []).append(document)
    if by_day and reports.is_quarterly:
        del by_day[min(by_day)]  # the list no longer has the first quarters of its oldest day
    return by_day


def _sheets(body: bytes, days: Sequence[date]) -> Iterator[pd.DataFrame]:
    """Yield the sheets (Jan, Feb...) that have the days; all of them, where they have other names."""
    files, months = unzipped(body), {day.strftime("%b") for day in days}
    try:
        with pd.ExcelFile(BytesIO(next(iter(files.values()))), engine="calamine") as book:
            wanted = [sheet for sheet in book.sheet_names if str(sheet)[:3].title() in months]
            for sheet in wanted or book.sheet_names:
                yield book.parse(sheet, dtype=object)
    except (CalamineError, ValueError, StopIteration) as error:
        raise Unreadable(f"no workbook in the zip archive with {', '.join(files)}: {error}") from error


def _points(ask: Ask, table: pd.DataFrame, reports: _Reports) -> pd.DataFrame:
    """Return the rows of the points asked for, with their location."""
    location_of = {name: location for location, name in ask.names.items()}
    rows = with_known_names(table, reports.columns)
    rows = rows[rows["name"].isin(location_of)]
    if reports.is_quarterly:
        rows = rows[~rows["type"].str.strip().str.endswith(_ENERGY_WEIGHTED, na=False)]
    return rows.assign(location=rows["name"].map(location_of))


def _prices(
    ask: Ask, editions: Sequence[pd.DataFrame], reports: _Reports, counter: ProblemCounter
) -> pd.DataFrame:
    """Return location, interval_start and value, of each hour or quarter from its last edition."""
    rows = pd.concat(edition.assign(edition=number) for number, edition in enumerate(editions))
    rows = with_utc(rows, ask.zone.key, counter)
    last = rows.groupby(["location", "interval_start"])["edition"].transform("max")
    rows = rows.loc[rows["edition"] == last, ["location", "interval_start", "value"]]
    return hourly_means(rows, counter) if reports.is_quarterly else rows


QUARTERS_OF_AN_HOUR = 4


def hourly_means(quarters: pd.DataFrame, counter: ProblemCounter) -> pd.DataFrame:
    """Return the mean of each hour's four quarters; an hour that lacks one is left out and counted.

    A quarter that came twice with one price counts once; with two prices its hour has no mean.

    Args:
        quarters: location, interval_start (UTC start of the quarter hour), value ($/MWh, or text as it came).
        counter: where hours without a mean are counted.

    Returns:
        location, interval_start (UTC start of the hour), value ($/MWh), sorted by both.
    """
    distinct = quarters.drop_duplicates(["location", "interval_start", "value"])
    prices = pd.to_numeric(distinct["value"], errors="coerce").astype("float64")
    hours = distinct["interval_start"].dt.floor("h")
    grouped = prices.groupby([distinct["location"], hours])
    summary = pd.DataFrame(
        {
            "value": grouped.mean(),
            "n_prices": grouped.count(),
            "n_rows": grouped.size(),
            "n_quarters": distinct["interval_start"].groupby([distinct["location"], hours]).nunique(),
        }
    ).reset_index()
    counts = summary[["n_prices", "n_rows", "n_quarters"]]
    complete = counter.reject(
        summary,
        (counts != QUARTERS_OF_AN_HOUR).any(axis=1),
        "incomplete_hour",
        lambda bad: f"{len(bad)} hours lack one price for each of their four quarters; none has a mean",
    )
    return complete[["location", "interval_start", "value"]].reset_index(drop=True)
