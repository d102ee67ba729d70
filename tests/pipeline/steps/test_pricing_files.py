"""The pricing files of a run: from the database's view to two files, and the cells that have no value."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import store
from lib.calc import priced_vlr, shaping, vlr
from lib.calc.band import BAND
from lib.markets import locations
from lib.pipeline.steps import pricing_files, publishing
from lib.pipeline.steps.context import Context, open_context
from lib.pipeline.steps.fetch import fetch_series
from lib.pipeline.steps.inputs import read_inputs
from lib.present.pricing_file import (
    PricingFile,
    build_pricing_file,
    empty_cells,
    empty_cells_caption,
    parse_pricing_file,
)
from lib.store import Database, read_relation
from tests.support.disks import fill_the_disk


@pytest.fixture
def context(demo_database: Database, monkeypatch: pytest.MonkeyPatch) -> Context:
    """The demo market's ERCOT in July 2025 with a published shaping curve."""
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    run_id = store.start_run(
        demo_database, source="demo", as_of=date(2026, 1, 1), window_start=None, window_end=None
    )
    window = ("2025-07-01", "2025-07-31", None)
    fetch_series(open_context("fetch", "ERCOT", "demo", *window, run_id, True))
    context = open_context("shaping", "ERCOT", "demo", *window, run_id, True)
    inputs = read_inputs(context)
    factors = shaping.shape_factors(inputs.grid)
    factors.loc[(factors["location"] == "WEST ZONE") & (factors["he"] < 4), "year_mean"] = np.nan
    publishing.publish_curve(context, "shaping", inputs, {}, {"shaping": factors})
    return context


