"""Bringing series up to date: what is lacking is asked for, what came is stored, what did not is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from lib.hours import market_hours
from lib.markets import MEASURES, locations
from lib.pipeline.steps.fetch import FetchFailed, FetchReport, update_stored_series
from lib.sources import Problem, SeriesResult, SeriesSpec, SourceError, open_source
from lib.store import Database, RunTask, read_relation, read_sql, read_task_counts, start_run

ISO = "ERCOT"
MARCH = date(2024, 3, 9), date(2024, 3, 11)
"""Three days with the 23-hour one in the middle: 71 hours."""

ZONE = "WEST ZONE"
SentQuery = tuple[str, tuple[str, ...], pd.Timestamp, pd.Timestamp]


@dataclass
class MemorySource:
    """A source in memory that notes what it is asked for."""

    frames: dict[str, pd.DataFrame | Exception]
    revised: int | None = 0
    name: str = "memory"
    stored_as: tuple[str, ...] = ("memory",)
    problems: tuple[Problem, ...] = ()
    asked: list[SentQuery] = field(default_factory=list)

    def revision_days(self, iso: str, measure: str) -> int | None:  # noqa: ARG002 - the signature is the protocol's
        return self.revised

    def corrected_hours(self, *_: object) -> dict[str, pd.DatetimeIndex]:
        return {}

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        return tuple(
            SeriesSpec(iso, place.name, measure, self.name, "forecast" if measure == "da_load" else "actual")
            for place in locations(iso, "zone")
            for measure in place.measures
        )

    def read(
        self,
        iso: str,
        measure: str,
        locations: Sequence[str],
        start: pd.Timestamp,
        end: pd.Timestamp,
        basis: str | None = None,  # noqa: ARG002 - there is one series of a measure
    ) -> SeriesResult:
        assert iso == ISO
        self.asked.append((measure, tuple(locations), start, end))
        frame = self.frames[measure]
        if isinstance(frame, Exception):
            raise frame
        inside = frame["interval_start"].between(start, end, inclusive="left")
        return SeriesResult(frame[inside & frame["location"].isin(locations)], self.problems)

    def without(self, measure: str, is_lost: pd.Series) -> MemorySource:
        """The same source as it was before some of its rows came."""
        return MemorySource({**self.frames, measure: self.frames[measure][~is_lost]}, self.revised)


@pytest.fixture
def source() -> MemorySource:
    hours = market_hours(ISO, *MARCH)["interval_start"]
    zones = sorted(place.name for place in locations(ISO, "zone"))
    frame = pd.DataFrame(
        {"location": np.repeat(zones, len(hours)), "interval_start": np.tile(hours, len(zones))}
    )
    frame = frame.astype({"location": object, "interval_start": "datetime64[us, UTC]"})
    return MemorySource({measure: frame.assign(value=np.arange(len(frame)) + 0.5) for measure in MEASURES})


@pytest.fixture
def task(database: Database) -> RunTask:
    run_id = start_run(database, source="memory", as_of=date(2024, 3, 12), window_start=None, window_end=None)
    return RunTask(run_id, "fetch", ISO)


def fetch(
    database: Database,
    source: object,
    task: RunTask | None,
    window: tuple[date, date] = MARCH,
    as_of: date | None = None,
) -> FetchReport:
    return update_stored_series(database, source, ISO, *window, as_of or window[1] + timedelta(days=1), task)


def stored(database: Database, measure: str) -> pd.DataFrame:
    sql = f"""
        SELECT location.name AS location, interval_start, value FROM {MEASURES[measure].table}
        JOIN series USING (series_id) JOIN location USING (location_id) ORDER BY 1, 2
    """
    return read_sql(database, sql)


def kinds(report: FetchReport) -> dict[str, int]:
    problems = pd.DataFrame([vars(problem) for problem in report.problems], columns=["kind", "n_hours"])
    return problems.groupby("kind")["n_hours"].sum().to_dict()


def test_what_a_source_has_is_stored_as_it_is(database, task, source):
    report = fetch(database, source, task)
    for measure in MEASURES:
        pd.testing.assert_frame_equal(stored(database, measure), source.frames[measure])
        counts = report.counts[measure]
        assert (counts.read, counts.written, counts.revised) == (284, 284, 0)
    assert report.problems == ()
    assert report.n_missing == 0


def test_a_second_time_nothing_is_asked_or_written(database, task, source):
    fetch(database, source, task)
    again = replace(source, asked=[])
    report = fetch(database, again, task)
    assert again.asked == []
    assert sum(counts.read for counts in report.counts.values()) == 0
    assert (report.n_missing, report.problems) == (0, ())


def test_the_run_log_counts_what_the_report_counts(database, task, source):
    report = fetch(database, source, task)
    assert read_task_counts(database, task) == sum(
        report.counts.values(), start=type(report.counts["da_lmp"])()
    )


def test_hours_that_come_later_fill_the_gap_and_only_they_are_asked_for(database, task, source):
    rows = source.frames["rt_load"]
    third = rows.loc[rows["location"] == ZONE, "interval_start"].iloc[20:23]
    is_late = (rows["location"] == ZONE) & rows["interval_start"].isin(third)
    first = fetch(database, source.without("rt_load", is_late), task)
    assert kinds(first) == {"missing_hours": 3}
    (problem,) = first.problems
    assert (problem.location, problem.measure, problem.n_hours) == (ZONE, "rt_load", 3)
    assert (problem.first, problem.last) == (third.iloc[0], third.iloc[-1])

    second = fetch(database, source, task, as_of=date(2024, 3, 13))
    assert source.asked == [("rt_load", (ZONE,), third.iloc[0], third.iloc[-1] + pd.Timedelta(hours=1))]
    assert second.counts["rt_load"].written == 3
    assert second.problems == ()
    pd.testing.assert_frame_equal(stored(database, "rt_load"), rows)


def test_gaps_are_exactly_the_hours_that_are_not_stored(database, task, source):
    rows = source.frames["da_lmp"]
    is_lost = pd.Series(np.random.default_rng(7).random(len(rows)) < 0.3, index=rows.index)
    is_lost |= rows["location"] == "SOUTH ZONE"
    report = fetch(database, source.without("da_lmp", is_lost), task)
    lost = rows[is_lost].groupby("location")["interval_start"].agg(["size", "min", "max"])
    found = {problem.location: (problem.n_hours, problem.first, problem.last) for problem in report.problems}
    assert found == {name: tuple(values) for name, values in zip(lost.index, lost.to_numpy(), strict=True)}
    assert report.n_missing == is_lost.sum()


def test_a_longer_window_asks_for_the_days_that_are_new(database, task, source):
    fetch(database, source, task, (MARCH[0], MARCH[0]))
    source.asked.clear()
    report = fetch(database, source, task)
    second_day = market_hours(ISO, *MARCH)["interval_start"].iloc[24]
    assert {query[2] for query in source.asked} == {second_day}
    assert report.counts["da_lmp"].written == 4 * 47


def test_a_source_that_may_change_is_compared_and_its_changes_are_kept(database, task, source):
    files = replace(source, revised=None)
    fetch(database, files, task)
    changed = files.frames["da_lmp"].copy()
    changed.loc[5, "value"] = -20.0
    report = fetch(database, replace(files, frames={**files.frames, "da_lmp": changed}), task)
    counts = report.counts["da_lmp"]
    assert (counts.read, counts.written, counts.revised) == (284, 0, 1)
    assert report.counts["rt_lmp"].revised == 0
    pd.testing.assert_frame_equal(stored(database, "da_lmp"), changed)
    revision = read_relation(database, "value_revision")
    assert revision[["measure", "old_value", "new_value"]].to_numpy().tolist() == [["da_lmp", 5.5, -20.0]]


def test_a_source_with_a_revision_window_is_asked_for_its_last_days_again(database, task, source):
    fetch(database, source, task)
    preliminary = replace(source, revised=1, asked=[])
    fetch(database, preliminary, task)
    last_hour = market_hours(ISO, *MARCH)["interval_start"].iloc[-1]
    day = pd.Timedelta(days=1)
    assert {query[2:] for query in preliminary.asked} == {
        (last_hour + pd.Timedelta(hours=1) - day, last_hour + pd.Timedelta(hours=1))
    }


def test_one_unreadable_measure_does_not_stop_the_others(database, task, source):
    source.frames["rt_lmp"] = SourceError("ERCOT rt_lmp: the file is torn")
    report = fetch(database, source, task)
    assert kinds(report) == {"unreadable": 0, "missing_hours": 284}
    (unreadable,) = [problem for problem in report.problems if problem.kind == "unreadable"]
    assert (unreadable.measure, unreadable.message) == ("rt_lmp", "ERCOT rt_lmp: the file is torn")
    assert report.counts["rt_load"].written == 284
    assert report.counts["rt_lmp"].written == 0
    missing = report.coverage.groupby("measure")["n_stored"].sum()
    assert missing.to_dict() == {"da_lmp": 284, "rt_lmp": 0, "da_load": 284, "rt_load": 284}


def test_a_frame_that_breaks_the_contract_is_not_stored(database, task, source):
    source.frames["da_load"] = source.frames["da_load"].assign(value=float("nan"))
    report = fetch(database, source, task)
    assert kinds(report)["unreadable"] == 0
    assert stored(database, "da_load").empty
    assert len(stored(database, "da_lmp")) == 284


def test_where_nothing_can_be_read_every_cause_is_told(database, task, source):
    broken = MemorySource({measure: SourceError(f"ERCOT {measure}: no such file") for measure in MEASURES})
    with pytest.raises(FetchFailed) as caught:
        fetch(database, broken, task)
    for measure in MEASURES:
        assert f"ERCOT {measure}: no such file" in str(caught.value)


def test_an_iso_that_the_source_does_not_have_fails_by_name(database, task, tmp_path):
    with pytest.raises(FetchFailed, match="ERCOT: there is no folder"):
        fetch(database, open_source(f"files:{tmp_path}"), task)


def test_problems_of_the_source_are_passed_on(database, task, source):
    source.problems = (Problem(ISO, "da_lmp", ZONE, "duplicate", 2, None, None, "twice"),)
    report = fetch(database, source, task)
    assert report.problems.count(source.problems[0]) == len(MEASURES)


def test_coverage_counts_the_hours_of_each_local_day(database, task, source):
    rows = source.frames["da_lmp"]
    is_lost = (rows["location"] == ZONE) & (
        rows["interval_start"] == pd.Timestamp("2024-03-10 12:00", tz="UTC")
    )
    coverage = fetch(database, source.without("da_lmp", is_lost), task).coverage
    assert list(coverage.columns) == ["location", "measure", "market_date", "n_expected", "n_stored"]
    assert len(coverage) == 4 * 4 * 3
    its_days = coverage[(coverage["location"] == ZONE) & (coverage["measure"] == "da_lmp")]
    assert its_days["market_date"].tolist() == list(pd.date_range(*MARCH))
    assert its_days["n_expected"].tolist() == [24, 23, 24]
    assert its_days["n_stored"].tolist() == [24, 22, 24]
    others = coverage.drop(its_days.index)
    assert others["n_expected"].equals(others["n_stored"])


def test_without_a_task_nothing_is_written_and_what_is_stored_is_shown(database, task, source):
    unwritten = fetch(database, source, None)
    assert unwritten.counts["da_lmp"].read == 284
    assert unwritten.n_missing == 4 * 284
    assert read_relation(database, "series").empty
    assert read_relation(database, "pipeline_write").empty

    fetch(database, source, task, (MARCH[0], MARCH[0]))
    writes = len(read_relation(database, "pipeline_write"))
    shown = fetch(database, source, None)
    assert shown.n_missing == 4 * 4 * 47
    assert len(stored(database, "da_lmp")) == 4 * 24
    assert len(read_relation(database, "pipeline_write")) == writes


def test_the_simulated_market_arrives_whole_and_a_second_run_reads_nothing(database, task):
    demo, window = open_source("demo"), (date(2025, 10, 1), date(2025, 12, 31))
    first, second = (fetch(database, demo, task, window) for _ in range(2))
    n_series = sum(len(place.measures) for place in locations(ISO))
    assert sum(counts.written for counts in first.counts.values()) == n_series * (92 * 24 + 1)
    assert (first.n_missing, first.problems) == (0, ())
    assert sum(counts.read for counts in second.counts.values()) == 0
    pd.testing.assert_frame_equal(first.coverage, second.coverage)


def test_real_gaps_are_counted_and_do_not_fail(database, task, shared_data):
    """ERCOT's files lack the repeated hour and whole days of 2024, and loads end in September."""
    source = open_source(f"files:{shared_data}")
    report = fetch(database, source, task, source.extent(ISO))
    written = {measure: counts.written for measure, counts in report.counts.items()}
    assert written == {"da_lmp": 70136, "rt_lmp": 70136, "da_load": 22748, "rt_load": 22864}
    missing = pd.Series(
        {(p.measure, p.location): p.n_hours for p in report.problems if p.kind == "missing_hours"}
    )
    assert missing["da_lmp"].eq(10).all()
    assert missing["rt_load"].eq(17544 - 5716).all()
    coverage = report.coverage[report.coverage["measure"] == "da_lmp"]
    repeated = coverage[coverage["market_date"] == pd.Timestamp("2024-11-03")]
    assert repeated["n_expected"].eq(25).all()
    assert repeated["n_stored"].eq(24).all()
    again = fetch(database, source, task, source.extent(ISO))
    assert sum(counts.written + counts.revised for counts in again.counts.values()) == 0
