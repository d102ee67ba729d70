"""A query is split into parts, one per file of the publisher, which are read at the same time.

A part that cannot be read costs its own hours only, and is reported with the cause. Each reader notes the
publisher's names of each part that it reads, so that a name that is gone is reported too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from multiprocessing.pool import ThreadPool
from typing import NoReturn

import pandas as pd

from lib.hours import HOUR
from lib.sources.clean import ProblemCounter
from lib.sources.protocol import REFUSED, Problem, Unanswered, empty_series
from lib.sources.public.names import SeenNames
from lib.sources.public.query import QueryPart, ReaderQuery, ReaderResult, Unreadable
from lib.web import NotFound, Refused, WebError

NOT_PUBLISHED, UNANSWERED = "not_published", "unanswered"
"""Kinds of problem: the publisher does not have the file; the publisher gave no valid response."""

WORKERS = 6
"""Parts that are read at the same time."""


ReadPart = Callable[[QueryPart, ProblemCounter, SeenNames], pd.DataFrame]
"""Returns location, interval_start (UTC) and value of a part; the counter gets the rows it leaves out, and
the last argument all names that the publisher's table has."""


class NamesNotNoted(Exception):
    """A reader is incomplete: it has read a part, and does not say which names the publisher's table has."""


def read_parts(query: ReaderQuery, parts: Sequence[QueryPart], read: ReadPart) -> ReaderResult:
    """Return the rows of all parts. The hours of a part that fails are unanswered, and it is reported.

    A part that its publisher does not have is reported too, but its hours are known missing, not unanswered.

    Raises:
        NamesNotNoted: the reader has read a part and noted no names of it.
    """
    counter, names = ProblemCounter(query.iso, query.measure), SeenNames(query)

    def read_noted(part: QueryPart) -> pd.DataFrame:
        rows = read(part, counter, names)
        if part.period not in names.periods:
            raise NamesNotNoted(f"the reader of {query.iso} {query.measure} notes no names of {part.period}")
        return rows

    frames, failures = [], []
    for part, outcome in _read_all(parts, read_noted):
        if isinstance(outcome, pd.DataFrame):
            frames.append(outcome)
        else:
            failures.append((part, outcome))
    unknown = [part for part, error in failures if not isinstance(error, NotFound)]
    return ReaderResult(
        pd.concat(frames) if frames else empty_series(),
        (*counter.problems, *_problems(query, failures), *names.problems()),
        tuple(Unanswered(name, part.start, part.end) for name in query.locations for part in unknown),
    )


def fail_parts(query: ReaderQuery, parts: Sequence[QueryPart], error: Exception) -> ReaderResult:
    """Return the result when an error leaves every part without a response."""

    def fail(_part: QueryPart, _counter: ProblemCounter, _names: SeenNames) -> NoReturn:
        raise error

    return read_parts(query, parts, fail)


def _read_all(
    parts: Sequence[QueryPart], read: Callable[[QueryPart], pd.DataFrame]
) -> list[tuple[QueryPart, pd.DataFrame | Exception]]:
    refusals: list[Refused] = []  # after one, the publisher gets no further request

    def read_one(part: QueryPart) -> tuple[QueryPart, pd.DataFrame | Exception]:
        if refusals:
            return part, refusals[0]
        try:
            return part, read(part)
        except Refused as error:
            refusals.append(error)
            return part, error
        except (WebError, Unreadable) as error:
            return part, error

    # Its threads are daemons: the end of the program does not wait for a publisher that does not answer.
    with ThreadPool(WORKERS) as pool:
        return pool.map(read_one, parts, chunksize=1)


def _problems(query: ReaderQuery, failures: Iterable[tuple[QueryPart, Exception]]) -> list[Problem]:
    """Return a problem for each kind of failure; it names the first cause."""
    by_kind: dict[str, list[tuple[QueryPart, Exception]]] = {}
    for part, error in failures:
        by_kind.setdefault(_kind(error), []).append((part, error))
    return [_problem(query, kind, failed) for kind, failed in by_kind.items()]


def _kind(error: Exception) -> str:
    if isinstance(error, NotFound):
        return NOT_PUBLISHED
    return REFUSED if isinstance(error, Refused) else UNANSWERED


def _problem(query: ReaderQuery, kind: str, failed: Sequence[tuple[QueryPart, Exception]]) -> Problem:
    first, last = failed[0][0].start, failed[-1][0].end - HOUR
    n_hours = sum(len(part.hours) for part, _ in failed) * len(query.locations)
    names = [str(part.period) for part, _ in failed]
    which = names[0] if len(names) == 1 else f"{len(names)} files from {names[0]} to {names[-1]}"
    text = f"{query.iso} {query.measure}: {which} {kind.replace('_', ' ')}: {failed[0][1]}"
    return Problem(query.iso, query.measure, None, kind, n_hours, first, last, text)