def test_the_files_are_the_view_of_the_database(context: Context, tmp_path: Path) -> None:
    written = pricing_files.write_pricing_files(
        pricing_files.read_pricing_file(context, "shaping"), str(tmp_path)
    )
    assert written.to_dict("list") == {
        "file": ["ercot_shaping.csv", "ercot_shaping.xlsx"],
        "n_rows": [480, 480],
        "n_zones": [4, 4],
        "n_empty": [4 * 440 + 3] * 2,
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == written["file"].tolist()
    view = read_relation(context.db, "ercot_shaping").set_index(["month", "he", "block_type"]).sort_index()
    for name in written["file"]:
        file = parse_pricing_file(name, (tmp_path / name).read_bytes())
        assert file.is_demo
        assert file.cells.dropna(how="all", subset=file.zones)["month"].unique().tolist() == [7]
        for row in file.cells.query("month == 7").to_dict("records"):
            stored = view.loc[(row["month"], row["he"], row["block_type"])].set_index("load_zone")[
                "year_mean"
            ]
            np.testing.assert_array_equal([row[zone] for zone in file.zones], stored[file.zones].round(6))


def test_without_a_folder_nothing_is_written(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert pricing_files.write_pricing_files(pricing_files.read_pricing_file(context, "shaping"), None).empty
    assert list(tmp_path.iterdir()) == []


def test_a_level_of_the_band_is_another_file_by_choice(context: Context, tmp_path: Path) -> None:
    inputs = read_inputs(context, "zone")
    hourly = vlr.hourly_vlr(inputs.grid)
    curve = priced_vlr.add_priced(vlr.vlr_curve(hourly))
    curve = curve.assign(**dict.fromkeys(BAND, curve["priced"] + 0.1), is_near_zero=curve["he"] == 2)
    publishing.publish_curve(context, "vlr", inputs, {}, {"vlr": curve})
    file = pricing_files.read_pricing_file(context, "vlr")
    plain = pricing_files.write_vlr_files(context, file, str(tmp_path))
    assert plain["file"].tolist() == ["ercot_vlr.csv", "ercot_vlr.xlsx"]
    before = (tmp_path / "ercot_vlr.csv").read_bytes()
    both = pricing_files.write_vlr_files(context, file, str(tmp_path), "p95")
    assert both["file"].tolist() == [*plain["file"], "ercot_vlr_p95.csv", "ercot_vlr_p95.xlsx"]
    assert (tmp_path / "ercot_vlr.csv").read_bytes() == before
    assert "VLR (p95) (demo)" in (tmp_path / "ercot_vlr_p95.csv").read_text()
    levels = parse_pricing_file("ercot_vlr_p95.csv", (tmp_path / "ercot_vlr_p95.csv").read_bytes())
    cells = levels.cells.query("month == 7").set_index(["he", "block_type"])["WEST ZONE"]
    own = curve[curve["location"] == "WEST ZONE"].set_index(["he", "block_type"])
    wanted = own["p95"] / (own["da_value_usd"] / own["rt_load_mwh"])
    assert cells.isna().equals((own["is_near_zero"]).reindex(cells.index))
    known = cells.dropna()
    np.testing.assert_allclose(known, wanted.reindex(known.index), atol=5.1e-7)
    assert pricing_files.write_vlr_files(context, file, None, "p95").empty
    with pytest.raises(ValueError, match="known are band_low"):
        pricing_files.write_vlr_files(context, file, str(tmp_path), "p50")


def test_a_curve_that_was_never_made_has_every_zone_and_no_value(context: Context) -> None:
    file = pricing_files.read_pricing_file(context, "vlr")
    assert (len(file.zones), len(file.cells)) == (4, 480)
    assert empty_cells(file).to_numpy().tolist() == [["all", "all", "all", "all"]]
    caption = "Cells without a value, among them all of 12 months: Jan to Dec"
    assert empty_cells_caption(file) == caption


def test_months_and_cells_without_a_value_are_named(context: Context) -> None:
    file = pricing_files.read_pricing_file(context, "shaping")
    assert empty_cells(file).to_numpy().tolist() == [
        ["all", "all", "Jan to Jun, Aug to Dec", "all"],
        ["WEST ZONE", "7x8", "Jul", "1-3"],
    ]
    caption = "Cells without a value, among them all of 11 months: Jan to Jun, Aug to Dec"
    assert empty_cells_caption(file) == caption


@pytest.fixture
def two_years() -> PricingFile:
    """Three months of delivery of an ISO with three zones."""
    keys = [
        (zone.name, month, he, block)
        for zone in locations("MISO", "zone")
        for month in ("2026-11", "2026-12", "2027-01")
        for he in range(1, 25)
        for block in (("5x16", "2x16") if 8 <= he <= 23 else ("7x8",))
    ]
    cells = pd.DataFrame(keys, columns=["location", "month", "he", "block_type"]).assign(cost_to_serve=40.0)
    return build_pricing_file(cells, "MISO", "cost_curve", "cost_to_serve", is_demo=False)


def test_a_whole_file_has_nothing_to_name(two_years: PricingFile) -> None:
    assert empty_cells(two_years).empty
    assert empty_cells_caption(two_years) == "Cells without a value"


def test_zones_that_differ_are_named_apart(two_years: PricingFile) -> None:
    cells = two_years.cells.copy()
    first, second, *others = two_years.zones
    cells.loc[cells["month"] != "2027-01", two_years.zones] = np.nan
    cells.loc[cells["he"] == 3, [first, second]] = np.nan
    file = replace(two_years, cells=cells)
    assert empty_cells(file).to_numpy().tolist() == [
        ["all", "all", "2026-11 to 2026-12", "all"],
        [f"{first}, {second}", "7x8", "2027-01", "3"],
    ]
    cells[others] = 1.0
    assert empty_cells_caption(file) == "Cells without a value"


def test_months_with_the_same_hours_stand_in_one_row(two_years: PricingFile) -> None:
    cells = two_years.cells.copy()
    first, second, _ = two_years.zones
    peak = cells["block_type"] == "2x16"
    cells.loc[peak & cells["month"].isin(["2026-11", "2027-01"]) & cells["he"].isin([8, 9, 12]), first] = (
        np.nan
    )
    cells[second] = np.nan
    empty = empty_cells(replace(two_years, cells=cells))
    assert empty.to_numpy().tolist() == [
        [first, "2x16", "2026-11, 2027-01", "8-9, 12"],
        [second, "all", "all", "all"],
    ]


def test_the_files_of_a_task_have_its_name_and_are_told_of_with_their_own_counts(tmp_path: Path) -> None:
    contents = {"csv": (b"a", (2, 1, 0)), "parquet": (b"b", (48, 1, 3))}
    written = pricing_files.write_all(str(tmp_path), "nyiso_toy", contents)
    assert written.to_numpy().tolist() == [["nyiso_toy.csv", 2, 1, 0], ["nyiso_toy.parquet", 48, 1, 3]]
    assert list(written) == pricing_files.WRITTEN
    assert (tmp_path / "nyiso_toy.parquet").read_bytes() == b"b"


def test_a_full_disk_leaves_no_part_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        pricing_files.write_all(str(tmp_path), "pjm_vlr", {"csv": (b"1", (1, 1, 0))})
    assert list(tmp_path.iterdir()) == []
