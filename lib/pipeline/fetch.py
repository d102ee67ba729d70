"""Bringing an ISO's stored series up to date: find the hours they lack, ask the source, store what came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from lib.hours import HOUR, market_hours
from lib.markets import MEASURES
from lib.pipeline.gaps import Gaps, daily_coverage, missing_hours
from lib.sources import Answer, Problem, Source, SourceError
from lib.sources.contracts import check_series
from lib.store import Database, Task, WriteCounts, find_series, register_series, write_series


class FetchFailed(Exception):
    """Nothing of an ISO could be read; the message gives the cause for each measure."""


@dataclass(frozen=True)
class FetchReport:
    """What came of bringing one ISO up to date.

    `counts` is by measure: rows read from the source, written as new, revised. `coverage` has one row per
    measure, location and local day: location, measure, market_date (local midnight), n_expected and n_stored
    (hours).
    """

    iso: str
    source: str
    counts: dict[str, WriteCounts]
    problems: tuple[Problem, ...]
    coverage: pd.DataFrame

    @property
    def n_missing(self) -> int:
        """Hours of the window that are not stored, over all locations and measures."""
        return int((self.coverage["n_expected"] - self.coverage["n_stored"]).sum())


@dataclass(frozen=True)
class _Job:
    """What is to be done; `hours` are the UTC starts of the window's hours."""

    db: Database
    source: Source
    iso: str
    hours: pd.DatetimeIndex
    task: Task | None


@dataclass(frozen=True)
class _Step:
    """What came of one measure; `is_readable` is false where the source could not give any of it."""

    counts: WriteCounts
    problems: tuple[Problem, ...]
    gaps: Gaps
    is_readable: bool = True


def update(db: Database, source: Source, iso: str, start: date, end: date, task: Task | None) -> FetchReport:
    """Bring the series of an ISO up to date over a window of local days.

    A source that never revises its past is asked for the hours the series lack, and not at all when they lack
    none; another is asked for its last days too, or for the whole window. What is unchanged is not written.

    Args:
        db: where the series are stored.
        source: what to ask.
        iso: whose series.
        start: first local day.
        end: last local day, included.
        task: in whose name to write; None reads and reports, and writes nothing.

    Raises:
        FetchFailed: nothing of the ISO can be read.
        UnknownMarket: the ISO is not known.
    """
    hours = market_hours(iso, start, end)
    job = _Job(db, source, iso, pd.DatetimeIndex(hours["interval_start"]), task)
    series = _series(job)
    steps = {measure: _update_measure(job, measure, _numbers(series, measure)) for measure in MEASURES}
    problems = tuple(problem for step in steps.values() for problem in step.problems)
    if not any(step.is_readable for step in steps.values()):
        causes = "\n".join(problem.message for problem in problems if problem.kind == "unreadable")
        raise FetchFailed(f"{iso}: nothing could be read from the source {source.name}:\n{causes}")
    counts = {measure: step.counts for measure, step in steps.items()}
    coverage = daily_coverage(hours, series, {measure: step.gaps for measure, step in steps.items()})
    return FetchReport(iso, source.name, counts, problems, coverage)


def _series(job: _Job) -> pd.DataFrame:
    """Return measure, location and series_id of what the source should have, registered by a task."""
    try:
        specs = job.source.series(job.iso)
    except SourceError as error:
        raise FetchFailed(str(error)) from error
    if job.task is not None:
        return register_series(job.db, specs)[["measure", "location", "series_id"]]
    expected = pd.DataFrame([vars(spec) for spec in specs])[["measure", "location", "basis"]]
    known = pd.concat([find_series(job.db, job.iso, measure, job.source.stored_as) for measure in MEASURES])
    found = expected.merge(known, how="left", on=["measure", "location", "basis"])
    return found[["measure", "location", "series_id"]]


def _numbers(series: pd.DataFrame, measure: str) -> dict[str, int | None]:
    """Return the series_id by location of one measure, None for a series that is not registered."""
    its_series = series[series["measure"] == measure]
    return {
        location: None if pd.isna(number) else int(number)
        for location, number in zip(its_series["location"], its_series["series_id"], strict=True)
    }


def _update_measure(job: _Job, measure: str, numbers: dict[str, int | None]) -> _Step:
    """Bring one measure up to date: its series by location, whose hours may be stored in part."""
    gaps = missing_hours(job.db, job.iso, measure, numbers, job.hours)
    revision_days = job.source.revision_days(job.iso, measure)
    span = _span_to_ask(revision_days, gaps, job.hours)
    if span is None:
        return _Step(WriteCounts(), (), gaps)
    locations = sorted(gaps) if revision_days == 0 else sorted(numbers)
    try:
        answer = job.source.read(job.iso, measure, locations, *span)
        check_series(answer.frame, job.iso, measure, locations, *span)
    except SourceError as error:
        problem = Problem(job.iso, measure, None, "unreadable", 0, None, None, str(error))
        return _Step(WriteCounts(), (problem, *_missing(job, measure, gaps)), gaps, is_readable=False)
    counts = WriteCounts(read=len(answer.frame))
    if job.task is not None:
        counts = write_series(job.db, job.iso, measure, _numbered(answer, numbers), job.task)
    if counts.written:
        gaps = missing_hours(job.db, job.iso, measure, numbers, job.hours)
    return _Step(counts, (*answer.problems, *_missing(job, measure, gaps)), gaps)


def _span_to_ask(
    revision_days: int | None, gaps: Gaps, hours: pd.DatetimeIndex
) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the UTC start and end (excluded) to ask a source for; None where there is nothing to ask."""
    end = hours[-1] + HOUR
    if revision_days is None:
        return hours[0], end
    starts, ends = [gap[0] for gap in gaps.values()], [gap[-1] + HOUR for gap in gaps.values()]
    if revision_days > 0:
        starts.append(max(hours[0], end - pd.Timedelta(days=revision_days)))
        ends.append(end)
    return (min(starts), max(ends)) if starts else None


def _numbered(answer: Answer, numbers: dict[str, int | None]) -> pd.DataFrame:
    frame = answer.frame
    return frame.assign(series_id=frame["location"].map(numbers))[["series_id", "interval_start", "value"]]


def _missing(job: _Job, measure: str, gaps: Gaps) -> list[Problem]:
    """Return a problem for each location that lacks hours."""

    def describe(location: str, gap: pd.DatetimeIndex) -> str:
        return f"{job.iso} {measure} {location}: {len(gap):,} of {len(job.hours):,} hours are not stored"

    return [
        Problem(job.iso, measure, name, "missing_hours", len(gap), gap[0], gap[-1], describe(name, gap))
        for name, gap in gaps.items()
    ]
