"""Bring one batch of series, those of a measure on one basis, up to date: query gaps, store values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, auto

import pandas as pd

from lib.hours import UTC_HOUR
from lib.pipeline.steps.gaps import GapQuery, Gaps, missing_hours, plan_gap_queries
from lib.pipeline.steps.known_missing import due_hours, find_missing_at_source
from lib.pipeline.steps.losses import Loss, find_losses, find_withdrawn
from lib.sources import Problem, SeriesResult, Source, SourceError
from lib.sources.guard import guard_reading
from lib.sources.protocol import AccountRefused, problem_kind
from lib.sources.schemas import validate_series
from lib.store import Database, RunTask, WriteCounts, write_fetched

MISSING = "missing_hours"
"""Kind of problem: hours of the window are not stored."""


@dataclass(frozen=True)
class UpdateJob:
    """What all batches of an ISO share.

    `hours` is the window's calendar, `as_of` the day of the query, `followed` the day up to which earlier
    runs have queried revised hours, `task` the task that writes.
    """

    db: Database
    source: Source
    iso: str
    hours: pd.DataFrame
    as_of: date
    followed: date
    task: RunTask | None

    @property
    def interval_start(self) -> pd.DatetimeIndex:
        """The UTC starts of the window's hours."""
        return pd.DatetimeIndex(self.hours["interval_start"])


@dataclass(frozen=True)
class Batch:
    """The series of one measure on one basis; the id of a series is None while it is not registered."""

    measure: str
    basis: str
    series_ids: Mapping[str, int | None]


class ReadStatus(IntEnum):
    """How far a source could answer the queries of a batch, the worst first."""

    UNREADABLE = auto()
    """Every query ended in a SourceError."""
    SILENT = auto()
    """The source could not tell for any hour whether it has a value."""
    READ = auto()
    """The source had values, or told for some hour that it has none."""
    NOT_QUERIED = auto()
    """Only old gaps were due and nothing came: such gaps may never close, so this shows no failure."""


@dataclass(frozen=True)
class BatchResult:
    """The result of a batch; `gaps` are the hours that it still lacks, `losses` what did not come."""

    batch: Batch
    counts: WriteCounts
    problems: tuple[Problem, ...]
    gaps: Gaps
    read_status: ReadStatus
    losses: tuple[Loss, ...] = ()


def update_batch(job: UpdateJob, batch: Batch, known_missing: pd.DataFrame) -> BatchResult:
    """Query the hours that a batch lacks and those that may have changed, and store the values.

    Args:
        job: what all batches share.
        batch: the series.
        known_missing: hours that the source turned out not to have, as `read_known_missing_hours` returns.
    """
    revision_days = job.source.revision_days(job.iso, batch.measure)
    gaps = _gaps(job, batch)
    is_of_batch = (known_missing["measure"] == batch.measure) & (known_missing["basis"] == batch.basis)
    due = due_hours(gaps, known_missing[is_of_batch], job.as_of)
    first_revised = _first_revised(job, revision_days)
    counts, problems, statuses = WriteCounts(), list[Problem](), set[ReadStatus]()
    try:
        due = _with_corrected(job, batch, due, revision_days)
    except SourceError as error:
        problems.append(_unread(job, batch, error))
    queries = plan_gap_queries(job.hours, due, list(batch.series_ids), first_revised)
    losses = list[Loss]()
    for query, result in _results(job, batch, queries):
        statuses.add(_read_status(job, query, result))
        losses += _losses(job, query, result, gaps, is_compared=revision_days is None)
        if isinstance(result, SourceError):
            problems.append(_unread(job, batch, result))
            continue
        problems += result.problems
        # Where every fetch compares the whole window, there is no schedule for the hours that are missing.
        missing = {} if revision_days is None else find_missing_at_source(gaps, [query], result)
        counts += _store_result(job, batch, result, missing)
    status = max(statuses, default=ReadStatus.NOT_QUERIED)
    if status < ReadStatus.READ and first_revised == len(job.hours) and _has_any_hour(job, batch, gaps):
        status = ReadStatus.NOT_QUERIED
    if counts.written:
        gaps = _gaps(job, batch)
    problems = [*dict.fromkeys(problems), *_missing_problems(job, batch, gaps)]
    return BatchResult(batch, counts, tuple(problems), gaps, status, tuple(losses))


def _gaps(job: UpdateJob, batch: Batch) -> Gaps:
    return missing_hours(job.db, job.iso, batch.measure, batch.series_ids, job.interval_start)


def _has_any_hour(job: UpdateJob, batch: Batch, gaps: Gaps) -> bool:
    """Return whether any hour of the window is stored."""
    return sum(map(len, gaps.values())) < len(job.hours) * len(batch.series_ids)


