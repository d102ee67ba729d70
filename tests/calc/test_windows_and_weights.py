"""Which years of the past count, and how much: what must hold for any half-life, and what real years say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lib.calc.covariance import covariance
from lib.calc.grid import build_grid, year_weights
from lib.calc.shaping import shape_factors
from lib.calc.vlr import estimate, hourly_vlr
from lib.events import is_event
from lib.hours import market_hours
from lib.pipeline.steps.window import first_day_of

FIGURES = ["mean_ratio", "cost_weighted", "cost_per_mwh"]


def _hourly(seed: int) -> pd.DataFrame:
    """One zone in the Julys of 2023 to 2025."""
    random = np.random.default_rng(seed)
    hours = pd.concat(
        [market_hours("ERCOT", date(year, 7, 1), date(year, 7, 31)) for year in (2023, 2024, 2025)],
        ignore_index=True,
    )
    price = random.uniform(10, 90, len(hours))
    load = random.uniform(900, 1100, len(hours))
    values = pd.DataFrame(
        {
            "location": "A",
            "interval_start": hours["interval_start"],
            "da_lmp_usd_per_mwh": price,
            "rt_lmp_usd_per_mwh": price + random.normal(0, 5, len(hours)),
            "da_load_mw": load,
            "rt_load_mw": load + random.normal(0, 20, len(hours)),
        }
    )
    grid = build_grid(values, market_hours("ERCOT", date(2023, 7, 1), date(2025, 7, 31)), ["A"])
    return hourly_vlr(grid[grid["month"] == 7].reset_index(drop=True))


HOURLY = _hourly(1)


def _all_figures(hourly: pd.DataFrame, half_life: float | None) -> np.ndarray:
    """Return VLR, covariance and shape with a half-life, in one row of numbers."""
    vlr = estimate(hourly, ["location", "block_type"], half_life)[FIGURES]
    together = covariance(hourly, half_life_years=half_life)[["covariance_per_mwh", "covariance_pct"]]
    shape = shape_factors(hourly, half_life)[["year_mean"]]
    return np.concatenate([frame.to_numpy().ravel() for frame in (vlr, together, shape)])


@settings(max_examples=5, phases=[Phase.generate])
@given(st.floats(0.3, 5), st.floats(0.01, 50))
def test_weights_that_are_all_scaled_change_nothing(half_life: float, scale: float) -> None:
    usual = _all_figures(HOURLY, half_life)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("vlr", "covariance", "shaping"):
            patch.setattr(f"lib.calc.{module}.year_weights", lambda *of: scale * year_weights(*of))
        np.testing.assert_allclose(_all_figures(HOURLY, half_life), usual, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_half_life_without_end_weighs_all_years_alike_and_a_short_one_the_last_alone(seed: int) -> None:
    hourly = _hourly(seed)
    alike = _all_figures(hourly, None)
    np.testing.assert_allclose(_all_figures(hourly, 1e12), alike, rtol=1e-9, atol=1e-12)
    last = hourly[hourly["year"] == 2025]
    np.testing.assert_allclose(_all_figures(hourly, 0.02), _all_figures(last, None), rtol=1e-9, atol=1e-12)


def test_the_look_back_and_the_events_of_real_years(years_hourly: Callable[[str], pd.DataFrame]) -> None:
    """VLR of ERCOT in $/MWh by the last years up to 2024-09-17, as docs/method.md has it."""
    hourly = years_hourly("ERCOT").assign(iso="ERCOT")
    usual = ~is_event("ERCOT", hourly["market_date"])
    found = {}
    for years in (1, 2, 3):
        inside = (hourly["market_date"] >= pd.Timestamp(first_day_of(years, date(2024, 9, 17)))).to_numpy()
        both = hourly[inside], hourly[inside & usual]
        found[years] = [estimate(hours, ["iso"])["cost_per_mwh"].item() for hours in both]
    assert found[1] == pytest.approx([0.2180, 0.1088], abs=5e-5)
    assert found[2] == pytest.approx([0.2835, 0.2169], abs=5e-5)
    assert found[3] == pytest.approx([0.2540, 0.2127], abs=5e-5)
