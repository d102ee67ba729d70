"""Day after day against one service: what failed heals, what is absent waits, what is revised is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from lib.hours import HOUR, market_hours
from lib.markets import SETTLED, locations
from lib.pipeline.steps.fetch import FetchFailed, FetchReport, update_stored_series
from lib.pipeline.steps.freshness import StaleSeries, check_freshness
from lib.sources import Problem, SeriesResult, SeriesSpec, SourceError, Unanswered
from lib.sources.protocol import AccountRefused
from lib.sources.services import services
from lib.store import Database, RunTask, finish_task, read_relation, read_sql, start_run, start_task

ISO = "ERCOT"
START, TODAY = date(2025, 2, 20), date(2025, 3, 12)
"""Twenty days up to yesterday, one of 23 hours among them."""

ZONES = sorted(place.name for place in locations(ISO, "zone"))
ZONE = "WEST ZONE"
OLD_HOURS = pd.date_range("2025-02-22 12:00", periods=3, freq="h", tz="UTC", unit="us")
REVISION_DAYS = 5


@dataclass
class Service:
    """The public source, in memory, with hours up to `until`; it notes what it is asked for."""

    values: dict[tuple[str, str], pd.Series]
    until: date = TODAY
    failing: set[tuple[str, str]] = field(default_factory=set)
    errors: dict[str, BaseException] = field(default_factory=dict)
    asked: list[tuple[str, tuple[str, ...], pd.Timestamp, pd.Timestamp, str | None]] = field(
        default_factory=list
    )
    refuse_before: pd.Timestamp | None = None
    corrected: dict[str, tuple[date, dict[str, pd.DatetimeIndex]]] = field(default_factory=dict)
    corrections_fail: set[str] = field(default_factory=set)
    name: str = "public"
    stored_as: tuple[str, ...] = ("public",)

    def revision_days(self, iso: str, measure: str) -> int:  # noqa: ARG002 - one answer for all
        return REVISION_DAYS

    def corrected_hours(
        self, iso: str, measure: str, locations: Sequence[str], _hours: pd.DatetimeIndex, since: date
    ) -> dict[str, pd.DatetimeIndex]:
        if measure in self.corrections_fail:
            raise SourceError(f"{iso} {measure}: no list of corrections")
        posted, corrected = self.corrected.get(measure, (date.min, {}))
        if posted < since:
            return {}
        return {place: its_hours for place, its_hours in corrected.items() if place in locations}

    def extent(self, iso: str) -> None:
        raise NotImplementedError(iso)

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        return tuple(
            SeriesSpec(iso, zone, row.measure, "public", row.basis)
            for row in services("public", iso)
            for zone in ZONES
            if row.basis != SETTLED
        )

    def read(
        self,
        iso: str,
        measure: str,
        locations: Sequence[str],
        start: pd.Timestamp,
        end: pd.Timestamp,
        basis: str | None = None,
    ) -> SeriesResult:
        self.asked.append((measure, tuple(locations), start, end, basis))
        if measure in self.errors:
            raise self.errors[measure]
        if self.refuse_before is not None and start < self.refuse_before:
            raise SourceError(f"{iso} {measure}: nothing before {self.refuse_before}")
        ends = min(end, pd.Timestamp(self.until, tz="America/Chicago").tz_convert("UTC"))
        frames, problems, unanswered = [], [], []
        for zone in locations:
            if (measure, zone) in self.failing:
                message = f"{iso} {measure} {zone}: the service failed"
                problems.append(Problem(iso, measure, zone, "unanswered", 0, start, end, message))
                unanswered.append(Unanswered(zone, start, end))
                continue
            rows = self.values[measure, zone].loc[start : ends - HOUR].rename("value")
            frames.append(rows.rename_axis("interval_start").reset_index().assign(location=zone))
        frame = pd.concat(frames) if frames else pd.DataFrame(columns=["location", "interval_start", "value"])
        frame = frame.astype({"interval_start": "datetime64[us, UTC]", "location": object, "value": float})
        columns = ["location", "interval_start", "value"]
        frame = frame[columns].sort_values(columns[:2], ignore_index=True)
        return SeriesResult(frame, tuple(problems), tuple(unanswered))

    def lose(self, measure: str, zone: str, hours: pd.DatetimeIndex) -> pd.Series:
        """Take hours away; return what they were."""
        lost = self.values[measure, zone].loc[hours]
        self.values[measure, zone] = self.values[measure, zone].drop(hours)
        return lost

    def asked_before_revision(self, last: date) -> list[tuple[str, tuple[str, ...]]]:
        """What was asked for of days that did not change after the last run, since this was last called."""
        first = pd.Timestamp(last - timedelta(days=REVISION_DAYS), tz="America/Chicago")
        old = [(measure, places) for measure, places, start, _, _ in self.asked if start < first]
        self.asked.clear()
        return old


@pytest.fixture
def service() -> Service:
    hours = pd.DatetimeIndex(market_hours(ISO, START, TODAY + timedelta(days=120))["interval_start"])
    keys = [(measure, zone) for measure in ("da_lmp", "rt_lmp", "da_load", "rt_load") for zone in ZONES]
    return Service(
        {key: pd.Series(np.arange(len(hours)) + 1000.0 * n, hours) for n, key in enumerate(keys, start=1)}
    )


@pytest.fixture
def fetch(database: Database) -> Callable[..., FetchReport]:
    """A function that fetches as a run of a given day does, and enters how it ended."""

    def on_day(service: Service, as_of: date = TODAY, end: date | None = None) -> FetchReport:
        run_id = start_run(database, source="public", as_of=as_of, window_start=START, window_end=end)
        task = RunTask(run_id, "fetch", ISO)
        start_task(database, task)
        report = update_stored_series(
            database, service, ISO, START, end or as_of - timedelta(days=1), as_of, task
        )
        finish_task(database, task, "done")
        return report

    return on_day


def kinds(report: FetchReport) -> set[str]:
    return {problem.kind for problem in report.problems}


def stored(database: Database) -> dict[tuple[str, str], pd.Series]:
    """All stored values by measure and zone."""
    selects = " UNION ALL ".join(
        f"SELECT series_id, interval_start, value FROM {table}"
        for table in ("da_lmps", "rt_lmps", "da_load", "rt_load")
    )
    rows = read_sql(
        database,
        f"""SELECT measure, location.name AS location, interval_start, value FROM ({selects}) AS fact
            JOIN series USING (series_id) JOIN location USING (location_id) ORDER BY 1, 2, 3""",
    )
    return {
        key: group.set_index("interval_start")["value"]
        for key, group in rows.groupby(rows.columns[:2].tolist())
    }


def assert_stored(database: Database, service: Service, until: date = TODAY) -> None:
    """The database holds what the service has, neither more nor less."""
    end = pd.Timestamp(until, tz="America/Chicago").tz_convert("UTC")
    found = stored(database)
    for key, series in service.values.items():
        pd.testing.assert_series_equal(
            found[key], series.loc[: end - HOUR], check_names=False, check_freq=False, check_index_type=False
        )


def absent(database: Database) -> pd.DataFrame:
    return read_relation(database, "absent_hour").sort_values(["series_id", "interval_start"])


def written_outside_the_run_log(database: Database) -> pd.DataFrame:
    """Of every table but the run log's the number of rows, and the last transaction that wrote one."""
    tables = read_sql(
        database,
        """SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
           AND relname NOT LIKE 'pipeline%' ORDER BY 1""",
    )["relname"]
    parts = " UNION ALL ".join(
        f"SELECT '{name}' AS name, count(*) AS n, max(xmin::text::bigint) AS written FROM {name}"
        for name in tables
    )
    return read_sql(database, f"{parts} ORDER BY 1")


