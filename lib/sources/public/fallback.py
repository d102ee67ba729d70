"""Several readers of one series: each is queried for the hours that the readers before it lack.

In a replay a reader also falls back on older archived responses, where the latest is of no use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from lib.sources.clean import KEY
from lib.sources.protocol import Problem, Unanswered, empty_series
from lib.sources.public.catalogue import ReaderEntry, publisher_names
from lib.sources.public.hosts import PublisherClient
from lib.sources.public.hour_index import pairs_inside, query_pairs, rows_in, shrink, without_values
from lib.sources.public.parts import MALFORMED, NOT_PUBLISHED, UNANSWERED
from lib.sources.public.query import Reader, ReaderQuery, ReaderResult

OTHER_KIND = "second_choice"
"""Kind of problem: hours come from a reader whose numbers differ in kind from those of the one before it."""

OLDER_RESPONSE = "older_answer"
"""Kind of problem: the latest archived response is of no use, and an older one was read."""


def read_with_fallback(
    query: ReaderQuery, entries: Sequence[ReaderEntry], readers: Mapping[str, Reader]
) -> ReaderResult:
    """Return the rows of all readers together: each hour from the first reader that has it.

    Where the numbers of a later reader differ in kind, that is reported. Such a reader does not fill hours
    for which the readers before it got no valid response: during an outage preliminary numbers would replace
    final ones. A file that its publisher does not have is no problem where a later reader has its hours.

    Args:
        query: what is wanted.
        entries: the readers in order of preference.
        readers: the functions by name.
    """
    missing = query_pairs(query)
    unanswered: tuple[Unanswered, ...] = ()
    results: list[tuple[ReaderQuery, ReaderResult]] = []
    for entry in entries:
        wanted = missing.difference(pairs_inside(missing, unanswered)) if entry.note else missing
        share = _share_of(query, entry, wanted)
        if share is None:
            continue
        result = read_with_older_responses(readers[entry.reader], share)
        new = rows_in(result.rows, wanted)
        problems = (*result.problems, *_other_kind(query, entry, new))
        results.append((share, replace(result, rows=new, problems=problems)))
        missing = without_values(missing, new)
        unanswered += result.unanswered
    return ReaderResult(
        pd.concat([result.rows for _, result in results if len(result.rows)] or [empty_series()]),
        tuple(one for share, result in results for one in _not_healed(result.problems, share, missing)),
        tuple(shrink(unanswered, missing)),
    )


def read_with_older_responses(reader: Reader, query: ReaderQuery) -> ReaderResult:
    """Return a reader's result; in a replay, older responses replace invalid ones, and a problem says so."""
    result = reader(query)
    if not result.unanswered:
        return result
    lacking = pairs_inside(without_values(query_pairs(query), result.rows), result.unanswered)
    while len(lacking) and (older := query.client.older()):
        query = _query_for(lacking, query, older)
        result = _join(result, reader(query), lacking, query)
        lacking = pairs_inside(lacking, result.unanswered)
    return result


def _share_of(query: ReaderQuery, entry: ReaderEntry, wanted: pd.MultiIndex) -> ReaderQuery | None:
    """Return the query for one reader: the wanted hours it can have, of the locations it knows."""
    all_names = publisher_names(query.iso, entry.names)
    names = {place: name for place, name in all_names.items() if place in query.names}
    places, hours = (wanted.get_level_values(level) for level in KEY)
    hours = pd.DatetimeIndex(hours[places.isin(list(names))].unique().sort_values())
    if entry.first_day is not None:
        hours = hours[hours >= pd.Timestamp(entry.first_day).tz_localize(query.zone)]
    return replace(query, names=names, hours=hours) if len(hours) else None


def _other_kind(query: ReaderQuery, entry: ReaderEntry, new: pd.DataFrame) -> Iterator[Problem]:
    """Report the hours of a reader whose numbers differ in kind from those of the one before it."""
    if entry.note and len(new):
        first, last = new["interval_start"].min(), new["interval_start"].max()
        text = f"{query.iso} {query.measure}: {len(new)} hours from {first} to {last}: {entry.note}"
        yield Problem(query.iso, query.measure, None, OTHER_KIND, len(new), first, last, text)


def _not_healed(problems: Iterable[Problem], share: ReaderQuery, missing: pd.MultiIndex) -> Iterator[Problem]:
    """Yield a reader's problems; those of missing files keep only the hours that no other reader had."""
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


def _query_for(lacking: pd.MultiIndex, query: ReaderQuery, older: PublisherClient) -> ReaderQuery:
    places, hours = (lacking.get_level_values(level).unique() for level in KEY)
    names = {place: query.names[place] for place in places}
    return replace(query, names=names, hours=pd.DatetimeIndex(hours.sort_values()), client=older)


def _join(
    result: ReaderResult, older: ReaderResult, lacking: pd.MultiIndex, query: ReaderQuery
) -> ReaderResult:
    """Return a result together with what older responses have of the pairs that it lacks."""
    rows = rows_in(older.rows, lacking)
    problems = [problem for problem in result.problems if problem.kind != UNANSWERED]
    if len(rows):
        causes = [one.message for one in result.problems if one.kind in (UNANSWERED, MALFORMED)]
        cause = causes[0] if causes else "it is damaged"
        first, last = rows["interval_start"].min(), rows["interval_start"].max()
        text = (
            f"{query.iso} {query.measure}: {len(rows)} hours from {first} to {last} are from an older "
            f"response than the latest: {cause}"
        )
        problems.append(Problem(query.iso, query.measure, None, OLDER_RESPONSE, len(rows), first, last, text))
    return ReaderResult(
        pd.concat([frame for frame in (result.rows, rows) if len(frame)] or [result.rows]),
        (*problems, *older.problems),
        tuple(shrink(older.unanswered, lacking)),
    )
