from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.delivery import delivery_hours, quote_weights
from lib.calc.hub_forwards import hub_forwards
from lib.calc.quote_agreement import overlapping_quotes, quote_agreement, unusual_rests
from lib.markets import BLOCKS, QUOTE_BLOCKS

JULY = pd.Timestamp("2026-07-01")
WEIGHTS = quote_weights(delivery_hours("PJM", date(2026, 7, 1), n_months=1))
MEANS = pd.DataFrame(
    [("H", 7, block, mean) for block, mean in zip(BLOCKS, (50.0, 40.0, 25.0), strict=True)],
    columns=["hub", "month", "block_type", "block_mean"],
)


def _forwards(quoted: dict[str, float]) -> pd.DataFrame:
    quotes = pd.DataFrame(list(quoted.items()), columns=["block", "settlement_price"]).assign(
        hub="H", strip=JULY
    )
    contracts = pd.DataFrame({"hub": "H", "quote": list(QUOTE_BLOCKS), "weights": "hours"})
    return hub_forwards(quotes.astype({"settlement_price": float}), contracts, MEANS, WEIGHTS)


def _agreement(quoted: dict[str, float], weights: str = "hours") -> pd.DataFrame:
    quotes = pd.DataFrame(list(quoted.items()), columns=["block", "settlement_price"]).assign(
        hub="H", strip=JULY
    )
    contracts = pd.DataFrame({"hub": "H", "quote": list(quoted), "weights": "hours"})
    contracts["weights"] = contracts["weights"].mask(contracts["quote"] == "off-peak", weights)
    forwards = hub_forwards(quotes, contracts, MEANS, WEIGHTS)
    return quote_agreement(quotes, contracts, forwards, WEIGHTS).set_index("quote")


def test_a_wider_quote_beside_its_blocks_is_compared_with_their_mean_by_hand() -> None:
    # July 2026: (368 x 60 + 128 x 45) / 496 = 56.129032; (128 x 45 + 248 x 25) / 376 = 31.808511.
    found = _agreement({"5x16": 60, "2x16": 45, "7x8": 25, "7x16": 56.13, "off-peak": 30})
    assert found["implied"].to_dict() == pytest.approx({"7x16": 56.129032, "off-peak": 31.808511}, abs=1e-6)
    assert found["agrees"].to_dict() == {"7x16": True, "off-peak": False}
    assert not found["is_used"].any()
    worst = overlapping_quotes(found.reset_index()).set_index("quote")
    assert worst.loc["off-peak", ["n_months", "n_agreeing", "delivery_month"]].tolist() == [1, 0, JULY]
    assert worst.loc["off-peak", "difference"] == pytest.approx(30 - 31.808511, abs=1e-6)


def test_the_weights_of_the_contract_decide_whether_it_agrees() -> None:
    two = 8 / 31 * 16 / 24
    off_peak = two * 45 + (1 - two) * 25
    quoted = {"5x16": 60.0, "2x16": 45.0, "7x8": 25.0, "off-peak": off_peak}
    assert _agreement(quoted, "days").loc["off-peak", "difference"] == pytest.approx(0, abs=1e-9)
    assert not _agreement(quoted, "hours").loc["off-peak", "agrees"]


def test_a_quote_that_prices_a_block_agrees_by_construction() -> None:
    found = _agreement({"5x16": 60, "7x8": 25, "off-peak": 30})
    assert found["is_used"].tolist() == [True]
    assert found["difference"].tolist() == pytest.approx([0], abs=1e-9)
    assert overlapping_quotes(found.reset_index()).empty


def test_a_modelled_block_tells_nothing_about_a_quote() -> None:
    assert _agreement({"5x16": 60, "2x16": np.nan}).empty


@pytest.mark.parametrize(("two", "is_said"), [(40.0, False), (59.0, False), (61.0, True), (19.0, True)])
def test_a_rest_that_is_far_from_its_usual_price_is_said(two: float, is_said: bool) -> None:
    # 7x8 at 25 and the historic means of 40 and 25 make a usual 2x16 of 40.
    off_peak = (128 * two + 248 * 25) / 376
    quoted = {"5x16": 60.0, "7x8": 25.0, "off-peak": off_peak}
    found = unusual_rests(_forwards(quoted), MEANS)
    assert found["block_type"].tolist() == ["2x16"] * is_said
    if is_said:
        assert found.loc[0, ["forward_price", "usual"]].tolist() == pytest.approx([two, 40])
        assert found.loc[0, "share"] == pytest.approx(two / 40 - 1)


def test_what_is_split_by_the_past_is_no_rest() -> None:
    assert unusual_rests(_forwards({"5x16": 60.0, "off-peak": 90.0}), MEANS).empty
    assert unusual_rests(_forwards({}), MEANS).empty
