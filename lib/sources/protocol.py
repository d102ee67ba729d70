"""The interface of a source of market data: what it is, what series it has, and the result of reading one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import pandas as pd

from lib.hours import UTC_HOUR
from lib.markets import Market, Measure
from lib.safe_text import NAME_LENGTH, safe_text

UNREADABLE, REFUSED = "unreadable", "refused"
"""Kinds of problem: nothing was read, which may pass; the account was refused, which somebody must fix."""

MISSING_NAME, NEW_NAME = "missing_name", "new_name"
"""Kinds of problem: the publisher's tables lack a name that we read; they have one that we do not know."""


NOT_KEPT = "not_kept"
"""Kind of problem: a replay has no archived response for the hours."""

NO_ROWS = "no_rows"
"""Kind of problem: there is a table, and it has no row, or none of the location."""


class SourceError(Exception):
    """A measure of an ISO, the whole ISO, or a part of an answer cannot be read.

    The message names cause and remedy; it is printable and of bounded length, whatever a file has in it.
    """

    def __init__(self, message: str) -> None:
        super().__init__(safe_text(message))


class AccountRefused(SourceError):
    """The service refuses the account, and will until somebody sets it right."""


class UnknownSource(ValueError):
    """No source has the name, or its folder or account is missing."""


@dataclass(frozen=True)
class SeriesSpec:
    """What identifies a series: location, measure, source and basis."""

    iso: str
    location: str
    measure: str
    source: str
    basis: str


@dataclass(frozen=True)
class Problem:
    """A defect that was counted and reported; it cost at most the hours it names.

    `location` is None if the defect belongs to no single location. `first` and `last` are UTC starts of
    hours, None if the defect has no time. `location` and `message` are made printable and cut, because they
    may repeat what a file has.
    """

    iso: str
    measure: str
    location: str | None
    kind: str
    n_hours: int
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    message: str

    def __post_init__(self) -> None:
        """Make the texts fit to be shown."""
        if self.location is not None:
            object.__setattr__(self, "location", safe_text(self.location, NAME_LENGTH))
        object.__setattr__(self, "message", safe_text(self.message))


@dataclass(frozen=True)
class Unanswered:
    """Hours of a query to which there was no valid response: nothing is known of them.

    `start` and `end` (excluded) are UTC hours. An hour in a valid response that has no value is not
    unanswered: the source is known not to have it.
    """

    location: str
    start: pd.Timestamp
    end: pd.Timestamp


@dataclass(frozen=True)
class SeriesResult:
    """What a source has of one measure.

    `frame` is a series frame: location, interval_start (UTC start of the hour), value ($/MWh or MW, finite);
    one row per location and hour, sorted by both. An hour that the source lacks has no row. `unanswered`
    tells for which of these hours the source could not find out.
    """

    frame: pd.DataFrame
    problems: tuple[Problem, ...] = field(default=())
    unanswered: tuple[Unanswered, ...] = field(default=())


class Source(Protocol):
    """Where series come from."""

    @property
    def is_demo(self) -> bool:
        """Whether the numbers are simulated; they are kept in a database of their own."""

    @property
    def fixed_as_of(self) -> date | None:
        """The day on which the source's clock stands still; None if it moves on with the calendar."""

    @property
    def uses_whole_extent(self) -> bool:
        """Whether a window begins with the first day of `extent` by default, not some years before today."""

    @property
    def name(self) -> str:
        """Name of the source, such as "demo"."""

    @property
    def stored_as(self) -> tuple[str, ...]:
        """Names under which its series are stored, the preferred first: its own, or those of its members."""

    def revision_days(self, iso: str, measure: str) -> int | None:
        """Return how many past days may still change: 0 for none, None to compare the whole window."""

    def corrected_hours(
        self, iso: str, measure: str, locations: Sequence[str], hours: pd.DatetimeIndex, since: date
    ) -> Mapping[str, pd.DatetimeIndex]:
        """Return by location the hours whose values were corrected since a day, however old they are.

        `hours` are the UTC starts of the hours that matter. Hours that may still change count only if their
        publisher says that they were corrected.

        Raises:
            SourceError: the corrections cannot be read.
        """

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        """Return the series that the source is expected to have of an ISO.

        Raises:
            SourceError: the source has nothing of this ISO.
        """

    def extent(self, iso: str) -> tuple[date, date] | None:
        """Return the first and last local day that the source has of an ISO; None if it has no limits.

        Raises:
            SourceError: the source has nothing of this ISO.
        """

    def read(
        self,
        iso: str,
        measure: str,
        locations: Sequence[str],
        start: pd.Timestamp,
        end: pd.Timestamp,
        basis: str | None = None,
    ) -> SeriesResult:
        """Return a measure of some locations for the UTC hours from `start` to `end` (excluded).

        `basis` names one of several series of a location; None is enough if there is only one.

        Raises:
            SourceError: nothing of this measure can be read.
        """


def basis_of(market: Market, measure: Measure) -> str:
    """Return what a measure stands for: "actual" for prices, for loads what their market says."""
    return {"da_load": market.da_load_basis, "rt_load": market.rt_load_basis}.get(measure.name, "actual")


def empty_series() -> pd.DataFrame:
    """Return a series frame (location, interval_start, value) without rows."""
    return pd.DataFrame(
        {
            "location": pd.Series(dtype="object"),
            "interval_start": pd.Series(dtype=UTC_HOUR),
            "value": pd.Series(dtype="float64"),
        }
    )


def join_results(results: Sequence[SeriesResult]) -> SeriesResult:
    """Return several results as one; no location and hour may be in two of them."""
    frames = [result.frame for result in results if not result.frame.empty]
    frame = pd.concat(frames) if frames else empty_series()
    return SeriesResult(
        frame.sort_values(["location", "interval_start"], ignore_index=True),
        tuple(problem for result in results for problem in result.problems),
        tuple(stretch for result in results for stretch in result.unanswered),
    )


def problem_kind(error: SourceError) -> str:
    """Return the kind of problem that an error is."""
    return REFUSED if isinstance(error, AccountRefused) else UNREADABLE
