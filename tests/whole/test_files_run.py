"""Runs on real market data, and what stays the same whatever ran before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from lib.hours import utc_bounds
from lib.markets import MARKETS, MEASURES
from lib.store import Database, open_database, read_relation, read_sql
from tests.conftest import DemoRun, RunAll
from tests.support.databases import copy_of

CURVES = ("nyiso_vlr", "nyiso_shaping")
AUTUMN = date(2019, 10, 1), date(2019, 12, 31)
WITHOUT_SUMMARY = ["--notebook", "fetch", "--notebook", "vlr", "--notebook", "shaping", "--official"]
"""A few months and a part of the notebooks are a study, and these tests look at the official views."""


def _curves(database: Database) -> list[pd.DataFrame]:
    keys = ["load_zone", "month", "he", "block_type"]
    return [read_relation(database, name).sort_values(keys, ignore_index=True) for name in CURVES]


def _write_days(shared_data: Path, folder: Path, first_day: date, last_day: date) -> None:
    """Write real NYISO data of some days as CSV."""
    start, end = utc_bounds("NYISO", first_day, last_day)
    for measure in MEASURES:
        rows = pd.read_parquet(shared_data / "nyiso" / f"{measure}.parquet")
        time = rows["interval_start_utc"]
        rows[(time >= start) & (time < end)].to_csv(folder / f"{measure}.csv", index=False)


@pytest.fixture(scope="module")
def autumn_data(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real NYISO data of October to December 2019, as CSV; only to be read."""
    folder = tmp_path_factory.mktemp("autumn") / "nyiso"
    folder.mkdir()
    _write_days(shared_data, folder, *AUTUMN)
    return folder.parent


@pytest.fixture
def autumn(autumn_data: Path, tmp_path: Path) -> Path:
    """The same data in a folder where a test may change it."""
    return shutil.copytree(autumn_data, tmp_path / "data")


@pytest.fixture(scope="module")
def autumn_run(
    server: str,
    templates: dict[str, Database],
    autumn_data: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunAll]:
    """What a run on this data has left; only to be read."""
    with copy_of(server, templates["files"]) as database:
        run_all = RunAll(database, tmp_path_factory.mktemp("autumn_run"))
        run_all.run("--source", f"files:{autumn_data}", *WITHOUT_SUMMARY)
        yield run_all


def _without(folder: Path, measure: str, first_day: date, last_day: date) -> None:
    """Delete the days of one measure from its file."""
    path = folder / "nyiso" / f"{measure}.csv"
    rows = pd.read_csv(path, float_precision="round_trip")
    start, end = utc_bounds("NYISO", first_day, last_day)
    time = pd.to_datetime(rows["interval_start_utc"], utc=True, format="ISO8601")
    rows[~((time >= start) & (time < end))].to_csv(path, index=False)


def test_real_markets_run_with_their_gaps_reported_and_no_failure(run_all: RunAll, shared_data: Path) -> None:
    manifest = run_all.run("--source", f"files:{shared_data}", "--iso", "NYISO", "--iso", "ERCOT")
    assert manifest["outcome"] == "done"
    assert manifest["windows"]["NYISO"] == {"start": "2019-05-01", "end": "2020-04-30"}
    hours = read_sql(
        run_all.database,
        """SELECT iso, location.name AS location, sum(n_hours) AS used, sum(n_excluded) AS excluded FROM vlr
           JOIN location USING (location_id) JOIN market USING (market_id) GROUP BY 1, 2""",
    )
    counted = hours.groupby("iso")[["used", "excluded"]].agg(lambda column: tuple(set(column)))
    assert counted.loc["NYISO"].tolist() == [(8088,), (696,)]
    assert counted.loc["ERCOT"].tolist() == [(5640,), (11904,)]
    reasons = read_relation(run_all.database, "vlr_exclusion")["reason"].unique()
    assert set(reasons) == {"no DA load", "no DA price", "no RT load"}
    assert "No DA load" in (run_all.runs / "latest" / "ercot_vlr.html").read_text()


def test_isos_without_files_are_named_and_left_out(autumn_run: RunAll) -> None:
    manifest = json.loads((autumn_run.runs / "latest" / "manifest.json").read_text())
    assert set(manifest["left_out"]) == set(MARKETS) - {"NYISO"}
    assert {task["iso"] for task in manifest["tasks"]} == {"NYISO"}


