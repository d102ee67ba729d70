"""Reading the parts of an ask at once: one that cannot be read costs its own hours, and says why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from multiprocessing.pool import ThreadPool
from typing import NoReturn

import pandas as pd

from lib.hours import HOUR
from lib.sources.clean import ProblemCounter
from lib.sources.protocol import REFUSED, Problem, Unanswered, empty_series
from lib.sources.public.query import Ask, Found, Part, ReadPart, Unreadable
from lib.web import NotFound, Refused, WebError

NOT_PUBLISHED, UNANSWERED = "not_published", "unanswered"
"""Kinds of problem: the publisher has no such file; it gave no valid answer."""

WORKERS = 6
"""Answers that are waited for at once."""


def gather(ask: Ask, asked: Sequence[Part], read: ReadPart) -> Found:
    """Return what several parts have, read at once; those that fail are reported and cost their hours.

    A part that its publisher does not have is reported, and its hours are absent.
    """
    counter = ProblemCounter(ask.iso, ask.measure)
    frames, failures = [], []
    for part, outcome in _outcomes(asked, read, counter):
        if isinstance(outcome, pd.DataFrame):
            frames.append(outcome)
        else:
            failures.append((part, outcome))
    unknown = [part for part, error in failures if not isinstance(error, NotFound)]
    return Found(
        pd.concat(frames) if frames else empty_series(),
        (*counter.problems, *_problems(ask, failures)),
        tuple(Unanswered(name, part.start, part.end) for name in ask.locations for part in unknown),
    )


def _outcomes(
    asked: Sequence[Part], read: ReadPart, counter: ProblemCounter
) -> list[tuple[Part, pd.DataFrame | Exception]]:
    refused: list[Refused] = []  # what is refused once is not asked again

    def outcome(part: Part) -> tuple[Part, pd.DataFrame | Exception]:
        if refused:
            return part, refused[0]
        try:
            return part, read(part, counter)
        except Refused as error:
            refused.append(error)
            return part, error
        except (WebError, Unreadable) as error:
            return part, error

    # Its threads are daemons: the end of the program does not wait for a publisher that does not answer.
    with ThreadPool(WORKERS) as pool:
        return pool.map(outcome, asked, chunksize=1)


def _problems(ask: Ask, failures: Iterable[tuple[Part, Exception]]) -> list[Problem]:
    """Return a problem for each kind of failure, which names the first cause."""
    by_kind: dict[str, list[tuple[Part, Exception]]] = {}
    for part, error in failures:
        by_kind.setdefault(_kind(error), []).append((part, error))
    return [_problem(ask, kind, failed) for kind, failed in by_kind.items()]


def _kind(error: Exception) -> str:
    if isinstance(error, NotFound):
        return NOT_PUBLISHED
    return REFUSED if isinstance(error, Refused) else UNANSWERED


def _problem(ask: Ask, kind: str, failed: Sequence[tuple[Part, Exception]]) -> Problem:
    first, last = failed[0][0].start, failed[-1][0].end - HOUR
    n_hours = sum(len(part.hours) for part, _ in failed) * len(ask.locations)
    names = [str(part.period) for part, _ in failed]
    which = names[0] if len(names) == 1 else f"{len(names)} files from {names[0]} to {names[-1]}"
    text = f"{ask.iso} {ask.measure}: {which} {kind.replace('_', ' ')}: {failed[0][1]}"
    return Problem(ask.iso, ask.measure, None, kind, n_hours, first, last, text)


def nothing_known(ask: Ask, asked: Sequence[Part], error: Exception) -> Found:
    """Return that an error left every part without an answer."""

    def read(_part: Part, _counter: ProblemCounter) -> NoReturn:
        raise error

    return gather(ask, asked, read)
