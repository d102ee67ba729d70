"""What the notebooks' steps store: which calendar, which series, and when a curve is new."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from sqlalchemy import text

from lib import store
from lib.calc import priced_vlr, shaping, vlr
from lib.pipeline.errors import NothingStored
from lib.pipeline.steps import publishing
from lib.pipeline.steps.context import Context, open_context
from lib.pipeline.steps.curve_tables import stored_parameters
from lib.pipeline.steps.fetch import fetch_series
from lib.pipeline.steps.inputs import Inputs, read_inputs
from lib.store import Database, read_relation

WINDOW = ("2025-07-01", "2025-07-31")


@pytest.fixture
def open_notebook(demo_database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Context]:
    """A function that opens the demo market's ERCOT in July 2025, to publish as some run."""
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    day = date(2026, 1, 1)
    run_id = store.start_run(demo_database, source="demo", as_of=day, window_start=None, window_end=None)

    def open_(notebook: str, holidays: str = "nerc") -> Context:
        return open_context(notebook, "ERCOT", "demo", *WINDOW, None, run_id, True, holidays)  # type: ignore[arg-type]

    return open_


def _publish(context: Context, inputs: Inputs) -> None:
    factors = {"shaping": shaping.shape_factors(inputs.grid)}
    publishing.publish_curve(context, "shaping", inputs, {"holidays": context.holidays}, factors)


def test_a_run_without_holidays_leaves_the_calendar_of_everybody_alone(
    open_notebook: Callable[..., Context], demo_database: Database
) -> None:
    fetch_series(open_notebook("fetch"))
    before = read_relation(demo_database, "market_hour")
    fetch_series(open_notebook("fetch", holidays="none"))
    pd.testing.assert_frame_equal(before, read_relation(demo_database, "market_hour"))
    assert before["is_holiday"].sum() == 24  # the fourth of July


def test_a_curve_remembers_the_series_it_was_made_of_and_no_other(
    open_notebook: Callable[..., Context], demo_database: Database
) -> None:
    fetch_series(open_notebook("fetch"))
    context = open_notebook("vlr")
    inputs = read_inputs(context, "zone")
    curve = priced_vlr.add_priced(vlr.vlr_curve(vlr.hourly_vlr(inputs.grid)))
    publishing.publish_curve(context, "vlr", inputs, {}, {"vlr": curve})
    _publish(context, read_inputs(context))
    versions = read_relation(demo_database, "curve_version").set_index("curve")["series_ids"]
    used = read_relation(demo_database, "series").merge(
        read_relation(demo_database, "location", ["location_id", "name", "kind"]), on="location_id"
    )
    of_vlr, of_shaping = (used[used["series_id"].isin(versions[name])] for name in ("vlr", "shaping"))
    assert set(of_vlr["kind"]) == {"zone"}
    assert len(of_vlr) == 4 * 4
    assert set(of_shaping["measure"]) == {"da_lmp", "rt_load"}
    assert set(of_shaping["kind"]) == {"zone", "hub"}


def test_a_curve_is_new_when_what_it_is_made_of_changes_and_only_then(
    open_notebook: Callable[..., Context], demo_database: Database
) -> None:
    fetch_series(open_notebook("fetch"))
    context = open_notebook("shaping")
    inputs = read_inputs(context)
    count = 0
    for column, is_new in (("rt_lmp_usd_per_mwh", True), ("da_load_mw", False), ("da_lmp_usd_per_mwh", True)):
        grid = inputs.grid.copy()
        grid.loc[0, column] += 1
        _publish(context, replace(inputs, grid=grid))
        count += is_new
        assert len(read_relation(demo_database, "curve_version")) == count, column


def test_nothing_is_published_by_hand(demo_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    with pytest.raises(ValueError, match=r"only run_all\.py publishes"):
        open_context("vlr", "ERCOT", "demo", *WINDOW, publish=True)


def test_a_basis_that_is_not_stored_is_said_to_be_so_with_what_to_choose_instead(
    open_notebook: Callable[..., Context],
) -> None:
    fetch_series(open_notebook("fetch"))
    with pytest.raises(NothingStored) as refused:
        read_inputs(open_notebook("vlr"), "zone", "cleared")
    assert str(refused.value) == (
        "ERCOT has no cleared day-ahead load stored; there is forecast: choose -p basis=forecast, "
        "or leave basis out for the best there is"
    )


@pytest.mark.parametrize(
    ("tables", "lacking"),
    [
        (["rt_lmps"], "ERCOT has no real-time price stored from 2025-07-01 to 2025-07-31"),
        (["da_lmps", "rt_load"], "ERCOT has no day-ahead price and no real-time load stored"),
    ],
)
def test_a_measure_without_any_hour_is_named_as_people_say_it(
    tables: list[str], lacking: str, open_notebook: Callable[..., Context], demo_database: Database
) -> None:
    fetch_series(open_notebook("fetch"))
    with demo_database.engine.begin() as connection:
        for table in tables:
            connection.execute(text(f"DELETE FROM {table}"))
    with pytest.raises(NothingStored, match=f"^{lacking}.*report of fetch"):
        read_inputs(open_notebook("vlr"), "zone")


def test_prices_and_loads_that_never_meet_in_one_hour_are_told(
    open_notebook: Callable[..., Context], demo_database: Database
) -> None:
    fetch_series(open_notebook("fetch"))
    with demo_database.engine.begin() as connection:
        connection.execute(text("DELETE FROM rt_lmps WHERE interval_start < '2025-07-15'"))
        connection.execute(text("DELETE FROM rt_load WHERE interval_start >= '2025-07-15'"))
    with pytest.raises(NothingStored, match=r"^ERCOT has no hour with all prices and loads of one place"):
        read_inputs(open_notebook("vlr"), "zone")


def test_what_came_later_is_stored_only_where_it_was_chosen() -> None:
    usual = {"holidays": "nerc", "basis": None, "seasons": "four", "years": None}
    assert stored_parameters(usual) == {"holidays": "nerc", "basis": None}
    assert stored_parameters({"seasons": "months", "years": 3}) == {"seasons": "months", "years": 3}


def test_the_years_of_the_window_are_stored_with_the_version(open_notebook: Callable[..., Context]) -> None:
    fetch_series(open_notebook("fetch"))
    context = replace(open_notebook("shaping"), years=3)
    _publish(context, read_inputs(context))
    (version,) = store.read_sql(context.db, "SELECT parameters FROM curve_version")["parameters"]
    assert json.loads(version) == {"holidays": "nerc", "years": 3}
