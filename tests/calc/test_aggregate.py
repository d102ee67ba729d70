from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.calc import aggregate


def test_a_months_season_is_the_meteorological_one() -> None:
    seasons = aggregate.season(pd.Series([12, 1, 3, 6, 9, 11]))
    assert list(seasons) == ["Winter", "Winter", "Spring", "Summer", "Fall", "Fall"]


def test_a_weighted_mean_is_a_ratio_of_sums_over_hours() -> None:
    grid = pd.DataFrame({"zone": list("aaab"), "price": [10, 40, None, 5], "load": [3.0, 1, 9, -2]})
    means = aggregate.mean_by(grid, "price", ["zone"], weight="load")
    assert means["price"].iloc[0] == pytest.approx((10 * 3 + 40 * 1) / 4)
    assert means["n_hours"].tolist() == [2, 0]
    assert np.isnan(means["price"].iloc[1])  # a load that is not positive weighs nothing


def test_cells_roll_up_by_their_sums_and_not_by_their_percents() -> None:
    cells = pd.DataFrame(
        {
            "location": "A",
            "unitized_cost_usd": [10.0, 10.0],
            "da_value_usd": [100.0, 900.0],
            "rt_load_mwh": [5.0, 15.0],
            "n_hours": [4, 6],
            "n_excluded": [1, 0],
        }
    )
    rolled = aggregate.estimate_from_cells(cells, ["location"]).iloc[0]
    assert rolled["cost_weighted"] == pytest.approx(20 / 1000)
    assert rolled["cost_per_mwh"] == pytest.approx(20 / 20)
    assert not rolled["is_near_zero"]
    assert (rolled["n_hours"], rolled["n_excluded"]) == (10, 1)


def test_a_roll_up_onto_a_price_near_zero_has_a_cost_and_no_percent() -> None:
    cells = pd.DataFrame(
        {
            "location": "A",
            "unitized_cost_usd": [10.0, 10.0],
            "da_value_usd": [2.0, 3.0],
            "rt_load_mwh": [5.0, 15.0],
            "n_hours": [4, 6],
            "n_excluded": [1, 0],
        }
    )
    rolled = aggregate.estimate_from_cells(cells, ["location"]).iloc[0]
    assert rolled["is_near_zero"]
    assert np.isnan(rolled["cost_weighted"])
    assert rolled["cost_per_mwh"] == pytest.approx(1.0)


def test_a_distribution_counts_every_value_and_splits_costs_from_savings() -> None:
    values = pd.Series([*np.linspace(-5, 7, 1000), 1e6, np.nan])
    bins = aggregate.distribution(values)
    assert bins["n_hours"].sum() == 1001
    assert bins["share"].sum() == pytest.approx(1)
    assert not ((bins["low"] < -1e-9) & (bins["high"] > 1e-9)).any()


def test_a_distribution_of_one_value_has_a_bin_for_it() -> None:
    assert aggregate.distribution(pd.Series([2.0, 2.0]))["n_hours"].sum() == 2


def test_hours_used_and_reasons_add_up_to_the_window() -> None:
    hourly = pd.DataFrame(
        {
            "location": pd.Categorical(["b", "b", "a"], categories=["b", "a"]),
            "exclusion": pd.Categorical(["no RT load", None, None], categories=["no RT load", "no DA load"]),
        }
    )
    counts = aggregate.hours_used(hourly)
    assert counts.to_dict("list") == {
        "location": ["b", "a"],
        "n_window": [2, 1],
        "n_used": [1, 1],
        "no RT load": [1, 0],
    }


def test_the_largest_ratios_are_largest_in_size() -> None:
    hourly = pd.DataFrame({"hourly_vlr": [0.1, -9.0, 3.0, np.nan]}).assign(
        location="A", market_date="d", he=1, da_lmp_usd_per_mwh=1, rt_lmp_usd_per_mwh=1, unitized_cost=1
    )
    assert aggregate.largest_ratios(hourly, 2)["hourly_vlr"].tolist() == [-9.0, 3.0]


def test_coverage_counts_missing_hours_by_series_and_leaves_a_hubs_loads_empty() -> None:
    days = pd.DataFrame(
        {
            "location": ["Z", "Z", "Z", "HUB"],
            "measure": ["da_lmp", "da_lmp", "da_load", "da_lmp"],
            "market_date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-01"]),
            "n_expected": 24,
            "n_stored": [24, 20, 24, 24],
        }
    )
    table = aggregate.coverage(days).set_index("location")
    assert table.loc["Z", "n_expected"] == 48
    assert table.loc["Z", "missing_da_lmp"] == 4
    assert table.loc["Z", "first_gap"] == pd.Timestamp("2024-01-02")
    assert np.isnan(table.loc["HUB", "missing_da_load"])


def test_prices_by_block_weigh_cells_by_their_hours() -> None:
    cells = pd.DataFrame(
        {"location": "A", "block_type": ["5x16", "5x16", "7x8"], "value": [10.0, 40, 4], "n_hours": [3, 1, 4]}
    )
    row = aggregate.prices_by_block(cells).iloc[0]
    assert (row["5x16"], row["7x8"], row["7x24"]) == (17.5, 4.0, (30 + 40 + 16) / 8)
    assert np.isnan(row["2x16"])


def test_a_place_without_any_price_has_a_row_of_empty_cells() -> None:
    cells = pd.DataFrame(
        {"location": ["A", "B"], "block_type": "5x16", "zone_basis": [10.0, np.nan], "n_hours": [3, 0]}
    )
    table = aggregate.prices_by_block(cells, value="zone_basis").set_index("location")
    assert table.index.tolist() == ["A", "B"]
    assert table.loc["B", ["5x16", "2x16", "7x8", "7x24"]].isna().all()
    assert table.loc["B", "n_hours"] == 0
    assert table.loc["A", "7x24"] == 10


def test_year_months_left_out_are_named_with_their_reason() -> None:
    reason = "under 80 % of the month's hours"
    years = pd.DataFrame(
        [
            ("A", 2021, 12, "5x16", reason),
            ("A", 2021, 12, "7x8", reason),
            ("A", 2022, 1, "5x16", reason),
            ("A", 2022, 1, "7x8", reason),
            ("A", 2023, 5, "5x16", reason),
            ("A", 2023, 5, "7x8", reason),
            ("B", 2021, 12, "7x8", None),
        ],
        columns=["location", "year", "month", "block_type", "reason"],
    )
    (row,) = aggregate.excluded_years(years).to_dict("records")
    assert row == {
        "location": "A",
        "reason": reason,
        "blocks": "5x16, 7x8",
        "months": "2021-12 to 2022-01, 2023-05",
        "n_months": 3,
    }


def test_no_year_month_left_out_is_an_empty_table() -> None:
    years = pd.DataFrame(
        {"location": ["A"], "year": [2021], "month": [1], "block_type": "7x8", "reason": [None]}
    )
    assert list(aggregate.excluded_years(years)) == ["location", "reason", "blocks", "months", "n_months"]


def test_a_cell_without_a_price_is_empty_and_not_additive() -> None:
    factors = pd.DataFrame(
        {"location": "A", "he": [1, 2, 3], "is_additive": [False, True, False], "n_hours": [0, 5, 5]}
    )
    (row,) = aggregate.factor_counts(factors).to_dict("records")
    assert row == {"location": "A", "n_cells": 3, "n_additive": 1, "n_empty": 1, "n_hours": 10}
