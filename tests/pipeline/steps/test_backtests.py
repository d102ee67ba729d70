"""The page of the backtest: its parts from a grid of hours, its verdict and its tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from lib.calc.grid import build_grid
from lib.calc.scores import reliability, score_band
from lib.calc.vlr_blocks import HELPS, NO_HELP
from lib.hours import market_hours
from lib.markets import MEASURES, locations
from lib.pipeline.runner.after_run.digest import build_digest
from lib.pipeline.steps import backtests
from lib.pipeline.steps.backtests import Backtest
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.inputs import Inputs
from lib.pipeline.steps.window import Window
from lib.present import backtest_page, charts, tables
from lib.store import Database, RunTask, finish_run, read_sql, start_run
from lib.store.backtests import read_backtests

ISO = "ISONE"
"""A market of a few zones, with a hub of its own."""


@dataclass(frozen=True)
class _Opened:
    """What the steps read of a context."""

    iso: str
    window: Window
    holidays: str = "nerc"
    db: Database | None = None
    task: RunTask | None = None
    study: str | None = None

    @property
    def run_id(self) -> int:
        """The run that writes."""
        return self.task.run_id if self.task else 0


def _backtest(start: date, end: date, measures: tuple[str, ...] = tuple(MEASURES)) -> Backtest:
    """Run a backtest on made-up hours: load errors and spreads rise together, in all zones but the first."""
    hours = market_hours(ISO, start, end)
    names = [place.name for place in locations(ISO)]
    random = np.random.default_rng(0)
    season = 40 + 10 * np.cos(hours["month"].to_numpy() / 6 * np.pi) + hours["he"].to_numpy() / 4
    frames = []
    for i, name in enumerate(names):
        shock, noise = random.normal(0, 1, (2, len(hours)))
        error = 20 * (shock if i else noise)
        values = {
            "da_lmp": season + i,
            "rt_lmp": season + i + 8 * shock,
            "da_load": np.full(len(hours), 1000.0),
            "rt_load": 1000.0 + error,
        }
        chosen = {MEASURES[measure].column: values[measure] for measure in measures}
        blank = {measure.column: np.nan for measure in MEASURES.values()}
        frames.append(
            pd.DataFrame({"location": name, "interval_start": hours["interval_start"], **blank, **chosen})
        )
    grid = build_grid(pd.concat(frames, ignore_index=True), hours, names)
    context = cast("Context", _Opened(ISO, Window(start, end, date(2026, 1, 1))))
    return backtests.run_backtest(context, Inputs(grid, pd.DataFrame()))


@pytest.fixture(scope="module")
def three_years() -> Backtest:
    return _backtest(date(2022, 1, 1), date(2024, 12, 31))


def test_the_verdict_names_what_helped_and_where(three_years: Backtest) -> None:
    vlr, others = backtests.find_verdict(three_years)
    first = locations(ISO, "zone")[0].name
    assert vlr.startswith(f"In {ISO} the priced VLR was ")
    assert "closer to what came than leaving VLR out, over 2 years; the 90 % band held " in vlr
    assert f"In {first} it was no better than no VLR" in vlr
    assert "Zone basis: 100 % closer to what came than no basis, over 2 years." in others
    assert "Shape: 100 % closer to what came than a flat block, over 2 years." in others
    assert others.endswith(
        "The cost curve has no DA-RT adjustment: all forwards of ISONE settle on day-ahead prices."
    )
    assert "typical; the cost curve has none" in set(backtests.line_table(three_years)["method"])
    of_ercot = backtests.Backtest("ERCOT", three_years.lines)
    assert "The cost curve has no DA-RT adjustment" not in backtests.find_verdict(of_ercot)[1]
    zones = backtests.zone_scores(three_years).set_index("location")["verdict"]
    assert zones[first] == NO_HELP
    assert set(zones.drop(first)) == {HELPS}
    assert backtests.describe_backtest(three_years) == {
        "Targets of VLR, DA-RT adjustment, Zone basis, Shape": (
            "by year, 2023 to 2024, each from up to 5 years before it"
        )
    }


def test_every_table_and_chart_of_the_page_is_made(three_years: Backtest) -> None:
    n_zones = len(locations(ISO, "zone"))
    methods = backtests.method_table(three_years)
    assert methods["n"].max() == n_zones * 3 * 24
    assert backtests.count_unscored_vlr(three_years) == 0
    assert len(backtests.block_table(three_years)) == 36
    assert backtests.unscored_table(three_years).empty
    assert set(backtests.line_table(three_years)["part"]) == set(backtests.line_skills(three_years))
    shown = _page(three_years)
    assert "nothing to draw" not in shown
    assert f"{len(backtests.zone_scores(three_years)) - 1} of {n_zones}" in shown


def _page(backtest: Backtest) -> str:
    """Everything that the page shows, as text."""
    methods, zones = backtests.method_table(backtest), backtests.zone_scores(backtest)
    held = score_band(backtest.vlr, ["period"])
    zone = locations(ISO, "zone")[1].name
    rows = backtests.rows_of_zone(backtest, zone)
    shown: list[Any] = [
        backtest_page.key_figures(
            methods,
            score_band(backtest.vlr),
            zones,
            backtests.line_skills(backtest),
            backtests.count_unscored_vlr(backtest),
            backtests.find_verdict(backtest),
        ),
        charts.priced_and_realised(rows, "Priced", "caption"),
        charts.reliability_diagram(reliability(backtest.vlr), held, "Reliability", "caption"),
        *(
            tables.table(table, "caption", headings=backtest_page.HEADINGS)
            for table in (
                methods,
                zones,
                held,
                backtests.block_table(backtest),
                backtests.line_table(backtest),
            )
        ),
        tables.table(backtests.place_table(backtest), "caption", headings=backtest_page.HEADINGS),
        tables.table(backtests.unscored_table(backtest), "caption", headings=backtest_page.UNSCORED),
    ]
    return "\n".join(one.render_html() for one in shown)


def test_two_weeks_are_a_page_that_says_why() -> None:
    backtest = _backtest(date(2024, 6, 25), date(2024, 7, 8))
    (why,) = backtests.find_verdict(backtest)
    assert why == (
        f"There is no verdict on {ISO}: nothing can be scored: 2 months with values; a target needs 6 months "
        "before it."
    )
    assert "nothing to draw" in _page(backtest)


def test_fourteen_months_are_scored_by_month_and_say_that_it_is_little() -> None:
    backtest = _backtest(date(2023, 1, 1), date(2024, 2, 29))
    assert backtest.is_by_month
    vlr, others = backtests.find_verdict(backtest)
    assert "over 8 months" in vlr
    assert vlr.endswith(backtests.FEW_MONTHS)
    assert "Shape: 100 % closer to what came than a flat block, over 2 months." in others
    reasons = backtests.unscored_table(backtest).set_index("part")
    assert reasons.loc["Shape", "reason"] == "no such month before it"
    assert reasons.loc["Shape", "locations"] == f"all {len(locations(ISO, 'zone'))}"
    assert "nothing to draw" not in _page(backtest)


def test_prices_alone_score_basis_and_shape() -> None:
    backtest = _backtest(date(2022, 1, 1), date(2023, 12, 31), ("da_lmp",))
    vlr, others = backtests.find_verdict(backtest)
    assert vlr.startswith(f"There is no verdict on VLR in {ISO}: 0 targets can be scored")
    assert "DA-RT adjustment: there is no verdict, 0 targets" in others
    assert "Shape: 100 % closer" in others
    assert "nothing to draw" in _page(backtest)


def _open_run(database: Database, study: str | None = None) -> Context:
    run_id = start_run(
        database, source="files", as_of=date(2025, 1, 1), window_start=None, window_end=date(2024, 12, 31)
    )
    window = Window(date(2022, 1, 1), date(2024, 12, 31), date(2025, 1, 1))
    task = RunTask(run_id, "backtest", ISO)
    return cast("Context", _Opened(ISO, window, db=database, task=task, study=study))


def test_a_run_keeps_its_verdict_and_the_latest_official_one_is_shown(
    three_years: Backtest, database: Database
) -> None:
    short = _backtest(date(2024, 6, 25), date(2024, 7, 8))
    first, second, study = _open_run(database), _open_run(database), _open_run(database, "it is a trial")
    for context, backtest in ((first, short), (first, three_years), (second, three_years), (study, short)):
        written = backtests.publish_backtest(context, backtest)
        assert written["n_written"].tolist() == [1]
    assert read_sql(database, "SELECT count(*) AS n FROM backtest")["n"].tolist() == [3]
    (latest,) = read_backtests(database, 0).to_dict("records")
    assert (latest["iso"], latest["run_id"], latest["is_study"]) == (ISO, second.run_id, False)
    assert (latest["first_target"], latest["last_target"], latest["n_unscored"]) == ("2023", "2024", 0)
    assert [latest["verdict"], latest["other_verdict"]] == backtests.find_verdict(three_years)
    assert latest["skill"] == backtests.method_table(three_years)["skill"].iloc[0]
    assert latest["coverage"] == score_band(three_years.vlr)["coverage"].iloc[0]
    (own,) = read_backtests(database, study.run_id).to_dict("records")
    assert own["is_study"] and own["n_scored"] == 0 and np.isnan(own["skill"])
    assert own["verdict"].startswith("There is no verdict on") and own["other_verdict"] is None


def test_a_notebook_opened_by_hand_keeps_nothing(three_years: Backtest) -> None:
    context = cast("Context", _Opened(ISO, Window(date(2022, 1, 1), date(2024, 12, 31), date(2025, 1, 1))))
    assert backtests.publish_backtest(context, three_years).empty


def test_the_digest_has_the_verdict_of_the_runs_backtests(
    three_years: Backtest, database: Database, leave_run: Callable[..., Path]
) -> None:
    context = _open_run(database)
    backtests.publish_backtest(context, three_years)
    finish_run(database, context.run_id, "done")
    digest = build_digest(database, leave_run(context.run_id, f"{ISO.lower()}_backtest"))
    assert f"Backtests: In {ISO} the priced VLR was " in digest.text
    assert "Priced VLR on periods that it did not know" in digest.page
    other = _open_run(database)
    finish_run(database, other.run_id, "done")
    text = build_digest(database, leave_run(other.run_id)).text
    assert "Backtests: Nothing was scored: no backtest of the run is done." in text
