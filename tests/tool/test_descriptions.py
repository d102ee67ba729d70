"""What the tool says of empty months."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from lib.calc.scaling import INDEX
from lib.tool import state as tool_state
from lib.tool.data import ToolData
from lib.tool.descriptions import describe_empty_months
from lib.tool.estimators import estimator_of
from lib.tool.state import CurveState


def test_months_with_too_few_days_in_the_range_are_named_as_empty(state: CurveState, data: ToolData) -> None:
    shaping = tool_state.choose(state, data, curve="shaping")
    assert shaping.source.warning == ""
    partly = tool_state.choose(shaping, data, end=date(2025, 1, 20))
    assert partly.shown.loc[1].isna().to_numpy().all()
    assert partly.message is not None
    assert "Jan is empty: a year counts with at least 80% of the month's hours" in partly.message.text
    wholly = tool_state.choose(partly, data, start=date(2024, 12, 28))
    assert wholly.message is not None
    assert "Jan, Dec are empty:" in wholly.message.text
    pooled = tool_state.choose(wholly, data, estimator="pooled")
    ranged = tool_state.choose(pooled, data, end=date(2025, 1, 20))
    assert ranged.source.warning == ""
    assert ranged.shown.loc[1].notna().to_numpy().any()


def test_delivery_months_without_a_price_are_named_as_empty() -> None:
    index = pd.MultiIndex.from_product(
        [[f"2027-{month:02}" for month in range(1, 7)], [1], ["7x8"]], names=INDEX
    )
    values = pd.DataFrame({"WEST": [np.nan, 40.0, np.nan, np.nan, np.nan, 41.0]}, index=index)
    priced = describe_empty_months(values, estimator_of("cost_curve", "hpfc"))
    assert priced == "2027-01, 2027-03 to 2027-05 are empty."
    assert describe_empty_months(values.fillna(39.0), estimator_of("cost_curve", "hpfc")) == ""
