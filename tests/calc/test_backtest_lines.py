"""DA-RT adjustment, basis and shape that the past says of a period it did not know."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.backtest_lines import (
    LINE_METHODS,
    SHAPE_METHODS,
    basis_differences,
    difference_months,
    hub_differences,
    predict_differences,
    predict_shape,
    sum_shape,
)
from lib.calc.backtest_vlr import NO_HOURS, NO_PAST
from lib.calc.origins import Origin, rolling_origins, year_origin
from lib.calc.scores import score_by, score_methods
from lib.calc.shaping import shape_factors
from lib.hours import market_hours

DAYS = date(2021, 1, 1), date(2023, 3, 31)


@pytest.fixture(scope="module")
def hours() -> pd.DataFrame:
    return market_hours("PJM", *DAYS)


def _level(hours: pd.DataFrame, of_year: dict[int, float]) -> pd.Series:
    return hours["year"].map(of_year).astype(float)


def _origins(means: pd.DataFrame) -> tuple[Origin, ...]:
    return rolling_origins(means.loc[means["n_hours"] > 0, "number"])


def test_the_differences_of_a_year_by_hand(hours: pd.DataFrame) -> None:
    levels = _level(hours, {2021: 1.0, 2022: 3.0, 2023: 7.0})
    means = difference_months(pd.DataFrame({"A": levels}), hours)
    found = predict_differences(means, means, _origins(means))
    assert found["period"].unique().tolist() == ["2022", "2023"]
    january = found[
        (found["period"] == "2023") & (found["month"] == 1) & (found["block_type"] == "7x8")
    ].iloc[0]
    # January: the median of 1 and 3; the block: that of twelve times 1 and twelve times 3.
    assert january[["target", *LINE_METHODS]].tolist() == [7.0, 2.0, 2.0, 3.0, 0.0]
    scores = score_methods(found, LINE_METHODS, "n_hours").set_index("method")
    n_2022, n_2023 = ((hours["year"] == year).sum() for year in (2022, 2023))
    errors = (2.0 * n_2022 + 5.0 * n_2023) / (n_2022 + n_2023)
    assert scores.loc["robust", "wmae"] == pytest.approx(errors)
    assert scores.loc["robust", "bias"] == pytest.approx(-errors)
    assert scores.loc["robust", "skill"] == pytest.approx(
        1 - errors / ((3 * n_2022 + 7 * n_2023) / (n_2022 + n_2023))
    )


def test_no_line_sees_what_came(hours: pd.DataFrame) -> None:
    random = np.random.default_rng(0)
    values = pd.DataFrame(random.normal(1, 3, (len(hours), 2)), columns=["A", "B"])
    is_target = (hours["year"] >= 2022).to_numpy()
    other = values.mask(np.tile(is_target, (2, 1)).T, 1e3)
    both = []
    for frame in (values, other):
        means = difference_months(frame, hours)
        both.append(predict_differences(means, means, [year_origin(2022)])[list(LINE_METHODS)])
    pd.testing.assert_frame_equal(*both)


def test_events_count_for_the_mean_and_not_for_the_robust_estimate(hours: pd.DataFrame) -> None:
    is_storm = (hours["market_date"] < "2021-01-15").to_numpy()
    values = pd.DataFrame({"A": np.where(is_storm, 500.0, 2.0)})
    means, usual = (difference_months(values, hours, left_out) for left_out in (None, is_storm))
    found = predict_differences(means, usual, [year_origin(2022)])
    assert found["robust"].tolist() == pytest.approx([2.0] * 36)
    january = found[(found["month"] == 1) & (found["block_type"] == "5x16")].iloc[0]
    assert january["mean"] > 100


def test_by_month_the_block_stands_for_a_month_without_a_past() -> None:
    hours = market_hours("PJM", date(2022, 1, 1), date(2022, 8, 31))
    means = difference_months(pd.DataFrame({"A": hours["month"].astype(float)}), hours)
    found = predict_differences(means, means, _origins(means))
    assert found["period"].unique().tolist() == ["2022-07", "2022-08"]
    assert found["robust"].tolist() == pytest.approx([3.5] * 3 + [4.0] * 3)
    assert found["last_year"].isna().all()
    assert found["reason"].isna().all()


def test_hubs_and_zones_that_have_no_prices_are_left_out() -> None:
    da = pd.DataFrame({"WEST": [30.0, 32.0], "EAST": [40.0, 41.0], "HUB": [35.0, 35.0]})
    zones = pd.DataFrame(
        {"location": ["WEST", "WEST", "EAST", "GONE"], "hub_location": ["WEST", "HUB", "NOWHERE", "HUB"]}
    )
    basis = basis_differences(da, zones)
    assert basis["WEST"].tolist() == [-5.0, -3.0]
    assert basis["EAST"].tolist() == [5.0, 4.5]  # no prices of its hub: against the mean of the zones
    assert list(basis) == ["WEST", "EAST"]
    assert basis_differences(da[["WEST"]], zones).columns.empty
    rt = da[["WEST", "HUB"]] - 1
    assert list(hub_differences(da, rt, ["HUB"])) == ["HUB"]
    assert list(hub_differences(da, rt, ["NOWHERE"])) == ["WEST", "HUB"]
    assert hub_differences(da, rt, ["HUB"])["HUB"].tolist() == [1.0, 1.0]


def _grid(hours: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    """The grid of two zones."""
    grid = pd.concat([hours] * len(values), ignore_index=True)
    grid.insert(
        0, "location", pd.Categorical.from_codes(np.repeat(range(len(values)), len(hours)), ["A", "B"])
    )
    return grid.assign(da_lmp_usd_per_mwh=values.ravel())


def test_a_shape_that_stays_is_told_exactly_at_any_level(hours: pd.DataFrame) -> None:
    shape = 20.0 + hours["he"].to_numpy() * _level(hours, {2021: 1.0, 2022: 1.0, 2023: 1.0}).to_numpy()
    level = _level(hours, {2021: 1.0, 2022: 1.6, 2023: 0.8}).to_numpy()
    history = sum_shape(
        hours,
        ["A", "B"],
        _grid(hours, np.stack([shape * level, 2 * shape * level])),
        np.zeros(len(hours), bool),
    )
    months = history.months()
    assert months["n_hours"].sum() == 2 * len(hours)
    found = predict_shape(history, _origins(months))
    scores = score_methods(found, SHAPE_METHODS, "n_hours").set_index("method")
    assert found["reason"].isna().all()
    assert scores["skill"].tolist() == pytest.approx([1, 1, 1, 1, 0], abs=1e-9)
    assert scores["bias"].abs().max() == pytest.approx(0, abs=1e-9)


def test_shape_is_that_of_the_shaping_curve_on_the_window(hours: pd.DataFrame) -> None:
    values = 30 + np.random.default_rng(1).normal(0, 5, (2, len(hours)))
    grid = _grid(hours, values)
    found = predict_shape(sum_shape(hours, ["A", "B"], grid, np.zeros(len(hours), bool)), [year_origin(2022)])
    factors = shape_factors(grid[grid["year"] == 2021]).astype({"location": str})
    key = ["location", "month", "he", "block_type"]
    both = found.merge(factors, on=key, suffixes=("", "_factor"))
    expected = both["block_price"] * both["year_mean_factor"]
    rescaled = expected / (expected * both["n_hours"]).groupby(
        [both[name] for name in ("location", "month", "block_type")], observed=True
    ).transform("sum")
    share = both["year_mean"] / (both["year_mean"] * both["n_hours"]).groupby(
        [both[name] for name in ("location", "month", "block_type")], observed=True
    ).transform("sum")
    np.testing.assert_allclose(share, rescaled, rtol=1e-9)
    changed = np.where(hours["year"] >= 2022, 0.5 * values + 7 * hours["he"].to_numpy(), values)
    other = predict_shape(
        sum_shape(hours, ["A", "B"], _grid(hours, changed), np.zeros(len(hours), bool)), [year_origin(2022)]
    )
    np.testing.assert_allclose(
        other["year_mean"] / other["block_price"], found["year_mean"] / found["block_price"], rtol=1e-9
    )


def test_a_shape_by_month_needs_the_same_month_a_year_before() -> None:
    hours = market_hours("PJM", date(2022, 1, 1), date(2023, 2, 28))
    values = np.tile(30.0 + hours["he"].to_numpy(), (2, 1))
    values[1, (hours["year"] == 2023).to_numpy()] = np.nan
    history = sum_shape(hours, ["A", "B"], _grid(hours, values), np.zeros(len(hours), bool))
    found = predict_shape(history, rolling_origins(history.months()["number"]))
    scored = found[found["reason"].isna()]
    assert scored["period"].unique().tolist() == ["2023-01", "2023-02"]
    assert scored["location"].unique().tolist() == ["A"]
    assert set(found.loc[found["reason"].notna(), "reason"]) == {NO_PAST}
    assert found["period"].unique()[0] == "2022-07"
    assert (scored["blended"] - scored["target"]).abs().max() < 1e-9


def test_months_without_an_hour_are_rows_and_have_a_reason(hours: pd.DataFrame) -> None:
    values = pd.DataFrame({"A": np.where(hours["year"] == 2023, np.nan, 1.0)})
    means = difference_months(values, hours)
    found = predict_differences(means, means, [year_origin(2023)])
    assert (len(found), set(found["reason"])) == (9, {NO_HOURS})
    empty = predict_differences(means, means, [])
    assert empty.empty and {"target", *LINE_METHODS, "reason"} <= set(empty)
    assert score_by(empty, ["location"], "robust", "n_hours").empty
    assert score_methods(empty, LINE_METHODS, "n_hours")["n"].tolist() == [0, 0, 0, 0]
