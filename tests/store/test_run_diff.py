from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.cost_breakdown import add_loads, cost_parts
from lib.hours import BLOCK_TYPE
from lib.store import Database, NewVersion, RunTask, save_curve, start_run
from lib.store.run_diff import (
    read_cost_changes,
    read_curve_versions,
    read_shape_changes,
    read_vlr_changes,
)
from tests.support.cost_curves import cost_curve


def _run(database: Database) -> int:
    return start_run(
        database, source="files", as_of=date(2026, 1, 1), window_start=None, window_end=date(2025, 12, 31)
    )


def _cells(costs: dict[str, tuple[float, float]]) -> dict[str, pd.DataFrame]:
    """Two cells of each zone, of 1,000 and 3,000 MWh, with these costs in $."""
    rows = [
        (zone, month, cost, mwh, cost / mwh)
        for zone, zone_costs in costs.items()
        for month, cost, mwh in zip((1, 2), zone_costs, (1e3, 3e3), strict=True)
    ]
    cells = pd.DataFrame(
        rows, columns=["location", "month", "unitized_cost_usd", "rt_load_mwh", "cost_per_mwh"]
    ).assign(he=8, block_type=pd.Categorical(["5x16"] * len(rows), dtype=BLOCK_TYPE), da_value_usd=1e5)
    whole = cells.assign(
        mean_ratio=0.0,
        cost_weighted=0.0,
        priced=0.0,
        priced_pct=0.0,
        n_hours=1,
        n_days=1,
        n_years=1,
        n_excluded=0,
        is_thin=False,
    )
    return {"vlr": whole.assign(is_near_zero=False)}


@pytest.fixture
def two_versions(database: Database) -> int:
    """Two versions of a curve, of which the second run's is the later; its run_id."""
    window = (date(2025, 1, 1), date(2025, 12, 31))
    for fingerprint, costs in (
        ("a", {"WEST": (100.0, 300.0), "NORTH": (100.0, 100.0)}),
        ("b", {"WEST": (100.0, 700.0), "NORTH": (90.0, 100.0), "CAPITL": (1.0, 1.0)}),
    ):
        run_id = _run(database)
        task = RunTask(run_id, "vlr", "NYISO")
        save_curve(database, NewVersion("vlr", "NYISO", *window, {}, [1], fingerprint), _cells(costs), task)
    return run_id


def test_a_curve_is_compared_with_the_version_before_by_sums_over_its_cells(
    database: Database, two_versions: int
) -> None:
    moves = read_vlr_changes(database, two_versions)
    # WEST: 400 $ / 4,000 MWh -> 800 / 4,000; CAPITL had no version before
    assert moves["location"].tolist() == ["WEST", "NORTH"]
    assert moves["before"].tolist() == pytest.approx([0.1, 0.05])
    assert moves["now"].tolist() == pytest.approx([0.2, 0.0475])


def test_versions_of_isos_that_are_made_by_turns_are_compared_each_with_its_own(database: Database) -> None:
    window, zones = (date(2025, 1, 1), date(2025, 12, 31)), {"NYISO": "WEST", "PJM": "PECO"}
    made = {}
    for n, cost in enumerate((100.0, 300.0)):
        run_id = _run(database)
        for iso, zone in zones.items():
            task, cells = RunTask(run_id, "vlr", iso), _cells({zone: (cost, 0.0)})
            made[iso, n] = save_curve(
                database, NewVersion("vlr", iso, *window, {}, [1], f"{iso}{n}"), cells, task
            )
    versions = read_curve_versions(database, run_id).set_index("iso")
    for iso in zones:
        assert versions.loc[iso, "version_id"] == made[iso, 1].version_id
        assert versions.loc[iso, "earlier_id"] == made[iso, 0].version_id
    moves = read_vlr_changes(database, run_id)
    assert moves[["iso", "location"]].values.tolist() == [["NYISO", "WEST"], ["PJM", "PECO"]]
    assert moves["before"].tolist() == pytest.approx([0.025] * 2)
    assert moves["now"].tolist() == pytest.approx([0.075] * 2)


