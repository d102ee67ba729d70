"""One batch of series, those of a measure on one basis: from the hours they lack to what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from lib.hours import UTC_HOUR
from lib.pipeline.absent import absent_hours, due_hours
from lib.pipeline.asks import Ask, plan_asks
from lib.pipeline.gaps import Gaps, missing_hours
from lib.sources import Answer, Problem, Source, SourceError
from lib.sources.contracts import check_series
from lib.sources.protocol import join_answers
from lib.store import Database, Task, WriteCounts, write_answer


@dataclass(frozen=True)
class Job:
    """What is to be done: `hours` is the window's calendar, `as_of` the day of asking, `task` who writes."""

    db: Database
    source: Source
    iso: str
    hours: pd.DataFrame
    as_of: date
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


@dataclass(frozen=True)
class Outcome:
    """What came of a batch; `is_readable` is false where the source could not give any of it."""

    batch: Batch
    counts: WriteCounts
    problems: tuple[Problem, ...]
    gaps: Gaps
    is_readable: bool


@dataclass(frozen=True)
class _Heard:
    """The asks that were answered, their answers as one, and the problem that put an end to asking."""

    asks: Sequence[Ask]
    answer: Answer
    failure: tuple[Problem, ...] = ()


def bring_up_to_date(job: Job, batch: Batch, absent: pd.DataFrame) -> Outcome:
    """Ask for the hours that a batch lacks and those that may have changed, and store what came.

    Args:
        job: what is to be done.
        batch: the series.
        absent: hours that the source turned out not to have, as `lib.pipeline.absent.read_known` returns.
    """
    revision_days = job.source.revision_days(job.iso, batch.measure)
    gaps = missing_hours(job.db, job.iso, batch.measure, batch.numbers, job.interval_start)
    is_ours = (absent["measure"] == batch.measure) & (absent["basis"] == batch.basis)
    due = due_hours(gaps, absent[is_ours], job.as_of)
    asks = plan_asks(job.hours, due, list(batch.numbers), _first_revised(job, revision_days))
    heard = _ask(job, batch, asks)
    counts = WriteCounts(read=len(heard.answer.frame))
    if job.task is not None and heard.asks:
        # What is compared whole every time needs no schedule of what to ask for again.
        lacking = {} if revision_days is None else absent_hours(gaps, heard.asks, heard.answer)
        counts = _store(job, batch, heard.answer, lacking, job.task)
    if counts.written:
        gaps = missing_hours(job.db, job.iso, batch.measure, batch.numbers, job.interval_start)
    problems = (*heard.failure, *heard.answer.problems, *_missing(job, batch, gaps))
    return Outcome(batch, counts, problems, gaps, is_readable=bool(heard.asks or not asks))


def _first_revised(job: Job, revision_days: int | None) -> int:
    """Return the place of the first hour of the window that may still change; their number if none may."""
    if revision_days is None:
        return 0
    first_day = pd.Timestamp(job.as_of) - pd.Timedelta(days=revision_days)
    return int((job.hours["market_date"] < first_day).sum())


def _ask(job: Job, batch: Batch, asks: Sequence[Ask]) -> _Heard:
    """Put the asks to the source, up to the first that it cannot answer at all: nor would it the next."""
    answers: list[Answer] = []
    failure: tuple[Problem, ...] = ()
    for ask in asks:
        span = ask.start, ask.end
        try:
            answer = job.source.read(job.iso, batch.measure, ask.locations, *span, batch.basis)
            check_series(answer.frame, job.iso, batch.measure, ask.locations, *span)
        except SourceError as error:
            failure = (Problem(job.iso, batch.measure, None, "unreadable", 0, None, None, str(error)),)
            break
        answers.append(answer)
    return _Heard(asks[: len(answers)], join_answers(answers), failure)


def _store(job: Job, batch: Batch, answer: Answer, lacking: Gaps, task: Task) -> WriteCounts:
    frame = answer.frame
    values = frame.assign(series_id=frame["location"].map(batch.numbers))
    absent = [
        pd.DataFrame({"series_id": batch.numbers[location], "interval_start": hours})
        for location, hours in lacking.items()
    ]
    none = pd.DataFrame({"series_id": [], "interval_start": pd.Series(dtype=UTC_HOUR)})
    return write_answer(
        job.db,
        job.iso,
        batch.measure,
        values[["series_id", "interval_start", "value"]],
        pd.concat(absent) if absent else none,
        job.as_of,
        task,
    )


def _missing(job: Job, batch: Batch, gaps: Gaps) -> list[Problem]:
    """Return a problem for each location that lacks hours."""

    def describe(location: str, gap: pd.DatetimeIndex) -> str:
        n_all = len(job.hours)
        return f"{job.iso} {batch.measure} {location}: {len(gap):,} of {n_all:,} hours are not stored"

    return [
        Problem(job.iso, batch.measure, name, "missing_hours", len(gap), gap[0], gap[-1], describe(name, gap))
        for name, gap in gaps.items()
    ]
