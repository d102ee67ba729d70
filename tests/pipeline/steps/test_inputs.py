"""A reader is told what the day-ahead load is, and on which price metered load settles."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from lib.calc.vlr import hourly_vlr
from lib.hours import utc_bounds
from lib.markets import locations, market
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.fetch import update_stored_series
from lib.pipeline.steps.inputs import describe_inputs, describe_loads, load_bases, read_inputs
from lib.pipeline.steps.publishing import publish_hourly_vlr
from lib.pipeline.steps.window import Window
from lib.sources import open_source
from lib.store import Database, RunTask, read_relation, start_run, start_task


def loads(*pairs: tuple[str, str], measure: str = "da_load") -> pd.DataFrame:
    return pd.DataFrame([(measure, *pair) for pair in pairs], columns=["measure", "source", "basis"])


def test_the_note_of_the_market_stands_for_its_own_basis() -> None:
    series = loads(("demo", "proxy"), ("demo", "proxy"))
    assert (load_bases(series), describe_loads("PJM", series)) == ("proxy", market("PJM").load_note)


def test_another_basis_has_the_note_of_its_service() -> None:
    series = loads(("enverus", "forecast"))
    assert describe_loads("PJM", series) == "enverus, forecast: taken for the zonal forecast; unverified"


def test_where_several_are_in_use_each_is_told() -> None:
    series = loads(("enverus", "forecast"), ("public", "cleared"))
    assert load_bases(series) == "cleared, forecast"
    text = describe_loads("NYISO", series)
    assert text.startswith(market("NYISO").load_note)
    assert "enverus, forecast: " in text
    assert "public, cleared: zonalBidLoad" in text


def test_without_a_load_there_is_none() -> None:
    series = loads(("enverus", "actual"), measure="da_lmp")
    assert (load_bases(series), describe_loads("PJM", series)) == ("none", market("PJM").load_note)


DAY = date(2024, 7, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One day of New York: prices and loads of two zones, and a settled price of one of them."""
    hours = pd.date_range(*utc_bounds("NYISO", DAY, DAY), freq="h", inclusive="left", unit="us")
    values = {"da_lmp": 40.0, "rt_lmp": 60.0, "da_load": 1000.0, "rt_load": 1100.0}
    (tmp_path / "nyiso").mkdir()
    for name, value in {**values, "rt_lmp_settled": 62.0}.items():
        zones = ["WEST"] if name == "rt_lmp_settled" else ["WEST", "NORTH"]
        rows = pd.DataFrame(
            [(zone, hour, value) for zone in zones for hour in hours],
            columns=["zone", "interval_start_utc", "value"],
        )
        rows.to_parquet(tmp_path / "nyiso" / f"{name}.parquet")
    return tmp_path


def _fetched(database: Database, folder: Path) -> Context:
    """The context of a notebook, after everything in the folder was stored."""
    source, window = open_source(f"files:{folder}"), Window(DAY, DAY, DAY + timedelta(days=1))
    run_id = start_run(database, source="files", as_of=window.as_of, window_start=DAY, window_end=DAY)
    task = RunTask(run_id, "fetch", "NYISO")
    start_task(database, task)
    report = update_stored_series(database, source, "NYISO", DAY, DAY, window.as_of, task)
    assert {problem.kind for problem in report.problems} <= {"missing_hours", "empty"}
    return Context(
        database, source, f"files:{folder}", "NYISO", window, "nerc", replace(task, notebook="vlr")
    )


def test_metered_load_settles_on_the_settled_price_where_there_is_one(
    database: Database, folder: Path
) -> None:
    context = _fetched(database, folder)
    inputs = read_inputs(context, "zone")
    hourly = hourly_vlr(inputs.grid)
    costs = hourly.dropna(subset="unitized_cost").groupby("location", observed=True)["unitized_cost"].mean()
    assert costs.round(6).to_dict() == {"NORTH": 1.818182, "WEST": 3.818182}
    words = describe_inputs(context, inputs)["Metered load settles on"]
    assert words.startswith("the settled price of the source: in 50.0% of the hours with a real-time price")
    assert "+2.00 $/MWh" in words
    assert "in NORTH throughout, metered load settles on the zone's own price" in words

    start_task(database, context.task)
    publish_hourly_vlr(context, hourly)
    stored = read_relation(database, "hourly_vlr")
    assert stored["rt_lmp_settled"].value_counts().to_dict() == {62.0: 24}
    assert len(stored) == 24 * len(locations("NYISO", "zone"))
    assert set(stored.loc[stored["rt_lmp_settled"].notna(), "unitized_cost"].round(6)) == {3.818182}


def test_without_a_settled_price_the_zones_own_is_used_and_named(database: Database, folder: Path) -> None:
    (folder / "nyiso/rt_lmp_settled.parquet").unlink()
    context = _fetched(database, folder)
    inputs = read_inputs(context, "zone")
    assert set(hourly_vlr(inputs.grid)["unitized_cost"].dropna().round(6)) == {1.818182}
    words = describe_inputs(context, inputs)["Metered load settles on"]
    assert words == "the zone's own real-time price, for want of another"
    assert "Metered load settles on" not in describe_inputs(context, read_inputs(context))


def test_a_folder_that_states_another_basis_is_read_on_that_from_then_on(
    database: Database, folder: Path
) -> None:
    _fetched(database, folder)
    (folder / "nyiso/bases.csv").write_text("measure,basis\nda_load,proxy\n")
    context = _fetched(database, folder)
    assert load_bases(read_inputs(context, "zone").series) == "proxy"
    assert load_bases(read_inputs(context, "zone", "forecast").series) == "forecast"