def test_a_run_that_made_no_version_moved_nothing(database: Database, two_versions: int) -> None:
    assert read_vlr_changes(database, two_versions + 1).empty
    assert read_vlr_changes(database, two_versions - 1).empty  # the first version follows none


def test_the_versions_that_stood_after_a_run_know_what_they_replaced(
    database: Database, two_versions: int
) -> None:
    (now,) = read_curve_versions(database, two_versions).to_dict("records")
    assert (now["iso"], now["curve"], now["version_id"], now["earlier_id"]) == ("NYISO", "vlr", 2, 1)
    assert now["is_new"]
    # 100 + 700 + 90 + 100 + 1 + 1 $ over three zones of 4,000 MWh
    assert now["figure"] == pytest.approx(992 / 12_000)
    (before,) = read_curve_versions(database, two_versions - 1).to_dict("records")
    assert before["version_id"] == 1 and pd.isna(before["earlier_id"])
    later = _run(database)
    assert not read_curve_versions(database, later)["is_new"].any()


def _factors(factors: dict[str, tuple[float, float]]) -> dict[str, pd.DataFrame]:
    """Factors of two hours of each zone."""
    rows = [
        (zone, he, factor) for zone, pair in factors.items() for he, factor in zip((8, 9), pair, strict=True)
    ]
    cells = pd.DataFrame(rows, columns=["location", "he", "year_mean"])
    cells = cells.assign(month=7, block_type=pd.Categorical(["5x16"] * len(rows), dtype=BLOCK_TYPE))
    others = dict.fromkeys(["pooled", "additive", "year_low", "year_high"], 1.0)
    return {"shaping": cells.assign(**others, n_hours=1, n_years=1, is_additive=False)}


def test_of_each_location_the_factor_that_moved_most_is_found(database: Database) -> None:
    window = (date(2025, 1, 1), date(2025, 12, 31))
    for fingerprint, factors in (
        ("a", {"WEST": (1.0, 1.2), "NORTH": (1.0, 1.0), "CAPITL": (1.0, 1.0)}),
        ("b", {"WEST": (0.9, 1.4), "NORTH": (1.3, 0.7), "CAPITL": (1.0, 1.0)}),
    ):
        run_id = _run(database)
        task = RunTask(run_id, "shaping", "NYISO")
        save_curve(
            database, NewVersion("shaping", "NYISO", *window, {}, [1], fingerprint), _factors(factors), task
        )
    moves = read_shape_changes(database, run_id)
    assert moves[["location", "he", "before", "now"]].values.tolist() == [
        ["NORTH", 8, 1.0, 1.3],
        ["WEST", 9, 1.2, 1.4],
    ]
    assert read_shape_changes(database, run_id - 1).empty


def _loads(west_mwh: float) -> pd.DataFrame:
    """A VLR curve of two zones and two months; WEST has this load in January, all else 1,000 MWh."""
    cells = _cells({"WEST": (1.0, 1.0), "NORTH": (1.0, 1.0)})["vlr"].assign(n_hours=[10, 20, 10, 20])
    return cells.assign(rt_load_mwh=[west_mwh, 1000.0, 1000.0, 1000.0])


def _prices(costs: list[float], reasons: list[str | None]) -> pd.DataFrame:
    """A cost curve of the same cells: WEST in January and February 2026, then NORTH."""
    cells = _loads(1.0)[["location", "he", "block_type"]].assign(
        delivery_month=pd.to_datetime(["2026-01-01", "2026-02-01"] * 2), n_hours=[31, 20, 31, 20]
    )
    return cost_curve(cells, costs, reasons)


