"""Notices about adjustments and bases that are large beside their forward, or weak beside their error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.calc.line_notices import COLUMNS, large_lines, weak_lines


def _blocks(**columns: object) -> pd.DataFrame:
    months = pd.date_range("2025-01-01", periods=3, freq="MS")
    rows = pd.DataFrame({"delivery_month": months, "block_type": "7x8", "hub": "H", "location": "Z"})
    parts = {"forward_price": 33.0, "da_rt_adjustment": 0.5, "zone_basis": 0.0}
    return rows.assign(**{**parts, "da_rt_error": 2.0, "basis_error": 1.0, **columns})


def test_a_line_of_more_than_a_quarter_of_the_forward_is_named_once_with_its_worst_month() -> None:
    blocks = _blocks(da_rt_adjustment=[-9.0, -25.95, 1.0], zone_basis=[0.0, 8.25, 8.26])
    both = pd.concat([blocks, blocks.assign(location="Y", zone_basis=0.0)])
    found = large_lines(both)
    assert list(found.columns) == COLUMNS
    of_hub, of_zone = found.to_dict("records")
    assert (of_hub["price_part"], of_hub["place"], of_hub["months"], of_hub["n_months"]) == (
        "DA-RT adjustment",
        "H",
        "2025-01 to 2025-02",
        2,
    )
    assert (of_hub["value"], of_hub["forward_price"], of_hub["standard_error"]) == (-25.95, 33.0, 2.0)
    assert (of_zone["price_part"], of_zone["place"], of_zone["months"]) == ("zone basis", "Z", "2025-03")


@pytest.mark.parametrize(("forward", "n"), [(33.0, 0), (1.9, 3), (-1.9, 3), (0.0, 3), (np.nan, 0)])
def test_the_size_of_the_forward_decides(forward: float, n: int) -> None:
    assert large_lines(_blocks(forward_price=forward))["n_months"].sum() == n


def test_a_line_below_its_standard_error_is_weak_and_none_at_all_is_not() -> None:
    found = weak_lines(_blocks(da_rt_adjustment=[0.5, -2.5, 1.9], da_rt_error=[2.0, 2.0, np.nan]))
    assert found[["price_part", "place", "months"]].to_numpy().tolist() == [
        ["DA-RT adjustment", "H", "2025-01"]
    ]
