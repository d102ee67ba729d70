"""Publish the curves of a market as the notebooks do: VLR, shaping, and the cost curve of a trade date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import text

from lib import store
from lib.calc.priced_vlr import WEIGHTS
from lib.calc.vlr import hourly_vlr
from lib.markets import MEASURES
from lib.pipeline.steps import cost_curves, cost_inputs, curve_tables, publishing, settlements
from lib.pipeline.steps.context import Context, open_context
from lib.pipeline.steps.fetch import fetch_series
from lib.pipeline.steps.inputs import read_inputs
from lib.store import Database

ISO, WINDOW, AS_OF = "ERCOT", ("2025-06-01", "2025-07-31"), "2026-01-01"
TRADE_DATE = "2025-12-31"

CHOSEN: Mapping[str, Any] = {
    "holidays": "nerc",
    "basis": None,
    "half_life_years": None,
    "covariance_events": "kept",
    "resamples": 20,
    "seed": 1,
    "has_levels": True,
    **WEIGHTS.parameters(),
}

Opener = Callable[[str], Context]


def start_official_run(database: Database, window: tuple[str, str] = WINDOW, as_of: str = AS_OF) -> Opener:
    """Start a run that somebody makes official, and return what opens a notebook in it.

    The environment's EPD_DATABASE must lead to the database.
    """
    days = {"as_of": date.fromisoformat(as_of), "window_start": None, "window_end": None}
    run_id = store.start_run(database, source="demo", **days, is_official=True)  # type: ignore[arg-type]
    return lambda notebook: open_context(notebook, ISO, "demo", *window, as_of, run_id, True)


def fetch_market(open_notebook: Opener, trade_date: str = TRADE_DATE) -> None:
    """Fetch the hours of the window, and the settlements of a trade date."""
    context = open_notebook("fetch")
    fetch_series(context)
    as_of = str(context.window.as_of)
    collecting = settlements.open_settlement_context("demo", trade_date, as_of, context.run_id, publish=True)
    settlements.collect(collecting, lookback_days=0)


def publish_hours(open_notebook: Opener, **changed: object) -> None:
    """Publish VLR and shaping; `changed` are parameters that differ from CHOSEN."""
    chosen = {**CHOSEN, **changed}
    zones, every = read_inputs(open_notebook("vlr"), "zone"), read_inputs(open_notebook("shaping"))
    vlr = curve_tables.vlr_tables(ISO, hourly_vlr(zones.grid), chosen)
    publishing.publish_curve(open_notebook("vlr"), "vlr", zones, chosen, vlr)
    own = {name: chosen[name] for name in ("holidays", "half_life_years")}
    shaping = curve_tables.shaping_tables(every.grid, own)
    publishing.publish_curve(open_notebook("shaping"), "shaping", every, own, shaping)


def publish_costs(open_notebook: Opener) -> None:
    """Publish the cost curve of the latest settlements and curves."""
    context = open_notebook("cost_curves")
    inputs = cost_inputs.read_cost_inputs(context)
    cells = curve_tables.cost_cells(inputs, {"offpeak_weights": "contract", "vlr": "priced"})
    cost_curves.publish_cost_curve(context, inputs, "contract", cells, _NOTHING_COMPARED, "priced")


_NOTHING_COMPARED = pd.DataFrame(
    {
        name: pd.Series(dtype=bool if name in ("is_used", "agrees") else object)
        for name in ("hub", "quote", "delivery_month", "implied", "difference", "is_used", "agrees")
    }
)
"""What quotes of one hub that are not compared agree in."""


LATE = "interval_start >= '2025-06-10' AND interval_start < '2025-06-11'"
"""A day without metered load when the first run publishes (`publish_first`)."""

VLR, SHAPING, COST_CURVE = 1, 2, 3
"""The versions that the first run publishes."""


def publish_first(database: Database) -> None:
    """Let a run publish all curves, without a day of metered load."""
    open_notebook = start_official_run(database)
    fetch_market(open_notebook)
    execute(database, f"DELETE FROM rt_load WHERE {LATE}")
    publish_hours(open_notebook)
    publish_costs(open_notebook)


def publish_again(database: Database, window: tuple[str, str] = WINDOW, **changed: object) -> None:
    """Let another run publish all curves, from what is stored by then."""
    open_notebook = start_official_run(database, window)
    publish_hours(open_notebook, **changed)
    publish_costs(open_notebook)


def execute(database: Database, sql: str) -> None:
    """Change the database as somebody does by hand."""
    with database.engine.begin() as connection:
        connection.execute(text(sql))


def revise(database: Database, measure: str, where: str) -> None:
    """Let a run store other values of some hours."""
    table = MEASURES[measure].table
    stored = store.read_sql(database, f"SELECT series_id, interval_start, value FROM {table} WHERE {where}")
    task = store.RunTask(_run(database), "fetch", ISO)
    store.write_series(database, ISO, measure, stored.assign(value=stored["value"] * 1.5 + 7), task)


def revise_prices(database: Database) -> None:
    """Revise the day-ahead prices of a week."""
    revise(database, "da_lmp", "interval_start < '2025-06-08'")


def revise_twice(database: Database) -> None:
    """Revise the metered load of two days in two runs."""
    for _ in range(2):
        revise(database, "rt_load", "interval_start < '2025-06-03'")


def add_late_hours(database: Database) -> None:
    """Let the missing day arrive, and another run revise it."""
    gone = store.read_sql(
        database,
        f"SELECT series_id, interval_start, old_value AS value FROM value_revision "
        f"WHERE measure = 'rt_load' AND {LATE}",
    )
    task = store.RunTask(_run(database), "fetch", ISO)
    assert store.write_series(database, ISO, "rt_load", gone, task).written == 24 * 4
    revise(database, "rt_load", LATE)


def remove_hours(database: Database) -> None:
    """Delete day-ahead prices."""
    execute(database, "DELETE FROM da_lmps WHERE interval_start < '2025-06-02 12:00'")
    _run(database)


def remove_and_bring_back(database: Database) -> None:
    """Delete day-ahead prices, and let a later run store others in their place."""
    remove_hours(database)
    gone = store.read_sql(
        database, "SELECT series_id, interval_start, old_value FROM value_revision WHERE measure = 'da_lmp'"
    )
    task = store.RunTask(_run(database), "fetch", ISO)
    values = gone.assign(value=gone["old_value"] + 1)[["series_id", "interval_start", "value"]]
    store.write_series(database, ISO, "da_lmp", values, task)


def revise_settlements(database: Database) -> None:
    """Correct a report: some prices change, and others are withdrawn."""
    run_id = _run(database)
    execute(
        database,
        f"UPDATE ice_settlement SET settlement_price = settlement_price + 1, run_id = {run_id} "
        "WHERE strip < '2027-01-01'",
    )
    execute(database, "DELETE FROM ice_settlement WHERE strip >= '2028-01-01'")


def _run(database: Database) -> int:
    return start_official_run(database)("fetch").run_id
