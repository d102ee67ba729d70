"""Own load in a run: stored as series of its own, replaced as a whole, and read back on the zones' hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from lib import store
from lib.calc import diagnostics
from lib.calc.covariance import covariance
from lib.calc.own_comparison import compare_premiums, compare_with_zone, count_own_hours
from lib.calc.priced_vlr import add_priced
from lib.calc.vlr import hourly_vlr, vlr_curve
from lib.hours import utc_bounds
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.fetch import update_stored_series
from lib.pipeline.steps.inputs import read_inputs
from lib.pipeline.steps.own_curves import (
    compare_intervals,
    compute_own_curves,
    publish_own_curves,
    read_own_curve,
)
from lib.pipeline.steps.own_loads import fetch_own_load, read_own_inputs
from lib.pipeline.steps.pricing_files import write_own_files
from lib.pipeline.steps.publishing import publish_curve
from lib.pipeline.steps.window import Window
from lib.present.pricing_file import parse_pricing_file
from lib.sources import open_source
from lib.sources.own_load import BadOwnLoad
from lib.store import Database, RunTask, read_relation, start_run, start_task
from lib.store.own_series import list_own_series
from lib.tool.snapshot import read_snapshot
from tests.support.own_load import write_own_load

FIRST, LAST = date(2024, 7, 1), date(2024, 7, 21)
HOURS = pd.date_range(*utc_bounds("NYISO", FIRST, LAST), freq="h", inclusive="left", unit="us")
ZONES = ("WEST", "NORTH")


@pytest.fixture
def context(database: Database, tmp_path: Path) -> Context:
    """The context of a VLR notebook, after three weeks of two zones were stored."""
    folder = tmp_path / "data" / "nyiso"
    folder.mkdir(parents=True)
    rank = pd.Series(range(len(HOURS)))
    for name, value in {
        "da_lmp": 40.0 + rank % 24,
        "rt_lmp": 38.0 + rank % 31,
        "da_load": 1000.0 + rank % 24,
        "rt_load": 1010.0 + rank % 29,
    }.items():
        rows = [pd.DataFrame({"zone": zone, "interval_start_utc": HOURS, "value": value}) for zone in ZONES]
        pd.concat(rows).to_parquet(folder / f"{name}.parquet")
    source, window = open_source(f"files:{folder.parent}"), Window(FIRST, LAST, LAST + timedelta(days=1))
    run_id = start_run(database, source="files", as_of=window.as_of, window_start=FIRST, window_end=LAST)
    task = RunTask(run_id, "fetch", "NYISO")
    start_task(database, task)
    update_stored_series(database, source, "NYISO", FIRST, LAST, window.as_of, task)
    return Context(
        database, source, f"files:{folder.parent}", "NYISO", window, "nerc", replace(task, notebook="vlr")
    )


@pytest.fixture
def write(context: Context, tmp_path: Path) -> Callable[..., str]:
    """A function that writes a share of the stored zones' loads as own load, and returns the folder."""

    def write_share(
        share: float = 0.1,
        zones: tuple[str, ...] = ZONES,
        with_forecast: bool = True,
        losses: str | None = None,
    ) -> str:
        grid = read_inputs(context, "zone").grid
        grid = grid[grid["location"].isin(zones)]
        loads = pd.DataFrame(
            {
                "zone": grid["location"],
                "interval_start": grid["interval_start"],
                "forecast MW": grid["da_load_mw"] * share,
                "metered MW": grid["rt_load_mw"] * share,
            }
        )
        loads = loads if with_forecast else loads.drop(columns="forecast MW")
        return str(write_own_load(tmp_path / "own", "NYISO", loads, losses))

    return write_share


def test_own_load_is_stored_as_series_of_its_own_and_no_other_page_sees_them(
    context: Context, write: Callable[..., str]
) -> None:
    before = read_inputs(context, "zone")
    fetched = fetch_own_load(context, write())
    assert fetched.written["n_written"].tolist() == [1008, 1008]
    series = list_own_series(context.db, "NYISO")
    assert set(series["basis"]) == {"own"} and set(series["source"]) == {"own_load"} and len(series) == 4
    after = read_inputs(context, "zone")
    pd.testing.assert_frame_equal(after.grid, before.grid)
    pd.testing.assert_frame_equal(after.series, before.series)


def test_the_same_folder_again_writes_nothing_and_a_smaller_one_deletes(
    context: Context, write: Callable[..., str]
) -> None:
    fetch_own_load(context, write())
    again = fetch_own_load(context, write())
    assert again.written[["n_written", "n_revised", "n_deleted"]].to_numpy().sum() == 0
    fewer = fetch_own_load(context, write(0.2, ("WEST",), with_forecast=False))
    assert fewer.written.set_index("relation")["n_deleted"].to_dict() == {
        "own da_load": 1008,
        "own rt_load": 504,
    }
    assert fewer.written.set_index("relation")["n_revised"].to_dict() == {
        "own da_load": 0,
        "own rt_load": 504,
    }
    own = read_own_inputs(context, read_inputs(context, "zone"), "DIR")
    assert list(own.grid["location"].cat.categories) == ["WEST"]
    assert len(read_relation(context.db, "rt_load")) == 504 * 3  # of the zones nothing is deleted


