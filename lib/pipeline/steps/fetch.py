"""Bringing an ISO's stored series up to date: find the hours they lack, ask the source, store what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from lib.hours import market_hours
from lib.markets import MEASURES
from lib.pipeline.steps import freshness
from lib.pipeline.steps.gaps import daily_coverage
from lib.pipeline.steps.known_missing import read_known, summed_up
from lib.pipeline.steps.update_series import MISSING, Batch, Job, Outcome, Response, bring_up_to_date
from lib.sources import Problem, Source, SourceError
from lib.sources.protocol import REFUSED, UNREADABLE, AccountRefused
from lib.store import (
    Database,
    Task,
    WriteCounts,
    list_series,
    read_last_hours,
    read_revisions,
    register_series,
    write_problems,
)
from lib.store.run_log import read_fetched_until

NOTEBOOK = "fetch"
"""The notebook that writes series."""

GRAVE = (REFUSED, UNREADABLE, freshness.STALE, freshness.LATE)
"""Kinds of problem that the next numbers depend on, the first the gravest; a hole in the past can wait."""

N_CAUSES = 3
"""Causes of each measure that a failure names; the report has them all."""

SERIES = ["measure", "location", "source", "basis", "series_id"]


class FetchFailed(Exception):
    """Nothing of an ISO could be read; the message gives the causes for each measure."""


@dataclass(frozen=True)
class FetchReport:
    """What came of bringing one ISO up to date.

    `counts` is by measure: rows read from the source, written as new, revised. `coverage` has one row per
    series and local day: location, measure, market_date (local midnight), n_expected and n_stored (hours).
    `changed` is what `lib.store.read_revisions` returns, `absent` what `lib.pipeline.absent.summed_up` does,
    and `fresh` what `lib.pipeline.freshness.freshness` does.
    """

    iso: str
    source: str
    counts: dict[str, WriteCounts]
    problems: tuple[Problem, ...]
    coverage: pd.DataFrame
    changed: pd.DataFrame
    absent: pd.DataFrame
    fresh: pd.DataFrame

    @property
    def n_missing(self) -> int:
        """Hours of the window that are not stored, over all locations and measures."""
        return int((self.coverage["n_expected"] - self.coverage["n_stored"]).sum())


def update(
    db: Database, source: Source, iso: str, start: date, end: date, as_of: date, task: Task | None
) -> FetchReport:
    """Bring the series of an ISO up to date over a window of local days.

    The source is asked for the hours the series lack and for those that may have changed since the last
    fetch; hours that it turned out not to have are asked for again ever more rarely. What is unchanged is not
    written.

    Args:
        db: where the series are stored.
        source: what to ask.
        iso: whose series.
        start: first local day.
        end: last local day, included.
        as_of: the day on which it is asked.
        task: in whose name to write; None reads and reports, and writes nothing.

    Raises:
        FetchFailed: nothing of the ISO can be read.
        UnknownMarket: the ISO is not known.
    """
    followed = read_fetched_until(db, source.name, NOTEBOOK, iso, start) or as_of
    job = Job(db, source, iso, market_hours(iso, start, end), as_of, followed, task)
    series = _series(job)
    known = read_known(db, iso, series, job.interval_start)
    outcomes = [bring_up_to_date(job, batch, known) for batch in _batches(series)]
    fresh = freshness.freshness(iso, series, read_last_hours(db, iso), min(end, as_of - timedelta(days=1)))
    problems = (*(one for outcome in outcomes for one in outcome.problems), *freshness.problems(iso, fresh))
    if task is not None:
        write_problems(db, problem_rows(problems), task)
    if _is_in_vain({outcome.response for outcome in outcomes}):
        causes = "\n".join(cause for outcome in outcomes for cause in _causes(outcome))
        raise FetchFailed(f"{iso}: nothing could be read from the source {source.name}:\n{causes}")
    return FetchReport(
        iso=iso,
        source=source.name,
        counts=_counts(outcomes),
        problems=problems,
        coverage=daily_coverage(
            job.hours, [(one.batch.measure, one.batch.numbers, one.gaps) for one in outcomes]
        ),
        changed=read_revisions(db, iso, NOTEBOOK, task.run_id if task else None),
        absent=summed_up(read_known(db, iso, series, job.interval_start)),
        fresh=fresh,
    )


def _is_in_vain(responses: AbstractSet[Response]) -> bool:
    """Whether nothing could be read; what is always unreadable for want of a key spoils no complete rest."""
    is_silent = Response.SILENT in responses and Response.READ not in responses
    return is_silent or responses == {Response.UNREADABLE}


def _causes(outcome: Outcome) -> Iterator[str]:
    """Yield the first causes for which a batch was not read, a refused account before all others."""
    causes = [problem for problem in outcome.problems if problem.kind != MISSING]
    causes.sort(key=lambda problem: problem.kind != REFUSED)
    yield from (problem.message for problem in causes[:N_CAUSES])
    if len(causes) > N_CAUSES:
        yield f"(and {len(causes) - N_CAUSES} more problems of {outcome.batch.measure})"


def check(fetched: FetchReport) -> None:
    """Stop where what was fetched may not be relied on, and only somebody can set it right.

    Raises:
        AccountRefused: a service let its account not in; what other services have is stored.
        StaleSeries: a series has stopped coming.
    """
    refused = dict.fromkeys(problem.message for problem in fetched.problems if problem.kind == REFUSED)
    if refused:
        raise AccountRefused(f"{fetched.iso}: {'; '.join(refused)}")
    freshness.check(fetched.iso, fetched.fresh)


def warning(problems: pd.DataFrame) -> str | None:
    """Return the gravest problem of a fetch, and how many like it there are; None where none is GRAVE.

    Args:
        problems: kind and message, in their order.
    """
    grave = pd.concat([problems.loc[problems["kind"] == kind, "message"] for kind in GRAVE]).tolist()
    more = f" (1 of {len(grave)} such problems; the report has them all)" if len(grave) > 1 else ""
    return f"{grave[0]}{more}" if grave else None


def _series(job: Job) -> pd.DataFrame:
    """Return SERIES of what the source should have, registered by a task."""
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
    """Yield the series of each measure, in the order of MEASURES, and basis."""
    for measure in MEASURES:
        for basis, group in series[series["measure"] == measure].groupby("basis", sort=False):
            pairs = zip(group["location"], group["series_id"], strict=True)
            numbers = {name: None if pd.isna(number) else int(number) for name, number in pairs}
            yield Batch(measure, str(basis), numbers)


def _counts(outcomes: Sequence[Outcome]) -> dict[str, WriteCounts]:
    """Return the counts of each measure, over its bases."""
    return {
        measure: sum((one.counts for one in outcomes if one.batch.measure == measure), WriteCounts())
        for measure in MEASURES
    }


def problem_rows(problems: Sequence[Problem]) -> pd.DataFrame:
    """Return problems as rows: measure, location, kind, message, n_hours, first, last (UTC)."""
    columns = ["measure", "location", "kind", "message", "n_hours", "first", "last"]
    return pd.DataFrame(
        [[getattr(problem, name) for name in columns] for problem in problems], columns=columns
    )
