from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.hours import BLOCK_TYPE
from lib.store import (
    CurveVersion,
    Database,
    InvalidValues,
    NewVersion,
    RunTask,
    WriteCounts,
    read_curve,
    read_latest_version,
    read_relation,
    save_curve,
)
from lib.store.new_version import OPTIONAL

WINDOW = (date(2025, 1, 1), date(2025, 12, 31))

RUNNING = Path(__file__).parents[2] / "docs" / "running.md"


@pytest.fixture
def cells() -> dict[str, pd.DataFrame]:
    """A small VLR curve: two cells of WEST and one of NORTH, and what was left out."""
    vlr = pd.DataFrame(
        {
            "location": ["WEST", "WEST", "NORTH"],
            "month": [1, 1, 12],
            "he": [8, 8, 24],
            "block_type": pd.Categorical(["5x16", "2x16", "7x8"], dtype=BLOCK_TYPE),
            "mean_ratio": [0.01, 0.02, float("nan")],
            "cost_weighted": [0.003, 0.004, float("nan")],
            "cost_per_mwh": [0.1, 0.2, 0.3],
            "priced": [0.15, 0.25, 0.35],
            "priced_pct": [0.002, 0.003, float("nan")],
            "unitized_cost_usd": [100.0, 200.0, 300.0],
            "da_value_usd": [1e5, 2e5, 3e5],
            "rt_load_mwh": [1e3, 2e3, 3e3],
            "n_hours": [21, 8, 30],
            "n_days": [21, 8, 30],
            "n_years": [1, 1, 1],
            "n_excluded": [0, 1, 0],
            "is_thin": [False, True, False],
            "is_near_zero": [False, False, True],
        }
    )
    exclusion = pd.DataFrame({"location": ["WEST"], "reason": ["no RT load"], "n_hours": [1]})
    return {"vlr": vlr, "vlr_exclusion": exclusion}


def _save(
    database: Database, cells: dict[str, pd.DataFrame], task: RunTask, fingerprint: str
) -> CurveVersion:
    return save_curve(
        database, NewVersion("vlr", "NYISO", *WINDOW, {"holidays": "nerc"}, [2, 1], fingerprint), cells, task
    )


def test_a_curve_is_saved_whole_and_read_back(
    database: Database, task: RunTask, cells: dict[str, pd.DataFrame]
) -> None:
    version = _save(database, cells, task, "a")
    assert version == CurveVersion(1, True, WriteCounts(4, 4, 0))
    back = read_curve(database, "vlr", "NYISO")
    assert back["block_type"].dtype == BLOCK_TYPE
    expected = cells["vlr"].iloc[[2, 0, 1]].reset_index(drop=True)  # NORTH comes before WEST
    pd.testing.assert_frame_equal(back[expected.columns], expected, check_dtype=False)
    assert read_curve(database, "vlr_exclusion", "NYISO")["reason"].tolist() == ["no RT load"]


def test_a_version_says_what_it_was_made_of(
    database: Database, task: RunTask, cells: dict[str, pd.DataFrame]
) -> None:
    _save(database, cells, task, "a")
    (version,) = read_relation(database, "curve_version").to_dict("records")
    assert version["curve"] == "vlr"
    assert (version["window_start"].date(), version["window_end"].date()) == WINDOW
    assert list(version["series_ids"]) == [1, 2]
    assert version["parameters"] == '{"holidays": "nerc"}'
    assert version["run_id"] == task.run_id


def test_the_same_inputs_make_no_new_version_and_no_row(
    database: Database, task: RunTask, cells: dict[str, pd.DataFrame]
) -> None:
    _save(database, cells, task, "a")
    assert _save(database, cells, task, "a") == CurveVersion(1, False, WriteCounts(4, 0, 0))
    assert len(read_relation(database, "curve_version")) == 1
    assert len(read_relation(database, "vlr")) == 3


def test_other_inputs_make_a_new_version_and_the_old_one_stays(
    database: Database, task: RunTask, cells: dict[str, pd.DataFrame]
) -> None:
    _save(database, cells, task, "a")
    cells["vlr"]["cost_weighted"] = 0.5
    assert _save(database, cells, task, "b").version_id == 2
    assert read_curve(database, "vlr", "NYISO")["cost_weighted"].unique().tolist() == [0.5]
    assert read_curve(database, "vlr", "NYISO", version_id=1)["cost_weighted"].tolist()[1:] == [0.003, 0.004]
    assert _save(database, cells, task, "a").is_new, "a return to older inputs is a new version"