@pytest.fixture
def publish_prices(database: Database) -> Callable[..., int]:
    """A function that publishes a VLR and a cost curve made of it as a run, and returns the run's id."""

    def publish(vlr: pd.DataFrame, prices: pd.DataFrame) -> int:
        run_id = _run(database)
        window, task = (date(2025, 1, 1), date(2025, 12, 31)), RunTask(run_id, "cost_curves", "NYISO")
        loads = save_curve(
            database, NewVersion("vlr", "NYISO", *window, {}, [1], f"v{run_id}"), {"vlr": vlr}, task
        )
        made_of, made = {"vlr_version": loads.version_id}, {"cost_curve": prices}
        save_curve(
            database, NewVersion("cost_curve", "NYISO", *window, made_of, [1], f"c{run_id}"), made, task
        )
        return run_id

    return publish


def test_the_cost_to_serve_of_an_iso_is_load_weighted_as_on_its_page(
    database: Database, publish_prices: Callable[..., int]
) -> None:
    vlr, prices = _loads(9000.0), _prices([90.0, 60.0, 40.0, 30.0], [None, None, None, "no VLR"])
    run_id = publish_prices(vlr, prices)
    publish_prices(_loads(1.0), prices)  # a later curve of other loads
    versions = read_curve_versions(database, run_id).set_index("curve")
    # Mean loads of 900 and 50 MW in WEST, 100 MW in NORTH: over 31 and 20 hours.
    amounts, loads = np.array([90.0, 60.0, 40.0]), np.array([900 * 31, 50 * 20, 100 * 31])
    assert versions.loc["cost_curve", "figure"] == pytest.approx((amounts * loads).sum() / loads.sum())
    of_iso = prices.rename(columns={"basis": "zone_basis"}).assign(iso="NYISO")
    (whole,) = cost_parts(of_iso, vlr, by=("iso",)).to_dict("records")
    assert versions.loc["cost_curve", "figure"] == pytest.approx(whole["cost_to_serve"], abs=1e-12)


@pytest.mark.parametrize(
    ("loads", "hours"),
    [
        ([9000.0, 1000.0, 500.0, 800.0], [10, 20, 10, 20]),
        ([9000.0, 0.0, 500.0, 800.0], [10, 20, 10, 20]),
        ([9000.0, 1000.0, -500.0, 800.0], [10, 20, 10, 20]),
        ([9000.0, np.nan, 500.0, np.nan], [10, 0, 10, 0]),
    ],
)
def test_the_store_weighs_a_cost_curve_by_the_loads_that_the_calculation_gives_it(
    loads: list[float], hours: list[int], database: Database, publish_prices: Callable[..., int]
) -> None:
    vlr, prices = _loads(1.0).assign(rt_load_mwh=loads, n_hours=hours), _prices([90, 60, 40, 30], [None] * 4)
    version = read_curve_versions(database, publish_prices(vlr, prices)).set_index("curve").loc["cost_curve"]
    weighed = add_loads(prices, vlr).dropna(subset="load_mwh")
    wanted = (weighed["cost_to_serve"] * weighed["load_mwh"]).sum() / weighed["load_mwh"].sum()
    assert version["figure"] == pytest.approx(wanted, abs=1e-12)
    assert version["n_zones"] == weighed["location"].nunique()


def test_a_cost_to_serve_moves_by_its_load_weighted_mean_over_what_both_versions_price(
    database: Database, publish_prices: Callable[..., int]
) -> None:
    first = publish_prices(_loads(9000.0), _prices([90, 60, 40, 30], [None, None, None, "no VLR"]))
    assert read_cost_changes(database, first).empty
    loads, prices = _loads(1000.0), _prices([93, 66, 40, 30], [None] * 4)
    moves = read_cost_changes(database, publish_prices(loads, prices))
    assert moves["location"].tolist() == ["WEST", "NORTH"]
    before = (90 * 900 * 31 + 60 * 50 * 20) / (900 * 31 + 50 * 20)
    assert moves["before"].tolist() == pytest.approx([before, 40])
    assert moves["now"].tolist() == pytest.approx([(93 * 100 * 31 + 66 * 50 * 20) / (3100 + 1000), 40])
    shown = cost_parts(prices.rename(columns={"basis": "zone_basis"}), loads).set_index("location")
    assert moves["now"].iloc[0] == pytest.approx(shown.loc["WEST", "cost_to_serve"], abs=1e-12)
