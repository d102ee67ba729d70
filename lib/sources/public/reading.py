"""What a reader of a publisher is asked and what it finds; a part that cannot be read costs its own hours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from multiprocessing.pool import ThreadPool
from zoneinfo import ZoneInfo

import pandas as pd

from lib.hours import HOUR
from lib.sources.protocol import Problem, Unanswered
from lib.sources.tally import Tally
from lib.web import Exchange, NotFound, Refused, Request, Unavailable, WebError

SOURCE = "public"
"""Name of the source, and folder of its answers in the archive."""

NOT_PUBLISHED, UNANSWERED = "not_published", "unanswered"
"""Kinds of problem: the publisher has no such file; it gave no valid answer."""

WORKERS = 6
"""Answers that are waited for at once."""

GIVE_UP_AFTER = 3
"""Parts that fail after all their attempts before the others are left for the next run."""


class Unreadable(Exception):
    """An answer is not what its publisher is known to publish; the message says what is wrong with it."""


@dataclass(frozen=True)
class Ask:
    """Some hours of a measure of some locations.

    Attributes:
        names: what the publisher calls each location.
        hours: UTC starts of the hours, ascending; there may be gaps between them.
        zone: the clock of the publisher, whose days, months and years its files cover.
        exchange: what to ask with.
        keys: credentials by the name of their variable, those that the reader needs.
    """

    iso: str
    measure: str
    basis: str
    names: Mapping[str, str]
    hours: pd.DatetimeIndex
    zone: ZoneInfo
    exchange: Exchange
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

ReadPart = Callable[[Part, Tally], pd.DataFrame]
"""Returns location, interval_start (UTC) and value of a part; defects of rows go to the tally."""


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
    return ask.exchange.ask(Request(SOURCE, url)).body


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
    missing = [column for column in ("Interval Start", name, value) if column not in answer]
    if missing or not isinstance(answer["Interval Start"].dtype, pd.DatetimeTZDtype):
        raise Unreadable(f"the table has no {', '.join(missing) or 'time zone'}; it has {', '.join(answer)}")
    locations = {theirs: ours for ours, theirs in ask.names.items()}
    rows = pd.DataFrame(
        {
            "location": answer[name].map(locations),
            "interval_start": answer["Interval Start"].dt.tz_convert("UTC").dt.as_unit("us"),
            "value": answer[value],
        }
    )
    return rows.dropna(subset=["location"])


def gather(ask: Ask, asked: Sequence[Part], read: ReadPart) -> Found:
    """Return what several parts have, read at once; those that fail are reported and cost their hours.

    A part that its publisher does not have is reported, and its hours are absent.
    """
    tally = Tally(ask.iso, ask.measure)
    frames, failures = [], []
    for part, outcome in _outcomes(asked, read, tally):
        if isinstance(outcome, pd.DataFrame):
            frames.append(outcome)
        else:
            failures.append((part, outcome))
    unknown = [part for part, error in failures if not isinstance(error, NotFound)]
    return Found(
        pd.concat(frames) if frames else no_rows(),
        (*tally.problems, *_problems(ask, failures)),
        tuple(Unanswered(name, part.start, part.end) for name in ask.locations for part in unknown),
    )


def no_rows() -> pd.DataFrame:
    """Return rows of location, interval_start and value, of which there are none."""
    times = pd.Series(dtype="datetime64[us, UTC]")
    return pd.DataFrame({"location": pd.Series(dtype="object"), "interval_start": times, "value": []})


def _outcomes(
    asked: Sequence[Part], read: ReadPart, tally: Tally
) -> list[tuple[Part, pd.DataFrame | Exception]]:
    failed: list[WebError] = []

    def outcome(part: Part) -> tuple[Part, pd.DataFrame | Exception]:
        if _is_hopeless(failed):
            return part, failed[-1]
        try:
            return part, read(part, tally)
        except (Unavailable, Refused) as error:
            failed.append(error)
            return part, error
        except (WebError, Unreadable) as error:
            return part, error

    # Its threads are daemons: the end of the program does not wait for a publisher that does not answer.
    with ThreadPool(WORKERS) as pool:
        return pool.map(outcome, asked, chunksize=1)


def _is_hopeless(failed: Sequence[WebError]) -> bool:
    """Tell whether the rest will fare no better: credentials are refused, or the service is down."""
    return len(failed) >= GIVE_UP_AFTER or any(isinstance(error, Refused) for error in failed)


def _problems(ask: Ask, failures: Iterable[tuple[Part, Exception]]) -> list[Problem]:
    """Return a problem for each kind of failure, which names the first cause."""
    by_kind: dict[str, list[tuple[Part, Exception]]] = {}
    for part, error in failures:
        kind = NOT_PUBLISHED if isinstance(error, NotFound) else UNANSWERED
        by_kind.setdefault(kind, []).append((part, error))
    return [_problem(ask, kind, failed) for kind, failed in by_kind.items()]


def _problem(ask: Ask, kind: str, failed: Sequence[tuple[Part, Exception]]) -> Problem:
    first, last = failed[0][0].start, failed[-1][0].end - HOUR
    n_hours = sum(len(part.hours) for part, _ in failed) * len(ask.locations)
    names = [str(part.period) for part, _ in failed]
    which = names[0] if len(names) == 1 else f"{len(names)} files from {names[0]} to {names[-1]}"
    text = f"{ask.iso} {ask.measure}: {which} {kind.replace('_', ' ')}: {failed[0][1]}"
    return Problem(ask.iso, ask.measure, None, kind, n_hours, first, last, text)
