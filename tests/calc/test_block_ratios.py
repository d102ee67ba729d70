"""What a block costs beside the other hours of its hub, by year, with the standard error of the ratio."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.block_ratios import modelled_errors, ratios_by_year
from lib.calc.hub_history import PriceHistory
from lib.hours import market_hours
from lib.markets import BLOCKS

HUBS = pd.DataFrame({"hub": ["H"], "hub_location": ["P"], "settlement_market": ["rt"]})


@pytest.fixture(scope="module")
def hours() -> pd.DataFrame:
    """July of two years."""
    every = market_hours("NYISO", date(2023, 7, 1), date(2024, 7, 31))
    return every[every["month"] == 7].reset_index(drop=True)


def _history(hours: pd.DataFrame, prices: dict[tuple[int, str], float]) -> PriceHistory:
    """Prices by year and block; the day-ahead ones do not count."""
    keys = zip(hours["year"], hours["block_type"].astype(str), strict=True)
    rt = pd.DataFrame({"P": [prices[key] for key in keys]})
    return PriceHistory(hours, rt * 0 + 1000.0, rt)


def test_each_year_and_the_error_of_a_modelled_block_by_hand(hours: pd.DataFrame) -> None:
    prices = {(2023, "5x16"): 40.0, (2023, "2x16"): 32.0, (2023, "7x8"): 20.0}
    prices |= {(2024, "5x16"): 50.0, (2024, "2x16"): 50.0, (2024, "7x8"): 30.0}
    history = _history(hours, prices)
    table = ratios_by_year(history, HUBS).set_index("block_type")
    assert table.index.tolist() == list(BLOCKS)
    # July 2023: 320, 176 and 248 hours, so all hours cost (320 x 40 + 176 x 32 + 248 x 20) / 744 = 31.44.
    assert table.loc["2x16", "2023"] == pytest.approx(32 / 31.440860)
    assert table.loc["2x16", "ratio"] == pytest.approx(table.loc["2x16", ["2023", "2024"]].mean())
    blocks = pd.DataFrame(
        {"hub": "H", "block_type": ["5x16", "2x16"], "quote": "5x16", "quoted_price": 60.0}
    ).assign(is_modelled=[False, True])
    own, modelled = modelled_errors(history, HUBS, blocks)
    # Ratios to 5x16 of 0.8 and 1.0: s = 0.141421, so the error is 1.2533 x 0.141421 / sqrt(2) x 60 = 7.52.
    assert np.isnan(own)
    assert modelled == pytest.approx(1.2533 * 0.1 * 60)


def test_a_year_near_zero_has_no_ratio(hours: pd.DataFrame) -> None:
    prices = {(2023, block): 0.5 for block in BLOCKS} | {(2024, block): 30.0 for block in BLOCKS}
    table = ratios_by_year(_history(hours, prices), HUBS)
    assert table["2023"].isna().all()
    assert (table["2024"] == 1).all()
    assert table["standard_error"].isna().all()


@settings(max_examples=15, deadline=None)
@given(scale=st.floats(1.0, 50.0), low=st.floats(2.0, 30.0), high=st.floats(30.0, 90.0))
def test_prices_that_are_scaled_change_no_ratio(
    scale: float, low: float, high: float, hours: pd.DataFrame
) -> None:
    prices = {(2023, "5x16"): high, (2023, "2x16"): low, (2023, "7x8"): 20.0}
    prices |= {(2024, "5x16"): 50.0, (2024, "2x16"): high, (2024, "7x8"): low}
    once, scaled = (
        ratios_by_year(_history(hours, {key: by * price for key, price in prices.items()}), HUBS)
        for by in (1.0, scale)
    )
    pd.testing.assert_frame_equal(once, scaled)
    # Over the hours of a year the ratios average 1.
    counts = hours[hours["year"] == 2023].groupby(hours["block_type"].astype(str)).size()
    assert np.average(once.set_index("block_type")["2023"][counts.index], weights=counts) == pytest.approx(1)
