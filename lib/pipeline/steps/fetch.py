"""Bring an ISO's stored series up to date: find the hours they lack, query the source, store its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from lib.hours import market_hours
from lib.markets import MEASURES
from lib.pipeline.notebooks import FETCH
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.due import DUE, check_due, find_due
from lib.pipeline.steps.freshness import (
    LATE,
    STALE,
    check_freshness,
    compute_freshness,
    freshness_problems,
)
from lib.pipeline.steps.gaps import daily_coverage
from lib.pipeline.steps.known_missing import read_known_missing_hours, summarize_known_missing
from lib.pipeline.steps.update_series import (
    MISSING,
    Batch,
    BatchResult,
    ReadStatus,
    UpdateJob,
    update_batch,
)
from lib.sources import Problem, Source, SourceError
from lib.sources.protocol import MISSING_NAME, REFUSED, UNREADABLE, AccountRefused
from lib.store import (
    Database,
    RunTask,
    WriteCounts,
    list_series,
    read_last_hours,
    read_revisions,
    register_series,
    write_calendar,
    write_problems,
)
from lib.store.run_log import read_fetched_until

GRAVE = (REFUSED, DUE, UNREADABLE, MISSING_NAME, STALE, LATE)
"""Kinds of problem that put the next numbers at risk, the gravest first; old gaps rank last."""

N_CAUSES = 3
"""A failure names this many causes of each measure; the report names all."""

SERIES = ["measure", "location", "source", "basis", "series_id"]


class FetchFailed(Exception):
    """Nothing of an ISO could be read; the message gives the causes for each measure."""


@dataclass(frozen=True)
class FetchReport:
    """The result of bringing one ISO up to date.

    `counts` is by measure: rows read from the source, written as new, revised. `coverage` has one row per
    series and local day: location, measure, market_date (local midnight), n_expected and n_stored (hours).
    `changed` is what `lib.store.read_revisions` returns, `known_missing` what `summarize_known_missing` does,
    and `fresh` what `compute_freshness` does.
    """

    iso: str
    source: str
    counts: dict[str, WriteCounts]
    problems: tuple[Problem, ...]
    coverage: pd.DataFrame
    changed: pd.DataFrame
    known_missing: pd.DataFrame
    fresh: pd.DataFrame

    @property
    def n_missing(self) -> int:
        """Hours of the window that are not stored, over all locations and measures."""
        return int((self.coverage["n_expected"] - self.coverage["n_stored"]).sum())


def fetch_series(context: Context) -> FetchReport:
    """Bring the ISO's series and calendar up to date; without a task only report what is stored."""
    window = context.window
    if context.task:
        # The stored calendar serves every run: it keeps the NERC holidays, whatever rule this run uses.
        calendar = market_hours(context.iso, window.start, window.end)
        write_calendar(context.db, context.iso, calendar, context.task)
    return update_stored_series(
        context.db, context.source, context.iso, window.start, window.end, window.as_of, context.task
    )


def update_stored_series(
    db: Database, source: Source, iso: str, start: date, end: date, as_of: date, task: RunTask | None
) -> FetchReport:
    """Bring the series of an ISO up to date over a window of local days.

    The source is queried for the hours the series lack and for those that may have changed since the last
    fetch. Hours that the source did not have are queried again after ever longer waits. Unchanged values are
    not written.

    Args:
        db: where the series are stored.
        source: what to query.
        iso: whose series.
        start: first local day.
        end: last local day, included.
        as_of: the day of the query.
        task: the task that writes; None reads and reports, and writes nothing.

    Raises:
        FetchFailed: nothing of the ISO can be read.
        UnknownMarket: the ISO is not known.
    """
    followed = read_fetched_until(db, source.name, FETCH.name, iso, start) or as_of
    job = UpdateJob(db, source, iso, market_hours(iso, start, end), as_of, followed, task)
    series = _expected_series(job)
    known_missing = read_known_missing_hours(db, iso, series, job.interval_start)
    results = [update_batch(job, batch, known_missing) for batch in _batches(series)]
    last_hours = read_last_hours(db, iso)
    fresh = compute_freshness(iso, series, last_hours, min(end, as_of - timedelta(days=1)))
    found = [one for result in results for one in result.problems]
    problems = (*find_due(job, results, last_hours, start, end), *found, *freshness_problems(iso, fresh))
    if task is not None:
        write_problems(db, problem_rows(problems), task)
    if _nothing_read({result.read_status for result in results}):
        causes = "\n".join(cause for result in results for cause in _causes(result))
        raise FetchFailed(f"{iso}: nothing could be read from the source {source.name}:\n{causes}")
    return FetchReport(
        iso=iso,
        source=source.name,
        counts=_counts(results),
        problems=problems,
        coverage=daily_coverage(
            job.hours, [(one.batch.measure, one.batch.series_ids, one.gaps) for one in results]
        ),
        changed=read_revisions(db, iso, FETCH.name, task.run_id if task else None),
        known_missing=summarize_known_missing(read_known_missing_hours(db, iso, series, job.interval_start)),
        fresh=fresh,
    )


