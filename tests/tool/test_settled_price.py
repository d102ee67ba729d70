"""The tool computes VLR from stored hours: with the price on which metered load settles, as the run did."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.calc.priced_vlr import add_priced
from lib.calc.range_curves import vlr_between
from lib.calc.vlr import count_exclusions, hourly_vlr, vlr_curve
from lib.hours import utc_bounds
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.fetch import update_stored_series
from lib.pipeline.steps.inputs import read_inputs
from lib.pipeline.steps.publishing import publish_curve
from lib.pipeline.steps.window import Window
from lib.sources import open_source
from lib.store import Database, RunTask, start_run, start_task
from lib.tool.snapshot import read_snapshot
from lib.tool.stored_curves import read_history

FIRST, LAST = date(2024, 7, 1), date(2024, 7, 3)
KEY = ["location", "month", "he", "block_type"]


@pytest.fixture
def context(database: Database, tmp_path: Path) -> Context:
    """Three days of New York, of which one zone has a settled price in most hours, fetched and stored."""
    rng = np.random.default_rng(11)
    hours = pd.date_range(*utc_bounds("NYISO", FIRST, LAST), freq="h", inclusive="left", unit="us")
    (tmp_path / "nyiso").mkdir()
    for name, mean in (
        ("da_lmp", 40),
        ("rt_lmp", 45),
        ("da_load", 900),
        ("rt_load", 950),
        ("rt_lmp_settled", 47),
    ):
        zones = ["WEST"] if name == "rt_lmp_settled" else ["WEST", "NORTH"]
        rows = [(zone, hour, rng.normal(mean, mean / 5)) for zone in zones for hour in hours]
        frame = pd.DataFrame(rows, columns=["zone", "interval_start_utc", "value"])
        frame.iloc[5:].to_parquet(tmp_path / "nyiso" / f"{name}.parquet")
    source, window = open_source(f"files:{tmp_path}"), Window(FIRST, LAST, LAST + timedelta(days=1))
    run_id = start_run(database, source="files", as_of=window.as_of, window_start=FIRST, window_end=LAST)
    task = RunTask(run_id, "fetch", "NYISO")
    start_task(database, task)
    update_stored_series(database, source, "NYISO", FIRST, LAST, window.as_of, task)
    return Context(database, source, str(tmp_path), "NYISO", window, "nerc", replace(task, notebook="vlr"))


def test_a_range_of_stored_hours_has_the_curve_that_was_published(
    database: Database, context: Context
) -> None:
    inputs = read_inputs(context, "zone")
    hourly = hourly_vlr(inputs.grid)
    curve = add_priced(vlr_curve(hourly))
    start_task(database, context.task)
    tables = {"vlr": curve, "vlr_exclusion": count_exclusions(hourly)}
    publish_curve(context, "vlr", inputs, {"holidays": "nerc", "basis": None}, tables)

    snapshot = read_snapshot(database)
    version = {**snapshot.studies, **snapshot.versions}["NYISO", "vlr"]
    assert set(version.series.loc[version.series["basis"] == "settled", "location"]) == {"WEST"}
    found = vlr_between(read_history(database, "NYISO", "vlr", version), FIRST, LAST)
    both = curve.astype({"location": str}).merge(
        found.astype({"location": str}), on=KEY, suffixes=("", "_tool")
    )
    assert both["cost_per_mwh"].notna().sum() >= 2 * 24
    for column in ("cost_per_mwh", "cost_weighted", "mean_ratio"):
        pd.testing.assert_series_equal(
            both[f"{column}_tool"], both[column], check_names=False, rtol=1e-9, atol=1e-12
        )
    plain = vlr_curve(hourly_vlr(inputs.grid.drop(columns="rt_lmp_settled_usd_per_mwh")))
    assert not np.allclose(plain["cost_per_mwh"], curve["cost_per_mwh"], equal_nan=True)