def test_another_isos_version_is_not_this_isos(
    database: Database, task: RunTask, cells: dict[str, pd.DataFrame]
) -> None:
    version = _save(database, cells, task, "a")
    assert read_curve(database, "vlr", "PJM").empty
    assert read_curve(database, "vlr", "PJM", version.version_id).empty


def test_a_curve_with_a_bad_table_is_not_saved_at_all(
    database: Database, task: RunTask, cells: dict[str, pd.DataFrame]
) -> None:
    cells["vlr_exclusion"] = cells["vlr_exclusion"].rename(columns={"n_hours": "hours"})
    with pytest.raises(InvalidValues, match=r"vlr_exclusion.*missing n_hours; unknown hours"):
        _save(database, cells, task, "a")
    for table in ("curve_version", "vlr", "pipeline_write"):
        assert read_relation(database, table).empty


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("location", "ATLANTIS", "NYISO has no location 'ATLANTIS'"),
        ("block_type", "6x16", "unknown block '6x16'"),
        ("n_hours", float("nan"), None),
        ("month", 1.5, "vlr has values that do not fit"),
    ],
)
def test_cells_that_do_not_fit_are_refused(
    database: Database,
    task: RunTask,
    cells: dict[str, pd.DataFrame],
    column: str,
    value: object,
    message: str | None,
) -> None:
    cells["vlr"] = cells["vlr"].astype({column: object}).assign(**{column: value})
    with pytest.raises(InvalidValues if message else Exception, match=message or "not-null"):
        _save(database, cells, task, "a")


def test_a_table_of_another_curve_is_refused(database: Database, task: RunTask) -> None:
    with pytest.raises(ValueError, match="shaping is not a table of the vlr curve"):
        _save(database, {"shaping": pd.DataFrame()}, task, "a")
    with pytest.raises(ValueError, match="'market' is no table of a curve"):
        read_curve(database, "market", "NYISO")


def test_the_flat_view_shows_the_latest_version(
    database: Database, task: RunTask, cells: dict[str, pd.DataFrame]
) -> None:
    _save(database, cells, task, "a")
    cells["vlr"]["priced_pct"] = [0.1, 0.2, 0.3]
    _save(database, cells, task, "b")
    flat = read_relation(database, "nyiso_vlr", where={"load_zone": "WEST", "block_type": "2x16"})
    (row,) = flat.to_dict("records")
    assert (row["data"], row["priced_pct"], row["mean_ratio"]) == (0.2, 0.2, 0.02)
    assert (row["cost_group"], row["cost_component"], row["uom"]) == ("VLR", "VLR", "fraction")
    assert (row["day_type"], row["hour_type"]) == ("WeekEnd", "OnPeak")
    assert read_relation(database, "pjm_vlr").empty


@pytest.fixture
def cost_cells() -> pd.DataFrame:
    """Two cells of a cost curve: one with a price, and one that has none and says why."""
    key = {"location": "WEST", "delivery_month": pd.Timestamp("2026-11-01"), "block_type": "7x8"}
    parts = {"hub": "NYISO Zone A DA", "quote": "off-peak", "is_modelled": False, "is_additive_shape": False}
    prices = {
        **{"forward_price": 24.9, "da_rt_adjustment": 0.0, "basis": -2.0, "block_price": 22.9, "shape": 0.8},
        **{"hpfc": 18.3, "covariance": 0.4, "vlr_cost_per_mwh": 0.6, "vlr_pct": 0.02, "cost_to_serve": 19.2},
        **{"additive_shape": -3.0, "factor_share": 1.0, "vlr_priced": 0.5},
    }
    first = {**key, "he": 2, "n_hours": 31, **parts, **prices, "cost_to_serve_by_pct": 18.7, "reason": None}
    first |= {"is_thin": True, "is_additive_split": True, "is_additive_covariance": True}
    second = {**first, **dict.fromkeys(prices), "he": 3, "cost_to_serve_by_pct": None, "reason": "no shape"}
    cells = pd.DataFrame([first, second]).astype({"block_type": BLOCK_TYPE})
    return cells.astype(dict.fromkeys([*prices, "cost_to_serve_by_pct"], float))