def check_fetched(fetched: FetchReport) -> None:
    """Raise an error where the fetched series are not reliable, and a person has to act.

    Raises:
        AccountRefused: a service refused its account; what other services have is stored.
        DueNotCome: series that a source has had did not come.
        StaleSeries: a series has stopped coming.
    """
    refused = dict.fromkeys(problem.message for problem in fetched.problems if problem.kind == REFUSED)
    if refused:
        raise AccountRefused(f"{fetched.iso}: {'; '.join(refused)}")
    check_due(fetched.iso, fetched.problems)
    check_freshness(fetched.iso, fetched.fresh)


def find_warning(problems: pd.DataFrame) -> str | None:
    """Return the gravest problem of a fetch, with the number of grave problems; None where none is GRAVE.

    Args:
        problems: kind and message, in the order in which they were found.
    """
    grave = pd.concat([problems.loc[problems["kind"] == kind, "message"] for kind in GRAVE]).tolist()
    more = f" (1 of {len(grave)} such problems; the report has them all)" if len(grave) > 1 else ""
    return f"{grave[0]}{more}" if grave else None


def problem_rows(problems: Sequence[Problem]) -> pd.DataFrame:
    """Return problems as rows: measure, location, kind, message, n_hours, first, last (UTC)."""
    columns = ["measure", "location", "kind", "message", "n_hours", "first", "last"]
    return pd.DataFrame(
        [[getattr(problem, name) for name in columns] for problem in problems], columns=columns
    )


def _expected_series(job: UpdateJob) -> pd.DataFrame:
    """Return the series that the source should have, as SERIES; a task registers the new ones."""
    try:
        specs = job.source.series(job.iso)
    except SourceError as error:
        raise FetchFailed(str(error)) from error
    if job.task is not None:
        return register_series(job.db, specs)[SERIES]
    expected = pd.DataFrame([vars(spec) for spec in specs])
    known = list_series(job.db, job.iso, job.source.stored_as)
    return expected.merge(known, how="left", on=SERIES[:-1])[SERIES]


def _batches(series: pd.DataFrame) -> Iterator[Batch]:
    """Yield the series of each measure, in the sequence of MEASURES, and basis."""
    for measure in MEASURES:
        for basis, group in series[series["measure"] == measure].groupby("basis", sort=False):
            pairs = zip(group["location"], group["series_id"], strict=True)
            series_ids = {name: None if pd.isna(number) else int(number) for name, number in pairs}
            yield Batch(measure, str(basis), series_ids)


def _nothing_read(statuses: AbstractSet[ReadStatus]) -> bool:
    """Return whether nothing could be read.

    A batch that is always unreadable, because its key is missing, does not count while the other batches are
    complete.
    """
    is_silent = ReadStatus.SILENT in statuses and ReadStatus.READ not in statuses
    return is_silent or statuses == {ReadStatus.UNREADABLE}


def _causes(result: BatchResult) -> Iterator[str]:
    """Yield the first causes for which a batch was not read, a refused account before all others."""
    causes = [problem for problem in result.problems if problem.kind != MISSING]
    causes.sort(key=lambda problem: problem.kind != REFUSED)
    yield from (problem.message for problem in causes[:N_CAUSES])
    if len(causes) > N_CAUSES:
        yield f"(and {len(causes) - N_CAUSES} more problems of {result.batch.measure})"


def _counts(results: Sequence[BatchResult]) -> dict[str, WriteCounts]:
    """Return the counts of each measure, over its bases."""
    return {
        measure: sum((one.counts for one in results if one.batch.measure == measure), WriteCounts())
        for measure in MEASURES
    }
