"""What was stored at a moment comes back, whatever runs and people did to it later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from lib.hours import UTC_HOUR
from lib.store import Database, RunTask, read_sql, start_run, write_series
from lib.store.curve_versions import PublishedAt
from lib.store.past_values import read_changed_values, read_past_values

BOUNDS = (pd.Timestamp("2025-01-01", tz="UTC"), pd.Timestamp("2025-01-02", tz="UTC"))

HOURS = pd.date_range(*BOUNDS, freq="h", inclusive="left").astype(UTC_HOUR)[:6]

Values = dict[int, float]
"""Hour of the day -> value."""


def _write(database: Database, series_id: int, values: Values) -> None:
    """Let a run store values."""
    run_id = start_run(
        database, source="files", as_of=date(2026, 1, 1), window_start=None, window_end=date(2025, 12, 31)
    )
    frame = pd.DataFrame({"interval_start": HOURS[list(values)], "value": list(values.values())})
    if values:
        task = RunTask(run_id, "fetch", "NYISO")
        write_series(database, "NYISO", "da_lmp", frame.assign(series_id=series_id), task)


def _delete(database: Database, series_id: int, hours: set[int]) -> None:
    with database.engine.begin() as connection:
        for hour in hours:
            connection.execute(
                text("DELETE FROM da_lmps WHERE series_id = :series_id AND interval_start = :hour"),
                {"series_id": series_id, "hour": HOURS[hour].to_pydatetime()},
            )


def _moment(database: Database) -> PublishedAt:
    """Return the moment of now: the last run, and the time of the server."""
    row = read_sql(database, "SELECT max(run_id) AS run_id, clock_timestamp() AS at FROM pipeline_run").iloc[
        0
    ]
    return PublishedAt(int(row["run_id"]), row["at"])


def _read(database: Database, series_id: int, moment: PublishedAt) -> Values:
    past = read_past_values(database, "NYISO", "da_lmp", [series_id], BOUNDS, moment)
    return dict(zip(past["interval_start"].dt.hour, past["value"], strict=True))


hours = st.integers(0, 5)
actions = st.lists(
    st.one_of(st.dictionaries(hours, st.integers(1, 9).map(float), min_size=1), st.sets(hours, min_size=1)),
    min_size=1,
    max_size=6,
)
"""What happens one after the other: a run stores values of some hours, or somebody deletes hours."""


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=actions)
def test_every_moment_is_read_as_it_was(
    database: Database, register: Callable[..., pd.DataFrame], actions: list[Values | set[int]]
) -> None:
    series_id = int(register("WEST")["series_id"].item())
    _delete(database, series_id, set(range(6)))  # of the example before
    _write(database, series_id, {})
    now: Values = {}
    moments = [(_moment(database), {})]
    for action in actions:
        if isinstance(action, set):
            _delete(database, series_id, action)
            now = {hour: value for hour, value in now.items() if hour not in action}
            _write(database, series_id, {})  # a run whose version does not know the deleted hours
        else:
            _write(database, series_id, action)
            now = {**now, **action}
        moments.append((_moment(database), now))
    for moment, values in moments:
        assert _read(database, series_id, moment) == values
    series = pd.DataFrame({"series_id": [series_id], "measure": "da_lmp", "location": "WEST"})
    for (old, before), (new, after) in pairwise(moments):
        changed = read_changed_values(database, "NYISO", series, BOUNDS, old, new)
        differing = {hour for hour in {*before, *after} if before.get(hour) != after.get(hour)}
        assert set(changed["interval_start"].dt.hour) == differing
        for row in changed.itertuples():
            hour = row.interval_start.hour
            assert (row.what == "late") == (hour not in before)
            assert (row.what == "removed") == (hour not in after)


def test_a_revision_of_before_the_writers_were_kept_counts_as_there(
    database: Database, register: Callable[..., pd.DataFrame]
) -> None:
    series_id = int(register("WEST")["series_id"].item())
    _write(database, series_id, {0: 1.0})
    moment = _moment(database)
    _write(database, series_id, {1: 1.0})
    _write(database, series_id, {0: 2.0, 1: 2.0})
    assert _read(database, series_id, moment) == {0: 1.0}
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE value_revision SET old_run_id = NULL"))
    assert _read(database, series_id, moment) == {0: 1.0, 1: 1.0}


def test_a_settlement_that_changes_or_goes_is_kept_as_it_was(database: Database) -> None:
    _write(database, 1, {})
    with database.engine.begin() as connection:
        for sql in (
            "INSERT INTO ice_settlement "
            "SELECT '2026-01-05', strip::date, NULL, 1, 'NaN', price, 1, 'PMI', 'F', '1', 'PJM WH', "
            "'Peak', 'icecleared_power' "
            "FROM (VALUES ('2026-02-01', 50), ('2026-03-01', 40)) AS given (strip, price)",
            "UPDATE ice_settlement SET settlement_price = 51 WHERE strip = '2026-02-01'",
            "DELETE FROM ice_settlement WHERE strip = '2026-03-01'",
        ):
            connection.execute(text(sql))
    kept = read_sql(
        database,
        "SELECT strip, settlement_price, new_price, new_run_id FROM settlement_revision ORDER BY revision_id",
    )
    assert kept["settlement_price"].tolist() == [50.0, 40.0]
    assert kept["new_price"].tolist()[0] == 51.0 and pd.isna(kept["new_price"][1])
    assert kept["new_run_id"][0] == 1 and pd.isna(kept["new_run_id"][1])


@pytest.mark.parametrize("table", ["da_lmps", "rt_lmps", "da_load", "rt_load"])
def test_a_deleted_value_of_each_measure_is_kept(database: Database, table: str) -> None:
    _write(database, 1, {})
    with database.engine.begin() as connection:
        for sql in (
            "INSERT INTO series (location_id, measure, source, basis) "
            "SELECT min(location_id), 'da_lmp', 'files', 'actual' FROM location",
            f"INSERT INTO {table} SELECT market_id, 1, 1, '2025-01-01', 7 FROM market WHERE iso = 'NYISO'",
            f"DELETE FROM {table}",
        ):
            connection.execute(text(sql))
    (kept,) = read_sql(
        database, "SELECT measure, old_value, new_value, old_run_id FROM value_revision"
    ).to_dict("records")
    measure = {"da_lmps": "da_lmp", "rt_lmps": "rt_lmp"}.get(table, table)
    assert (kept["measure"], kept["old_value"], kept["old_run_id"]) == (measure, 7.0, 1)
    assert pd.isna(kept["new_value"])
