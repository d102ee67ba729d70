"""A query is split into parts, one per file of the publisher, which are read at the same time.

A part that cannot be read costs its own hours only, whatever is raised while it is read, and is reported with
its file and the cause. A reader that can read the rest of a part notes what it lost: a day of an archive, a
zone's sheet, a line. Each reader notes the publisher's names of each part that it reads, so that a name that
is gone is reported too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing.pool import ThreadPool
from typing import NoReturn

import pandas as pd

from lib.hours import HOUR
from lib.safe_text import NAME_LENGTH, safe_text
from lib.sources.clean import ProblemCounter
from lib.sources.guard import guard_reading
from lib.sources.protocol import NOT_KEPT, REFUSED, Problem, Unanswered, empty_series
from lib.sources.public.hour_index import query_pairs, shrink, without_values
from lib.sources.public.names import SeenNames
from lib.sources.public.query import QueryPart, ReaderQuery, ReaderResult, Unreadable
from lib.web import NotArchived, NotFound, Refused, WebError

NOT_PUBLISHED, UNANSWERED, MALFORMED = "not_published", "unanswered", "malformed_line"
"""Kinds of problem: the publisher does not have the file; it gave no valid response; lines are damaged."""

WORKERS = 6
"""Parts that are read at the same time."""


@dataclass
class PartCounter(ProblemCounter):
    """Also collects what was lost of parts whose rest could be read; the hours are then unanswered."""

    lost: list[Unanswered] = field(default_factory=list)

    def lose(self, part: QueryPart, error: object, locations: Iterable[str]) -> None:
        """Add the loss of some locations in a part, or in the day of it that `part` is."""
        names = list(locations)
        place = names[0] if len(names) == 1 else None
        where = " ".join(filter(None, [self.iso, self.measure, place]))
        text = f"{where}: {part.period} {UNANSWERED}: {error}"
        n_hours, last = len(part.hours) * len(names), part.end - HOUR
        problem = Problem(self.iso, self.measure, place, UNANSWERED, n_hours, part.start, last, text)
        self._add_lost(problem, part, names)

    def lose_lines(self, part: QueryPart, file: str, lines: Sequence[str], locations: Iterable[str]) -> None:
        """Add damaged lines of a file; hours of the part that are missing are unanswered."""
        if lines:
            first, last = part.start, part.end - HOUR
            text = (
                f"{self.iso} {self.measure}: {len(lines)} lines of {file} are damaged and were left out, "
                f"such as {safe_text(lines[0], 2 * NAME_LENGTH)}"
            )
            problem = Problem(self.iso, self.measure, None, MALFORMED, len(lines), first, last, text)
            self._add_lost(problem, part, locations)

    def _add_lost(self, problem: Problem, part: QueryPart, locations: Iterable[str]) -> None:
        self.problems.append(problem)
        self.lost += [Unanswered(name, part.start, part.end) for name in locations]


ReadPart = Callable[[QueryPart, PartCounter, SeenNames], pd.DataFrame]
"""Returns location, interval_start (UTC) and value of a part; the counter gets the rows that it leaves out
and what it cannot read, and the last argument all names that the publisher's table has."""


class NamesNotNoted(Exception):
    """A reader is incomplete: it has read a part, and does not say which names the publisher's table has."""


def read_parts(query: ReaderQuery, parts: Sequence[QueryPart], read: ReadPart) -> ReaderResult:
    """Return the rows of all parts. The hours of a part that fails are unanswered, and it is reported.

    A part that its publisher does not have is reported too, but its hours are known missing, not unanswered.

    Raises:
        NamesNotNoted: the reader has read a part and noted no names of it.
    """
    counter, names = PartCounter(query.iso, query.measure), SeenNames(query)

    def read_noted(part: QueryPart) -> pd.DataFrame:
        rows = _read_guarded(query, part, lambda: read(part, counter, names))
        if part.period not in names.periods:
            raise NamesNotNoted(f"the reader of {query.iso} {query.measure} notes no names of {part.period}")
        return rows

    frames, failures = [], []
    for part, outcome in _read_all(parts, read_noted):
        if isinstance(outcome, pd.DataFrame):
            frames.append(outcome)
        else:
            failures.append((part, outcome))
    rows = pd.concat([frame for frame in frames if len(frame)] or frames[:1] or [empty_series()])
    unknown = [part for part, error in failures if not isinstance(error, NotFound)]
    unanswered = [Unanswered(name, part.start, part.end) for name in query.locations for part in unknown]
    if counter.lost:
        unanswered += shrink(counter.lost, without_values(query_pairs(query), rows))
    return ReaderResult(
        rows, (*counter.problems, *_problems(query, failures), *names.problems()), tuple(unanswered)
    )


def fail_parts(query: ReaderQuery, parts: Sequence[QueryPart], error: Exception) -> ReaderResult:
    """Return the result when an error leaves every part without a response."""

    def fail(_part: QueryPart, _counter: PartCounter, _names: SeenNames) -> NoReturn:
        raise error

    return read_parts(query, parts, fail)


def _read_guarded(query: ReaderQuery, part: QueryPart, read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of a part.

    Raises:
        WebError: there is no usable response.
        Unreadable: anything else was raised; the message names the file that came last.
        OSError: a response cannot be archived; the disk may be full.
    """
    client = query.client
    client.forget_file()
    passing = (WebError, Unreadable, NamesNotNoted, OSError)
    try:
        with guard_reading(f"the answer for {part.period}", Unreadable, passing):
            return read()
    except Unreadable as error:
        file = client.last_file()
        if file is None or file in str(error):
            raise
        raise Unreadable(f"{file}: {error}") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise Unreadable(f"{client.last_file() or part.period} cannot be read ({error})") from error


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
    if isinstance(error, NotArchived):
        return NOT_KEPT
    return REFUSED if isinstance(error, Refused) else UNANSWERED


def _problem(query: ReaderQuery, kind: str, failed: Sequence[tuple[QueryPart, Exception]]) -> Problem:
    first, last = failed[0][0].start, failed[-1][0].end - HOUR
    n_hours = sum(len(part.hours) for part, _ in failed) * len(query.locations)
    names = [str(part.period) for part, _ in failed]
    which = names[0] if len(names) == 1 else f"{len(names)} files from {names[0]} to {names[-1]}"
    text = f"{query.iso} {query.measure}: {which} {kind.replace('_', ' ')}: {failed[0][1]}"
    return Problem(query.iso, query.measure, None, kind, n_hours, first, last, text)
