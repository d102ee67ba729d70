"""Realised against quoted on a small market: the first morning, the second one, and days that lack values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import store
from lib.calc.cost_checks import check_realised
from lib.calc.quote_choice import BLOCK_PRICE_PARTS
from lib.calc.realised import NO_CURVE, count_left_out, sum_zones
from lib.hours import market_hours
from lib.markets import locations
from lib.pipeline.runner.after_run.digest import build_digest
from lib.pipeline.steps import realised, realised_inputs
from lib.pipeline.steps.fetch import fetch_series
from lib.store import Database
from lib.store.realised import read_former_curves, read_realised_costs
from tests.support.databases import copy_of
from tests.support.published import (
    ISO,
    execute,
    fetch_market,
    publish_costs,
    publish_hours,
    start_official_run,
)

HISTORY, QUOTED_ON = ("2024-06-01", "2024-06-30"), "2025-05-31"
MORNING, CAME = "2025-06-06", ("2025-06-01", "2025-06-05")
ZONES = [place.name for place in locations(ISO, "zone")]


@pytest.fixture(scope="module")
def quoted_once(server: str, templates: dict[str, Database]) -> Iterator[Database]:
    """A database with an official curve of the last of May, and the first days of the June that it prices."""
    with copy_of(server, templates["demo"]) as database, pytest.MonkeyPatch.context() as patch:
        patch.setenv("EPD_DATABASE", database.url)
        eve = start_official_run(database, HISTORY, QUOTED_ON)
        fetch_market(eve, "2025-05-30")
        publish_hours(eve)
        publish_costs(eve)
        fetch_series(start_official_run(database, CAME, MORNING)("fetch"))
        yield database


@pytest.fixture
def quoted(server: str, quoted_once: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A copy of it, to change."""
    with copy_of(server, quoted_once) as database:
        monkeypatch.setenv("EPD_DATABASE", database.url)
        yield database


def _morning(
    database: Database, as_of: str = MORNING
) -> tuple[realised_inputs.Context, realised_inputs.Realised]:
    context = start_official_run(database, CAME, as_of)("realised")
    return context, realised_inputs.read_realised(context)


def test_the_second_morning_compares_what_came_with_the_curve_of_before(
    quoted: Database, leave_run: Callable[..., Path]
) -> None:
    context, inputs = _morning(quoted)
    assert (inputs.day, inputs.is_full) == (date(2025, 6, 5), True)
    assert inputs.curves["version_id"].tolist() == [3.0] * 5
    assert inputs.hours["left_out"].isna().all()
    periods = realised.compare_periods(inputs)
    assert periods.month["location"].tolist() == ZONES
    assert periods.month["n_hours"].tolist() == [5 * 24] * len(ZONES)
    for frame in (periods.day, periods.month):
        assert len(check_realised(frame)) == 3
    whole = sum_zones(periods.month).iloc[0]
    stored = store.read_sql(
        quoted,
        "SELECT sum(total_cost) / sum(rt_load) AS cost FROM hourly_vlr WHERE interval_start >= '2025-06-01'",
    )
    came = inputs.hours["total_cost"].sum() / inputs.hours["rt_load_mw"].sum()
    assert whole["realised_cost"] == pytest.approx(came)
    assert stored["cost"].isna().all()  # the page needs no notebook of VLR before it
    written = realised.publish_realised(context, inputs, periods)
    assert written["n_written"].sum() == 2 * len(ZONES)
    kept = read_realised_costs(quoted, context.run_id)
    assert kept.groupby("period")["location"].apply(list).to_dict() == {"day": ZONES, "month": ZONES}
    assert sum_zones(kept, ["period"])["difference"].tolist() == pytest.approx(
        [sum_zones(frame).loc[0, "difference"] for frame in (periods.day, periods.month)]
    )
    day, month = realised.head_messages(context, inputs, periods)
    assert day.startswith(
        f"2025-06-05: serving ERCOT cost {sum_zones(periods.day).loc[0, 'realised_cost']:,.2f}"
    )
    assert month.startswith("2025-06-01 to 2025-06-05: serving ERCOT cost ")
    store.finish_run(quoted, context.run_id, "done")
    text = build_digest(quoted, leave_run(context.run_id)).text
    assert (
        f"Realised against quoted: Serving ERCOT cost {sum_zones(periods.day).loc[0, 'realised_cost']:,.2f}"
        in text
    )
    assert "in the month to 2025-06-05" in text


