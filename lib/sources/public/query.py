"""What a reader of a publisher is asked, in which parts, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from lib.hours import HOUR
from lib.sources.clean import ProblemCounter
from lib.sources.protocol import Problem, Unanswered
from lib.sources.public.hosts import Publishers
from lib.web import Request

SOURCE = "public"
"""Name of the source, and folder of its answers in the archive."""


class Unreadable(Exception):
    """An answer is not what its publisher is known to publish; the message says what is wrong with it."""


@dataclass(frozen=True)
class Ask:
    """Some hours of a measure of some locations.

    Attributes:
        names: what the publisher calls each location.
        hours: UTC starts of the hours, ascending; there may be gaps between them.
        zone: the clock of the publisher, whose days, months and years its files cover.
        exchange: whom to ask.
        keys: credentials by the name of their variable, those that the reader needs.
    """

    iso: str
    measure: str
    basis: str
    names: Mapping[str, str]
    hours: pd.DatetimeIndex
    zone: ZoneInfo
    client: Publishers
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def locations(self) -> tuple[str, ...]:
        """The locations that are asked for."""
        return tuple(self.names)

    @property
    def start(self) -> pd.Timestamp:
        """UTC start of the first hour."""
        return self.hours[0]

    @property
    def end(self) -> pd.Timestamp:
        """UTC end of the last hour."""
        return self.hours[-1] + HOUR


@dataclass(frozen=True)
class Part:
    """The hours asked for that one answer covers: one of the publisher's days, months or years.

    Attributes:
        period: the one by which the publisher names the answer.
        hours: UTC starts of those hours, ascending.
        days: the publisher's local days among them.
    """

    period: pd.Period
    hours: pd.DatetimeIndex
    days: tuple[date, ...]

    @property
    def first_day(self) -> date:
        """First local day of the whole period."""
        return self.period.start_time.date()

    @property
    def start(self) -> pd.Timestamp:
        """UTC start of the first hour asked for."""
        return self.hours[0]

    @property
    def end(self) -> pd.Timestamp:
        """UTC end of the last hour asked for."""
        return self.hours[-1] + HOUR


@dataclass(frozen=True)
class Found:
    """What a reader found: rows of location, interval_start (UTC) and value as it came, in any order.

    Rows may lie outside what was asked. `unanswered` says of which hours nothing is known.
    """

    rows: pd.DataFrame
    problems: tuple[Problem, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()


Reader = Callable[[Ask], Found]
"""Reads one kind of a publisher's answers."""

ReadPart = Callable[[Part, ProblemCounter], pd.DataFrame]
"""Returns location, interval_start (UTC) and value of a part; defects of rows go to the counter."""


def parts(ask: Ask, freq: str, lead_days: int = 0) -> list[Part]:
    """Return the publisher's days ("D"), months ("M") or years ("Y") that have hours of the ask.

    Args:
        ask: what is asked.
        freq: what one answer covers.
        lead_days: how many days before an hour's day the answer is dated that has it.
    """
    local = ask.hours.tz_convert(ask.zone).tz_localize(None) - pd.Timedelta(days=lead_days)
    periods = local.to_period(freq)
    return [
        Part(period, ask.hours[periods == period], tuple(local[periods == period].normalize().unique().date))
        for period in periods.unique()
    ]


def download(ask: Ask, url: str) -> bytes:
    """Return the body of the answer to a plain GET.

    Raises:
        WebError: there is none.
    """
    return ask.client.send(Request(SOURCE, url)).body


START = "Interval Start"
"""What gridstatus calls the column with the starts of the hours."""


def check_columns(table: pd.DataFrame, wanted: Iterable[str]) -> None:
    """Hold a table to having some columns.

    Raises:
        Unreadable: it lacks one.
    """
    missing = [column for column in wanted if column not in table]
    if missing:
        raise Unreadable(f"the table has no column {', '.join(missing)}; it has {', '.join(map(str, table))}")


def rows_of(ask: Ask, answer: pd.DataFrame, name: str, value: str) -> pd.DataFrame:
    """Return the rows of the locations asked for, from a table with "Interval Start" in any time zone.

    Args:
        ask: whose names for the locations are meant.
        answer: a table as gridstatus gives it.
        name: its column with the publisher's names.
        value: its column with the values.

    Raises:
        Unreadable: it lacks a column, or its times have no zone.
    """
    check_columns(answer, [START, name, value])
    if not isinstance(answer[START].dtype, pd.DatetimeTZDtype):
        raise Unreadable(
            f"the times of the table have no time zone, such as {answer[START].head(1).tolist()}"
        )
    locations = {theirs: ours for ours, theirs in ask.names.items()}
    rows = pd.DataFrame(
        {
            "location": answer[name].map(locations),
            "interval_start": answer[START].dt.tz_convert("UTC").dt.as_unit("us"),
            "value": answer[value],
        }
    )
    return rows.dropna(subset=["location"])
