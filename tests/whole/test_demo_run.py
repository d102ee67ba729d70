"""The main job on the demo market: five ISOs from source to report, and once more."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from lib.markets import MARKETS, locations
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.steps.reproduce import reproduce_version
from lib.present.pricing_file import KEYS, parse_pricing_file
from lib.store import Database, read_latest_version, read_relation, read_sql
from tests.conftest import DemoRun
from tests.support.tasks import WHOLE_RUN

# Hours of each month, January to December.
HOURS_2025 = {
    "5x16": [352, 320, 336, 352, 336, 336, 352, 336, 336, 368, 304, 352],
    "2x16": [144, 128, 160, 128, 160, 144, 144, 160, 144, 128, 176, 144],
    "7x8": [248, 224, 247, 240, 248, 240, 248, 248, 240, 248, 241, 248],
}


def _contents(database: Database) -> pd.DataFrame:
    """Rows of each table but the ledger's, and what any update changes: the transactions that wrote them.

    A backtest belongs to its run as the ledger does.
    """
    tables = read_sql(
        database,
        """SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
           AND relname NOT LIKE 'pipeline%' AND relname <> 'backtest' ORDER BY relname""",
    )["relname"]
    counts = " UNION ALL ".join(
        f"SELECT '{name}' AS relation, count(*) AS n, sum(xmin::text::bigint) AS writers FROM {name}"
        for name in tables
    )
    return read_sql(database, counts).set_index("relation")


def test_every_task_of_every_iso_is_done(demo_run: DemoRun) -> None:
    outcomes = {Task(task["notebook"], task["iso"]): task["outcome"] for task in demo_run.manifest["tasks"]}
    assert set(outcomes) == WHOLE_RUN
    assert set(outcomes.values()) == {"done"}
    assert demo_run.manifest["outcome"] == "done"


def test_the_window_is_the_last_five_years(demo_run: DemoRun) -> None:
    assert {(w["start"], w["end"]) for w in demo_run.manifest["windows"].values()} == {
        ("2021-01-01", "2025-12-31")
    }


def test_a_second_run_keeps_all_reports_and_writes_no_row_outside_the_ledger(demo_run: DemoRun) -> None:
    before = _contents(demo_run.database)
    second = demo_run.run_all.start()
    stated = {task for task in WHOLE_RUN if NOTEBOOKS[task.notebook].reads is not None}
    kept = {Task(task["notebook"], task["iso"]) for task in second["tasks"] if task["kept"]}
    assert kept == stated and second["totals"]["done"] == len(WHOLE_RUN)
    assert second["totals"]["rows_written"] == second["totals"]["rows_revised"] == 0
    pd.testing.assert_frame_equal(before, _contents(demo_run.database))
    assert second["figures"] == demo_run.manifest["figures"]
    for task in (task for task in second["tasks"] if task["kept"]):
        page = (demo_run.run_all.runs / second["folder"] / task["html"]).read_text()
        assert f"Kept from run {demo_run.manifest['run_id']}<" in page, task["html"]
        assert f"../{demo_run.folder.name}/{task['html']}" in page, "the link to the run that computed it"
        for name in (task["ipynb"], *task["files"]):
            copied = demo_run.run_all.runs / second["folder"] / name
            assert copied.read_bytes() == (demo_run.folder / name).read_bytes(), name


def test_what_is_computed_again_is_the_same_and_writes_no_row_outside_the_ledger(demo_run: DemoRun) -> None:
    before = _contents(demo_run.database)
    second = demo_run.run_all.run("--iso", "MISO", "--force")
    assert second["totals"]["kept"] == 0
    assert demo_run.manifest["totals"]["rows_written"] > 10_000_000
    assert second["totals"]["rows_written"] == second["totals"]["rows_revised"] == 0
    pd.testing.assert_frame_equal(before, _contents(demo_run.database))


def test_the_ledger_agrees_with_the_manifest(demo_run: DemoRun) -> None:
    run = {"run_id": demo_run.manifest["run_id"]}
    tasks = read_relation(demo_run.database, "pipeline_task", where=run)
    written = {(t["notebook"], t["iso"] or ""): t["rows"]["written"] for t in demo_run.manifest["tasks"]}
    assert (
        dict(zip(zip(tasks["notebook"], tasks["iso"], strict=True), tasks["n_written"], strict=True))
        == written
    )
    assert list(read_relation(demo_run.database, "pipeline_run", where=run)["outcome"]) == ["done"]


@pytest.mark.parametrize("iso", MARKETS)
def test_the_calendar_in_the_database_has_the_published_hours(iso: str, demo_run: DemoRun) -> None:
    hours = read_sql(
        demo_run.database,
        """SELECT block_type, month, count(*) AS n FROM market_hour JOIN market USING (market_id)
           JOIN block USING (block_id) WHERE iso = :iso AND year = 2025 GROUP BY 1, 2 ORDER BY 2""",
        {"iso": iso},
    )
    assert hours.groupby("block_type")["n"].apply(list).to_dict() == HOURS_2025


@pytest.mark.parametrize("iso", MARKETS)
def test_a_curve_has_480_cells_for_each_zone_in_the_flat_view(iso: str, demo_run: DemoRun) -> None:
    zones = {place.name for place in locations(iso, kind="zone")}
    for curve, headline in (("vlr", "priced_pct"), ("shaping", "year_mean")):
        flat = read_relation(demo_run.database, f"{iso.lower()}_{curve}")
        assert flat.groupby("load_zone").size().to_dict() == dict.fromkeys(zones, 480)
        pd.testing.assert_series_equal(flat["data"], flat[headline], check_names=False)
        assert flat["data"].notna().all()


@pytest.mark.parametrize("iso", MARKETS)
def test_every_zone_has_a_cost_to_serve_in_every_cell_of_36_months(iso: str, demo_run: DemoRun) -> None:
    flat = read_relation(demo_run.database, f"{iso.lower()}_cost_curve")
    zones = {place.name for place in locations(iso, kind="zone")}
    assert flat.groupby("load_zone").size().to_dict() == dict.fromkeys(zones, 36 * 40)
    assert flat["data"].notna().all()
    of_2027 = flat[flat["delivery_month"].dt.year == 2027]
    hours = of_2027.groupby(["load_zone", "block_type"])["n_hours"].sum().unstack()
    assert hours.drop_duplicates().to_dict("records") == [{"2x16": 1744, "5x16": 4096, "7x8": 2920}]


def test_the_hours_of_every_block_average_hub_and_basis(demo_run: DemoRun) -> None:
    blocks = read_sql(
        demo_run.database,
        """SELECT sum(hpfc * n_hours) / sum(n_hours) AS averaged,
                  avg(forward_price) + avg(da_rt_adjustment) + avg(basis) AS wanted
           FROM cost_curve GROUP BY version_id, location_id, delivery_month, block_id""",
    )
    assert len(blocks) == len(locations(kind="zone")) * 36 * 3
    assert (blocks["averaged"] - blocks["wanted"]).abs().max() < 1e-9


RECOMPUTED_COVARIANCE = """
    WITH hour AS (
        SELECT location_id, block_id, year, month, he, da_lmp, rt_load,
               rt_load - avg(rt_load) OVER cell AS load_above, da_lmp - avg(da_lmp) OVER cell AS price_above
        FROM hourly_vlr JOIN market_hour USING (market_id, interval_start) JOIN market USING (market_id)
        WHERE iso = :iso AND unitized_cost IS NOT NULL
        WINDOW cell AS (PARTITION BY location_id, block_id, year, month, he)
    ), past AS (
        SELECT location_id, block_id, month % 12 / 3 AS season,
               sum(load_above * price_above) / sum(rt_load) AS per_mwh, avg(da_lmp) AS mean_price
        FROM hour GROUP BY 1, 2, 3
    )
    SELECT covariance,
           CASE WHEN mean_price < 1 THEN per_mwh ELSE per_mwh / mean_price * block_price END AS wanted,
           cost_to_serve, hpfc + covariance + vlr_priced AS added
    FROM cost_curve JOIN past USING (location_id, block_id)
    WHERE season = extract(month FROM delivery_month)::integer % 12 / 3
