from __future__ import annotations

import pandas as pd
import pytest

from lib.present.columns import column_format
from lib.present.formats import MISSING


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("cost_weighted", 0.0053123, "0.531"),
        ("cost_per_mwh", -1.23456, "-1.2346"),
        ("n_hours", 43824, "43,824"),
        ("market_date", pd.Timestamp("2024-03-10"), "2024-03-10"),
        ("interval_start", pd.Timestamp("2024-03-10T05:00Z"), "2024-03-10 05:00"),
        ("interval_start", pd.Timestamp("2024-03-10T00:00Z"), "2024-03-10 00:00"),
        ("first", pd.Timestamp("2024-03-10"), "2024-03-10 00:00"),
        ("last", pd.Timestamp("2024-03-10"), "2024-03-10 00:00"),
        ("month", 1, "Jan"),
        ("month", 12.0, "Dec"),
        ("month", "2026-02", "2026-02"),
        ("location", "N.Y.C.", "N.Y.C."),
        ("a column nobody listed", 1234.5, "1,234.50"),
    ],
)
def test_a_value_is_written_in_its_columns_unit(column: str, value: object, text: str) -> None:
    assert column_format(column).format_value(value) == text


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NaT, pd.NA])
def test_what_is_missing_is_a_dash_and_never_a_zero(missing: object) -> None:
    assert column_format("cost_per_mwh").format_value(missing) == MISSING


def test_months_by_name_and_their_number_are_headed_apart() -> None:
    assert [column_format(name).heading for name in ("months", "n_months")] == ["Which months", "Months"]


def test_a_rounded_zero_has_no_sign() -> None:
    assert column_format("cost_per_mwh").format_value(-0.00001) == "0.0000"