def _first_revised_day(job: UpdateJob, revision_days: int) -> pd.Timestamp:
    """Return the first local day whose hours may have changed since the last fetches."""
    return pd.Timestamp(min(job.followed, job.as_of)) - pd.Timedelta(days=revision_days)


def _first_revised(job: UpdateJob, revision_days: int | None) -> int:
    """Return the index of the first hour that may have changed; the number of hours if none may."""
    if revision_days is None:
        return 0
    if not revision_days:
        return len(job.hours)
    return int((job.hours["market_date"] < _first_revised_day(job, revision_days)).sum())


def _with_corrected(job: UpdateJob, batch: Batch, due: Gaps, revision_days: int | None) -> Gaps:
    """Return the hours to query with those that their publisher has corrected since the last fetches.

    Hours that may have changed anyway are queried without being named.
    """
    hours = job.interval_start[: _first_revised(job, revision_days)]
    if not revision_days or not len(hours):
        return due
    since = _first_revised_day(job, revision_days).date()
    corrected = job.source.corrected_hours(job.iso, batch.measure, list(batch.series_ids), hours, since)
    return due | {
        place: due[place].union(its_hours) if place in due else its_hours
        for place, its_hours in corrected.items()
    }


def _unread(job: UpdateJob, batch: Batch, error: SourceError) -> Problem:
    return Problem(job.iso, batch.measure, None, problem_kind(error), 0, None, None, str(error))


def _results(
    job: UpdateJob, batch: Batch, queries: Sequence[GapQuery]
) -> Iterator[tuple[GapQuery, SeriesResult | SourceError]]:
    """Yield each query with its result or error; a source that refuses the account gets no further query."""
    for query in queries:
        try:
            result: SeriesResult | SourceError = _read(job, batch, query)
        except SourceError as error:
            result = error
        yield query, result
        if isinstance(result, AccountRefused):
            return


def _read(job: UpdateJob, batch: Batch, query: GapQuery) -> SeriesResult:
    span = query.start, query.end
    what = f"{job.iso} {batch.measure}: the answer of {job.source.name} from {query.start} to {query.end}"
    # The sources guard each part; what gets through costs the query and no other. A full disk ends the task.
    with guard_reading(what, passing=(SourceError, OSError)):
        result = job.source.read(job.iso, batch.measure, query.locations, *span, batch.basis)
        validate_series(result.frame, job.iso, batch.measure, query.locations, *span)
    return result


def _losses(
    job: UpdateJob, query: GapQuery, result: SeriesResult | SourceError, gaps: Gaps, *, is_compared: bool
) -> Iterator[Loss]:
    """Yield what a query did not get; `gaps` are the hours that were not stored before it."""
    hours = job.interval_start
    queried = hours[(hours >= query.start) & (hours < query.end)]
    yield from find_losses(query.locations, queried, result)
    if is_compared:
        stored = {name: hours[~hours.isin(gaps[name])] if name in gaps else hours for name in query.locations}
        yield from find_withdrawn(stored, queried, result)


def _read_status(job: UpdateJob, query: GapQuery, result: SeriesResult | SourceError) -> ReadStatus:
    if isinstance(result, SourceError):
        return ReadStatus.UNREADABLE
    hours = job.interval_start
    queried = hours[(hours >= query.start) & (hours < query.end)]
    is_silent = result.frame.empty and not find_missing_at_source(
        dict.fromkeys(query.locations, queried), [query], result
    )
    return ReadStatus.SILENT if is_silent else ReadStatus.READ


def _store_result(job: UpdateJob, batch: Batch, result: SeriesResult, missing: Gaps) -> WriteCounts:
    """Store a result before the next query is sent, so that a run that is killed keeps what it had."""
    if job.task is None:
        return WriteCounts(read=len(result.frame))
    values = result.frame.assign(series_id=result.frame["location"].map(batch.series_ids))
    parts = [
        pd.DataFrame({"series_id": batch.series_ids[location], "interval_start": hours})
        for location, hours in missing.items()
    ]
    none = pd.DataFrame({"series_id": [], "interval_start": pd.Series(dtype=UTC_HOUR)})
    return write_fetched(
        job.db,
        job.iso,
        batch.measure,
        values[["series_id", "interval_start", "value"]],
        pd.concat(parts) if parts else none,
        job.as_of,
        job.task,
    )


def _missing_problems(job: UpdateJob, batch: Batch, gaps: Gaps) -> list[Problem]:
    """Return a problem for each location that lacks hours."""
    problems = []
    for location, gap in gaps.items():
        stored = f"{len(gap):,} of {len(job.hours):,} hours are not stored"
        message = f"{job.iso} {batch.measure} {location}: {stored}"
        problems.append(
            Problem(job.iso, batch.measure, location, MISSING, len(gap), gap[0], gap[-1], message)
        )
    return problems
