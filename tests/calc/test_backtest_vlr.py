"""VLR that the past says of a period it did not know: by hand, made up, and on real markets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.backtest_vlr import (
    FEW_HOURS,
    NO_HOURS,
    NO_PAST,
    NOMINAL,
    VLR_METHODS,
    held_column,
    predict_vlr,
    sum_months,
)
from lib.calc.band import BAND
from lib.calc.origins import Origin, month_number, rolling_origins
from lib.calc.scores import reliability, score_band, score_methods
from lib.calc.vlr import estimate
from lib.markets import BLOCKS, locations
from tests.support.backtest import make_market, make_months

METHODS = [*VLR_METHODS[:-1], *BAND]


def _predict(months: pd.DataFrame) -> pd.DataFrame:
    return predict_vlr(months, rolling_origins(months.loc[months["n_hours"] > 0, "number"]))


def _two_years(first: float, second: float, came: float) -> pd.DataFrame:
    """Three years of one zone: January costs these at $25, $49 and $36, all else 0.10 at $25."""
    costs, prices = np.full((1, 36, 3), 0.10), np.full((1, 36, 3), 25.0)
    costs[0, [0, 12, 24], 0] = first, second, came
    prices[0, [0, 12, 24], 0] = 25.0, 49.0, 36.0
    return make_months(costs, prices)


def test_the_worked_example() -> None:
    found = _predict(_two_years(0.10, 0.20, 0.50))
    january = found[
        (found["period"] == "2022") & (found["month"] == 1) & (found["block_type"] == "5x16")
    ].iloc[0]
    # January of both years: 0.15 at 37; the block of 24 months: (22 x 0.10 + 0.30) / 24 = 0.104167 at 26.
    own, block = 0.15 * (36 / 37) ** 0.5, (2.5 / 24) * (36 / 26) ** 0.5
    assert january["target"] == pytest.approx(0.50)
    assert january["priced"] == pytest.approx(0.25 * own + 0.75 * block, abs=1e-12)
    assert january["priced"] == pytest.approx(0.128919, abs=1e-6)
    assert january["cost_per_mwh"] == pytest.approx(0.15)
    assert january["cost_weighted"] == pytest.approx(0.30 / 74 * 36)
    assert january["mean_ratio"] == pytest.approx((0.10 / 25 + 0.20 / 49) / 2 * 36)
    assert january["half_life_1y"] == pytest.approx((0.5 * 0.10 + 0.20) / 1.5)
    assert january["last_year"] == pytest.approx(0.20)
    assert (january["none"], january["n_residuals"]) == (0.0, 72)
    assert january["residual"] == pytest.approx((0.50 - 0.128919) / 6, abs=1e-6)
    assert january[held_column(0.95)] == 0.0
    assert pd.isna(january["reason"])


@settings(max_examples=12)
@given(zones=st.integers(1, 3), n_months=st.integers(8, 45), seed=st.integers(0, 99), data=st.data())
def test_nothing_sees_what_came(zones: int, n_months: int, seed: int, data: st.DataObject) -> None:
    months = make_market(zones, n_months, seed)
    origins = rolling_origins(months["number"])
    origin = data.draw(st.sampled_from(origins))
    before = predict_vlr(months, [origin])
    is_later = months["number"] >= origin.first
    other = months.assign(unitized_cost_usd=months["unitized_cost_usd"].mask(is_later, 1e6))
    after = predict_vlr(other, [origin])
    blind = [name for name in METHODS if name != "last_year"] if not origin.is_month else METHODS
    pd.testing.assert_frame_equal(before[blind], after[blind])
    pd.testing.assert_frame_equal(before[["last_year"]], after[["last_year"]])
    assert not before["target"].equals(after["target"])


@settings(max_examples=4)
@given(n_months=st.sampled_from([8, 30]), seed=st.integers(0, 99))
def test_zones_in_another_order_have_the_same_predictions(n_months: int, seed: int) -> None:
    months = make_market(3, n_months, seed)
    shuffled = months.sample(frac=1.0, random_state=seed, ignore_index=True)
    key = ["location", "number", "block_type"]
    one, other = (_predict(frame).sort_values(key, ignore_index=True) for frame in (months, shuffled))
    pd.testing.assert_frame_equal(one, other)


@settings(max_examples=4)
@given(factor=st.floats(0.1, 10), seed=st.integers(0, 99))
def test_loads_that_are_scaled_change_no_prediction(factor: float, seed: int) -> None:
    months = make_market(2, 26, seed)
    sums = ["unitized_cost_usd", "da_value_usd", "rt_load_mwh"]
    scaled = months.assign(**{name: months[name] * factor for name in sums})
    np.testing.assert_allclose(_predict(scaled)[METHODS], _predict(months)[METHODS], rtol=1e-9, atol=1e-12)


def test_a_market_of_known_truth_is_told_and_its_band_holds() -> None:
    found = _predict(make_market(8, 72, seed=3))
    scores = score_methods(found, VLR_METHODS, "rt_load_mwh").set_index("method")
    assert scores.loc["priced", "skill"] > 0.7
    assert abs(scores.loc["priced", "bias"]) < 0.01
    assert scores.loc["priced", "wmae"] < scores.loc["last_year", "wmae"]
    band = score_band(found).iloc[0]
    assert 0.87 <= band["coverage"] <= 0.93
    table = reliability(found)
    assert table["nominal"].tolist() == list(NOMINAL)
    assert (table["held"] - table["nominal"]).abs().max() < 0.04


def test_fourteen_months_are_priced_by_month_with_the_block_where_the_month_is_new() -> None:
    costs = np.full((1, 14, 3), 0.10)
    costs[0, 0] = 0.40  # January of the first year
    found = _predict(make_months(costs, zones=["A"]))
    assert found["period"].unique().tolist() == [f"2020-{month:02d}" for month in range(7, 13)] + [
        "2021-01",
        "2021-02",
    ]
    july, january = (found[found["period"] == name].iloc[0] for name in ("2020-07", "2021-01"))
    assert july["priced"] == pytest.approx(0.9 / 6)  # the block of six months, at the same price
    assert july["cost_per_mwh"] == pytest.approx(0.9 / 6)
    assert np.isnan(july["last_year"])
    assert january["priced"] == pytest.approx(0.25 * 0.40 + 0.75 * (1.5 / 12))
    assert january["last_year"] == pytest.approx(0.40)
    assert found["reason"].isna().all()


def test_what_cannot_be_scored_has_a_reason() -> None:
    months = make_market(1, 36)
    is_march, is_april, is_may = (months["month"] == month for month in (3, 4, 5))
    late = months["year"] == 2022
    months.loc[
        late & is_march, ["n_hours", "n_ratios", "rt_load_mwh", "unitized_cost_usd", "da_value_usd"]
    ] = 0
    months.loc[late & is_april, "month_share"] = 0.49
    months = months[~is_may | late]
    found = _predict(months)
    reasons = found[found["period"] == "2022"].groupby("month")["reason"].first()
    assert reasons.dropna().to_dict() == {3: NO_HOURS, 4: FEW_HOURS, 5: NO_PAST}
    assert found.loc[found["month"] == 5, "priced"].isna().all()


def test_without_a_target_there_are_columns_and_no_row() -> None:
    found = predict_vlr(make_market(1, 3), [])
    assert found.empty
    assert {*METHODS, "target", "reason"} <= set(found)
    assert score_band(found).empty
    assert score_methods(found, VLR_METHODS, "rt_load_mwh")["n"].tolist() == [0] * len(VLR_METHODS)


def test_few_residuals_are_no_band_and_held_is_null() -> None:
    found = _predict(make_market(1, 12))
    first = found[found["period"] == "2020-07"]
    assert first[["band_low", held_column(0.5)]].isna().all(axis=None)
    assert (first["n_residuals"] == 0).all()
    assert found[found["period"] == "2020-07"]["priced"].notna().all()


@pytest.mark.parametrize("iso", ["NYISO", "ERCOT"])
def test_the_sums_of_real_months_are_those_of_their_hours(
    iso: str, real_hourly: Callable[[str], pd.DataFrame]
) -> None:
    hourly = real_hourly(iso)
    zones = [zone.name for zone in locations(iso, "zone")]
    hourly = hourly[hourly["location"].isin(zones)]
    hours = hourly[hourly["location"] == zones[0]].reset_index(drop=True)
    months = sum_months(hours, zones, hourly)
    slow = estimate(hourly, ["location", "year", "month", "block_type"])
    slow = slow.astype({"location": str}).assign(number=month_number(slow))
    key = ["location", "number", "block_type"]
    both = months.merge(slow, on=key, suffixes=("", "_slow"), validate="1:1")
    assert len(both) == len(months) == len(slow)
    assert both["n_hours"].tolist() == both["n_hours_slow"].tolist()
    known = both[both["n_hours"] > 0]
    for name in ("unitized_cost_usd", "da_value_usd", "rt_load_mwh"):
        np.testing.assert_allclose(known[name], known[f"{name}_slow"], rtol=1e-9, atol=1e-3)
    assert months["month_share"].between(0, 721 / 720).all()  # November has an hour more
    assert set(months["block_type"]) == set(BLOCKS)


def test_an_origin_beyond_the_history_says_nothing() -> None:
    months = make_market(1, 12)
    assert predict_vlr(months, [Origin(2030 * 12, 2030 * 12 + 11, 2025 * 12)]).empty
