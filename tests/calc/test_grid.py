from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.grid import VALUES, build_grid, ratio, year_weights
from lib.hours import market_hours


def _inputs(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["location", "interval_start", "da_lmp_usd_per_mwh"])
    frame["interval_start"] = pd.to_datetime(frame["interval_start"], utc=True).astype("datetime64[us, UTC]")
    return frame.reindex(columns=["location", "interval_start", *VALUES])


def test_every_location_and_hour_is_a_row_and_a_missing_value_is_null() -> None:
    hours = market_hours("PJM", date(2025, 11, 2), date(2025, 11, 2))
    grid = build_grid(_inputs([("B", "2025-11-02T06:00Z", 7.5)]), hours, ["A", "B"])
    assert len(grid) == 2 * 25
    assert list(grid)[:2] == ["location", "interval_start"]
    assert grid.index.is_unique
    assert grid["location"].tolist() == ["A"] * 25 + ["B"] * 25
    known = grid[grid["da_lmp_usd_per_mwh"].notna()]
    assert known[["location", "he", "is_repeated_hour"]].to_numpy().tolist() == [["B", 2, True]]
    assert grid["rt_load_mw"].isna().all()
    assert set(grid[VALUES].dtypes) == {np.dtype(float)}


def test_values_outside_the_window_or_of_other_locations_are_left_out() -> None:
    hours = market_hours("PJM", date(2025, 1, 2), date(2025, 1, 2))
    inputs = _inputs(
        [("A", "2025-01-02T04:00Z", 1.0), ("A", "2025-01-03T05:00Z", 2.0), ("C", "2025-01-02T06:00Z", 3.0)]
    )
    assert build_grid(inputs, hours, ["A"])["da_lmp_usd_per_mwh"].isna().all()


def test_two_rows_for_one_hour_are_refused_by_name() -> None:
    hours = market_hours("PJM", date(2025, 1, 2), date(2025, 1, 2))
    inputs = _inputs([("A", "2025-01-02T05:00Z", 1.0), ("A", "2025-01-02T05:00Z", 2.0)])
    with pytest.raises(ValueError, match="A has two rows for the hour 2025-01-02 05:00"):
        build_grid(inputs, hours, ["A"])


def test_a_ratio_is_null_where_it_is_not_a_number() -> None:
    quotient = ratio(pd.Series([1.0, 0.0, 1e300, np.nan, 6.0]), pd.Series([0.0, 0.0, 1e-300, 1.0, -3.0]))
    assert quotient.tolist()[-1] == -2.0
    assert quotient[:4].isna().all()


def test_a_ratio_that_is_no_number_is_no_error() -> None:
    with np.errstate(all="raise"):
        quotient = ratio(pd.Series([1.0, 0.0, 1e300]), pd.Series([0.0, 0.0, 1e-300]))
    assert quotient.isna().all()


def test_a_year_that_is_a_half_life_older_weighs_half_and_rows_keep_their_index() -> None:
    year = pd.Series([2021, 2023, 2025], index=[7, 3, 5])
    expected = pd.Series([0.25, 0.5, 1.0], index=[7, 3, 5])
    pd.testing.assert_series_equal(year_weights(year, 2), expected, check_names=False)
    assert year_weights(year, None).tolist() == [1, 1, 1]