def test_a_series_that_failed_yesterday_heals_today(database, service, fetch):
    service.failing = {("da_lmp", ZONE)}
    first = fetch(service)
    assert kinds(first) == {"unanswered", "missing_hours", "empty"}
    assert first.n_missing == 20 * 24 - 1
    assert absent(database).empty, "nothing is known of hours that were not answered"

    tomorrow = TODAY + timedelta(days=1)
    service.failing, service.until = set(), tomorrow
    service.asked.clear()
    second = fetch(service, tomorrow)
    assert (second.problems, second.n_missing) == ((), 0)
    assert service.asked_before_revision(TODAY) == [("da_lmp", (ZONE,))]
    assert_stored(database, service, tomorrow)


def test_hours_that_the_source_lacks_are_asked_for_on_a_slower_schedule(database, service, fetch):
    service.lose("rt_lmp", ZONE, OLD_HOURS)
    fetch(service)
    asked_on = [0]
    service.asked.clear()
    for offset in range(1, 5):
        day = TODAY + timedelta(days=offset)
        service.until = day
        report = fetch(service, day)
        if ("rt_lmp", (ZONE,)) in service.asked_before_revision(day - timedelta(days=1)):
            asked_on.append(offset)
    assert asked_on == [0, 1, 3]
    rows = absent(database)
    assert rows["interval_start"].tolist() == OLD_HOURS.tolist()
    assert set(rows["n_asked"]) == {3}
    assert set(rows["first_asked"]) == {pd.Timestamp(TODAY)}
    assert set(rows["last_asked"]) == {pd.Timestamp(TODAY + timedelta(days=3))}
    (line,) = report.known_missing.itertuples()
    assert (line.measure, line.location, line.n_hours) == ("rt_lmp", ZONE, 3)
    assert (line.first, line.last) == (OLD_HOURS[0], OLD_HOURS[-1])
    assert line.next_query == pd.Timestamp(TODAY + timedelta(days=7))


