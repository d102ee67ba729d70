"""In a replay, what cannot be read in the latest kept answers is read in those before them."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from lib.sources.protocol import Problem
from lib.sources.public.asks import Ask, Found, Reader
from lib.sources.public.pairs import KEY, asked, inside, rows_in, shrunk
from lib.sources.public.publishers import Publishers
from lib.sources.public.reading import UNANSWERED

OLDER_ANSWER = "older_answer"
"""Kind of problem: the latest kept answer is of no use, and one before it was read."""


def read_back(reader: Reader, ask: Ask) -> Found:
    """Return what a reader finds; what has no valid answer comes from older answers, which is reported."""
    found = reader(ask)
    lacking = inside(asked(ask), found.unanswered)
    while len(lacking) and (older := ask.exchange.older()):
        ask = _ask_for(lacking, ask, older)
        found = _joined(found, reader(ask), lacking, ask)
        lacking = inside(lacking, found.unanswered)
    return found


def _ask_for(lacking: pd.MultiIndex, ask: Ask, older: Publishers) -> Ask:
    places, hours = (lacking.get_level_values(level).unique() for level in KEY)
    theirs = {place: ask.names[place] for place in places}
    return replace(ask, names=theirs, hours=pd.DatetimeIndex(hours.sort_values()), exchange=older)


def _joined(found: Found, again: Found, lacking: pd.MultiIndex, ask: Ask) -> Found:
    """Return what was found, with what older answers have of the pairs that it lacks."""
    rows = rows_in(again.rows, lacking)
    problems = [problem for problem in found.problems if problem.kind != UNANSWERED]
    if len(rows):
        cause = next(problem.message for problem in found.problems if problem.kind == UNANSWERED)
        first, last = rows["interval_start"].min(), rows["interval_start"].max()
        text = (
            f"{ask.iso} {ask.measure}: {len(rows)} hours from {first} to {last} are from an older answer "
            f"than the latest: {cause}"
        )
        problems.append(Problem(ask.iso, ask.measure, None, OLDER_ANSWER, len(rows), first, last, text))
    return Found(
        pd.concat([frame for frame in (found.rows, rows) if len(frame)] or [found.rows]),
        (*problems, *again.problems),
        tuple(shrunk(again.unanswered, lacking)),
    )
