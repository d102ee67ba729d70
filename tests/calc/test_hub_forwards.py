from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.hub_forwards import hub_forwards
from lib.markets import BLOCKS, QUOTE_BLOCKS

JULY = pd.Timestamp("2026-07-01")
HOURS = {"5x16": 368, "2x16": 128, "7x8": 248}
CONTRACTS = pd.DataFrame(
    [(hub, quote, "hours") for hub in ("East", "South") for quote in QUOTE_BLOCKS],
    columns=["hub", "quote", "weights"],
)


def _weights(**shares: float) -> pd.DataFrame:
    """Return the shares of July 2026 by hours, and off-peak by days if its share of 2x16 is given."""
    rows = []
    for quote, covered in QUOTE_BLOCKS.items():
        total = sum(HOURS[block] for block in covered)
        by_hours = [HOURS[block] / total if block in covered else 0.0 for block in BLOCKS]
        rows.append((JULY, quote, "hours", *by_hours))
    if shares:
        rows.append((JULY, "off-peak", "days", 0.0, shares["two"], 1 - shares["two"]))
    return pd.DataFrame(rows, columns=["delivery_month", "quote", "weights", *BLOCKS])


def _means(**levels: tuple[float, float, float]) -> pd.DataFrame:
    rows = [(hub, 7, *pair) for hub, three in levels.items() for pair in zip(BLOCKS, three, strict=True)]
    return pd.DataFrame(rows, columns=["hub", "month", "block_type", "block_mean"])


def _quotes(*rows: tuple[str, str, float]) -> pd.DataFrame:
    quotes = pd.DataFrame(rows, columns=["hub", "block", "settlement_price"]).assign(strip=JULY, contract="X")
    return quotes.astype({"settlement_price": float})


def _prices(quotes: pd.DataFrame, means: pd.DataFrame) -> pd.DataFrame:
    return hub_forwards(quotes, CONTRACTS, means, _weights()).set_index(["hub", "block_type"])


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


def test_what_has_no_quote_is_not_flagged() -> None:
    south = _prices(_quotes(("East", "5x16", 55)), _means(East=(50, 40, 25), South=(50, 0.5, -3))).loc[
        "South"
    ]
    assert not south[["is_additive_split", "is_modelled"]].any(axis=None)
    assert south["quote"].isna().all()


def test_a_hub_without_any_past_price_is_told_from_one_that_lacks_a_block() -> None:
    prices = _prices(_quotes(("East", "off-peak", 30)), _means(East=(50, np.nan, 25), South=(np.nan,) * 3))
    assert prices["has_hub_prices"].groupby("hub").agg(set).to_dict() == {"East": {True}, "South": {False}}


def test_what_does_not_trade_has_no_price() -> None:
    prices = _prices(_quotes(("East", "5x16", 55)), _means(East=(50, 40, 25), South=(50, 40, 25)))
    assert prices["forward_price"].notna().groupby("hub").sum().to_dict() == {"East": 3, "South": 0}


@settings(max_examples=40)
@given(
    levels=st.tuples(*[st.floats(-20, 500)] * 3), off_peak=st.floats(-50, 500), weight=st.floats(0.05, 0.95)
)
def test_the_split_solves_its_equation_exactly(
    levels: tuple[float, float, float], off_peak: float, weight: float
) -> None:
    quotes = _quotes(("East", "off-peak", off_peak))
    contracts = CONTRACTS.assign(weights=CONTRACTS["weights"].mask(CONTRACTS["quote"] == "off-peak", "days"))
    prices = hub_forwards(quotes, contracts, _means(East=levels), _weights(two=weight))
    prices = prices.set_index(["hub", "block_type"])
    two, seven = (prices.loc[("East", block), "forward_price"] for block in ("2x16", "7x8"))
    assert weight * two + (1 - weight) * seven == pytest.approx(off_peak, abs=1e-9)
    if min(off_peak, *levels[1:]) < 1:
        assert two - seven == pytest.approx(levels[1] - levels[2], abs=1e-9)
    else:
        assert two * levels[2] == pytest.approx(seven * levels[1], abs=1e-6)


ALL = {"5x16": 55.0, "2x16": 40.0, "7x8": 25.0}


def _mean_of(blocks: tuple[str, ...]) -> float:
    return sum(HOURS[block] * ALL[block] for block in blocks) / sum(HOURS[block] for block in blocks)


def test_a_contract_that_settles_by_days_is_split_with_the_shares_of_days() -> None:
    # 8 of July's 31 days are weekends: 2x16 has 8/31 x 16/24 = 0.172043 of off-peak, not 128/376 = 0.340426.
    # r = 1.6: P7 = 30 / (0.172043 x 1.6 + 0.827957) = 27.193, above the 24.91 of weights by hours.
    contracts = CONTRACTS.assign(weights=CONTRACTS["weights"].mask(CONTRACTS["quote"] == "off-peak", "days"))
    quotes = _quotes(("East", "off-peak", 30))
    found = hub_forwards(quotes, contracts, _means(East=(50, 40, 25)), _weights(two=8 / 31 * 16 / 24))
    prices = found[found["hub"] == "East"].set_index("block_type")["forward_price"]
    assert prices["7x8"] == pytest.approx(30 / (8 / 31 * 2 / 3 * 0.6 + 1), abs=1e-12)
    assert prices["7x8"] == pytest.approx(27.193, abs=1e-3)
    assert prices["2x16"] == pytest.approx(1.6 * prices["7x8"], abs=1e-12)


