"""What was due and did not come, by series: it fails the fetch after everything that came is stored.

A series is due once its source has had it. Of it these hours are due, if this fetch asked for them:

- hours that are not stored, to which there was no valid answer, or whose publisher no longer has the name of
  the series: on the days that are new since the last fetch that was done and the days before, and in the
  first fetch on all days. Older gaps are named and requested again, and fail nothing: they may never close;
- of a source whose whole window is compared, such as a folder of files: each hour that it has had, and the
  file as a whole, from the first day on.

An hour that its publisher does not have yet is not due, nor one after the last that it had, for which a
service sends no row at all; `freshness` says when that is too late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

import pandas as pd

from lib.hours import HOUR
from lib.markets import SETTLED
from lib.pipeline.steps.update_series import BatchResult, UpdateJob
from lib.sources import Problem
from lib.store import count_hours, list_series
from lib.store.run_log import has_fetched_before

DUE = "due"
"""Kind of problem: hours were due and did not come."""

RECENT_DAYS = 10
"""Gaps of so many days before the last fetch that was done still count as new."""

MAX_SHOWN = 12
"""Causes that the error names, each with its series; the problems have all."""


class DueNotCome(Exception):
    """Series that a source has had did not come; the message names them with their days and causes."""


def find_due(
    job: UpdateJob, results: Sequence[BatchResult], last_hours: pd.Series, start: date, end: date
) -> Iterator[Problem]:
    """Yield a problem for each series that was due and did not come; none where the fetch only reports.

    Args:
        job: what all batches share.
        results: what came of each batch, and what did not.
        last_hours: UTC start of the last stored hour by series_id, NaT for none.
        start: first local day of the window.
        end: its last local day, included.
    """
    if job.task is None:
        return
    since = pd.Timestamp(min(job.followed, job.as_of, end + timedelta(days=1))) - timedelta(days=RECENT_DAYS)
    is_new = job.hours["market_date"] >= since
    is_new |= not has_fetched_before(job.db, job.source.name, job.task, start)
    hours = job.interval_start[is_new.to_numpy()]
    stored = set(last_hours.dropna().index)
    for result in results:
        numbers = result.batch.series_ids.items()
        last = {name: last_hours[number] for name, number in numbers if number in stored}
        yield from _due_problems(job.iso, result, last, hours)
    yield from _gone(job, results, stored)


def check_due(iso: str, problems: Sequence[Problem]) -> None:
    """Raise an error where series were due and did not come.

    Raises:
        DueNotCome: the message names the series, the days and the causes.
    """
    due = [problem for problem in problems if problem.kind == DUE]
    if not due:
        return
    together: dict[tuple[str, str], list[str]] = {}
    for problem in due:
        _, _, what = problem.message.partition(f"{problem.location}: ")
        together.setdefault((problem.measure, what), []).append(str(problem.location))
    told = [f"  {iso} {measure} {', '.join(places)}: {what}" for (measure, what), places in together.items()]
    lines = "\n".join(told[:MAX_SHOWN])
    more = f"\n  and {len(told) - MAX_SHOWN} more causes" if len(told) > MAX_SHOWN else ""
    raise DueNotCome(
        f"{iso}: {len(due)} series were due and did not come whole; all that came is stored:\n{lines}{more}\n"
        "Run again once the source has them, or choose an --end before these days"
    )


def _due_problems(
    iso: str, result: BatchResult, last: Mapping[str, pd.Timestamp], new: pd.DatetimeIndex
) -> Iterator[Problem]:
    """Yield a problem for each location of a batch with losses that were due.

    Args:
        iso: whose series.
        result: of the batch.
        last: the last stored hour of each location of which the source has had any.
        new: the hours whose gaps count.
    """
    measure, told = result.batch.measure, set[str]()
    for loss in result.losses:
        gap = result.gaps.get(loss.location, new[:0])
        hours = loss.hours if loss.is_certain else loss.hours[loss.hours.isin(new) & loss.hours.isin(gap)]
        if loss.may_be_late and loss.location in last:
            hours = hours[hours <= last[loss.location]]
        if not len(hours) or loss.location in told or not (loss.is_certain or loss.location in last):
            continue
        told.add(loss.location)
        span = f"{hours[0]:%Y-%m-%d %H:%M} to {hours[-1] + HOUR:%Y-%m-%d %H:%M} UTC"
        text = f"{iso} {measure} {loss.location}: {len(hours):,} hours from {span} were due and did not come"
        yield Problem(
            iso, measure, loss.location, DUE, len(hours), hours[0], hours[-1], f"{text}: {loss.cause}"
        )


def _gone(job: UpdateJob, results: Sequence[BatchResult], stored: AbstractSet[int]) -> Iterator[Problem]:
    """Yield the series that a source of which all is compared has had, and no longer has: a file is gone."""
    expected = {
        (place, result.batch.measure, result.batch.basis == SETTLED)
        for result in results
        for place in result.batch.series_ids
    }
    known = list_series(job.db, job.iso, job.source.stored_as)
    known = known[known["series_id"].isin(stored)]
    for measure, series in known.groupby("measure", sort=False):
        if job.source.revision_days(job.iso, str(measure)) is not None:
            continue
        counts = count_hours(job.db, job.iso, str(measure), *job.interval_start[[0, -1]])
        gone = [
            row.location
            for row in series.itertuples()
            if counts.get(row.series_id) and (row.location, row.measure, row.basis == SETTLED) not in expected
        ]
        for place in dict.fromkeys(gone):
            text = f"{job.iso} {measure} {place}: {job.source.name} had this series and has it no more"
            yield Problem(
                job.iso, str(measure), place, DUE, 0, None, None,
                f"{text}; bring its file back, or use another database for another folder",
            )  # fmt: skip
