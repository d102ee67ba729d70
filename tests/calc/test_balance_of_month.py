from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.balance_of_month import BALANCES, month_balances, quotes_of_rest
from lib.calc.delivery import delivery_hours, elapsed_hours
from lib.calc.hub_history import PriceHistory
from lib.hours import market_hours
from lib.markets import QUOTE_BLOCKS

JULY, AUGUST = pd.Timestamp("2026-07-01"), pd.Timestamp("2026-08-01")
HUBS = pd.DataFrame({"hub": ["D", "R"], "hub_location": ["P", "P"], "settlement_market": ["da", "rt"]})
CONTRACTS = pd.DataFrame(
    [
        (hub, quote, "days" if quote == "off-peak" else "hours")
        for hub in ("D", "R")
        for quote in QUOTE_BLOCKS
    ],
    columns=["hub", "quote", "weights"],
)
CALENDAR = market_hours("PJM", date(2026, 6, 1), date(2026, 7, 31))


def _history(da: np.ndarray | float, rt: np.ndarray | float = 20.0) -> PriceHistory:
    frames = (
        pd.DataFrame({"P": np.broadcast_to(np.asarray(price, float), len(CALENDAR))}) for price in (da, rt)
    )
    return PriceHistory(CALENDAR, *frames)


def _balances(history: PriceHistory, as_of: date, **prices: float) -> pd.DataFrame:
    hours = delivery_hours("PJM", as_of, n_months=2, first_month="current")
    names = {"peak": "5x16", "off_peak": "off-peak", "two": "2x16"}
    rows = [("D", names[name], month, price) for name, price in prices.items() for month in (JULY, AUGUST)]
    quotes = pd.DataFrame(rows, columns=["hub", "block", "strip", "settlement_price"])
    return month_balances(quotes, CONTRACTS, HUBS, history, elapsed_hours("PJM", hours), hours)


def test_the_settled_days_are_taken_out_of_the_quote_by_hand() -> None:
    # On 16 July 2026, 11 of July's 23 weekdays are over: 176 of 368 hours of 5x16 settled at 40.
    # (52 - 176/368 x 40) / (1 - 176/368) = 63.
    (peak,) = _balances(_history(40.0), date(2026, 7, 16), peak=52.0).to_dict("records")
    assert peak["share"] == pytest.approx(176 / 368)
    assert (peak["settled"], peak["delivery_month"]) == (40, JULY)
    assert peak["rest"] == pytest.approx(63)


def test_a_contract_that_settles_by_days_gives_every_day_the_same_weight() -> None:
    # 15 of 31 days are over, whatever their hours: (30 - 15/31 x 20) / (16/31) = 39.375.
    (off_peak,) = _balances(_history(20.0), date(2026, 7, 16), off_peak=30.0).to_dict("records")
    assert off_peak["share"] == pytest.approx(15 / 31)
    assert off_peak["rest"] == pytest.approx(39.375)


def test_a_day_without_all_its_prices_counts_to_the_rest() -> None:
    prices = np.full(len(CALENDAR), 40.0)
    prices[(CALENDAR["market_date"] == "2026-07-15") & (CALENDAR["he"] == 12)] = np.nan
    (peak,) = _balances(_history(prices), date(2026, 7, 16), peak=52.0).to_dict("records")
    assert peak["share"] == pytest.approx(160 / 368)
    (none,) = _balances(_history(np.nan), date(2026, 7, 16), peak=52.0).to_dict("records")
    assert (none["share"], none["rest"]) == (0, 52)


def test_the_settled_price_is_that_of_the_market_on_which_the_hub_settles() -> None:
    hours = delivery_hours("PJM", date(2026, 7, 16), n_months=1, first_month="current")
    quotes = pd.DataFrame({"hub": ["D", "R"], "block": "5x16", "strip": JULY, "settlement_price": 52.0})
    found = month_balances(quotes, CONTRACTS, HUBS, _history(40.0, 10.0), elapsed_hours("PJM", hours), hours)
    assert found.set_index("hub")["settled"].to_dict() == {"D": 40, "R": 10}


def test_a_quote_of_which_no_hour_is_left_is_left_out() -> None:
    # Friday 31 July 2026: no weekend is left.
    balances = _balances(_history(40.0), date(2026, 7, 31), two=45.0, peak=52.0)
    assert balances.set_index("quote")["rest"].isna().to_dict() == {"2x16": True, "5x16": False}
    quotes = pd.DataFrame(
        [("D", "2x16", JULY, 45.0), ("D", "5x16", JULY, 52.0), ("D", "2x16", AUGUST, 44.0)],
        columns=["hub", "block", "strip", "settlement_price"],
    )
    left = quotes_of_rest(quotes, balances)
    assert left[["block", "strip"]].to_numpy().tolist() == [["5x16", JULY], ["2x16", AUGUST]]
    assert left["settlement_price"].tolist() == pytest.approx([52 + 22 * (52 - 40), 44])


def test_a_month_that_has_not_begun_is_left_as_it_is() -> None:
    balances = _balances(_history(40.0), date(2026, 7, 1), peak=52.0)
    assert balances.empty
    assert balances.columns.tolist() == BALANCES
    quotes = pd.DataFrame({"hub": ["D"], "block": "5x16", "strip": JULY, "settlement_price": 52.0})
    pd.testing.assert_frame_equal(quotes_of_rest(quotes, balances), quotes)


@given(day=st.integers(2, 30), quote=st.floats(-50, 300), level=st.floats(-50, 300))
@settings(max_examples=30)
def test_settled_days_and_rest_average_the_quote(day: int, quote: float, level: float) -> None:
    (row,) = _balances(_history(level), date(2026, 7, day), peak=quote).to_dict("records")
    settled = row["share"] * row["settled"] if row["share"] else 0.0
    assert settled + (1 - row["share"]) * row["rest"] == pytest.approx(quote, abs=1e-9)
