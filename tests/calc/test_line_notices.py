"""Notices about adjustments and bases that are large beside their forward, or weak beside their error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.calc.line_notices import (
    COLUMNS,
    add_block_ratios,
    add_covariance_lines,
    large_lines,
    weak_lines,
)


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


def test_a_modelled_block_that_is_far_from_its_quote_is_named_and_a_quoted_one_is_not() -> None:
    blocks = _blocks(forward_price=[36.0, 40.0, 10.0], quoted_price=52.0, is_modelled=[True, True, False])
    lines = add_block_ratios(blocks, pd.Series([2.5, 13.0, np.nan]))
    (row,) = large_lines(lines).to_dict("records")
    assert (row["price_part"], row["place"], row["months"]) == ("block ratio", "H", "2025-01")
    assert (row["value"], row["forward_price"], row["standard_error"]) == (-16.0, 52.0, 2.5)
    weak = weak_lines(lines)
    assert weak.loc[weak["price_part"] == "block ratio", ["value", "months"]].to_numpy().tolist() == [
        [-12.0, "2025-02"]
    ]


def test_a_covariance_of_more_than_a_quarter_of_the_forward_is_named_without_an_error() -> None:
    blocks = _blocks()
    cells = blocks[["location", "delivery_month", "block_type"]].merge(
        pd.DataFrame({"he": [1, 2]}), how="cross"
    )
    cells["covariance"] = [8.0, 8.0, 8.26, 8.26, -9.0, -9.0]
    (row,) = large_lines(add_covariance_lines(blocks, cells)).to_dict("records")
    assert (row["price_part"], row["place"], row["months"]) == ("covariance", "Z", "2025-02 to 2025-03")
    assert (row["value"], row["forward_price"]) == (-9.0, 33.0)
    assert np.isnan(row["standard_error"])