@pytest.mark.parametrize(
    "quoted",
    [
        ("5x16", "2x16", "7x8"),
        ("5x16", "7x8", "off-peak"),
        ("5x16", "7x8", "7x16"),
        ("5x16", "7x16", "off-peak"),
        ("7x16", "2x16", "7x24"),
        ("5x16", "7x8", "7x24"),
        ("off-peak", "7x24", "7x8"),
    ],
)
def test_three_quotes_that_tell_the_blocks_apart_need_no_history(quoted: tuple[str, ...]) -> None:
    quotes = _quotes(*(("East", quote, _mean_of(QUOTE_BLOCKS[quote])) for quote in quoted))
    east = _prices(quotes, _means(South=(50, 40, 25))).loc["East"]
    assert east["forward_price"].to_dict() == pytest.approx(ALL, abs=1e-9)
    assert not east[["is_modelled", "is_additive_split"]].any(axis=None)
    assert set(east["quote"]) <= set(quoted)


def test_a_block_that_is_quoted_itself_has_its_quote_and_the_rest_of_a_wider_one_is_the_others() -> None:
    # (376 x 30 - 248 x 26) / 128 = 37.75: the off-peak quote and the 7x8 quote are both kept.
    quotes = _quotes(("East", "5x16", 55), ("East", "off-peak", 30), ("East", "7x8", 26))
    east = _prices(quotes, _means(East=(50, 40, 25))).loc["East"]
    assert east["forward_price"].to_dict() == pytest.approx({"5x16": 55, "2x16": 37.75, "7x8": 26})
    assert east["quote"].to_dict() == {"5x16": "5x16", "2x16": "off-peak", "7x8": "7x8"}


def test_a_quote_of_all_hours_is_split_by_the_past() -> None:
    # Historic mean of all hours: (368 x 50 + 128 x 40 + 248 x 25) / 744 = 39.946237.
    east = _prices(_quotes(("East", "7x24", 44)), _means(East=(50, 40, 25))).loc["East"]
    mean = (368 * 50 + 128 * 40 + 248 * 25) / 744
    assert east["forward_price"].to_dict() == pytest.approx(
        {"5x16": 44 * 50 / mean, "2x16": 44 * 40 / mean, "7x8": 44 * 25 / mean}
    )
    assert not east["is_modelled"].any()


def test_what_is_quoted_goes_before_what_is_modelled() -> None:
    east = _prices(_quotes(("East", "5x16", 55), ("East", "7x16", 52)), _means(East=(50, 40, 25))).loc["East"]
    # (496 x 52 - 368 x 55) / 128 = 43.375
    assert east.loc["2x16", "forward_price"] == pytest.approx(43.375)
    assert east["is_modelled"].to_dict() == {"5x16": False, "2x16": False, "7x8": True}
    assert east.loc["7x8", ["quote", "forward_price"]].tolist() == ["5x16", pytest.approx(27.5)]


def test_a_quote_that_no_contract_has_is_not_used() -> None:
    only_peak = CONTRACTS[CONTRACTS["quote"] == "5x16"]
    quotes = _quotes(("East", "5x16", 55), ("East", "off-peak", 30))
    found = hub_forwards(quotes, only_peak, _means(East=(50, 40, 25)), _weights())
    east = found[found["hub"] == "East"].set_index("block_type")
    assert east["quote"].tolist() == ["5x16"] * 3


@settings(max_examples=60)
@given(
    quoted=st.dictionaries(st.sampled_from(list(QUOTE_BLOCKS)), st.floats(-50, 500), min_size=1),
    levels=st.tuples(*[st.floats(-20, 500)] * 3),
)
def test_whatever_trades_every_quote_that_is_used_is_the_mean_of_its_blocks(
    quoted: dict[str, float], levels: tuple[float, float, float]
) -> None:
    quotes = _quotes(*(("East", quote, price) for quote, price in quoted.items()))
    east = _prices(quotes, _means(East=levels)).loc["East"]
    assert east["quote"].notna().all()
    for quote in set(east.loc[~east["is_modelled"], "quote"]):
        blocks = list(QUOTE_BLOCKS[quote])
        prices, hours = east.loc[blocks, "forward_price"], pd.Series(HOURS)[blocks]
        mean = (prices * hours).sum(skipna=False) / hours.sum()
        assert mean == pytest.approx(quoted[quote], rel=1e-9, abs=1e-6)
    covered = {block for quote in quoted for block in QUOTE_BLOCKS[quote]}
    assert east["is_modelled"].to_dict() == {block: block not in covered for block in BLOCKS}
