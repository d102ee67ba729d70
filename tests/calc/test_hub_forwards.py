from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.hub_forwards import hub_forwards
from lib.markets import BLOCKS

JULY = pd.Timestamp("2026-07-01")
HOURS = {"5x16": 368, "2x16": 128, "7x8": 248}
RULES = pd.DataFrame(
    [
        *(("East", "5x16", "5x16"), ("East", "2x16", "off-peak"), ("East", "7x8", "off-peak")),
        *(("South", "5x16", "5x16"), ("South", "2x16", "5x16"), ("South", "7x8", "7x8")),
    ],
    columns=["hub", "block_type", "quote"],
)


def _weights() -> pd.DataFrame:
    n_off = HOURS["2x16"] + HOURS["7x8"]
    rows = [(JULY, block, *(float(block == other) for other in BLOCKS)) for block in BLOCKS]
    rows.append((JULY, "off-peak", 0.0, HOURS["2x16"] / n_off, HOURS["7x8"] / n_off))
    return pd.DataFrame(rows, columns=["delivery_month", "quote", *BLOCKS])


def _means(**levels: tuple[float, float, float]) -> pd.DataFrame:
    rows = [(hub, 7, *pair) for hub, three in levels.items() for pair in zip(BLOCKS, three, strict=True)]
    return pd.DataFrame(rows, columns=["hub", "month", "block_type", "block_mean"])


def _quotes(*rows: tuple[str, str, float]) -> pd.DataFrame:
    quotes = pd.DataFrame(rows, columns=["hub", "block", "settlement_price"]).assign(strip=JULY, contract="X")
    return quotes.astype({"settlement_price": float})


def _prices(quotes: pd.DataFrame, means: pd.DataFrame) -> pd.DataFrame:
    return hub_forwards(quotes, RULES, means, _weights()).set_index(["hub", "block_type"])


def test_off_peak_is_split_by_hand() -> None:
    # r = 40 / 25 = 1.6; P7 = 30 x 376 / (128 x 1.6 + 248) = 24.911661, P2 = 1.6 x P7 = 39.858657.
    prices = _prices(_quotes(("East", "5x16", 55), ("East", "off-peak", 30)), _means(East=(50, 40, 25)))
    east = prices.loc["East"]
    assert east["forward_price"].to_dict() == pytest.approx(
        {"5x16": 55, "2x16": 39.858657, "7x8": 24.911661}, abs=1e-6
    )
    assert not east["is_modelled"].any()
    assert (128 * east.loc["2x16", "forward_price"] + 248 * east.loc["7x8", "forward_price"]) / 376 == (
        pytest.approx(30, abs=1e-12)
    )


def test_a_block_that_is_not_quoted_is_modelled_and_flagged() -> None:
    prices = _prices(_quotes(("South", "5x16", 60), ("South", "7x8", 27)), _means(South=(50, 40, 25)))
    south = prices.loc["South"]
    assert south["forward_price"].to_dict() == {"5x16": 60, "2x16": 60 * 40 / 50, "7x8": 27}
    assert south["is_modelled"].to_dict() == {"5x16": False, "2x16": True, "7x8": False}


def test_a_quoted_block_needs_no_history() -> None:
    prices = _prices(_quotes(("South", "5x16", 60), ("South", "7x8", 27)), _means(East=(50, 40, 25)))
    assert prices.loc["South", "forward_price"].fillna(-1).to_dict() == {"5x16": 60, "2x16": -1, "7x8": 27}


def test_a_past_near_zero_splits_by_distance_by_hand() -> None:
    # The quoted hours have averaged (128 x 40 + 248 x 0.5) / 376 = 13.946809.
    prices = _prices(_quotes(("East", "5x16", 55), ("East", "off-peak", 20)), _means(East=(50, 40, 0.5)))
    east = prices.loc["East"]
    assert east["forward_price"].to_dict() == pytest.approx(
        {"5x16": 55, "2x16": 46.053191, "7x8": 6.553191}, abs=1e-6
    )
    assert east["is_additive_split"].to_dict() == {"5x16": False, "2x16": True, "7x8": True}


@pytest.mark.parametrize(
    ("past", "price"),
    [((50, 0.99, 25), 60 + 0.99 - 50), ((50, -20, 25), -10), ((0.5, 40, 25), 99.5), ((50, 40, 0.5), 48)],
)
def test_a_block_modelled_with_a_past_near_zero_keeps_its_distance(
    past: tuple[float, float, float], price: float
) -> None:
    south = _prices(_quotes(("South", "5x16", 60)), _means(South=past)).loc["South"]
    assert south.loc["2x16", "forward_price"] == pytest.approx(price)
    # The last of them has a low mean in a block that neither is priced here nor quoted.
    assert south.loc["2x16", "is_additive_split"] == (past[2] != 0.5)


