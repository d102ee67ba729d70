"""What a source of market data is: the questions it answers and the shape of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import pandas as pd

from lib.hours import UTC_HOUR
from lib.markets import Market, Measure


class SourceError(Exception):
    """One measure of an ISO, or the whole ISO, cannot be read; the message names cause and remedy."""


class AccountRefused(SourceError):
    """The service does not let the account in, and will not until somebody sets it right."""


class UnknownSource(ValueError):
    """The name of a source is not one that `open_source` knows, or its folder does not exist."""


@dataclass(frozen=True)
class SeriesSpec:
    """What a stored number is: of which place and measure, from which source and on which basis."""

    iso: str
    location: str
    measure: str
    source: str
    basis: str


UNREADABLE, REFUSED = "unreadable", "refused"
"""Kinds of problem for which nothing was read: it may pass by itself; somebody must set the account right."""


@dataclass(frozen=True)
class Problem:
    """A defect that was counted and reported, and that cost at most the hours it names.

    `location` is None where the defect is not one place's; `first` and `last` are UTC starts of hours, None
    where the defect has no time.
    """

    iso: str
    measure: str
    location: str | None
    kind: str
    n_hours: int
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    message: str


@dataclass(frozen=True)
class Unanswered:
    """Hours that were asked for and to which there was no valid answer: nothing is known of them.

    `start` and `end` (excluded) are UTC hours. An hour that was answered and has no value is not unanswered
    but absent.
    """

    location: str
    start: pd.Timestamp
    end: pd.Timestamp


def problem_kind(error: SourceError) -> str:
    """Return the kind of problem that an error amounts to."""
    return REFUSED if isinstance(error, AccountRefused) else UNREADABLE


def empty_series() -> pd.DataFrame:
    """Return a series frame (location, interval_start, value) without rows."""
    return pd.DataFrame(
        {
            "location": pd.Series(dtype="object"),
            "interval_start": pd.Series(dtype=UTC_HOUR),
            "value": pd.Series(dtype="float64"),
        }
    )


@dataclass(frozen=True)
class SeriesResult:
    """What a source has of one measure.

    `frame` is a series frame: location, interval_start (UTC start of the hour), value ($/MWh or MW, finite);
    one row per location and hour, sorted by both; an hour that the source lacks is an absent row.
    `unanswered` says for which of the absent rows the source could not tell.
    """

    frame: pd.DataFrame
    problems: tuple[Problem, ...] = field(default=())
    unanswered: tuple[Unanswered, ...] = field(default=())


def join_results(answers: Sequence[SeriesResult]) -> SeriesResult:
    """Return several answers as one; no location and hour may be in two of them."""
    frames = [answer.frame for answer in answers if not answer.frame.empty]
    frame = pd.concat(frames) if frames else empty_series()
    return SeriesResult(
        frame.sort_values(["location", "interval_start"], ignore_index=True),
        tuple(problem for answer in answers for problem in answer.problems),
        tuple(stretch for answer in answers for stretch in answer.unanswered),
    )


class Source(Protocol):
    """Where series come from."""

    @property
    def name(self) -> str:
        """Name of the source: "demo" is simulated, every other one real."""

    @property
    def stored_as(self) -> tuple[str, ...]:
        """Names under which its series are stored, the preferred first: those of its parts, if it has any."""

    def revision_days(self, iso: str, measure: str) -> int | None:
        """Return how many past days may still change: 0 for none, None to compare the whole window."""

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        """Return the series that the source is expected to have of an ISO.

        Raises:
            SourceError: the source has nothing of this ISO.
        """

    def extent(self, iso: str) -> tuple[date, date] | None:
        """Return the first and last local day the source has of an ISO; None where it has no limits.

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
        """Return a measure of some locations for the UTC hours from `start` up to `end`, which is excluded.

        `basis` says which of several series of a location is meant; None will do where there is one.

        Raises:
            SourceError: nothing of this measure can be read.
        """


def basis_of(market: Market, measure: Measure) -> str:
    """Return what a measure stands for: prices are "actual", loads what their market says they are."""
    return {"da_load": market.da_load_basis, "rt_load": market.rt_load_basis}.get(measure.name, "actual")
