from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.calc.vlr import CHAIN, hourly_vlr
from lib.hours import market_hours, utc_bounds
from lib.markets import MARKETS, SETTLED_NAME
from lib.store import (
    Database,
    InvalidValues,
    RunTask,
    WriteCounts,
    read_hourly_inputs,
    read_relation,
    read_sql,
    write_calendar,
    write_hourly_vlr,
    write_series,
)
from lib.store.bulk import BLOCK_IDS

DAY = (date(2025, 11, 2), date(2025, 11, 2))  # 25 hours
BOUNDS = utc_bounds("NYISO", *DAY)
MEASURES = ("da_lmp", "rt_lmp", "da_load", "rt_load")


@pytest.fixture
def inputs(
    database: Database,
    task: RunTask,
    register: Callable[..., pd.DataFrame],
    make_values: Callable[..., pd.DataFrame],
) -> pd.DataFrame:
    """Values of WEST and NORTH for a day of 25 hours; NORTH has a day-ahead price and nothing else."""
    for measure in MEASURES:
        basis = "forecast" if measure == "da_load" else "actual"
        numbers = register("WEST", measure=measure, basis=basis)["series_id"].tolist()
        if measure == "da_lmp":
            numbers += register("NORTH")["series_id"].tolist()
        values = make_values(*numbers, n_hours=25, first=f"{BOUNDS[0]:%Y-%m-%d %H:%M}")
        write_series(database, "NYISO", measure, values, task)
    frame, _ = read_hourly_inputs(database, "NYISO", *BOUNDS, ["files"])
    return frame


@pytest.fixture
def stored(database: Database, task: RunTask, inputs: pd.DataFrame) -> pd.DataFrame:
    """The VLR chain of the inputs, which is in the database, and so is the calendar."""
    hourly = hourly_vlr(inputs)
    write_calendar(database, "NYISO", market_hours("NYISO", *DAY), task)
    assert write_hourly_vlr(database, "NYISO", hourly, task) == WriteCounts(50, 50, 0)
    return hourly


def test_the_calendar_has_the_hours_of_the_published_tables(
    database: Database, task: RunTask, shared: Path
) -> None:
    """The tables of hours per month and block, for every ISO, from the database."""
    tables = re.findall(r"^(\dx\d+)\s+(\d{4}) +([\d ]+)", (shared / "domain.md").read_text(), re.MULTILINE)
    assert len(tables) == 7
    for iso in MARKETS:
        hours = market_hours(iso, date(2023, 1, 1), date(2025, 12, 31))
        write_calendar(database, iso, hours, task)
        assert write_calendar(database, iso, hours, task) == WriteCounts(len(hours), 0, 0)
    counted = (
        read_sql(
            database,
            """
        SELECT iso, block_type, year, month, count(*) AS n
        FROM market_hour JOIN market USING (market_id) JOIN block USING (block_id)
        GROUP BY iso, block_type, year, month
        """,
        )
        .set_index(["iso", "block_type", "year"])
        .sort_index()
    )
    for block, year, numbers in tables:
        for iso in MARKETS:
            months = counted.loc[(iso, block, int(year))].set_index("month")["n"].sort_index()
            assert months.tolist() == [int(number) for number in numbers.split()], f"{iso} {block} {year}"


@pytest.mark.parametrize("iso", MARKETS)
def test_the_blocks_of_the_database_are_those_of_the_calendar(database: Database, iso: str) -> None:
    blocks = read_relation(database, "block").sort_values("block_id")
    assert dict(zip(blocks["block_type"], blocks["block_id"], strict=True)) == BLOCK_IDS
    hours = market_hours(iso, date(2025, 1, 1), date(2025, 12, 31)).astype({"block_type": str})
    types = hours.groupby("block_type")[["day_type", "hour_type"]].agg(lambda of_block: set(of_block))
    for block in blocks.itertuples():
        assert types.loc[block.block_type, "hour_type"] == {block.hour_type}
        days = {"WeekDay", "WeekEnd"} if block.day_type == "All" else {block.day_type}
        assert types.loc[block.block_type, "day_type"] == days


def test_a_calendar_comes_back_as_it_was(database: Database, task: RunTask) -> None:
    hours = market_hours("NYISO", *DAY)
    write_calendar(database, "NYISO", hours, task)
    back = read_relation(database, "market_hour").merge(
        read_relation(database, "block")[["block_id", "block_type"]]
    )
    for column in hours.columns:
        assert back[column].tolist() == hours[column].tolist(), column


def test_the_table_has_the_columns_that_the_calculation_makes(database: Database) -> None:
    columns = read_relation(database, "hourly_vlr", limit=0).columns
    assert list(columns[4:]) == [*MEASURES, *CHAIN, SETTLED_NAME]


def test_the_inputs_stand_side_by_side_and_gaps_are_nan(database: Database, inputs: pd.DataFrame) -> None:
    assert list(inputs.columns) == [
        *(
            "location",
            "interval_start",
            "da_lmp_usd_per_mwh",
            "rt_lmp_usd_per_mwh",
            "da_load_mw",
            "rt_load_mw",
        )
    ]
    assert inputs.groupby("location").size().to_dict() == {"WEST": 25, "NORTH": 25}
    north = inputs[inputs["location"] == "NORTH"]
    assert north["da_lmp_usd_per_mwh"].notna().all()
    assert north[["rt_lmp_usd_per_mwh", "da_load_mw", "rt_load_mw"]].isna().all(axis=None)
    assert inputs.loc[inputs["location"] == "WEST"].notna().all(axis=None)