"""


@pytest.mark.parametrize("iso", ["ERCOT", "NYISO"])
def test_the_covariance_of_every_cell_is_that_of_the_stored_hours(iso: str, demo_run: DemoRun) -> None:
    cells = read_sql(demo_run.database, RECOMPUTED_COVARIANCE, {"iso": iso})
    assert len(cells) == len(locations(iso, kind="zone")) * 36 * 40
    assert (cells["covariance"] - cells["wanted"]).abs().max() < 1e-9
    assert (cells["cost_to_serve"] - cells["added"]).abs().max() < 1e-9
    assert (cells["covariance"] != 0).all()


def test_cost_weighted_vlr_is_like_a_markets_in_every_zone(demo_run: DemoRun) -> None:
    sums = read_sql(
        demo_run.database,
        "SELECT location_id, sum(unitized_cost_usd) / sum(da_value_usd) AS vlr FROM vlr GROUP BY location_id",
    )
    assert len(sums) == len(locations(kind="zone"))
    assert sums["vlr"].between(0.001, 0.01).all(), sums


def test_every_page_is_there_small_and_asks_no_other_host(demo_run: DemoRun) -> None:
    pages = sorted(demo_run.folder.glob("*.html"))
    assert {page.stem for page in pages} == {task.stem for task in WHOLE_RUN} | {"index", "digest"}
    for page in pages:
        assert page.stat().st_size <= 1_000_000, page.name
        assert not _foreign(page), page.name


def _foreign(page: Path) -> list[str]:
    text = page.read_text()
    return re.findall(
        r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//[^"' >]+|url\(\s*["']?(?:https?:)?//""", text
    )


