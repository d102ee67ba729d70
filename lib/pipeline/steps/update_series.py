"""One batch of series, those of a measure on one basis: from the hours they lack to what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, auto

import pandas as pd

from lib.hours import UTC_HOUR
from lib.pipeline.steps.gaps import Ask, Gaps, missing_hours, plan_asks
from lib.pipeline.steps.known_missing import absent_hours, due_hours
from lib.sources import Problem, SeriesResult, Source, SourceError
from lib.sources.protocol import AccountRefused, problem_kind
from lib.sources.schemas import validate_series
from lib.store import Database, Task, WriteCounts, write_fetched

MISSING = "missing_hours"
"""Kind of problem: hours of the window are not stored."""


@dataclass(frozen=True)
class Job:
    """What is to be done.

    `hours` is the window's calendar, `as_of` the day of asking, `followed` the day up to which earlier runs
    have asked for what had changed, `task` who writes.
    """

    db: Database
    source: Source
    iso: str
    hours: pd.DataFrame
    as_of: date
    followed: date
    task: Task | None

    @property
    def interval_start(self) -> pd.DatetimeIndex:
        """The UTC starts of the window's hours."""
        return pd.DatetimeIndex(self.hours["interval_start"])


@dataclass(frozen=True)
class Batch:
    """The series of one measure on one basis: their ids by location, None for one that is not registered."""

    measure: str
    basis: str
    numbers: Mapping[str, int | None]


class Response(IntEnum):
    """What a source made of what it was asked, the worst first."""

    UNREADABLE = auto()
    """It is a SourceError each time."""
    SILENT = auto()
    """Of no hour could it tell anything."""
    READ = auto()
    """It had values, or could tell of some hour that it has none."""
    NOT_ASKED = auto()
    """Nothing was due but old gaps in vain, which may stay for ever and tell nothing of the source."""


@dataclass(frozen=True)
class Outcome:
    """What came of a batch; `gaps` are the hours that it lacks now."""

    batch: Batch
    counts: WriteCounts
    problems: tuple[Problem, ...]
    gaps: Gaps
    response: Response


def bring_up_to_date(job: Job, batch: Batch, absent: pd.DataFrame) -> Outcome:
    """Ask for the hours that a batch lacks and those that may have changed, and store what came.

    Args:
        job: what is to be done.
        batch: the series.
        absent: hours that the source turned out not to have, as `lib.pipeline.absent.read_known` returns.
    """
    revision_days = job.source.revision_days(job.iso, batch.measure)
    gaps = _gaps(job, batch)
    is_ours = (absent["measure"] == batch.measure) & (absent["basis"] == batch.basis)
    due = due_hours(gaps, absent[is_ours], job.as_of)
    first_revised = _first_revised(job, revision_days)
    counts, problems, responses = WriteCounts(), [], set()
    for ask, answer in _answers(job, batch, plan_asks(job.hours, due, list(batch.numbers), first_revised)):
        responses.add(_response(job, ask, answer))
        if isinstance(answer, SourceError):
            kind = problem_kind(answer)
            problems.append(Problem(job.iso, batch.measure, None, kind, 0, None, None, str(answer)))
            continue
        problems += answer.problems
        # What is compared whole every time needs no schedule of what to ask for again.
        lacking = {} if revision_days is None else absent_hours(gaps, [ask], answer)
        counts += _keep(job, batch, answer, lacking)
    response = max(responses, default=Response.NOT_ASKED)
    if response < Response.READ and first_revised == len(job.hours) and _has_any(job, batch, gaps):
        response = Response.NOT_ASKED
    if counts.written:
        gaps = _gaps(job, batch)
    problems = [*dict.fromkeys(problems), *_missing(job, batch, gaps)]
    return Outcome(batch, counts, tuple(problems), gaps, response)


def _gaps(job: Job, batch: Batch) -> Gaps:
    return missing_hours(job.db, job.iso, batch.measure, batch.numbers, job.interval_start)


def _has_any(job: Job, batch: Batch, gaps: Gaps) -> bool:
    """Whether any hour of the window is stored."""
    return sum(map(len, gaps.values())) < len(job.hours) * len(batch.numbers)


def _first_revised(job: Job, revision_days: int | None) -> int:
    """Return the place of the first hour that may have changed unseen; the number of hours if none may."""
    if revision_days is None:
        return 0
    if not revision_days:
        return len(job.hours)
    first_day = pd.Timestamp(min(job.followed, job.as_of)) - pd.Timedelta(days=revision_days)
    return int((job.hours["market_date"] < first_day).sum())


def _answers(job: Job, batch: Batch, asks: Sequence[Ask]) -> Iterator[tuple[Ask, SeriesResult | SourceError]]:
    """Yield what the source says to each ask; once it has refused the account it is asked no further."""
    for ask in asks:
        try:
            answer: SeriesResult | SourceError = _answer(job, batch, ask)
        except SourceError as error:
            answer = error
        yield ask, answer
        if isinstance(answer, AccountRefused):
            return


def _response(job: Job, ask: Ask, answer: SeriesResult | SourceError) -> Response:
    if isinstance(answer, SourceError):
        return Response.UNREADABLE
    hours = job.interval_start
    asked = hours[(hours >= ask.start) & (hours < ask.end)]
    is_silent = answer.frame.empty and not absent_hours(dict.fromkeys(ask.locations, asked), [ask], answer)
    return Response.SILENT if is_silent else Response.READ


def _answer(job: Job, batch: Batch, ask: Ask) -> SeriesResult:
    span = ask.start, ask.end
    answer = job.source.read(job.iso, batch.measure, ask.locations, *span, batch.basis)
    validate_series(answer.frame, job.iso, batch.measure, ask.locations, *span)
    return answer


def _keep(job: Job, batch: Batch, answer: SeriesResult, lacking: Gaps) -> WriteCounts:
    """Store an answer before the next is asked for: a run that is killed keeps what it had."""
    if job.task is None:
        return WriteCounts(read=len(answer.frame))
    frame = answer.frame
    values = frame.assign(series_id=frame["location"].map(batch.numbers))
    absent = [
        pd.DataFrame({"series_id": batch.numbers[location], "interval_start": hours})
        for location, hours in lacking.items()
    ]
    none = pd.DataFrame({"series_id": [], "interval_start": pd.Series(dtype=UTC_HOUR)})
    return write_fetched(
        job.db,
        job.iso,
        batch.measure,
        values[["series_id", "interval_start", "value"]],
        pd.concat(absent) if absent else none,
        job.as_of,
        job.task,
    )


def _missing(job: Job, batch: Batch, gaps: Gaps) -> list[Problem]:
    """Return a problem for each location that lacks hours."""

    def describe(location: str, gap: pd.DatetimeIndex) -> str:
        n_all = len(job.hours)
        return f"{job.iso} {batch.measure} {location}: {len(gap):,} of {n_all:,} hours are not stored"

    return [
        Problem(job.iso, batch.measure, name, MISSING, len(gap), gap[0], gap[-1], describe(name, gap))
        for name, gap in gaps.items()
    ]
