"""The risk line of a cost curve, and the band of VLR at the price of delivery."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.calc.band import BAND, fit_band
from lib.calc.risk import NO_BAND, NO_RISK, RiskChoice, add_delivery_bands

BAND_39 = fit_band(pd.DataFrame({"residual": [(i - 20) / 1000 for i in range(1, 40)]}))
"""The residuals of the worked example."""


def _cells(priced: float = 0.243850, price: float = 49.0) -> pd.DataFrame:
    return pd.DataFrame({"vlr_priced": [priced], "block_price": [price]})


def test_the_worked_example() -> None:
    cells = _cells()
    half = add_delivery_bands(cells, BAND_39, RiskChoice(0.5)).iloc[0]
    # CVaR95 is 0.373350, 0.129500 above priced VLR.
    assert half["risk"] == pytest.approx(0.064750, abs=1e-9)
    assert half[BAND].tolist() == pytest.approx([0.117850, 0.369850, 0.313850, 0.369850, 0.373350])
    p75 = add_delivery_bands(cells, BAND_39, RiskChoice(1.0, 0.75)).iloc[0]
    assert p75["risk"] == pytest.approx(0.313850 - 0.243850)


@given(
    weight=st.floats(0, 5),
    q=st.one_of(st.none(), st.floats(0.5, 0.95)),
    priced=st.floats(-5, 5),
    price=st.floats(-20, 500),
)
def test_all_of_the_risk_is_the_distance_to_the_level(
    weight: float, q: float | None, priced: float, price: float
) -> None:
    choice = RiskChoice(weight, q)
    found = add_delivery_bands(_cells(priced, price), BAND_39, choice).iloc[0]
    level = priced + max(price, 1.0) ** 0.5 * choice.residual(BAND_39)
    assert found["risk"] == pytest.approx(weight * (level - priced), abs=1e-9)


def test_no_risk_is_0_also_without_a_band_and_risk_without_a_band_is_null() -> None:
    assert add_delivery_bands(_cells(), NO_BAND, NO_RISK)["risk"].tolist() == [0.0]
    without = add_delivery_bands(_cells(), NO_BAND, RiskChoice(0.5))
    assert without[[*BAND, "risk"]].isna().all(axis=None)
    # 39 residuals do not reach P99.
    assert add_delivery_bands(_cells(), BAND_39, RiskChoice(0.5, 0.99))["risk"].isna().all()
    assert add_delivery_bands(_cells(price=np.nan), BAND_39, RiskChoice(0.5))["risk"].isna().all()


@pytest.mark.parametrize(("weight", "q"), [(-0.1, None), (np.nan, None), (0.5, 0.4), (0.5, 1.0)])
def test_values_out_of_range_are_refused(weight: float, q: float | None) -> None:
    with pytest.raises(ValueError, match="it must be"):
        RiskChoice(weight, q)


def test_the_choice_is_described_and_stored() -> None:
    assert NO_RISK.describe() == "not priced (risk_lambda is 0)"
    assert RiskChoice(0.5).describe() == "0.5 x (CVaR95 - priced VLR)"
    assert RiskChoice(0.5, 0.9).describe() == "0.5 x (P90 - priced VLR)"
    assert RiskChoice(0.5, 0.9).parameters() == {"risk_lambda": 0.5, "risk_q": 0.9}