def test_every_page_says_demo(demo_run: DemoRun) -> None:
    for page in demo_run.folder.glob("*.html"):
        assert "DEMO" in page.read_text(), page.name


@pytest.mark.parametrize(("curve", "headline"), [("vlr", "priced_pct"), ("shaping", "year_mean")])
@pytest.mark.parametrize("iso", MARKETS)
def test_a_pricing_file_is_its_view_to_six_decimals(
    iso: str, curve: str, headline: str, demo_run: DemoRun
) -> None:
    stem = f"{iso.lower()}_{curve}"
    task = next(t for t in demo_run.manifest["tasks"] if (t["notebook"], t["iso"]) == (curve, iso))
    assert task["files"] == [f"{stem}.csv", f"{stem}.xlsx"]
    view = read_relation(demo_run.database, stem)
    stored = view.astype({"month": "int64", "he": "int64"}).pivot(
        index=KEYS, columns="load_zone", values=headline
    )
    for name in task["files"]:
        file = parse_pricing_file(name, (demo_run.folder / name).read_bytes())
        assert file.zones == [zone.name for zone in locations(iso, "zone")]
        assert (file.iso, file.curve, len(file.cells), file.is_demo) == (iso, curve, 480, True)
        cells = file.cells.astype({"block_type": str}).set_index(KEYS)
        pd.testing.assert_frame_equal(
            cells.sort_index(), stored[file.zones].round(6), check_names=False, atol=1e-9, rtol=0
        )


@pytest.mark.parametrize("iso", MARKETS)
def test_the_files_of_a_cost_curve_have_36_whole_months_and_say_demo(iso: str, demo_run: DemoRun) -> None:
    stem = f"{iso.lower()}_cost_curves"
    for name in (f"{stem}.csv", f"{stem}.xlsx"):
        file = parse_pricing_file(name, (demo_run.folder / name).read_bytes())
        assert (file.iso, file.curve, file.is_demo) == (iso, "cost_curve", True)
        assert file.cells.groupby("month").size().tolist() == [40] * 36
    assert pq.read_schema(demo_run.folder / f"{stem}.parquet").metadata[b"data"] == b"demo: simulated"
    task = next(t for t in demo_run.manifest["tasks"] if (t["notebook"], t["iso"]) == ("cost_curves", iso))
    assert task["files"] == [f"{stem}{end}" for end in (".csv", ".xlsx", ".parquet", "_vlr.csv", "_vlr.xlsx")]


@pytest.mark.parametrize("iso", MARKETS)
def test_the_vlr_file_of_delivery_and_the_cost_curve_have_one_vlr(iso: str, demo_run: DemoRun) -> None:
    name = f"{iso.lower()}_cost_curves_vlr.csv"
    cells = parse_pricing_file(name, (demo_run.folder / name).read_bytes()).cells
    shares = cells.astype({"block_type": str}).melt(KEYS, var_name="load_zone", value_name="share")
    curve = read_relation(demo_run.database, f"{iso.lower()}_cost_curve")
    curve = curve[curve["delivery_month"].dt.year == 2026].assign(month=curve["delivery_month"].dt.month)
    both = curve.merge(shares, on=[*KEYS, "load_zone"], validate="1:1")
    assert len(both) == 480 * len(locations(iso, "zone"))
    has_percent = both["hpfc"] >= 1
    assert both["share"].notna().equals(has_percent)
    error = (both["share"] * both["hpfc"] - both["vlr_priced"]).abs()[has_percent]
    assert (error <= 0.5e-6 * both["hpfc"][has_percent] + 1e-9).all()


@pytest.mark.parametrize("curve", ["vlr", "shaping", "cost_curve"])
def test_what_the_notebooks_published_is_reproduced_bit_for_bit(curve: str, demo_run: DemoRun) -> None:
    version_id = read_latest_version(demo_run.database, curve, "ERCOT")
    assert version_id is not None
    found = reproduce_version(demo_run.database, version_id)
    assert found.is_same, found.describe()
    assert found.has_same_inputs
