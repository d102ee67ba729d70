"""VLR to price with: the worked example, what the method keeps, and its skill on real markets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.priced_vlr import (
    BLOCK,
    WEIGHTS,
    PricedWeights,
    add_priced,
    price_history,
    priced_blocks,
    priced_cells,
)
from lib.calc.vlr import vlr_curve

COST = st.floats(-50, 50)


def _cells(costs: list[float], prices: list[float], loads: list[float], n_days: int = 20) -> pd.DataFrame:
    """Return two months of a block of two hour endings, in $/MWh and MWh."""
    load = pd.Series(loads)
    return pd.DataFrame(
        {
            "location": "A",
            "month": [1, 1, 2, 2],
            "he": [1, 2, 1, 2],
            "block_type": "7x8",
            "unitized_cost_usd": pd.Series(costs) * load,
            "da_value_usd": pd.Series(prices) * load,
            "rt_load_mwh": load,
            "n_days": n_days,
        }
    )


def _at(price: float) -> pd.DataFrame:
    return pd.DataFrame({"location": "A", "month": [1, 2], "block_type": "7x8", "block_price": price})


def test_the_worked_example_of_a_month_and_block() -> None:
    # v(m, b) is 0.30 at a price of 30, v(b) is 0.15 at 40: the other month has no cost, at 50.
    cells = _cells([0.30, 0.30, 0.0, 0.0], [30.0, 30.0, 50.0, 50.0], [1.0] * 4)
    assert priced_blocks(cells, _at(60.0))["priced"].iloc[0] == pytest.approx(0.243850, abs=5e-7)


def test_the_worked_example_of_a_cell() -> None:
    cells = _cells([0.50, 0.10, 0.02, -0.02], [30.0, 30.0, 50.0, 50.0], [1.0] * 4)
    first, second = priced_cells(cells, _at(60.0).head(1))["priced"]
    # k = 20 / 80; the cell is 0.20 above its block, and hour ending 1 is 0.26 - 0.15 above it in all months.
    difference = 0.25 * 0.20 * (60 / 30) ** 0.5 + 0.75 * 0.11 * (60 / 40) ** 0.5
    assert first == pytest.approx(0.243850 + difference, abs=5e-7)
    assert second == pytest.approx(0.243850 - difference, abs=5e-7)


def test_cells_of_different_days_are_drawn_differently() -> None:
    cells = _cells([0.50, 0.10, 0.02, -0.02], [30.0, 30.0, 50.0, 50.0], [1.0] * 4)
    first, second = priced_cells(cells.assign(n_days=[60, 20, 60, 20]), _at(60.0).head(1))["priced"]
    # v(m, b) is 0.30 at 30, v(b) 0.15 at 40; the hours of all months cost 0.26 and 0.04: k = 1/2 and 1/4.
    own, block = (60 / 30) ** 0.5, (60 / 40) ** 0.5
    differences = [0.5 * 0.20 * own + 0.5 * 0.11 * block, 0.25 * -0.20 * own + 0.75 * -0.11 * block]
    mean = sum(differences) / 2
    assert first == pytest.approx(0.243850 + differences[0] - mean, abs=5e-7)
    assert second == pytest.approx(0.243850 + differences[1] - mean, abs=5e-7)


def test_a_block_without_any_past_is_null_and_not_dropped() -> None:
    cells = _cells([0.3] * 4, [30.0] * 4, [1.0] * 4)
    prices = pd.concat([_at(30.0).assign(block_type="5x16"), _at(30.0)], ignore_index=True)
    assert priced_blocks(cells, prices)["priced"].isna().tolist() == [True, True, False, False]


def test_the_price_history_has_the_blocks_of_the_cells_alone() -> None:
    cells = _cells([0.3] * 4, [30.0] * 4, [1.0] * 4)
    typed = cells.astype({"block_type": pd.CategoricalDtype(["5x16", "2x16", "7x8"])})
    assert price_history(typed)["block_type"].tolist() == ["7x8", "7x8"]


def test_a_curve_is_priced_with_the_weights_that_are_given() -> None:
    cells = _cells([0.50, 0.10, 0.02, -0.02], [30.0, 30.0, 50.0, 50.0], [1.0] * 4).assign(is_near_zero=False)
    own = add_priced(cells, PricedWeights(month=1.0, days=0.0))
    assert own["priced"].tolist() == pytest.approx([0.50, 0.10, 0.02, -0.02])
    assert add_priced(cells)["priced"].iloc[0] != pytest.approx(0.50)


@given(
    costs=st.lists(COST, min_size=4, max_size=4),
    prices=st.lists(st.floats(-20, 200), min_size=4, max_size=4),
    loads=st.lists(st.floats(1, 1000), min_size=4, max_size=4),
    price=st.floats(-20, 200),
)
@settings(max_examples=30)
def test_the_cells_average_their_block_and_the_costs_scale(
    costs: list[float], prices: list[float], loads: list[float], price: float
) -> None:
    cells = _cells(costs, prices, loads)
    priced = priced_cells(cells, _at(price)).merge(cells, on=["location", "month", "he", "block_type"])
    blocks = priced_blocks(cells, _at(price)).set_index("month")["priced"]
    cost = (priced["priced"] * priced["rt_load_mwh"]).groupby(priced["month"]).sum()
    mean = cost / priced["rt_load_mwh"].groupby(priced["month"]).sum()
    assert mean.tolist() == pytest.approx(blocks.tolist(), abs=1e-9)
    doubled = cells.assign(unitized_cost_usd=2 * cells["unitized_cost_usd"])
    assert priced_blocks(doubled, _at(price))["priced"].tolist() == pytest.approx((2 * blocks).tolist())


@given(costs=st.lists(COST, min_size=4, max_size=4), price=st.floats(1, 200))
@settings(max_examples=30)
def test_four_times_the_price_costs_twice_as_much(costs: list[float], price: float) -> None:
    cells = _cells(costs, [30.0, 40.0, 50.0, 60.0], [1.0, 2.0, 3.0, 4.0])
    once, after = (priced_cells(cells, _at(p))["priced"].to_numpy() for p in (price, 4 * price))
    assert after.tolist() == pytest.approx((2 * once).tolist(), abs=1e-9)


def test_one_cost_everywhere_is_that_cost_at_past_prices() -> None:
    cells = _cells([0.7] * 4, [30.0] * 4, [1.0, 2.0, 3.0, 4.0])
    assert priced_cells(cells, price_history(cells))["priced"].tolist() == pytest.approx([0.7] * 4)


def test_a_price_under_a_dollar_counts_as_a_dollar() -> None:
    cells = _cells([0.3] * 4, [30.0] * 4, [1.0] * 4)
    low, one = (priced_blocks(cells, _at(price))["priced"].tolist() for price in (-40.0, 1.0))
    assert low == one


def test_what_has_no_past_or_no_price_is_null() -> None:
    cells = _cells([0.3, np.nan, 0.1, 0.2], [30.0, np.nan, 30.0, 30.0], [1.0, np.nan, 1.0, 1.0])
    cells["n_days"] = [20, 0, 20, 20]
    prices = pd.concat([_at(30.0), _at(30.0).head(1).assign(month=3), _at(np.nan).head(1)])
    priced = priced_cells(cells, prices.reset_index(drop=True))
    assert priced["priced"].isna().tolist() == [False, True, False, False, True, True, True]
    assert priced["priced"].iloc[0] == pytest.approx(priced_blocks(cells, prices.head(1))["priced"].iloc[0])


def test_months_of_delivery_keep_their_columns() -> None:
    cells = _cells([0.3, 0.1, 0.1, 0.2], [30.0] * 4, [1.0] * 4)
    prices = pd.concat(
        [_at(30.0).assign(delivery_month="2026-01"), _at(60.0).assign(delivery_month="2027-01")]
    )
    priced = priced_cells(cells, prices)
    assert len(priced) == 8
    assert list(priced.columns) == [*BLOCK, "block_price", "delivery_month", "he", "priced"]
    by_year = priced.groupby("delivery_month")["priced"].sum()
    assert by_year["2027-01"] == pytest.approx(2**0.5 * by_year["2026-01"])


def test_the_weights_of_the_method_are_stored_by_name() -> None:
    expected = {"priced_month": 0.25, "priced_elasticity": 0.5, "priced_days": 60.0}
    assert WEIGHTS.parameters() == expected
    unshrunk = PricedWeights(month=1.0, elasticity=0.0, days=0.0)
    cells = _cells([0.5, 0.1, 0.02, -0.02], [30.0, 30.0, 50.0, 50.0], [1.0] * 4)
    assert priced_cells(cells, _at(60.0), unshrunk)["priced"].tolist() == pytest.approx(
        [0.5, 0.1, 0.02, -0.02]
    )


def test_a_curve_carries_the_priced_vlr_of_its_cells_at_past_prices() -> None:
    cells = _cells([0.5, 0.1, 0.02, -0.02], [30.0, 30.0, 0.5, 0.5], [1.0] * 4)
    cells = cells.assign(is_near_zero=[False, False, True, True]).set_axis([7, 3, 5, 1])
    curve = add_priced(cells)
    assert curve.index.tolist() == [7, 3, 5, 1]
    expected = priced_cells(cells, price_history(cells)).set_index(["month", "he"])["priced"]
    assert curve["priced"].tolist() == expected.loc[[(1, 1), (1, 2), (2, 1), (2, 2)]].tolist()
    assert curve["priced_pct"].tolist()[:2] == (curve["priced"] / 30.0).tolist()[:2]
    assert curve["priced_pct"].isna().tolist() == [False, False, True, True]


@pytest.mark.parametrize("iso", ["NYISO", "ERCOT"])
def test_a_real_curve_averages_its_blocks_and_is_less_wide_than_the_past(
    iso: str, real_hourly: Callable[[str], pd.DataFrame]
) -> None:
    curve = add_priced(vlr_curve(real_hourly(iso)))
    known = curve[curve["priced"].notna()]
    assert known["n_hours"].gt(0).all()
    cost = (known["priced"] * known["rt_load_mwh"]).groupby([known[key] for key in BLOCK], observed=True)
    load = known.groupby(BLOCK, observed=True)["rt_load_mwh"]
    blocks = priced_blocks(curve, price_history(curve)).set_index(BLOCK)["priced"].dropna()
    pd.testing.assert_series_equal(
        cost.sum() / load.sum(), blocks, check_names=False, check_index_type=False, rtol=1e-9
    )
    assert known["priced"].std() < known["cost_per_mwh"].std()
