"""What the queries of a fetch did not get, by location, with the cause; `due` tells which of it was due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lib.hours import HOUR
from lib.sources import Problem, SeriesResult, SourceError, Unanswered
from lib.sources.protocol import MISSING_NAME, NO_ROWS, NOT_KEPT

NO_RESPONSE = "its source gave no valid answer"

NOTHING_YET = (NO_ROWS, "empty_answer")
"""Kinds of problem of a response without a row, which a service sends for hours that it does not have yet."""


@dataclass(frozen=True)
class Loss:
    """Hours of a location that were queried and did not come, and why.

    `is_certain` says that they count though values of them are stored, or none ever was; `may_be_late` that
    the source may just not have them yet.
    """

    location: str
    hours: pd.DatetimeIndex
    cause: str
    is_certain: bool = False
    may_be_late: bool = False


def find_losses(
    locations: Sequence[str], queried: pd.DatetimeIndex, result: SeriesResult | SourceError
) -> Iterator[Loss]:
    """Yield what a query did not get of each location, unless its source is known not to have it.

    Args:
        locations: the locations of the query.
        queried: its hours.
        result: what the source returned, or the error that it raised.
    """
    if isinstance(result, SourceError):
        yield from (Loss(location, queried, str(result)) for location in locations)
        return
    for location, stretches in _by_location(result.unanswered).items():
        hours = _inside(queried, stretches)
        cause = _find_cause(result.problems, location, hours) if len(hours) else None
        if len(hours) and (cause is None or cause.kind != NOT_KEPT):
            is_late = cause is not None and cause.kind in NOTHING_YET
            yield Loss(location, hours, cause.message if cause else NO_RESPONSE, may_be_late=is_late)
    for problem in result.problems:
        if problem.kind in (MISSING_NAME, NO_ROWS) and problem.location is not None:
            hours = _inside(queried, [_span(problem, queried)])
            yield Loss(problem.location, hours, problem.message, may_be_late=problem.kind == NO_ROWS)


def find_withdrawn(
    stored: Mapping[str, pd.DatetimeIndex], queried: pd.DatetimeIndex, result: SeriesResult | SourceError
) -> Iterator[Loss]:
    """Yield what a source no longer has though it had it, and what it has and nobody can use.

    Args:
        stored: the hours stored before, by location.
        queried: the hours of the query.
        result: what a source of which the whole window is compared returned, or the error that it raised.
    """
    if isinstance(result, SourceError):
        yield from (Loss(location, queried, str(result), is_certain=True) for location in stored)
        return
    arrived = dict(iter(result.frame.groupby("location", observed=True)["interval_start"]))
    for location, hours in stored.items():
        came = pd.DatetimeIndex(arrived.get(location, queried[:0]))
        gone = hours[hours.isin(queried) & ~hours.isin(came)]
        is_useless = not len(came) and any(
            one.location == location or (result.frame.empty and one.location not in stored)
            for one in result.problems
            if one.n_hours or one.kind == NO_ROWS
        )
        if len(gone):
            cause = _find_cause(result.problems, location, gone)
            yield Loss(location, gone, cause.message if cause else _GONE, is_certain=True)
        elif is_useless:
            cause = _find_cause(result.problems, location, queried)
            yield Loss(location, queried, cause.message if cause else NO_RESPONSE, is_certain=True)


_GONE = (
    "they are stored from an earlier run and are not there any more; bring them back, or delete them from "
    "the database if that is meant"
)


def _by_location(unanswered: Iterable[Unanswered]) -> dict[str, list[tuple[pd.Timestamp, pd.Timestamp]]]:
    stretches: dict[str, list[tuple[pd.Timestamp, pd.Timestamp]]] = {}
    for one in unanswered:
        stretches.setdefault(one.location, []).append((one.start, one.end))
    return stretches


def _inside(
    hours: pd.DatetimeIndex, stretches: Iterable[tuple[pd.Timestamp, pd.Timestamp]]
) -> pd.DatetimeIndex:
    """Return the hours in any of some stretches, whose ends are excluded."""
    is_inside = pd.Series(False, index=hours)
    for start, end in stretches:
        is_inside.iloc[slice(*hours.searchsorted([start, end]))] = True
    return hours[is_inside.to_numpy()]


def _span(problem: Problem, hours: pd.DatetimeIndex) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the hours that a problem names, its end excluded; all hours where it names none."""
    first = hours[0] if problem.first is None else problem.first
    last = hours[-1] if problem.last is None else problem.last
    return first, last + HOUR


def _find_cause(problems: Iterable[Problem], location: str, hours: pd.DatetimeIndex) -> Problem | None:
    """Return the first problem that may be why some hours of a location did not come."""
    for problem in problems:
        start, end = _span(problem, hours)
        if problem.location in (None, location) and start <= hours[-1] and hours[0] < end:
            return problem
    return None
