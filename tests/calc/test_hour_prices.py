"""From the price of a block to its hours: factors, differences, and the blend between them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.calc.hour_prices import factor_share, hour_prices, typical_shape
from lib.calc.hub_history import PriceHistory
from lib.events import is_event
from lib.hours import market_hours

PRICE = st.floats(-100, 300)


def _block(price: float, mean: float, factors: list[float], hours: list[int] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "block": 1,
            "block_price": price,
            "block_mean": mean,
            "year_mean": factors,
            "is_additive": False,
            "additive": [mean * (factor - 1) for factor in factors],
            "n_hours": hours or [30] * len(factors),
        }
    )


@pytest.mark.parametrize(
    ("price", "share"), [(-5, 0), (0, 0), (4, 0), (8, 0.25), (12, 0.5), (20, 1), (40, 1), (90, 1)]
)
def test_the_share_of_the_factor_grows_from_a_tenth_of_the_past_to_half_of_it(
    price: float, share: float
) -> None:
    assert factor_share(pd.Series([float(price)]), pd.Series([40.0])).tolist() == pytest.approx([share])


def test_a_blend_by_hand() -> None:
    # At 12 of 40, g is 0.5: half of 12 x 0.5 and 12 x 1.5, half of 12 - 20 and 12 + 20.
    assert hour_prices(_block(12.0, 40.0, [0.5, 1.5]), ["block"])["hpfc"].tolist() == pytest.approx([-1, 25])


@given(price=PRICE, mean=st.floats(2, 200), factors=st.lists(st.floats(0.1, 3), min_size=2, max_size=8))
def test_the_hours_average_the_price_of_the_block(price: float, mean: float, factors: list[float]) -> None:
    cells = _block(price, mean, factors, hours=[20 + i for i in range(len(factors))])
    hpfc = hour_prices(cells, ["block"])["hpfc"]
    assert np.average(hpfc, weights=cells["n_hours"]) == pytest.approx(price, abs=1e-9)


@given(price=PRICE, step=st.floats(0, 0.01))
def test_a_small_step_of_the_price_is_a_small_step_of_each_hour(price: float, step: float) -> None:
    shape = [0.4, 0.8, 1.8]
    before, after = (hour_prices(_block(p, 40.0, shape), ["block"])["hpfc"] for p in (price, price + step))
    assert (after - before).abs().max() <= 5 * step + 1e-9


def test_without_factors_or_a_usual_past_the_shape_is_additive() -> None:
    lacking = _block(50.0, 40.0, [np.nan, 1.5]).assign(additive=[-20.0, 20.0], is_additive=[True, False])
    cheap = _block(50.0, 0.5, [0.5, 1.5]).assign(additive=[-3.0, 3.0])
    assert hour_prices(lacking, ["block"])["hpfc"].tolist() == [30.0, 70.0]
    assert hour_prices(cheap, ["block"])["hpfc"].tolist() == [47.0, 53.0]


def test_a_block_without_a_shape_or_a_price_is_null() -> None:
    no_factor = _block(50.0, 40.0, [np.nan, 1.5]).assign(additive=[-20.0, 20.0])
    assert hour_prices(no_factor, ["block"])["hpfc"].isna().all()
    no_difference = _block(0.0, 40.0, [0.5, 1.5]).assign(additive=[np.nan, 20.0])
    assert hour_prices(no_difference, ["block"])["hpfc"].isna().all()
    assert hour_prices(_block(np.nan, 40.0, [0.5, 1.5]), ["block"])["hpfc"].isna().all()


def test_the_usual_shape_leaves_out_events() -> None:
    hours = market_hours("ERCOT", date(2021, 2, 1), date(2021, 2, 28))
    left_out = is_event("ERCOT", hours["market_date"])
    prices = pd.DataFrame({"A": np.where(left_out, 9000.0, 30.0 + hours["he"])})
    shape = typical_shape(prices, hours, left_out)
    night = shape[shape["block_type"] == "7x8"].set_index("he")
    assert night["block_mean"].unique() == pytest.approx([30 + (sum(range(1, 7)) + 23 + 24) / 8])
    assert night.loc[1, "additive"] == pytest.approx(31 - night["block_mean"].iloc[0])
    assert typical_shape(prices, hours)["block_mean"].min() > 1000


def test_the_usual_shape_of_real_prices_averages_nothing(ercot_years: PriceHistory) -> None:
    hours = ercot_years.hours
    left_out = is_event("ERCOT", hours["market_date"])
    shape = typical_shape(ercot_years.da, hours, left_out)
    counted = ercot_years.da[~left_out]
    n_hours = counted.groupby([hours["month"], hours["he"], hours["block_type"]], observed=True).count()
    n_hours = n_hours.rename_axis(columns="location").stack().rename("n_hours").reset_index()
    shape = shape.merge(n_hours, on=["location", "month", "he", "block_type"])
    total = (shape["additive"] * shape["n_hours"]).groupby(
        [shape["location"], shape["month"], shape["block_type"]], observed=True
    )
    assert total.sum().abs().max() < 1e-6
    assert shape.query("location == 'HB_NORTH' and month == 2")["block_mean"].max() < 60
