"""What the planner knows of the tables after a run."""

from __future__ import annotations

import pytest

from lib.store import read_sql, update_statistics, write_series
from tests.support.waiting import wait_until

ESTIMATES = "SELECT relname, reltuples FROM pg_class WHERE relname IN ('da_lmps', 'da_lmps_nyiso')"


@pytest.fixture
def write_hours(database, task, register, make_values):
    """A function that writes the first n hours of a price, and waits until the server has counted them."""
    (west,) = register("WEST")["series_id"]

    def write(n_hours: int) -> None:
        write_series(database, "NYISO", "da_lmp", make_values(west, n_hours=n_hours), task)
        counted = "SELECT n_live_tup AS n FROM pg_stat_user_tables WHERE relname = 'da_lmps_nyiso'"
        wait_until(lambda: read_sql(database, counted)["n"].item() == n_hours)

    return write


def test_the_planner_learns_how_much_a_first_load_has_brought_and_little_more_changes_nothing(
    database, write_hours
):
    write_hours(2_000)
    assert "da_lmps" in update_statistics(database)
    estimates = read_sql(database, ESTIMATES).set_index("relname")["reltuples"]
    assert estimates.to_dict() == {"da_lmps": 2_000, "da_lmps_nyiso": 2_000}
    write_hours(2_100)
    assert "da_lmps" not in update_statistics(database)
    write_hours(4_000)
    assert "da_lmps" in update_statistics(database)
    assert update_statistics(database) == []


def test_of_a_partitioned_table_the_key_is_looked_at_and_of_others_every_column(database, write_hours):
    write_hours(48)
    update_statistics(database)
    known = read_sql(database, "SELECT tablename, attname FROM pg_stats WHERE schemaname = 'public'")
    columns = known.groupby("tablename")["attname"].agg(set)
    assert columns["da_lmps"] == {"market_id", "series_id", "interval_start"}
    assert {"notebook", "n_written"} <= columns["pipeline_write"]