def test_nothing_is_split_without_a_past() -> None:
    prices = _prices(_quotes(("East", "5x16", 55), ("East", "off-peak", 30)), _means(East=(50, 0.5, np.nan)))
    east = prices.loc["East"]
    assert east.loc["5x16", "forward_price"] == 55
    assert east.loc[["2x16", "7x8"], "forward_price"].isna().all()
    assert (east.loc[["2x16", "7x8"], "quoted_price"] == 30).all()


def test_an_off_peak_below_zero_is_split_by_distance_by_hand() -> None:
    # The quoted hours have averaged (128 x 40 + 248 x 25) / 376 = 30.106383.
    prices = _prices(_quotes(("East", "5x16", 55), ("East", "off-peak", -5)), _means(East=(50, 40, 25)))
    east = prices.loc["East"]
    assert east["forward_price"].to_dict() == pytest.approx(
        {"5x16": 55, "2x16": 4.893617, "7x8": -10.106383}, abs=1e-6
    )
    assert east["is_additive_split"].to_dict() == {"5x16": False, "2x16": True, "7x8": True}
    assert not east["is_modelled"].any()


@pytest.mark.parametrize(("quote", "is_additive"), [(-20, True), (0, True), (0.99, True), (1, False)])
def test_a_block_modelled_from_a_quote_near_zero_keeps_its_distance(quote: float, is_additive: bool) -> None:
    prices = _prices(_quotes(("South", "5x16", quote), ("South", "7x8", -3)), _means(South=(50, 40, 25)))
    south = prices.loc["South"]
    assert south["forward_price"].to_dict() == pytest.approx(
        {"5x16": quote, "2x16": quote - 10 if is_additive else quote * 0.8, "7x8": -3}
    )
    assert south["is_additive_split"].to_dict() == {"5x16": False, "2x16": is_additive, "7x8": False}


def test_a_distance_may_stand_on_a_past_below_zero_but_not_on_none() -> None:
    quotes = _quotes(("East", "off-peak", -5))
    past = _prices(quotes, _means(East=(50, 40, -20))).loc["East", "forward_price"]
    assert past["2x16"] - past["7x8"] == pytest.approx(60)
    none = _prices(quotes, _means(East=(50, 40, np.nan))).loc["East", "forward_price"]
    assert none.isna().all()


def test_what_has_no_quote_is_not_flagged_as_split() -> None:
    prices = _prices(_quotes(("East", "5x16", 55)), _means(East=(50, 0.5, -3)))
    assert not prices["is_additive_split"].any()


def test_a_hub_without_any_past_price_is_told_from_one_that_lacks_a_block() -> None:
    prices = _prices(_quotes(("East", "off-peak", 30)), _means(East=(50, np.nan, 25), South=(np.nan,) * 3))
    assert prices["has_hub_prices"].groupby("hub").agg(set).to_dict() == {"East": {True}, "South": {False}}


def test_what_does_not_trade_has_no_price() -> None:
    prices = _prices(_quotes(("East", "5x16", 55)), _means(East=(50, 40, 25), South=(50, 40, 25)))
    assert prices["forward_price"].notna().sum() == 1
    assert prices.loc[("South", "2x16"), "is_modelled"]


@settings(max_examples=40)
@given(
    levels=st.tuples(*[st.floats(-20, 500)] * 3), off_peak=st.floats(-50, 500), weight=st.floats(0.05, 0.95)
)
def test_the_split_solves_its_equation_exactly(
    levels: tuple[float, float, float], off_peak: float, weight: float
) -> None:
    weights = _weights()
    weights.loc[weights["quote"] == "off-peak", ["2x16", "7x8"]] = weight, 1 - weight
    quotes = _quotes(("East", "off-peak", off_peak))
    prices = hub_forwards(quotes, RULES, _means(East=levels), weights).set_index(["hub", "block_type"])
    two, seven = (prices.loc[("East", block), "forward_price"] for block in ("2x16", "7x8"))
    assert weight * two + (1 - weight) * seven == pytest.approx(off_peak, abs=1e-9)
    if min(off_peak, *levels[1:]) < 1:
        assert two - seven == pytest.approx(levels[1] - levels[2], abs=1e-9)
    else:
        assert two * levels[2] == pytest.approx(seven * levels[1], abs=1e-6)