def test_demo_before_files_changes_no_curve(
    autumn_run: RunAll, autumn_data: Path, tmp_path: Path, demo_run: DemoRun
) -> None:
    # One server setting for both sources, as a pricing desk has it: the demo went to the database beside it.
    url = demo_run.database.url.replace(demo_run.database.name, demo_run.database.name.removesuffix("_demo"))
    both = RunAll(open_database("files", url), tmp_path / "runs_of_both")
    both.run("--source", f"files:{autumn_data}", *WITHOUT_SUMMARY)
    assert read_relation(demo_run.database, "nyiso_vlr")["n_hours"].sum() > 0
    assert set(read_relation(both.database, "series")["source"]) == {"files"}
    for one, other in zip(_curves(autumn_run.database), _curves(both.database), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_new_hours_are_written_and_what_depends_on_them_is_computed_anew(
    server: str, autumn_run: RunAll, autumn: Path, shared_data: Path, tmp_path: Path
) -> None:
    _write_days(shared_data, autumn / "nyiso", AUTUMN[0], date(2020, 1, 1))
    with copy_of(server, autumn_run.database) as database:
        run_all = RunAll(database, tmp_path / "runs")
        manifest = run_all.run("--source", f"files:{autumn}", "--iso", "NYISO", *WITHOUT_SUMMARY)
        after = _curves(database)
        versions = read_relation(database, "curve_version")
    written = {task["notebook"]: task["rows"]["written"] for task in manifest["tasks"]}
    assert written["fetch"] == 11 * 24 * 4 + 24  # 11 zones, four measures, and the calendar
    assert versions.groupby("curve").size().to_dict() == {"shaping": 2, "vlr": 2}
    for old, new in zip(_curves(autumn_run.database), after, strict=True):
        assert new["n_hours"].sum() == old["n_hours"].sum() + 11 * 24


def test_a_corrected_value_is_revised_with_its_history(
    server: str, autumn_run: RunAll, autumn: Path, tmp_path: Path
) -> None:
    path = autumn / "nyiso" / "rt_lmp.csv"
    rows = pd.read_csv(path, float_precision="round_trip")
    old = rows.loc[100, "value"]
    rows.loc[100, "value"] = old + 5
    rows.to_csv(path, index=False)
    with copy_of(server, autumn_run.database) as database:
        options = ["--source", f"files:{autumn}", "--iso", "NYISO", "--notebook", "fetch"]
        manifest = RunAll(database, tmp_path / "runs").run(*options)
        revision = read_relation(database, "value_revision").iloc[0]
    fetch = next(task for task in manifest["tasks"] if task["notebook"] == "fetch")
    assert (fetch["rows"]["written"], fetch["rows"]["revised"]) == (0, 1)
    assert (revision["measure"], revision["old_value"], revision["new_value"]) == ("rt_lmp", old, old + 5)


def test_a_deleted_day_shows_in_the_coverage_calendar_and_counts_as_excluded(
    run_all: RunAll, autumn: Path
) -> None:
    _without(autumn, "da_load", date(2019, 11, 3), date(2019, 11, 3))
    run_all.run("--source", f"files:{autumn}", "--iso", "NYISO", "--notebook", "fetch", "--notebook", "vlr")
    excluded = read_relation(run_all.database, "vlr_exclusion")
    assert excluded["reason"].unique().tolist() == ["no DA load"]
    assert excluded["n_hours"].unique().tolist() == [25]  # the day has two HE 2
    page = (run_all.runs / "latest" / "nyiso_fetch.html").read_text()
    assert "NYISO da_load WEST: 25 of 2,209 hours are not stored" in page


def test_a_broken_file_stops_its_iso_only_and_says_why(
    run_all: RunAll, shared_data: Path, autumn: Path
) -> None:
    (autumn / "ercot").mkdir()
    for measure in MEASURES:
        (autumn / "ercot" / f"{measure}.csv").write_text("zone,when,value\nNORTH ZONE,2024-01-01,3\n")
    window = ["--start", "2019-10-01", "--end", "2019-12-31", *WITHOUT_SUMMARY, "--notebook", "summary"]
    manifest = run_all.run(
        "--source", f"files:{autumn}", "--iso", "NYISO", "--iso", "ERCOT", *window, exit_code=1
    )
    outcomes = {(task["notebook"], task["iso"]): task["outcome"] for task in manifest["tasks"]}
    assert outcomes["fetch", "ERCOT"] == "failed"
    assert outcomes["vlr", "ERCOT"] == outcomes["shaping", "ERCOT"] == "skipped"
    assert outcomes["vlr", "NYISO"] == outcomes["summary", None] == "done"
    error = next(t["error"]["sentence"] for t in manifest["tasks"] if t["outcome"] == "failed")
    assert "interval_start_utc" in error
    assert "ERCOT" in error