def test_a_quoted_hour_is_its_cell_of_the_curve(quoted: Database) -> None:
    _, inputs = _morning(quoted)
    cells = store.read_curve(quoted, "cost_curve", ISO).astype({"block_type": str})
    cells = cells[cells["delivery_month"] == "2025-06-01"].set_index(["location", "he", "block_type"])
    loads = store.read_curve(quoted, "vlr", ISO).astype({"block_type": str})
    loads = loads[loads["month"] == 6].set_index(["location", "he", "block_type"])
    for row in inputs.hours.iloc[:: 7 * 24 // 5].itertuples():
        cell, load = (table.loc[(row.location, row.he, row.block_type)] for table in (cells, loads))
        assert (row.hpfc, row.cost_to_serve) == (cell["hpfc"], cell["cost_to_serve"])
        assert row.curve_load_mw == load["rt_load_mwh"] / load["n_hours"]
        assert row.vlr == pytest.approx(cell["vlr_priced"])


def test_the_first_morning_has_nothing_to_compare_and_says_so(
    quoted: Database, leave_run: Callable[..., Path]
) -> None:
    execute(quoted, "UPDATE curve_version SET status = 'study' WHERE curve = 'cost_curve'")
    context, inputs = _morning(quoted)
    periods = realised.compare_periods(inputs)
    assert not periods.is_quoted and not inputs.has_quote
    assert set(inputs.hours["left_out"]) == {NO_CURVE}
    (message,) = realised.head_messages(context, inputs, periods)
    assert message.startswith(
        "Nothing is compared yet: no official cost curve that prices June 2025 was published"
    )
    assert realised.publish_realised(context, inputs, periods).empty
    assert realised.by_day(inputs, periods.zone)["realised_cost"].notna().all()
    store.finish_run(quoted, context.run_id, "done")
    text = build_digest(quoted, leave_run(context.run_id)).text
    assert "Realised against quoted: Nothing was compared: it is not part of the run." in text


def test_a_curve_of_the_day_itself_was_not_there_before_it(quoted: Database) -> None:
    execute(quoted, "UPDATE pipeline_run SET as_of = '2025-06-03' WHERE run_id = 1")
    _, inputs = _morning(quoted)
    assert inputs.curves["version_id"].isna().tolist() == [True, True, True, False, False]
    left = count_left_out(inputs.hours)
    assert left.to_numpy().tolist() == [[NO_CURVE, "all zones", 3 * 24, 3]]
    assert not realised.compare_periods(inputs).month["is_complete"].any()


def test_a_withdrawn_curve_that_a_run_made_later_does_not_count(quoted: Database) -> None:
    store.withdraw_version(quoted, 3, "wrong hub")
    _, inputs = _morning(quoted)
    assert inputs.curves["version_id"].isna().all()


def test_metered_load_that_comes_late_makes_an_earlier_day_the_last_full_one(quoted: Database) -> None:
    execute(quoted, "DELETE FROM rt_load WHERE interval_start >= '2025-06-05 12:00'")
    context, inputs = _morning(quoted)
    assert inputs.day == date(2025, 6, 4)
    texts = realised.head_messages(context, inputs, realised.compare_periods(inputs))
    assert texts[-1] == "Shown is 2025-06-04, 1 day before yesterday: later days lack prices or loads."


def test_a_zone_whose_load_comes_late_is_incomplete_and_the_others_stand(quoted: Database) -> None:
    series = store.find_series(quoted, ISO, "rt_load", ["demo"]).set_index("location")["series_id"]
    late = f"series_id = {series[ZONES[-1]]} AND interval_start >= '2025-06-05 12:00'"
    execute(quoted, f"DELETE FROM rt_load WHERE {late}")
    context, inputs = _morning(quoted)
    periods = realised.compare_periods(inputs)
    assert inputs.day == date(2025, 6, 5)
    assert periods.day["is_complete"].tolist() == [True] * (len(ZONES) - 1) + [False]
    assert periods.month["is_complete"].tolist() == [True] * (len(ZONES) - 1) + [False]
    (day, *_) = realised.head_messages(context, inputs, periods)
    n_late = int(periods.day["n_left_out"].iloc[-1])
    assert (
        n_late and f"{n_late} of 96 hours of zones are not in it" in day and "Incomplete: 1 of 4 zones" in day
    )
    assert realised.zone_table(periods.day)["completeness"].tolist()[-1] == "incomplete"


def test_without_any_metered_load_prices_and_basis_are_compared(quoted: Database) -> None:
    execute(quoted, "DELETE FROM rt_load WHERE interval_start >= '2025-05-01'")
    context, inputs = _morning(quoted)
    periods = realised.compare_periods(inputs)
    assert (inputs.day, inputs.is_full, periods.is_quoted) == (date(2025, 6, 5), False, False)
    assert periods.month[["hub_price", "zone_basis"]].notna().all(axis=None)
    assert periods.month[["vlr", "difference"]].isna().all(axis=None)
    texts = realised.head_messages(context, inputs, periods)
    assert texts[0].startswith("Nothing is compared: no hour that an official curve priced")
    assert texts[1].startswith("No day of this month and the last has prices and loads in 90% of its hours")


def _curves(*rows: tuple[int, str, str, str | None]) -> pd.DataFrame:
    """Return former curves: version, as of, created, withdrawn; each prices from the month after."""
    frame = pd.DataFrame(rows, columns=["version_id", "as_of", "created_at", "withdrawn_at"])
    as_of = pd.to_datetime(frame["as_of"])
    first = (as_of + pd.offsets.MonthBegin()).dt.normalize()
    return frame.assign(
        as_of=as_of,
        created_at=pd.to_datetime(frame["created_at"], utc=True),
        withdrawn_at=pd.to_datetime(frame["withdrawn_at"], utc=True),
        first_day=first, first_month=first, holidays="nerc", trade_date="2025-05-30", vlr_version=1,
    )  # fmt: skip


def _chosen(curves: pd.DataFrame, *days: str) -> list[float | None]:
    found = realised_inputs.find_official(curves, pd.Series(pd.to_datetime(list(days))), "NYISO")
    return [None if np.isnan(number) else number for number in found["version_id"].astype(float)]


def test_the_newest_curve_of_before_the_day_that_prices_it_is_its_curve() -> None:
    curves = _curves(
        (1, "2025-05-20", "2025-05-20 11:00", None),
        (2, "2025-05-31", "2025-05-31 11:00", None),
        (3, "2025-06-10", "2025-06-10 11:00", None),  # prices July
    )
    assert _chosen(curves, "2025-05-31", "2025-06-01", "2025-06-15", "2025-07-01", "2028-06-01") == [
        None,
        2,
        2,
        3,
        3,
    ]
    assert _chosen(curves, "2028-07-01") == [None]
    assert _chosen(curves.head(0), "2025-06-01") == [None]


def test_a_curve_that_was_computed_later_stands_only_where_no_other_does() -> None:
    later = (4, "2025-05-31", "2025-06-20 11:00", None)
    curves = _curves((1, "2025-05-20", "2025-05-20 11:00", None), later)
    assert _chosen(curves, "2025-06-01", "2025-06-21") == [1, 4]
    alone = realised_inputs.find_official(_curves(later), pd.Series([pd.Timestamp("2025-06-01")]), "NYISO")
    assert (alone.loc[0, "version_id"], alone.loc[0, "is_later"]) == (4, True)


def test_a_withdrawn_curve_is_that_of_the_days_before_it_was_withdrawn() -> None:
    curves = _curves(
        (1, "2025-05-20", "2025-05-20 11:00", None), (2, "2025-05-31", "2025-05-31 11:00", "2025-06-03 15:00")
    )
    assert _chosen(curves, "2025-06-01", "2025-06-03", "2025-06-04") == [2, 2, 1]


@pytest.mark.parametrize(("day", "n_hours"), [(date(2025, 3, 9), 23), (date(2025, 11, 2), 25)])
def test_every_hour_of_a_day_with_a_clock_change_is_quoted(
    day: date, n_hours: int, quoted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = start_official_run(quoted, CAME, MORNING)("realised")
    hours = market_hours(ISO, day, day).assign(location="NORTH ZONE")
    cells = hours.drop_duplicates("he").assign(
        delivery_month=pd.Timestamp(day).replace(day=1),
        n_hours=1,
        hub="H",
        **dict.fromkeys((*BLOCK_PRICE_PARTS, "hpfc", "covariance", "vlr", "risk"), 1.0),
    )
    cells["cost_to_serve"] = 1.0 * cells["he"]
    kept = ["location", "delivery_month", "he", "block_type", "n_hours", *realised_inputs.QUOTE[:-1]]
    vlr = cells.assign(rt_load_mwh=100.0)[["location", "month", "he", "block_type", "rt_load_mwh", "n_hours"]]
    monkeypatch.setattr(realised_inputs, "read_quoted_month", lambda *_: cells[kept])
    monkeypatch.setattr(store, "read_curve", lambda *_: vlr)
    curves = pd.DataFrame(
        {"market_date": [pd.Timestamp(day)], "version_id": [7.0], "vlr_version": 1, "holidays": "nerc"}
    )
    found = realised_inputs.add_quotes(context, hours, curves)
    assert len(found) == n_hours
    assert found["cost_to_serve"].tolist() == hours["he"].tolist()


def test_former_curves_are_those_that_were_official(quoted: Database) -> None:
    former = read_former_curves(quoted, ISO)
    assert former["version_id"].tolist() == [3]
    assert former.loc[0, ["first_day", "as_of", "holidays"]].tolist() == [
        pd.Timestamp("2025-06-01"), pd.Timestamp(QUOTED_ON), "nerc",
    ]  # fmt: skip
    assert pd.isna(former.loc[0, "withdrawn_at"])