def test_the_inputs_say_which_series_they_are(database: Database, inputs: pd.DataFrame) -> None:
    _, series = read_hourly_inputs(database, "NYISO", *BOUNDS, ["files"])
    assert series[["location", "measure", "source", "basis"]].to_numpy().tolist() == [
        ["WEST", "da_lmp", "files", "actual"],
        ["NORTH", "da_lmp", "files", "actual"],
        ["WEST", "rt_lmp", "files", "actual"],
        ["WEST", "da_load", "files", "forecast"],
        ["WEST", "rt_load", "files", "actual"],
    ]


def test_only_the_measures_that_are_wanted_are_read(database: Database, inputs: pd.DataFrame) -> None:
    prices, series = read_hourly_inputs(database, "NYISO", *BOUNDS, ["files"], measures=("rt_lmp", "da_lmp"))
    assert list(prices)[2:] == ["rt_lmp_usd_per_mwh", "da_lmp_usd_per_mwh"]
    assert set(series["measure"]) == {"da_lmp", "rt_lmp"}
    whole = inputs.dropna(subset=["rt_lmp_usd_per_mwh", "da_lmp_usd_per_mwh"], how="all")
    pd.testing.assert_frame_equal(prices, whole[list(prices)].reset_index(drop=True))


def test_without_series_there_are_no_inputs(database: Database) -> None:
    frame, series = read_hourly_inputs(database, "PJM", *BOUNDS, ["files"])
    assert frame.empty
    assert series.empty


def test_the_chain_written_again_writes_nothing(
    database: Database, task: RunTask, stored: pd.DataFrame
) -> None:
    assert stored["hourly_vlr"].isna().any(), "NULL must equal NULL"
    assert write_hourly_vlr(database, "NYISO", stored, task) == WriteCounts(50, 0, 0)


def test_a_changed_number_of_the_chain_is_updated(
    database: Database, task: RunTask, stored: pd.DataFrame
) -> None:
    changed = stored.assign(hedge_cost=stored["hedge_cost"].where(stored.index != 3))
    assert write_hourly_vlr(database, "NYISO", changed, task) == WriteCounts(50, 0, 1)
    back = read_relation(database, "hourly_vlr")
    assert back["hedge_cost"].isna().sum() == stored["hedge_cost"].isna().sum() + 1


def test_an_unknown_location_is_refused(database: Database, task: RunTask, stored: pd.DataFrame) -> None:
    moved = stored.assign(location=stored["location"].replace("WEST", "ATLANTIS"))
    with pytest.raises(InvalidValues, match="NYISO has no location 'ATLANTIS'"):
        write_hourly_vlr(database, "NYISO", moved, task)


def test_a_missing_column_is_named(database: Database, task: RunTask, stored: pd.DataFrame) -> None:
    with pytest.raises(InvalidValues, match="lacks columns: rt_load_mw, total_price"):
        write_hourly_vlr(database, "NYISO", stored.drop(columns=["total_price", "rt_load_mw"]), task)


def test_an_hour_given_twice_is_named(database: Database, task: RunTask, stored: pd.DataFrame) -> None:
    doubled = pd.concat([stored, stored[stored["location"] == "WEST"].iloc[[3]]])
    with pytest.raises(InvalidValues, match=r"NYISO WEST has 2025-11-02 07:00 UTC twice \(1 such rows\)"):
        write_hourly_vlr(database, "NYISO", doubled, task)


def test_the_flat_view_has_both_components_and_local_time(database: Database, stored: pd.DataFrame) -> None:
    flat = read_relation(database, "price_variance_nyiso").merge(read_relation(database, "nyiso_hierarchy"))
    west = stored[stored["location"] == "WEST"]
    for component, column in (
        ("Price Variance ($/MWh)", "price_variance"),
        ("Price Variance (%)", "price_variance_pct"),
    ):
        rows = flat[(flat["cost_component"] == component) & (flat["load_zone"] == "WEST")]
        rows = rows.sort_values("interval_start")
        np.testing.assert_array_equal(rows["data"], west[column])
        assert rows["he"].tolist() == [1, 2, 2, *range(3, 25)]
        assert rows["is_repeated_hour"].tolist() == [False, False, True] + [False] * 22
        assert (rows["date"] == pd.Timestamp("2025-11-02")).all()


def test_the_view_of_all_isos_has_the_numbers_by_name(database: Database, stored: pd.DataFrame) -> None:
    shown = read_relation(database, "load_variance", where={"iso": "NYISO", "location": "WEST"})
    shown = shown.sort_values("interval_start")
    west = stored[stored["location"] == "WEST"]
    np.testing.assert_array_equal(shown["load_variance"], west["load_variance"])
    assert shown["block_type"].unique().tolist() == ["7x8", "2x16"]


def test_raw_values_can_be_read_with_their_names(database: Database, stored: pd.DataFrame) -> None:
    shown = read_relation(database, "labelled_da_load")
    assert shown[["iso", "location", "source", "basis"]].drop_duplicates().to_numpy().tolist() == [
        ["NYISO", "WEST", "files", "forecast"]
    ]
    assert len(shown) == 25
