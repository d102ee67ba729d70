"""How VLR and the shape move from year to year, and when that is more than chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.diagnostics import ALL_ZONES
from lib.calc.drift import (
    DRIFTS,
    NO_DRIFT,
    shape_by,
    shape_slopes,
    slopes,
    vlr_by_year,
    vlr_by_year_month,
    vlr_slopes,
)
from lib.calc.vlr import estimate

WORKED = pd.DataFrame(
    [("A", 2021, 1, 0.1), ("A", 2022, 1, 0.3), ("A", 2021, 2, 0.2), ("A", 2022, 2, 0.2), ("A", 2023, 2, 0.5)],
    columns=["location", "year", "month", "y"],
)


def test_the_worked_slope() -> None:
    row = slopes(WORKED, "y").iloc[0]
    assert row["slope"] == pytest.approx(0.16)
    assert row["standard_error"] == pytest.approx(0.056569, abs=5e-7)
    assert (row["n_months"], row["verdict"]) == (5, DRIFTS)


def test_what_no_year_month_is_left_over_to_tell_is_null() -> None:
    one_pair = WORKED[WORKED["month"] == 1]
    assert slopes(one_pair, "y")[["slope", "standard_error", "verdict"]].isna().all(axis=None)
    one_year = WORKED[WORKED["year"] == 2021]
    assert slopes(one_year, "y")[["slope", "standard_error", "verdict"]].isna().all(axis=None)


@settings(max_examples=40)
@given(
    st.floats(-2, 2),
    st.lists(st.tuples(st.integers(2015, 2025), st.integers(1, 12)), min_size=1, max_size=40, unique=True),
)
def test_a_line_is_found_whatever_the_season_and_the_gaps(
    slope: float, months: list[tuple[int, int]]
) -> None:
    rows = pd.DataFrame(months, columns=["year", "month"]).assign(location="A")
    rows["y"] = rows["month"] ** 2 + slope * (rows["year"] - 2020)
    found = slopes(rows, "y").iloc[0]
    n_left = len(rows) - rows["month"].nunique() - 1
    has_two = rows["month"].duplicated().any()
    assert np.isfinite(found["slope"]) == (n_left > 0 and has_two)
    if np.isfinite(found["slope"]):
        assert found["slope"] == pytest.approx(slope, abs=1e-9)
        assert found["standard_error"] == pytest.approx(0, abs=1e-5)
        if abs(slope) > 0.1:
            assert found["verdict"] == DRIFTS
        if slope == 0:
            assert found["verdict"] == NO_DRIFT


def test_chance_is_called_drift_about_as_often_as_two_errors_say() -> None:
    dice = np.random.default_rng(2)
    frame = pd.MultiIndex.from_product(
        [range(300), range(2020, 2025), range(1, 13)], names=["location", "year", "month"]
    ).to_frame(index=False)
    found = slopes(frame.assign(y=dice.normal(0, 1, len(frame))), "y")
    assert 0.02 < (found["verdict"] == DRIFTS).mean() < 0.08
    assert found["slope"].std() == pytest.approx(found["standard_error"].mean(), rel=0.1)


def _shape_hours() -> pd.DataFrame:
    """Return two days: HE 9 to 12 are 5x16; HE 12 is dearest in 2021, HE 1 in 2022."""
    rows = [
        (2021, 1, "7x8", 20.0),
        (2021, 9, "5x16", 40.0),
        (2021, 12, "5x16", 80.0),
        (2021, 24, "7x8", np.nan),
        (2022, 1, "7x8", 90.0),
        (2022, 9, "5x16", 30.0),
        (2022, 12, "5x16", 30.0),
        (2022, 24, "7x8", -90.0),
    ]
    frame = pd.DataFrame(rows, columns=["year", "he", "block_type", "da_lmp_usd_per_mwh"])
    return frame.assign(market_date=pd.to_datetime(frame["year"].astype(str) + "-07-01"), month=7)


def test_the_shape_of_a_year_is_two_ratios() -> None:
    first, second = shape_by(_shape_hours(), ["year"]).to_dict("records")
    assert first["peak_ratio"] == pytest.approx(60 / 20)
    assert first["mean_price"] == pytest.approx(140 / 3)
    assert (first["dearest_he"], first["dearest_ratio"]) == (12, pytest.approx(80 / (140 / 3)))
    assert first["share"] == 0.75
    assert np.isnan(second["peak_ratio"]) and second["dearest_he"] == 1
    assert second["dearest_ratio"] == pytest.approx(90 / 15)


def test_a_year_without_a_price_has_no_shape() -> None:
    hours = _shape_hours()
    hours.loc[hours["year"] == 2022, "da_lmp_usd_per_mwh"] = np.nan
    last = shape_by(hours, ["year"]).iloc[-1]
    assert last[["mean_price", "peak_ratio", "dearest_he", "dearest_ratio"]].isna().all()
    assert last["share"] == 0


def test_real_years_are_those_of_the_estimators(years_hourly: Callable[[str], pd.DataFrame]) -> None:
    hourly = years_hourly("ERCOT")
    years = vlr_by_year(hourly)
    assert years["location"].iloc[0] == ALL_ZONES and years["cost_per_mwh"].isna().sum() == 5
    expected = estimate(hourly, ["location", "year"]).astype({"location": str})
    both = years.merge(expected, on=["location", "year"], suffixes=("", "_expected"))
    for name in ("cost_per_mwh", "cost_weighted"):
        assert both[name].tolist() == pytest.approx(both[f"{name}_expected"].tolist(), nan_ok=True)
    whole = estimate(hourly, ["year"])["cost_per_mwh"]
    assert years.loc[years["location"] == ALL_ZONES, "cost_per_mwh"].tolist() == pytest.approx(
        whole.tolist(), nan_ok=True
    )
    # Of 40 months with loads, those of October 2022 and others have too few hours.
    assert (vlr_by_year_month(hourly)["location"] == ALL_ZONES).sum() == 34
    found = vlr_slopes(hourly)
    assert (found["verdict"] == NO_DRIFT).all() and (found["n_months"] == 34).all()


def test_the_evening_of_ercot_became_dearer(years_hourly: Callable[[str], pd.DataFrame]) -> None:
    """Solar power takes the price out of midday, so that the dearest hour stands out more and more."""
    hourly = years_hourly("ERCOT")
    north = hourly[hourly["location"] == "NORTH ZONE"]
    found = shape_slopes(north).set_index("shape_figure")
    assert found.loc["dearest_ratio", "verdict"] == DRIFTS and found.loc["dearest_ratio", "slope"] > 0.1
    by_year = shape_by(north, ["year"]).set_index("year")
    assert by_year.loc[2020, "dearest_he"] == 17 and by_year.loc[2024, "dearest_he"] == 20
