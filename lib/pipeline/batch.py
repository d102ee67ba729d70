"""One batch of series, those of a measure on one basis: from the hours they lack to what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from lib.hours import UTC_HOUR
from lib.pipeline.absent import absent_hours, due_hours
from lib.pipeline.asks import Ask, plan_asks
from lib.pipeline.gaps import Gaps, missing_hours
from lib.sources import Answer, Problem, Source, SourceError
from lib.sources.contracts import check_series
from lib.sources.protocol import kind_of
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
    counts, problems, n_heard = WriteCounts(), [], 0
    for ask in asks:
        try:
            answer = _answer(job, batch, ask)
        except SourceError as error:  # nor could it answer the next
            kind = kind_of(error)
            problems.append(Problem(job.iso, batch.measure, None, kind, 0, None, None, str(error)))
            break
        n_heard += 1
        problems += answer.problems
        # What is compared whole every time needs no schedule of what to ask for again.
        lacking = {} if revision_days is None else absent_hours(gaps, [ask], answer)
        counts += _keep(job, batch, answer, lacking)
    if counts.written:
        gaps = missing_hours(job.db, job.iso, batch.measure, batch.numbers, job.interval_start)
    problems += _missing(job, batch, gaps)
    return Outcome(batch, counts, tuple(problems), gaps, is_readable=bool(n_heard or not asks))


def _first_revised(job: Job, revision_days: int | None) -> int:
    """Return the place of the first hour of the window that may still change; their number if none may."""
    if revision_days is None:
        return 0
    first_day = pd.Timestamp(job.as_of) - pd.Timedelta(days=revision_days)
    return int((job.hours["market_date"] < first_day).sum())


def _answer(job: Job, batch: Batch, ask: Ask) -> Answer:
    span = ask.start, ask.end
    answer = job.source.read(job.iso, batch.measure, ask.locations, *span, batch.basis)
    check_series(answer.frame, job.iso, batch.measure, ask.locations, *span)
    return answer


def _keep(job: Job, batch: Batch, answer: Answer, lacking: Gaps) -> WriteCounts:
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
    return write_answer(
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
        Problem(job.iso, batch.measure, name, "missing_hours", len(gap), gap[0], gap[-1], describe(name, gap))
        for name, gap in gaps.items()
    ]