def test_an_absent_hour_that_arrives_is_absent_no_longer(database, service, fetch):
    lost = service.lose("rt_lmp", ZONE, OLD_HOURS)
    fetch(service)
    service.values["rt_lmp", ZONE] = pd.concat([service.values["rt_lmp", ZONE], lost.iloc[:2]]).sort_index()
    tomorrow = TODAY + timedelta(days=1)
    service.until = tomorrow
    report = fetch(service, tomorrow)
    assert absent(database)["interval_start"].tolist() == [OLD_HOURS[2]]
    assert report.counts["rt_lmp"].written == 4 * 24 + 2
    assert_stored(database, service, tomorrow)


def test_a_second_run_on_the_same_day_asks_for_what_may_change_and_writes_nothing(database, service, fetch):
    service.lose("rt_lmp", ZONE, OLD_HOURS)
    service.lose("da_load", ZONE, OLD_HOURS + pd.Timedelta(days=16))  # these may still change
    fetch(service)
    before = written_outside_the_run_log(database)
    service.asked.clear()
    report = fetch(service)
    start = pd.Timestamp(TODAY - timedelta(days=REVISION_DAYS), tz="America/Chicago")
    assert {(*query[1], *query[2:4]) for query in service.asked} == {
        (*ZONES, start, pd.Timestamp(TODAY, tz="America/Chicago"))
    }
    assert len(service.asked) == 4
    pd.testing.assert_frame_equal(written_outside_the_run_log(database), before)
    assert sum(counts.written + counts.revised for counts in report.counts.values()) == 0


