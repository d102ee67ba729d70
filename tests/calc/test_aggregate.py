from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.calc import aggregate

PLACES = pd.CategoricalDtype(["Z", "never met", "A"])
"""Locations as a grid has them: in an order of their own, and one that no row has."""


def _places(*names: str) -> pd.Categorical:
    return pd.Categorical(names, dtype=PLACES)


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
    table = aggregate.count_missing_hours(days).set_index("location")
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


def test_a_season_stands_at_the_row_of_its_month_and_seasons_are_in_the_order_of_the_year() -> None:
    seasons = aggregate.season(pd.Series(["7", "2"], index=[10, 20]))
    assert seasons.to_dict() == {10: "Summer", 20: "Winter"}
    assert seasons.min() == "Winter"


def test_a_plain_mean_counts_each_hour_once_and_has_no_group_without_a_row() -> None:
    grid = pd.DataFrame({"zone": _places("A", "Z", "A", "A"), "price": [10.0, 3, 20, np.nan]}, [5, 6, 7, 8])
    means = aggregate.mean_by(grid, "price", ["zone"])
    assert means.to_dict("list") == {"zone": ["Z", "A"], "price": [3.0, 15.0], "n_hours": [1, 2]}


def test_an_hour_whose_load_is_zero_is_not_counted() -> None:
    grid = pd.DataFrame({"zone": "A", "price": [10.0, 20.0], "load": [0.0, 2.0]})
    means = aggregate.mean_by(grid, "price", ["zone"], weight="load")
    assert means.to_dict("list") == {"zone": ["A"], "price": [20.0], "n_hours": [1]}


def test_one_known_cell_is_enough_for_a_roll_up_of_the_places_that_have_cells() -> None:
    cells = pd.DataFrame(
        {
            "location": _places("A", "A"),
            "unitized_cost_usd": [10.0, np.nan],
            "da_value_usd": [100.0, np.nan],
            "rt_load_mwh": [5.0, np.nan],
            "n_hours": [4, 0],
            "n_excluded": [0, 6],
        }
    )
    (row,) = aggregate.estimate_from_cells(cells, ["location"]).to_dict("records")
    assert (row["location"], row["cost_weighted"], row["n_excluded"]) == ("A", 0.1, 6)


def test_a_distribution_has_bins_of_one_width_over_the_central_share_and_two_beyond() -> None:
    bins = aggregate.distribution(pd.Series(np.arange(-10, 11)), n_bins=5, share=0.5)
    edges = [-np.inf, -6, -4, -2, 0, 2, 4, 6, np.inf]  # the central half is -5 to 5
    assert (bins["low"].tolist(), bins["high"].tolist()) == (edges[:-1], edges[1:])
    assert bins["n_hours"].tolist() == [4, 2, 2, 2, 2, 2, 2, 5]
    assert bins["share"].tolist() == [n / 21 for n in bins["n_hours"]]


def test_a_distribution_has_forty_bins_over_98_percent_where_nothing_else_is_said() -> None:
    bins = aggregate.distribution(pd.Series(np.linspace(0, 100, 1001)))
    assert bins["high"].iloc[1] - bins["low"].iloc[1] == pytest.approx((99 - 1) / 40)


def test_a_distribution_of_one_value_is_cut_at_it_and_one_of_nothing_is_empty() -> None:
    assert aggregate.distribution(pd.Series([3.0]))["low"].tolist() == [-np.inf, 3.0]
    empty = aggregate.distribution(pd.Series([np.nan]))
    assert empty.dtypes.astype(str).to_dict() == dict.fromkeys(["low", "high", "n_hours", "share"], "float64")
    assert empty.empty


def test_eight_ratios_are_shown_where_nothing_else_is_said() -> None:
    hourly = pd.DataFrame({"hourly_vlr": np.arange(12.0)}).assign(
        location="A", market_date="d", he=1, da_lmp_usd_per_mwh=1, rt_lmp_usd_per_mwh=1, unitized_cost=1
    )
    assert aggregate.largest_ratios(hourly)["hourly_vlr"].tolist() == [11, 10, 9, 8, 7, 6, 5, 4]


def test_hours_used_are_told_of_the_places_that_are_met_in_the_order_of_the_hours() -> None:
    hourly = pd.DataFrame({"location": _places("A", "Z"), "exclusion": pd.Categorical(["no RT load", None])})
    assert aggregate.hours_used(hourly).to_dict("list") == {
        "location": ["A", "Z"],
        "n_window": [1, 1],
        "n_used": [0, 1],
        "no RT load": [1, 0],
    }


def test_coverage_has_a_column_for_each_measure_and_the_first_and_the_last_gap() -> None:
    first, last = pd.Timestamp("2024-03-10"), pd.Timestamp("2024-03-12")
    days = pd.DataFrame(
        [
            ("A", "da_lmp", first, 23, 20),
            ("A", "da_load", first, 23, 23),
            ("Z", "da_lmp", first, 23, 0),
            ("A", "da_lmp", last, 24, 23),
        ],
        columns=["location", "measure", "market_date", "n_expected", "n_stored"],
    ).astype({"location": PLACES})
    table = aggregate.count_missing_hours(days)
    measures = ["da_lmp", "rt_lmp", "da_load", "rt_load"]
    assert list(table) == [
        "location",
        "n_expected",
        *(f"missing_{m}" for m in measures),
        "first_gap",
        "last_gap",
    ]
    assert table["location"].tolist() == ["A", "Z"]
    assert table["n_expected"].tolist() == [47, 23]
    assert table["missing_da_lmp"].tolist() == [4, 23]
    assert table["missing_da_load"].fillna(-1).tolist() == [0, -1]
    assert table[["missing_rt_lmp", "missing_rt_load"]].isna().all(axis=None)
    assert table["first_gap"].tolist() == [first, first]
    assert table["last_gap"].tolist() == [last, first]


