"""Several readers of one series, one after another: each is asked for what those before it did not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from lib.sources.protocol import Problem, Unanswered, empty_series
from lib.sources.public.catalogue import Row, names
from lib.sources.public.gather import NOT_PUBLISHED, UNANSWERED
from lib.sources.public.hosts import Publishers
from lib.sources.public.hour_index import KEY, asked, inside, rows_in, shrunk, without
from lib.sources.public.query import Ask, Found, Reader


def read_in_turn(ask: Ask, rows: Sequence[Row], readers: Mapping[str, Reader]) -> Found:
    """Return what the readers have together, of each hour from the first that has it.

    Where the numbers of a later reader differ in kind, that is reported, and it is not asked for hours to
    which those before it gave no valid answer: an outage would replace final numbers by preliminary ones. A
    file that its publisher does not have is no problem where a later reader has its hours.

    Args:
        ask: what is asked.
        rows: the readers in order of preference.
        readers: how to call them.
    """
    missing = asked(ask)
    unanswered: tuple[Unanswered, ...] = ()
    answers: list[tuple[Ask, Found]] = []
    for row in rows:
        wanted = missing.difference(inside(missing, unanswered)) if row.note else missing
        share = _share(ask, row, wanted)
        if share is None:
            continue
        answer = read_back(readers[row.reader], share)
        new = rows_in(answer.rows, wanted)
        problems = (*answer.problems, *_other_kind(ask, row, new))
        answers.append((share, replace(answer, rows=new, problems=problems)))
        missing = without(missing, new)
        unanswered += answer.unanswered
    return Found(
        pd.concat([answer.rows for _, answer in answers if len(answer.rows)] or [empty_series()]),
        tuple(one for share, answer in answers for one in _not_healed(answer.problems, share, missing)),
        tuple(shrunk(unanswered, missing)),
    )


def _share(ask: Ask, row: Row, wanted: pd.MultiIndex) -> Ask | None:
    """Return what to ask a reader: the hours wanted that it can have, of the locations that it knows."""
    theirs = {place: name for place, name in names(ask.iso, row.names).items() if place in ask.names}
    places, hours = (wanted.get_level_values(level) for level in KEY)
    hours = pd.DatetimeIndex(hours[places.isin(list(theirs))].unique().sort_values())
    if row.first_day is not None:
        hours = hours[hours >= pd.Timestamp(row.first_day).tz_localize(ask.zone)]
    return replace(ask, names=theirs, hours=hours) if len(hours) else None


def _other_kind(ask: Ask, row: Row, new: pd.DataFrame) -> Iterator[Problem]:
    """Report the hours that come from a reader whose numbers are not quite those of the one before it."""
    if row.note and len(new):
        first, last = new["interval_start"].min(), new["interval_start"].max()
        text = f"{ask.iso} {ask.measure}: {len(new)} hours from {first} to {last}: {row.note}"
        yield Problem(ask.iso, ask.measure, None, "second_choice", len(new), first, last, text)


def _not_healed(problems: Iterable[Problem], share: Ask, missing: pd.MultiIndex) -> Iterator[Problem]:
    """Yield the problems of a reader, of missing files with only those hours that no other reader had."""
    for problem in problems:
        if problem.kind != NOT_PUBLISHED:
            yield problem
            continue
        places, hours = (missing.get_level_values(level) for level in KEY)
        concerned = share.locations if problem.location is None else [problem.location]
        hours = hours[places.isin(concerned) & (hours >= problem.first) & (hours <= problem.last)]
        if len(hours):
            text = f"{problem.message}; {len(hours)} hours are missing"
            yield replace(problem, n_hours=len(hours), first=hours.min(), last=hours.max(), message=text)


OLDER_ANSWER = "older_answer"
"""Kind of problem: the latest kept answer is of no use, and one before it was read."""


def read_back(reader: Reader, ask: Ask) -> Found:
    """Return what a reader finds; what has no valid answer comes from older answers, which is reported."""
    found = reader(ask)
    lacking = inside(asked(ask), found.unanswered)
    while len(lacking) and (older := ask.client.older()):
        ask = _ask_for(lacking, ask, older)
        found = _joined(found, reader(ask), lacking, ask)
        lacking = inside(lacking, found.unanswered)
    return found


def _ask_for(lacking: pd.MultiIndex, ask: Ask, older: Publishers) -> Ask:
    places, hours = (lacking.get_level_values(level).unique() for level in KEY)
    theirs = {place: ask.names[place] for place in places}
    return replace(ask, names=theirs, hours=pd.DatetimeIndex(hours.sort_values()), client=older)


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
