"""How much of its series the database holds."""

from __future__ import annotations

import pandas as pd

from lib.store import count_hours, list_series, read_last_hours, write_series


def test_hours_are_counted_from_the_first_to_the_last(database, task, register, make_values):
    west, north = register("WEST", "NORTH")["series_id"]
    values = make_values(west, north)
    write_series(database, "NYISO", "da_lmp", values.drop(5), task)
    first, last = values["interval_start"].iloc[0], values["interval_start"].iloc[23]
    assert count_hours(database, "NYISO", "da_lmp", first, last) == {west: 23, north: 24}
    assert count_hours(database, "NYISO", "rt_lmp", first, last) == {}
    assert count_hours(database, "PJM", "da_lmp", first, last) == {}


def test_the_last_hour_of_every_series_is_known_and_that_of_an_empty_one_is_not(
    database, task, register, make_values
):
    (west,) = register("WEST")["series_id"]
    (load,) = register("WEST", measure="rt_load")["series_id"]
    (empty,) = register("NORTH")["series_id"]
    write_series(database, "NYISO", "da_lmp", make_values(west), task)
    write_series(database, "NYISO", "rt_load", make_values(load, n_hours=5), task)
    last = read_last_hours(database, "NYISO")
    assert last[west] == pd.Timestamp("2025-01-02 23:00", tz="UTC")
    assert last[load] == pd.Timestamp("2025-01-01 04:00", tz="UTC")
    assert pd.isna(last[empty])
    assert read_last_hours(database, "PJM").empty


def test_every_series_of_the_sources_is_listed_whatever_its_basis(database, register):
    register("WEST", measure="da_load", source="public", basis="forecast")
    register("WEST", measure="da_load", source="public", basis="cleared")
    register("WEST", measure="da_load", source="enverus", basis="forecast")
    register("WEST", source="files")
    listed = list_series(database, "NYISO", ["public", "enverus"])
    assert listed[["location", "measure", "source", "basis"]].to_numpy().tolist() == [
        ["WEST", "da_load", "public", "forecast"],
        ["WEST", "da_load", "public", "cleared"],
        ["WEST", "da_load", "enverus", "forecast"],
    ]