def test_own_load_that_is_a_share_of_the_zones_costs_what_the_zone_costs(
    context: Context, write: Callable[..., str]
) -> None:
    folder = write(0.1)
    fetch_own_load(context, folder)
    inputs = read_inputs(context, "zone")
    own = read_own_inputs(context, inputs, folder)
    assert own.is_given and own.series["basis"].value_counts().to_dict() == {"actual": 4, "own": 4}
    compared = compare_with_zone(hourly_vlr(own.grid), hourly_vlr(inputs.grid))
    assert compared["own_less_zone"].to_numpy() == pytest.approx(0, abs=1e-9)
    assert compared["n_hours"].tolist() == [504] * 6


def test_losses_scale_the_stored_loads_and_are_counted_before_their_first_day(
    context: Context, write: Callable[..., str]
) -> None:
    folder = write(losses="from,distribution,transmission\n2024-07-08,0.05,0.02\n")
    table = fetch_own_load(context, folder).table
    assert table["n_without_rates"].tolist() == [168] * 4 and table["n_hours"].tolist() == [336] * 4
    own = read_own_inputs(context, read_inputs(context, "zone"), folder).grid
    zone = read_inputs(context, "zone").grid
    ratio = (own["rt_load_mw"] / zone.loc[zone["location"].isin(ZONES), "rt_load_mw"].to_numpy()).dropna()
    assert len(ratio) == 672 and ratio.to_numpy() == pytest.approx(0.1 * 1.05 * 1.02)


def test_without_the_option_stored_own_load_is_not_used(context: Context, write: Callable[..., str]) -> None:
    assert not fetch_own_load(context, None).is_given
    folder = write()
    assert not read_own_inputs(
        context, read_inputs(context, "zone"), folder
    ).is_given  # nothing is stored yet
    fetch_own_load(context, folder)
    assert not read_own_inputs(context, read_inputs(context, "zone"), None).is_given


def test_a_notebook_opened_by_hand_reads_the_folder_and_stores_nothing(
    context: Context, write: Callable[..., str]
) -> None:
    fetched = fetch_own_load(replace(context, task=None), write())
    assert fetched.is_given and fetched.written.empty and list_own_series(context.db, "NYISO").empty


def test_a_file_that_is_not_clear_leaves_what_is_stored(context: Context, write: Callable[..., str]) -> None:
    folder = write()
    fetch_own_load(context, folder)
    (Path(folder) / "nyiso" / "hourly_more.csv").write_text("zone,time,load\nWEST,2024-07-01T05:00Z,1\n")
    with pytest.raises(BadOwnLoad, match="names no unit"):
        fetch_own_load(context, folder)
    ids = list_own_series(context.db, "NYISO").query("measure == 'rt_load'")["series_id"].tolist()
    bounds = utc_bounds("NYISO", FIRST, LAST)
    assert len(store.read_series(context.db, "NYISO", "rt_load", ids, *bounds)) == 1008


def test_curves_of_own_load_are_versions_of_their_own_beside_the_official_one(
    context: Context, write: Callable[..., str]
) -> None:
    folder = write(0.1)
    fetch_own_load(context, folder)
    inputs = read_inputs(context, "zone")
    own = read_own_inputs(context, inputs, folder)
    hourly, own_hourly = hourly_vlr(inputs.grid), hourly_vlr(own.grid)
    zone_tables = {"vlr": add_priced(vlr_curve(hourly)), "covariance": covariance(hourly)}
    publish_curve(context, "vlr", inputs, {}, zone_tables)
    before = store.read_latest_version(context.db, "vlr", "NYISO")
    curves = compute_own_curves(context, own, own_hourly, resamples=20)
    assert (curves.checks["n_checked"] > 0).all()
    counts = publish_own_curves(context, own, curves, {"holidays": "nerc"})
    assert counts["relation"].tolist() == [f"own_vlr of NYISO, version {before + 1}"]
    assert publish_own_curves(context, own, curves, {"holidays": "nerc"})["n_written"].sum() == 0
    assert store.read_latest_version(context.db, "vlr", "NYISO") == before

    stored, zone = read_own_curve(context, "vlr"), store.read_curve(context.db, "vlr", "NYISO")
    part = zone[zone["location"].isin(ZONES)].reset_index(drop=True)
    assert stored["rt_load_mwh"].to_numpy() == pytest.approx(part["rt_load_mwh"].to_numpy() * 0.1)
    for column in ("cost_per_mwh", "priced", "cost_weighted"):
        assert stored[column].to_numpy() == pytest.approx(part[column].to_numpy(), nan_ok=True)
    assert set(read_own_curve(context, "load_shape_premium")["location"]) == set(ZONES)
    blocks, known = read_own_curve(context, "vlr_block"), curves.tables["vlr_block"]
    assert len(blocks) == len(known) > 0 and set(blocks["location"]) == set(ZONES)
    assert len(read_own_curve(context, "vlr_residual")) == len(curves.tables["vlr_residual"]) > 0
    shown = read_relation(context.db, "nyiso_vlr")
    assert len(shown) == len(zone)  # the view has the zones' curve only
    assert {curve for _, curve in read_snapshot(context.db).versions} == {"vlr", "own_vlr"}
    (withdrawn,) = store.withdraw_version(context.db, before + 1, "another customer's load")
    assert str(withdrawn).endswith("is withdrawn: no view had it")
    assert store.read_latest_version(context.db, "vlr", "NYISO") == before


