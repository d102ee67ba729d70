"""The query to a reader of a publisher's files and its parts, the result, and helpers of all readers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from lib.hours import HOUR
from lib.sources.protocol import Problem, SourceError, Unanswered
from lib.sources.public.hosts import PublisherClient
from lib.web import Request

SOURCE = "public"
"""Name of the source, and folder of its responses in the archive."""

START = "Interval Start"
"""The column in which gridstatus gives the starts of the hours."""


class Unreadable(SourceError):
    """A response, or a part of one, is not what its publisher is known to publish; the message says why."""


class HourSpan:
    """What has the UTC starts of hours, ascending."""

    hours: pd.DatetimeIndex

    @property
    def start(self) -> pd.Timestamp:
        """UTC start of the first hour."""
        return self.hours[0]

    @property
    def end(self) -> pd.Timestamp:
        """UTC end of the last hour."""
        return self.hours[-1] + HOUR


@dataclass(frozen=True)
class ReaderQuery(HourSpan):
    """Some hours of a measure of some locations.

    Attributes:
        names: what the publisher calls each location.
        hours: UTC starts of the hours, ascending; there may be gaps between them.
        zone: the publisher's clock, whose days, months and years its files cover.
        client: sends the requests.
        credentials: those that the reader needs, by the name of their variable.
    """

    iso: str
    measure: str
    basis: str
    names: Mapping[str, str]
    hours: pd.DatetimeIndex
    zone: ZoneInfo
    client: PublisherClient
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def locations(self) -> tuple[str, ...]:
        """The locations of the query."""
        return tuple(self.names)


@dataclass(frozen=True)
class QueryPart(HourSpan):
    """The hours of a query that one file covers: one of the publisher's days, months or years.

    Attributes:
        period: the day, month or year of the file.
        hours: UTC starts of the query's hours in it, ascending.
        days: the publisher's local days among them.
    """

    period: pd.Period
    hours: pd.DatetimeIndex
    days: tuple[date, ...]

    @property
    def first_day(self) -> date:
        """First local day of the whole period."""
        return self.period.start_time.date()


@dataclass(frozen=True)
class ReaderResult:
    """A reader's rows: location, interval_start (UTC) and value as it came, in any order.

    Rows may lie outside the query. `unanswered` are the hours of which nothing is known.
    """

    rows: pd.DataFrame
    problems: tuple[Problem, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()


Reader = Callable[[ReaderQuery], ReaderResult]
"""Reads one kind of a publisher's files."""

FindCorrected = Callable[[ReaderQuery, date], Mapping[str, pd.DatetimeIndex]]
"""Returns by location the hours of a query that were corrected since a day (UTC starts)."""


def split_query(query: ReaderQuery, freq: str, lead_days: int = 0) -> list[QueryPart]:
    """Return a part for each of the publisher's days ("D"), months ("M") or years ("Y") in the query.

    Args:
        query: the hours to split.
        freq: what one file covers.
        lead_days: how many days before an hour its file is dated.
    """
    local = query.hours.tz_convert(query.zone).tz_localize(None) - pd.Timedelta(days=lead_days)
    periods = local.to_period(freq)
    return [
        QueryPart(
            period, query.hours[periods == period], tuple(local[periods == period].normalize().unique().date)
        )
        for period in periods.unique()
    ]


def download(query: ReaderQuery, url: str) -> bytes:
    """Return the body of the response to a plain GET.

    Raises:
        WebError: there is no usable response.
    """
    return query.client.send(Request(SOURCE, url)).body


def check_columns(table: pd.DataFrame, columns: Iterable[str]) -> None:
    """Check that a table has some columns.

    Raises:
        Unreadable: a column is missing.
    """
    missing = [column for column in columns if column not in table]
    if missing:
        raise Unreadable(f"the table has no column {', '.join(missing)}; it has {', '.join(map(str, table))}")


def select_rows(query: ReaderQuery, table: pd.DataFrame, name: str, value: str) -> pd.DataFrame:
    """Return the rows of the query's locations: location, interval_start (UTC), value.

    Args:
        query: has the publisher's names of the locations.
        table: a table of gridstatus, with "Interval Start" in any time zone.
        name: its column with the publisher's names.
        value: its column with the values.

    Raises:
        Unreadable: a column is missing, or the times have no zone.
    """
    check_columns(table, [START, name, value])
    if not isinstance(table[START].dtype, pd.DatetimeTZDtype):
        raise Unreadable(f"the times of the table have no time zone, such as {table[START].head(1).tolist()}")
    locations = {theirs: ours for ours, theirs in query.names.items()}
    rows = pd.DataFrame(
        {
            "location": table[name].map(locations),
            "interval_start": table[START].dt.tz_convert("UTC").dt.as_unit("us"),
            "value": table[value],
        }
    )
    return rows.dropna(subset=["location"])