def test_a_cost_curve_is_saved_read_back_and_seen(
    database: Database, task: RunTask, cost_cells: pd.DataFrame
) -> None:
    made = {"cost_curve": cost_cells}
    assert read_latest_version(database, "cost_curve", "NYISO") is None
    version = save_curve(database, NewVersion("cost_curve", "NYISO", *WINDOW, {}, [1], "a"), made, task)
    assert read_latest_version(database, "cost_curve", "NYISO") == version.version_id
    back = read_curve(database, "cost_curve", "NYISO")
    pd.testing.assert_frame_equal(back[cost_cells.columns], cost_cells, check_dtype=False)
    flat = read_relation(database, "nyiso_cost_curve").sort_values("he", ignore_index=True)
    assert flat["data"].tolist()[0] == flat["cost_to_serve"].tolist()[0] == 19.2
    assert flat["data"].isna().tolist() == [False, True]
    assert (
        flat[["cost_group", "cost_component", "uom"]].to_numpy().tolist()
        == [["Cost Curve", "Cost to Serve", "$/MWh"]] * 2
    )
    assert flat[["is_thin", "is_additive_split", "is_additive_covariance"]].all(axis=None)
    assert flat["covariance"].tolist()[0] == 0.4
    assert flat[["vlr_priced", "additive_shape", "factor_share"]].iloc[0].tolist() == [0.5, -3.0, 1.0]
    assert read_relation(database, "pjm_cost_curve").empty


def test_a_curve_that_comes_without_its_band_has_none(
    database: Database, task: RunTask, cost_cells: pd.DataFrame
) -> None:
    save_curve(
        database, NewVersion("cost_curve", "NYISO", *WINDOW, {}, [1], "a"), {"cost_curve": cost_cells}, task
    )
    banded = cost_cells.assign(**dict.fromkeys(OPTIONAL["cost_curve"], 0.25))
    assert read_curve(database, "cost_curve", "NYISO")[list(OPTIONAL["cost_curve"])].isna().all(axis=None)
    save_curve(
        database, NewVersion("cost_curve", "NYISO", *WINDOW, {}, [1], "b"), {"cost_curve": banded}, task
    )
    flat = read_relation(database, "nyiso_cost_curve")
    assert flat[list(OPTIONAL["cost_curve"])].eq(0.25).all(axis=None)


def test_the_residuals_of_a_band_are_read_back_as_they_were(database: Database, task: RunTask) -> None:
    rows = [("WEST", month, "7x8", year) for month in (1, 2) for year in (2024, 2025)]
    residuals = pd.DataFrame(rows, columns=["location", "month", "block_type", "year"])
    numbers = ("actual", "predicted", "block_price", "residual", "rt_load_mwh")
    residuals = residuals.assign(**{name: np.arange(4) / 7 for name in numbers}, is_month_left_out=False)
    residuals = residuals.astype({"block_type": BLOCK_TYPE})
    made = {"vlr_residual": residuals.iloc[::-1]}
    save_curve(database, NewVersion("vlr", "NYISO", *WINDOW, {}, [1], "a"), made, task)
    back = read_curve(database, "vlr_residual", "NYISO")
    pd.testing.assert_frame_equal(back[residuals.columns], residuals, check_dtype=False)


def test_pruning_as_the_docs_say_keeps_the_last_versions_of_each_iso(
    database: Database, task: RunTask, cost_cells: pd.DataFrame
) -> None:
    for iso, zone, n_versions in (("PJM", "AECO", 2), ("NYISO", "WEST", 62)):
        made = {"cost_curve": cost_cells.assign(location=zone)}
        for number in range(n_versions):
            save_curve(database, NewVersion("cost_curve", iso, *WINDOW, {}, [1], str(number)), made, task)
    (statement,) = re.findall(r"```sql\n(DELETE FROM cost_curve.*?)```", RUNNING.read_text(), re.DOTALL)
    with database.arrow_connection() as connection, connection.cursor() as cursor:
        cursor.execute(statement)
    left = read_relation(database, "cost_curve", ["version_id"])["version_id"].unique()
    assert sorted(left) == [1, 2, *range(5, 65)]
    assert len(read_relation(database, "curve_version")) == 64


def test_a_cell_without_a_cost_must_say_why(
    database: Database, task: RunTask, cost_cells: pd.DataFrame
) -> None:
    silent = {"cost_curve": cost_cells.assign(reason=None)}
    with pytest.raises(Exception, match="check constraint"):
        save_curve(database, NewVersion("cost_curve", "NYISO", *WINDOW, {}, [1], "a"), silent, task)
    assert read_latest_version(database, "cost_curve", "NYISO") is None