def test_prices_by_block_are_those_of_the_places_that_have_cells() -> None:
    cells = pd.DataFrame(
        {
            "location": _places("A", "Z"),
            "block_type": pd.Categorical(["7x8", "5x16"]),
            "value": [4.0, 10.0],
            "n_hours": 2,
        }
    )
    table = aggregate.prices_by_block(cells)
    assert list(table) == ["location", "5x16", "2x16", "7x8", "7x24", "n_hours"]
    assert dict(zip(table["location"], table["7x24"], strict=True)) == {"Z": 10.0, "A": 4.0}


def test_hours_by_block_have_a_row_for_each_year_and_block_and_a_column_for_each_month() -> None:
    hours = pd.DataFrame({"year": [2024, 2024, 2024, 2025], "block_type": "7x8", "month": [1, 1, 2, 2]})
    assert aggregate.hours_by_block(hours).to_dict("list") == {
        "year": [2024, 2025],
        "block_type": ["7x8", "7x8"],
        "1": [2, 0],
        "2": [1, 1],
    }


def test_the_cells_of_a_curve_are_counted_by_place() -> None:
    curve = pd.DataFrame(
        {
            "location": _places("A", "A", "Z"),
            "he": [1, 2, 1],
            "is_thin": [True, True, False],
            "is_near_zero": [False, True, False],
            "n_hours": [3, 4, 50],
            "n_excluded": [1, 0, 2],
        }
    )
    assert aggregate.cell_counts(curve).to_dict("list") == {
        "location": ["A", "Z"],
        "n_cells": [2, 1],
        "n_thin": [2, 0],
        "n_near_zero": [1, 0],
        "n_hours": [7, 50],
        "n_excluded": [1, 2],
    }


def test_the_highest_factor_of_each_place_is_that_of_the_month_and_block() -> None:
    factors = pd.DataFrame(
        [
            ("A", 7, 17, "5x16", 1.4),
            ("A", 7, 18, "5x16", 1.6),
            ("A", 8, 18, "5x16", 9.0),
            ("A", 7, 1, "7x8", 9.0),
            ("Z", 7, 18, "5x16", np.nan),
            ("Z", 7, 19, "5x16", 1.1),
        ],
        columns=["location", "month", "he", "block_type", "year_mean"],
    ).astype({"location": PLACES})
    highest = aggregate.highest_factors(factors, 7, "5x16")
    assert highest[["location", "he", "year_mean"]].to_numpy().tolist() == [["A", 18, 1.6], ["Z", 19, 1.1]]


def test_factors_are_counted_by_the_places_that_have_some() -> None:
    factors = pd.DataFrame(
        {"location": _places("A", "Z"), "he": 1, "is_additive": [False, True], "n_hours": [5, 6]}
    )
    assert aggregate.factor_counts(factors).to_dict("list") == {
        "location": ["A", "Z"],
        "n_cells": [1, 1],
        "n_additive": [0, 1],
        "n_empty": [0, 0],
        "n_hours": [5, 6],
    }


def test_reasons_are_told_in_the_order_in_which_they_are_met_whatever_else_is_unknown() -> None:
    years = pd.DataFrame(
        [("Z", 2021, 2, "7x8", "too short"), ("A", 2021, 1, "7x8", "no price"), ("A", 2021, 1, "2x16", "a")],
        columns=["location", "year", "month", "block_type", "reason"],
    ).assign(block_mean=np.nan)
    table = aggregate.excluded_years(years)
    assert table[["location", "reason", "blocks"]].to_numpy().tolist() == [
        ["Z", "too short", "7x8"],
        ["A", "no price", "7x8"],
        ["A", "a", "2x16"],
    ]


def test_premiums_have_a_column_for_each_block_though_no_place_has_one() -> None:
    premiums = pd.DataFrame({"location": ["A", "B"], "block_type": ["7x8", "5x16"], "premium": [0.01, 0.05]})
    table = aggregate.spread_out(premiums, ["location"], "block_type", "premium")
    assert list(table) == ["location", "5x16", "2x16", "7x8"]
    assert table.fillna(-1.0).to_numpy().tolist() == [["A", -1.0, -1.0, 0.01], ["B", 0.05, -1.0, -1.0]]


def test_a_column_is_spread_out_over_as_many_columns_as_it_has_values() -> None:
    frame = pd.DataFrame(
        {
            "location": pd.Categorical(["B", "B", "A"], ["B", "A"]),
            "season": aggregate.season(pd.Series([7, 1, 1])),
            "year": [2025, 2024, 2024],
            "share": [0.3, 0.1, 0.2],
        }
    )
    table = aggregate.spread_out(frame, ["location", "season"], "year", "share")
    assert list(table) == ["location", "season", "2024", "2025"]
    assert table[["location", "season"]].to_numpy().tolist() == [
        ["B", "Winter"],
        ["B", "Summer"],
        ["A", "Winter"],
    ]
    assert table["2024"].fillna(-1.0).tolist() == [0.1, -1.0, 0.2]
    assert table["2025"].fillna(-1.0).tolist() == [-1.0, 0.3, -1.0]
