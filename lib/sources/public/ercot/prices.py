"""ERCOT's settlement point prices: the last days from daily reports, earlier ones from the year's file.

Real-time prices come by quarter hour. Stages of both readers: download the tables and those of the
corrections, keep the settlement points of the query, convert day, hour and quarter to UTC, take the last
edition of each interval, and average the four quarters of an hour. A correction is the last edition. Where
the corrections cannot be had the hours are unanswered: a corrected price would turn back into the former one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

import pandas as pd
from python_calamine import CalamineError

from lib.markets import SETTLED
from lib.sources.clean import KEY, ProblemCounter
from lib.sources.public.csv_lines import check_has_rows
from lib.sources.public.ercot.corrections import read_corrections
from lib.sources.public.ercot.documents import Document, download_document, list_documents
from lib.sources.public.ercot.tables import parse_document, with_interval_start, with_known_names
from lib.sources.public.names import SeenNames
from lib.sources.public.parts import PartCounter, fail_parts, read_parts
from lib.sources.public.query import QueryPart, ReaderQuery, ReaderResult, Unreadable, split_query
from lib.sources.public.zip_files import PublishedZip
from lib.web import NotFound, WebError
from lib.workbook_limits import check_workbook


@dataclass(frozen=True)
class _Reports:
    """The numbers of a measure's reports, by year and by day, and the columns of their files."""

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
"""The end of the types (LZEW, LZ_DCEW) of those points that have a zone's name and its energy-weighted price,
RTSPPEW, on which metered load settles."""

_END_OF_QUARTER = re.compile(r"_(\d{8}_\d{4})")
"""The time in the name of a quarter hour's document."""

QUARTER_HOURS = 4


def read_last_days(query: ReaderQuery) -> ReaderResult:
    """Return the prices of the days with daily reports, which are about a week to a month ($/MWh).

    Real-time prices are the means of the quarter hours. A day without a report is not published.
    """
    reports, days = _REPORTS[query.measure], split_query(query, "D")
    try:
        corrections = read_corrections(query)
        listed = _documents_by_day(list_documents(query, reports.daily), reports)
    except (WebError, Unreadable) as error:
        return fail_parts(query, days, error)

    def read_day(day: QueryPart, counter: PartCounter, names: SeenNames) -> pd.DataFrame:
        if day.first_day not in listed:
            raise NotFound(f"report {reports.daily} lists no document of {day.period}")
        tables = list(_tables(query, listed[day.first_day], day, reports, counter))
        for table in tables:
            names.note(day, table["name"].unique())
        return _prices(query, [*tables, *corrections], day, reports, counter)

    return read_parts(query, days, read_day)


def read_years(query: ReaderQuery) -> ReaderResult:
    """Return the prices in the files of the years, which ERCOT updates from time to time ($/MWh).

    Real-time prices are the means of the quarter hours.
    """
    reports = _REPORTS[query.measure]
    try:
        corrections = read_corrections(query)
    except (WebError, Unreadable) as error:
        return fail_parts(query, split_query(query, "Y"), error)

    def read_year(year: QueryPart, counter: ProblemCounter, names: SeenNames) -> pd.DataFrame:
        suffix = f"_{year.period}.zip"
        files = [file for file in list_documents(query, reports.yearly) if file.name.endswith(suffix)]
        if not files:
            raise NotFound(f"report {reports.yearly} lists no file of {year.period}")
        sheets = _parse_sheets(download_document(query, files[-1]), year.days)
        table = pd.concat(with_known_names(sheet, reports.columns) for sheet in sheets)
        names.note(year, table["name"].unique())
        return _prices(query, [table, *corrections], year, reports, counter)

    return read_parts(query, split_query(query, "Y"), read_year)


def hourly_means(quarter_hours: pd.DataFrame, counter: ProblemCounter) -> pd.DataFrame:
    """Return the mean of each hour's four quarters; an hour that lacks one is counted instead.

    A quarter that came twice with one price counts once; with two prices its hour has no mean.

    Args:
        quarter_hours: location, interval_start (UTC start), value ($/MWh, or text as it came).
        counter: counts the hours without a mean.

    Returns:
        location, interval_start (UTC start of the hour), value ($/MWh), sorted by both.
    """
    distinct = quarter_hours.drop_duplicates([*KEY, "value"])
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
        (counts != QUARTER_HOURS).any(axis=1),
        "incomplete_hour",
        lambda bad: f"{len(bad)} hours lack one price for each of their four quarters; none has a mean",
    )
    return complete[[*KEY, "value"]].reset_index(drop=True)


def _documents_by_day(listed: Sequence[Document], reports: _Reports) -> dict[date, list[Document]]:
    """Return the documents of each delivery day, the first published first."""
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


def _tables(
    query: ReaderQuery, documents: Sequence[Document], day: QueryPart, reports: _Reports, counter: PartCounter
) -> Iterator[pd.DataFrame]:
    """Yield the tables of a day's documents; one that cannot be read costs its own intervals.

    Raises:
        WebError: there is no usable response.
        Unreadable: none of the documents can be read.
    """
    failures = []
    for document in documents:
        try:
            table, damaged = parse_document(download_document(query, document), document.name)
            check_has_rows(table, document.name)
            counter.lose_lines(day, document.name, damaged, query.locations)
            yield with_known_names(table, reports.columns)
        except Unreadable as error:
            failures.append(error)
            if len(failures) == len(documents):
                raise
    if failures:
        counter.lose(day, f"{len(failures)} of {len(documents)} documents: {failures[0]}", query.locations)


def _parse_sheets(body: bytes, days: Sequence[date]) -> Iterator[pd.DataFrame]:
    """Yield the sheets (Jan, Feb...) with the days; every sheet, if none is named by a month."""
    archive, months = PublishedZip(body), {day.strftime("%b") for day in days}
    name = archive.only(".xlsx", ".xls")
    try:
        content = archive.read(name)
        check_workbook(content)
        with pd.ExcelFile(BytesIO(content), engine="calamine") as book:
            wanted = [sheet for sheet in book.sheet_names if str(sheet)[:3].title() in months]
            for sheet in wanted or book.sheet_names:
                yield book.parse(sheet, dtype=object)
    except (CalamineError, ValueError) as error:
        raise Unreadable(f"{name} is no workbook: {error}") from error


def _prices(
    query: ReaderQuery,
    editions: Sequence[pd.DataFrame],
    part: QueryPart,
    reports: _Reports,
    counter: ProblemCounter,
) -> pd.DataFrame:
    """Return location, interval_start (UTC) and value of a part; each interval is from its last edition."""
    rows = pd.concat(
        _points(query, edition, reports).assign(edition=number) for number, edition in enumerate(editions)
    )
    rows = with_interval_start(rows, query.zone.key, counter)
    rows = rows[rows["interval_start"].dt.floor("h").isin(part.hours)]
    last = rows.groupby(KEY)["edition"].transform("max")
    rows = rows.loc[rows["edition"] == last, [*KEY, "value"]]
    return hourly_means(rows, counter) if reports.is_quarterly else rows


def _points(query: ReaderQuery, table: pd.DataFrame, reports: _Reports) -> pd.DataFrame:
    """Return the rows of the query's settlement points, with their location."""
    location_of = {name: location for location, name in query.names.items()}
    rows = table[table["name"].isin(location_of)]
    if reports.is_quarterly:
        is_weighted = rows["type"].str.strip().str.endswith(_ENERGY_WEIGHTED, na=False)
        rows = rows[is_weighted == (query.basis == SETTLED)]
    return rows.assign(location=rows["name"].map(location_of))