def test_a_correction_within_the_revision_window_is_stored_and_told(database, service, fetch):
    fetch(service)
    hours = service.values["rt_load", ZONE].loc[: pd.Timestamp("2025-03-12 04:00", tz="UTC")].index[-30:]
    old = service.values["rt_load", ZONE].loc[hours].copy()
    service.values["rt_load", ZONE].loc[hours] += np.arange(1.0, 31.0)
    service.values["rt_load", ZONE].loc[OLD_HOURS] = -1.0  # too old to be looked at again
    tomorrow = TODAY + timedelta(days=1)
    service.until = tomorrow
    report = fetch(service, tomorrow)
    (line,) = report.changed.itertuples()
    assert (line.measure, line.location, line.source, line.basis) == ("rt_load", ZONE, "public", "actual")
    assert (line.n_hours, line.first, line.last) == (30, hours[0], hours[-1])
    assert (line.interval_start, line.old_value, line.new_value) == (
        hours[-1],
        old.iloc[-1],
        old.iloc[-1] + 30,
    )
    assert report.counts["rt_load"].revised == 30
    assert (stored(database)["rt_load", ZONE].loc[OLD_HOURS] > 0).all()
    assert fetch(service, tomorrow).changed.empty, "it was told already"


def test_a_run_that_is_killed_between_two_measures_is_made_good_by_the_next(database, service, fetch):
    service.lose("da_lmp", ZONE, OLD_HOURS)
    fetch(service, TODAY - timedelta(days=1))
    hour = service.values["da_lmp", ZONE].loc[: pd.Timestamp("2025-03-10 12:00", tz="UTC")].index[-1]
    service.values["da_lmp", ZONE].loc[hour] = 5.0
    service.errors["da_load"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        fetch(service)
    assert absent(database)["n_asked"].tolist() == [2, 2, 2]

    service.errors.clear()
    report = fetch(service)
    assert_stored(database, service)
    assert absent(database)["n_asked"].tolist() == [2, 2, 2], "the day had been counted"
    (line,) = report.changed.itertuples()
    assert (line.measure, line.interval_start, line.new_value) == ("da_lmp", hour, 5.0)


def test_a_source_that_fails_for_a_measure_costs_that_measure_and_is_told_once(database, service, fetch):
    service.lose("rt_lmp", ZONE, OLD_HOURS)
    service.errors["rt_lmp"] = SourceError("ERCOT rt_lmp: the service is down")
    first = fetch(service)
    assert [problem.kind for problem in first.problems].count("unreadable") == 1
    assert kinds(first) == {"unreadable", "missing_hours", "empty"}
    assert absent(database).empty
    service.errors.clear()
    fetch(service)
    assert_stored(database, service)


@pytest.mark.parametrize("has_error", [False, True], ids=["unanswered", "an error"])
def test_an_old_gap_that_cannot_be_read_keeps_nothing_new_away(database, service, fetch, has_error):
    service.failing = {("rt_lmp", ZONE)}
    fetch(service)
    if has_error:
        service.refuse_before = pd.Timestamp(TODAY - timedelta(days=REVISION_DAYS), tz="America/Chicago")
    tomorrow = TODAY + timedelta(days=1)
    service.until = tomorrow
    fetch(service, tomorrow)
    end = pd.Timestamp(tomorrow, tz="America/Chicago").tz_convert("UTC")
    found = stored(database)
    for zone in set(ZONES) - {ZONE}:
        assert found["rt_lmp", zone].index[-1] == end - HOUR
    assert ("rt_lmp", ZONE) not in found


def test_a_refused_account_is_asked_no_further(service, fetch):
    service.errors["rt_lmp"] = AccountRefused("the account is refused")
    fetch(service)
    assert [query[0] for query in service.asked].count("rt_lmp") == 1


def test_after_a_pause_everything_that_may_have_changed_since_is_asked_for_again(database, service, fetch):
    fetch(service)
    hour = service.values["da_lmp", ZONE].loc[: pd.Timestamp("2025-03-11 12:00", tz="UTC")].index[-1]
    service.values["da_lmp", ZONE].loc[hour] = 5.0
    later = TODAY + timedelta(days=4 * REVISION_DAYS)
    service.until = later
    report = fetch(service, later)
    (line,) = report.changed.itertuples()
    assert (line.interval_start, line.new_value) == (hour, 5.0)
    assert_stored(database, service, later)


def test_a_fetch_that_failed_does_not_count_as_having_looked(database, service, fetch):
    fetch(service)
    hour = service.values["da_lmp", ZONE].loc[: pd.Timestamp("2025-03-11 12:00", tz="UTC")].index[-1]
    service.values["da_lmp", ZONE].loc[hour] = 5.0
    later = service.until = TODAY + timedelta(days=4 * REVISION_DAYS)
    service.failing = set(service.values)
    with pytest.raises(FetchFailed):
        fetch(service, later)
    service.failing = set()
    fetch(service, later)
    assert_stored(database, service, later)


def test_where_no_hour_is_answered_the_fetch_fails_with_the_causes(database, service, fetch):
    service.failing = set(service.values)
    causes = rf"ERCOT da_load {ZONES[0]}: the service failed[^$]*\(and \d more problems of da_load\)"
    with pytest.raises(FetchFailed, match=causes):
        fetch(service)
    assert absent(database).empty
    service.failing = set()
    fetch(service)
    tomorrow = TODAY + timedelta(days=1)
    service.failing = set(service.values)
    with pytest.raises(FetchFailed):
        fetch(service, tomorrow)


def test_an_old_gap_in_vain_fails_no_fetch_of_a_window_that_is_over(service, fetch):
    service.failing = {("rt_lmp", ZONE)}
    end, later = TODAY - timedelta(days=1), TODAY + timedelta(days=100)
    fetch(service, later, end=end)
    service.asked.clear()
    report = fetch(service, later, end=end)
    assert [query[:2] for query in service.asked] == [("rt_lmp", (ZONE,))]
    assert kinds(report) == {"unanswered", "missing_hours", "empty"}


def test_a_measure_that_wants_a_key_fails_no_fetch_whose_rest_is_complete(service, fetch):
    service.errors["rt_load"] = SourceError("ERCOT rt_load: its publisher asks for credentials")
    end, later = TODAY - timedelta(days=1), TODAY + timedelta(days=100)
    for _ in range(2):
        assert "unreadable" in kinds(fetch(service, later, end=end))


def test_a_series_that_stops_is_late_first_and_stale_later(service, fetch):
    limits = {row.measure: row for row in services("public", ISO)}["da_load"]
    assert (limits.warn_after_days, limits.fail_after_days) == (3, 10)
    fetch(service)
    late = fetch(service, TODAY + timedelta(days=4))
    assert {problem.measure for problem in late.problems if problem.kind == "late"} == {"da_load", "rt_load"}
    check_freshness(ISO, late.fresh)
    stale = fetch(service, TODAY + timedelta(days=11))
    assert {problem.measure for problem in stale.problems if problem.kind == "stale"} == {
        "da_load",
        "rt_load",
    }
    with pytest.raises(StaleSeries, match=f"da_load {ZONE}"):
        check_freshness(ISO, stale.fresh)


def test_a_window_that_ended_long_ago_is_not_stale(service, fetch):
    report = fetch(service, TODAY + timedelta(days=100), end=TODAY - timedelta(days=1))
    assert report.problems == ()
    assert set(report.fresh["status"]) == {"fresh"}
    assert {query[1] for query in service.asked} == {tuple(ZONES)}
    service.asked.clear()
    fetch(service, TODAY + timedelta(days=100), end=TODAY - timedelta(days=1))
    assert service.asked == [], "none of its hours may still change"


def test_the_problems_of_a_task_are_kept_with_it(database, service, fetch):
    service.failing = {("da_lmp", ZONE)}
    service.errors["rt_load"] = SourceError("ERCOT rt_load: the service is down")
    report = fetch(service)
    rows = read_relation(database, "pipeline_problem").sort_values("number")
    assert rows["message"].tolist() == [problem.message for problem in report.problems]
    assert rows["n_hours"].tolist() == [problem.n_hours for problem in report.problems]
    assert set(rows["notebook"]) == {"fetch"}
    whole = rows[rows["kind"] == "unreadable"].iloc[0]
    assert whole[["measure", "location", "first_hour"]].isna().tolist() == [False, True, True]
    gap = rows[(rows["kind"] == "missing_hours") & (rows["measure"] == "da_lmp")].iloc[0]
    assert gap["first_hour"] == pd.Timestamp(START, tz="America/Chicago")


def test_the_problems_of_a_fetch_that_fails_altogether_are_kept_too(database, service, fetch):
    gone = SourceError("the service is gone")
    service.errors = dict.fromkeys(("da_lmp", "rt_lmp", "da_load", "rt_load"), gone)
    with pytest.raises(FetchFailed, match="the service is gone"):
        fetch(service)
    rows = read_relation(database, "pipeline_problem")
    assert (rows["kind"] == "unreadable").sum() == 4


def test_without_a_task_absent_hours_and_changes_are_shown_and_nothing_is_written(database, service, fetch):
    service.lose("rt_lmp", ZONE, OLD_HOURS)
    fetch(service)
    hour = service.values["da_lmp", ZONE].loc[: pd.Timestamp("2025-03-11 12:00", tz="UTC")].index[-1]
    service.values["da_lmp", ZONE].loc[hour] = 5.0
    told = fetch(service)
    before = written_outside_the_run_log(database)
    problems = len(read_relation(database, "pipeline_problem"))
    shown = update_stored_series(database, service, ISO, START, TODAY - timedelta(days=1), TODAY, None)
    pd.testing.assert_frame_equal(shown.known_missing, told.known_missing)
    pd.testing.assert_frame_equal(shown.changed, told.changed)
    pd.testing.assert_frame_equal(shown.fresh, told.fresh)
    pd.testing.assert_frame_equal(written_outside_the_run_log(database), before)
    assert len(read_relation(database, "pipeline_problem")) == problems
    assert len(shown.changed) == 1


def test_every_series_is_asked_for_by_its_basis(service, fetch):
    fetch(service)
    bases = {row.measure: row.basis for row in services("public", ISO) if row.basis != SETTLED}
    assert {(query[0], query[4]) for query in service.asked} == set(bases.items())


def test_a_correction_of_weeks_ago_is_stored_and_the_former_value_kept(database, service, fetch):
    fetch(service)
    before = service.values["rt_lmp", ZONE].copy()
    later = TODAY + timedelta(days=20)
    service.until = later
    fetch(service, later)
    service.values["rt_lmp", ZONE].loc[OLD_HOURS] += 500.0
    service.corrected = {"rt_lmp": (later, {ZONE: OLD_HOURS})}
    service.asked.clear()
    report = fetch(service, later)
    assert [(measure, zones) for measure, zones, start, *_ in service.asked if start < OLD_HOURS[-1]] == [
        ("rt_lmp", (ZONE,))
    ]
    assert report.counts["rt_lmp"].revised == len(OLD_HOURS)
    assert_stored(database, service, later)
    kept = read_relation(database, "value_revision").sort_values("interval_start")
    assert kept["old_value"].tolist() == before.loc[OLD_HOURS].tolist()
    assert kept["new_value"].tolist() == (before.loc[OLD_HOURS] + 500.0).tolist()


def test_corrections_of_long_ago_are_not_asked_for_again_and_again(service, fetch):
    fetch(service)
    posted = TODAY - timedelta(days=REVISION_DAYS + 1)
    service.corrected = {"rt_lmp": (posted, {ZONE: OLD_HOURS})}
    service.asked.clear()
    fetch(service)
    assert not [start for _, _, start, *_ in service.asked if start < OLD_HOURS[-1]]


def test_corrections_that_cannot_be_read_are_told_and_the_rest_goes_on(database, service, fetch):
    service.corrections_fail = {"rt_lmp"}
    report = fetch(service)
    assert [problem.message for problem in report.problems] == ["ERCOT rt_lmp: no list of corrections"]
    assert_stored(database, service)