def test_own_load_that_is_the_zones_is_as_well_known_as_the_zone(
    context: Context, write: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(0.1)
    fetch_own_load(context, folder)
    inputs = read_inputs(context, "zone")
    own = read_own_inputs(context, inputs, folder)
    own_hourly, hourly = hourly_vlr(own.grid), hourly_vlr(inputs.grid)
    few = compare_intervals(own_hourly, hourly, resamples=20)
    assert set(few["location"]) == set(ZONES) and (few["n_days"] == 21).all()
    assert few["own_per_mwh"].tolist() == pytest.approx(few["zone_per_mwh"].tolist(), rel=1e-9)
    assert few[["own_low", "own_high", "zone_low", "zone_high"]].isna().all(axis=None)
    monkeypatch.setattr(diagnostics, "MIN_INTERVAL_DAYS", 20)
    table = compare_intervals(own_hourly, hourly, resamples=50)
    for name in ("low", "high"):
        assert table[f"own_{name}"].tolist() == pytest.approx(table[f"zone_{name}"].tolist(), rel=1e-9)
    assert (table["own_low"] < table["own_per_mwh"]).all()
    assert (table["own_per_mwh"] < table["own_high"]).all()
    assert compare_intervals(own_hourly.head(0), hourly).empty


def test_without_own_load_there_are_no_curves_of_it(context: Context) -> None:
    inputs = read_inputs(context, "zone")
    own = read_own_inputs(context, inputs, None)
    curves = compute_own_curves(context, own, hourly_vlr(own.grid))
    assert not curves.tables and publish_own_curves(context, own, curves, {}).empty
    assert read_own_curve(context, "vlr").empty
    assert compare_with_zone(hourly_vlr(own.grid), hourly_vlr(inputs.grid)).empty
    assert count_own_hours(hourly_vlr(own.grid)).empty and compare_premiums(own.grid, inputs.grid).empty


def test_the_pricing_file_of_own_load_says_so_and_reads_back(
    context: Context, write: Callable[..., str], tmp_path: Path
) -> None:
    folder = write(0.1, ("WEST",))
    fetch_own_load(context, folder)
    own = read_own_inputs(context, read_inputs(context, "zone"), folder)
    cells = compute_own_curves(context, own, hourly_vlr(own.grid)).tables["vlr"]
    files = write_own_files(context, cells, "vlr", str(tmp_path))
    assert files["file"].tolist() == ["nyiso_vlr_own.csv", "nyiso_vlr_own.xlsx"]
    for name in files["file"]:
        file = parse_pricing_file(name, (tmp_path / name).read_bytes())
        assert file.is_own and not file.is_demo and file.columns[0].cost_component == "VLR"
        assert file.cells["WEST"].notna().sum() == len(cells) and file.cells["NORTH"].isna().all()
    assert "VLR (own load)" in (tmp_path / "nyiso_vlr_own.csv").read_text()
    for none in (cells.head(0), cells.assign(priced_pct=float("nan"))):
        assert write_own_files(context, none, "vlr", str(tmp_path)).empty


@pytest.mark.parametrize("column", ["forecast MW", "metered MW"])
def test_own_load_that_no_hour_can_use_does_not_stop_the_zones_curve(
    context: Context, tmp_path: Path, column: str
) -> None:
    """Three days of one of the two loads: there is no week before, or nothing to serve."""
    loads = pd.DataFrame({"zone": "WEST", "interval_start": HOURS[:72], column: 100.0})
    folder = str(write_own_load(tmp_path / "own", "NYISO", loads))
    fetch_own_load(context, folder)
    inputs = read_inputs(context, "zone")
    own = read_own_inputs(context, inputs, folder)
    own_hourly, hourly = hourly_vlr(own.grid), hourly_vlr(inputs.grid)
    assert count_own_hours(own_hourly)["n_hours"].tolist() == [0]
    assert compare_with_zone(own_hourly, hourly).empty
    compare_premiums(own.grid, inputs.grid)
    curves = compute_own_curves(context, own, own_hourly)
    publish_own_curves(context, own, curves, {"holidays": "nerc"})
    assert read_own_curve(context, "vlr")["cost_per_mwh"].isna().all()
    assert write_own_files(context, curves.tables["vlr"], "vlr", str(tmp_path)).empty
