"""What the digest and the record of a run say of its cost curves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from lib import store
from lib.hours import BLOCK_TYPE
from lib.pipeline.runner.after_run.digest import build_digest
from lib.pipeline.runner.after_run.run_figures import compute_run_figures
from lib.store import Database
from lib.store.run_diff import read_zone_costs
from lib.task_record import State, TaskRecord
from tests.support.cost_curves import cost_curve

Publish = Callable[..., int]


@pytest.fixture
def publish(database: Database) -> Publish:
    """A function that publishes curves of NYISO whose zones cost this in January 2026; returns the run's id.

    A zone at None has no forwards, and so no cost to serve.
    """

    def enter(costs: dict[str, float | None]) -> int:
        run_id = store.start_run(
            database, source="files", as_of=date(2026, 1, 1), window_start=None, window_end=date(2025, 12, 31)
        )
        window, task = (date(2025, 1, 1), date(2025, 12, 31)), store.RunTask(run_id, "cost_curves", "NYISO")
        store.start_task(database, task)
        loads = _loads(list(costs))
        vlr = store.save_curve(
            database, store.NewVersion("vlr", "NYISO", *window, {}, [1], f"v{run_id}"), {"vlr": loads}, task
        )
        made_of, cells = {"vlr_version": vlr.version_id}, {"cost_curve": _prices(costs)}
        store.save_curve(
            database,
            store.NewVersion("cost_curve", "NYISO", *window, made_of, [1], f"c{run_id}"),
            cells,
            task,
        )
        store.finish_task(database, task, "done")
        store.finish_run(database, run_id, "done")
        return run_id

    return enter


def _cells(zones: list[str]) -> pd.DataFrame:
    blocks = pd.Categorical(["5x16"] * len(zones), dtype=BLOCK_TYPE)
    return pd.DataFrame({"location": zones, "he": 8, "block_type": blocks, "n_hours": 20})


def _loads(zones: list[str]) -> pd.DataFrame:
    return _cells(zones).assign(
        month=1, unitized_cost_usd=100.0, rt_load_mwh=1e3, cost_per_mwh=0.1, da_value_usd=1e5, mean_ratio=0.0,
        cost_weighted=0.0, priced=0.0, priced_pct=0.0, n_days=1, n_years=1, n_excluded=0, is_thin=False,
        is_near_zero=False,
    )  # fmt: skip


def _prices(costs: dict[str, float | None]) -> pd.DataFrame:
    cells = _cells(list(costs)).assign(delivery_month=pd.Timestamp("2026-01-01"))
    reasons = [None if cost is not None else "no forwards" for cost in costs.values()]
    return cost_curve(cells, list(costs.values()), reasons)


def test_the_digest_names_the_zones_whose_cost_to_serve_moved_most(
    database: Database, publish: Publish, leave_run: Callable[..., Path]
) -> None:
    publish({"WEST": 50.0, "NORTH": 40.0})
    digest = build_digest(database, leave_run(publish({"WEST": 53.0, "NORTH": 40.5})))
    assert (
        "Cost curves: The cost to serve (energy) of the months to come moved in 2 zones, most in NYISO WEST: "
        "from 50.0000 to 53.0000 $/MWh." in digest.text
    )
    (table,) = BeautifulSoup(digest.page, "html.parser").select("table")
    assert [row.select("th")[1].text for row in table.select("tbody tr")] == ["WEST", "NORTH"]
    same = build_digest(database, leave_run(publish({"WEST": 53.0, "NORTH": 40.5})))
    assert "No zone's cost to serve (energy) of the months to come moved" in same.text


def test_the_digest_of_a_run_that_made_no_curve_compares_none(
    database: Database, publish: Publish, leave_run: Callable[..., Path]
) -> None:
    publish({"WEST": 50.0})
    later = store.start_run(
        database, source="files", as_of=date(2026, 1, 2), window_start=None, window_end=date(2026, 1, 1)
    )
    assert "Cost curves: No curve is new." in build_digest(database, leave_run(later)).text


def test_a_figure_says_over_how_many_hours_it_is(database: Database, publish: Publish) -> None:
    run_id = publish({"WEST": 50.0, "NORTH": None})
    done = TaskRecord.waiting("cost_curves", "NYISO")
    done.outcome = State.DONE
    found = compute_run_figures(database, run_id, ["files"], ["NYISO"], [done])
    assert found.coverage["NYISO"]["cost_to_serve_usd_per_mwh"] == {
        "zones": 1,
        "months": 1,
        "of_months": 36,
        "hours": 20,
        "of_hours": 40,
    }


def test_the_digest_of_a_first_run_says_so(
    database: Database, publish: Publish, leave_run: Callable[..., Path]
) -> None:
    first = build_digest(database, leave_run(publish({"WEST": 50.0}))).text
    assert "Notebooks: First run: none of its notebooks has run on this database before." in first
    for heading in ("VLR curves", "Cost curves"):
        assert f"{heading}: First run: there is no version before to compare with." in first
    second = build_digest(database, leave_run(publish({"WEST": 51.0})))
    assert "Notebooks: None ended differently than the last time it ran." in second.text
    caption = BeautifulSoup(second.page, "html.parser").select_one("caption")
    assert caption is not None
    assert caption.text == "The zone whose cost to serve (energy) of the months to come moved most"


def test_the_digest_counts_what_is_wrong_with_forwards(
    database: Database, publish: Publish, leave_run: Callable[..., Path]
) -> None:
    run_id = publish({"WEST": 50.0})
    lacking = {"measure": "forward", "kind": "missing_forwards", "message": "Zone A lacks 7x8", "n_hours": 9}
    problems = pd.DataFrame([lacking | dict.fromkeys(("location", "first", "last"))])
    store.write_problems(database, problems, store.RunTask(run_id, "cost_curves", "NYISO"))
    digest = build_digest(database, leave_run(run_id))
    assert "Data: 1 thing is missing or wrong; all are in the reports of cost_curves." in digest.text
    table = BeautifulSoup(digest.page, "html.parser").select("table")[-1]
    assert table.caption is not None and table.caption.text.startswith("The most important problem:")
    assert "Zone A lacks 7x8" in table.text
    return_none = build_digest(database, leave_run(publish({"WEST": 50.0}))).text
    assert "Data: Nothing was found missing or wrong." in return_none


def test_zones_that_lack_the_same_are_one_line(
    database: Database, publish: Publish, leave_run: Callable[..., Path]
) -> None:
    run_id = publish({"WEST": 50.0})
    rows = [
        {"measure": measure, "location": zone, "kind": "missing_hours", "message": "never had", "n_hours": 24}
        for zone in ("NORTH", "WEST")
        for measure in ("da_lmp", "rt_lmp")
    ]
    problems = pd.DataFrame(rows).assign(first=None, last=None)
    store.write_problems(database, problems, store.RunTask(run_id, "cost_curves", "NYISO"))
    page = BeautifulSoup(build_digest(database, leave_run(run_id)).page, "html.parser")
    (row,) = page.select("table")[-1].select("tbody tr")
    texts = [cell.text for cell in row.select("th, td")]
    assert texts[2:] == ["NORTH, WEST", "never had", "96"]


def test_a_zone_costs_what_its_curve_says_and_one_without_a_price_has_no_row(
    database: Database, publish: Publish
) -> None:
    publish({"WEST": 50.0, "NORTH": 40.5, "GENESE": None})
    versions = store.read_relation(database, "curve_version")
    (version,) = versions.loc[versions["curve"] == "cost_curve", "version_id"]
    costs = read_zone_costs(database, [version])
    assert set(costs["iso"]) == {"NYISO"}
    assert costs.set_index("location")["cost_to_serve"].to_dict() == {"WEST": 50.0, "NORTH": 40.5}
    assert read_zone_costs(database, []).empty
