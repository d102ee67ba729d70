"""The main job on the demo market: five ISOs from source to report, twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lib.markets import MARKETS, locations
from lib.store import Database, read_relation, read_sql
from tests.whole.conftest import Desk

# Hours of each month, January to December.
HOURS_2025 = {
    "5x16": [352, 320, 336, 352, 336, 336, 352, 336, 336, 368, 304, 352],
    "2x16": [144, 128, 160, 128, 160, 144, 144, 160, 144, 128, 176, 144],
    "7x8": [248, 224, 247, 240, 248, 240, 248, 248, 240, 248, 241, 248],
}


@dataclass(frozen=True)
class Ran:
    """What two runs, one after the other, left behind."""

    desk: Desk
    database: Database
    first: dict[str, Any]
    second: dict[str, Any]
    contents: tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="module")
def ran(desk: Desk) -> Ran:
    manifests, contents = [], []
    for _ in range(2):
        done = desk.run()
        assert done.returncode == 0, done.stdout + done.stderr
        manifests.append(desk.manifest())
        contents.append(_contents(desk.database("demo")))
    return Ran(desk, desk.database("demo"), *manifests, (contents[0], contents[1]))


def _contents(database: Database) -> pd.DataFrame:
    """Rows of each table, and what any update of one changes: the transactions that wrote them."""
    tables = read_sql(
        database,
        """SELECT relname FROM pg_class
           WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname""",
    )["relname"]
    counts = " UNION ALL ".join(
        f"SELECT '{name}' AS relation, count(*) AS n, sum(xmin::text::bigint) AS writers FROM {name}"
        for name in tables
    )
    return read_sql(database, counts).set_index("relation")


def test_every_task_of_every_iso_is_done(ran: Ran) -> None:
    outcomes = {(task["notebook"], task["iso"]): task["outcome"] for task in ran.first["tasks"]}
    expected = {(name, iso) for name in ("fetch", "vlr", "shaping") for iso in MARKETS} | {("summary", None)}
    assert set(outcomes) == expected
    assert set(outcomes.values()) == {"done"}
    assert ran.first["outcome"] == "done"


def test_the_window_is_the_last_five_years(ran: Ran) -> None:
    assert {(w["start"], w["end"]) for w in ran.first["windows"].values()} == {("2021-01-01", "2025-12-31")}


def test_a_second_run_writes_no_row_outside_the_ledger(ran: Ran) -> None:
    assert ran.first["totals"]["rows_written"] > 10_000_000
    assert ran.second["totals"]["rows_written"] == 0
    assert ran.second["totals"]["rows_revised"] == 0
    before, after = (frame[~frame.index.str.startswith("pipeline_")] for frame in ran.contents)
    pd.testing.assert_frame_equal(before, after)


def test_the_ledger_agrees_with_the_manifest(ran: Ran) -> None:
    tasks = read_relation(ran.database, "pipeline_task", where={"run_id": ran.first["run_id"]})
    written = {(t["notebook"], t["iso"] or ""): t["rows"]["written"] for t in ran.first["tasks"]}
    assert (
        dict(zip(zip(tasks["notebook"], tasks["iso"], strict=True), tasks["n_written"], strict=True))
        == written
    )
    runs = read_relation(ran.database, "pipeline_run").set_index("run_id")
    assert runs["outcome"].tolist() == ["done", "done"]


@pytest.mark.parametrize("iso", MARKETS)
def test_the_calendar_in_the_database_has_the_published_hours(iso: str, ran: Ran) -> None:
    hours = read_sql(
        ran.database,
        """SELECT block_type, month, count(*) AS n FROM market_hour JOIN market USING (market_id)
           JOIN block USING (block_id) WHERE iso = :iso AND year = 2025 GROUP BY 1, 2 ORDER BY 2""",
        {"iso": iso},
    )
    assert hours.groupby("block_type")["n"].apply(list).to_dict() == HOURS_2025


@pytest.mark.parametrize("iso", MARKETS)
def test_a_curve_has_480_cells_for_each_zone_in_the_flat_view(iso: str, ran: Ran) -> None:
    zones = {place.name for place in locations(iso, kind="zone")}
    for curve, headline in (("vlr", "cost_weighted"), ("shaping", "year_mean")):
        flat = read_relation(ran.database, f"{iso.lower()}_{curve}")
        assert flat.groupby("load_zone").size().to_dict() == dict.fromkeys(zones, 480)
        pd.testing.assert_series_equal(flat["data"], flat[headline], check_names=False)
        assert flat["data"].notna().all()


def test_cost_weighted_vlr_is_like_a_markets_in_every_zone(ran: Ran) -> None:
    sums = read_sql(
        ran.database,
        "SELECT location_id, sum(unitized_cost_usd) / sum(da_value_usd) AS vlr FROM vlr GROUP BY location_id",
    )
    assert len(sums) == 45
    assert sums["vlr"].between(0.001, 0.01).all(), sums


def test_every_page_is_there_small_and_asks_no_other_host(ran: Ran) -> None:
    pages = sorted(ran.desk.latest.glob("*.html"))
    assert len(pages) == 17
    for page in pages:
        assert page.stat().st_size <= 1_000_000, page.name
        assert not _foreign(page), page.name


def _foreign(page: Path) -> list[str]:
    text = page.read_text()
    return re.findall(
        r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//[^"' >]+|url\(\s*["']?(?:https?:)?//""", text
    )


def test_every_page_says_demo(ran: Ran) -> None:
    for page in ran.desk.latest.glob("*.html"):
        assert "DEMO" in page.read_text(), page.name


def test_demo_numbers_are_in_a_database_of_their_own(ran: Ran) -> None:
    assert ran.database.name == "epd_demo"
    assert len(read_relation(ran.desk.database("files"), "series")) == 0
