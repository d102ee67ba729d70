"""Months and years that the parts of a cost curve do not share."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from lib.calc.cost_misfits import find_missing_months, find_uneven_years, years_by_month

ALL = range(1, 13)

YEARS = st.dictionaries(st.integers(1, 12), st.integers(0, 6))

VLR = {"month": int, "cost_per_mwh": float, "n_years": int}
SHAPE = {"month": int, "year_mean": float, "additive": float, "n_years": int}


def _curves(vlr: dict[int, int], shape: dict[int, int]) -> pd.DataFrame:
    """Return the years by month of curves of two cells each; a month of 0 years has cells without values."""
    rows = [(month, value if years else None, years) for month, years in vlr.items() for value in (0.2, None)]
    of_vlr = pd.DataFrame(rows, columns=list(VLR)).astype(VLR)
    of_vlr.loc[of_vlr["cost_per_mwh"].isna(), "n_years"] = 9  # a cell without a value knows no year
    shapes = [(month, 1.0 if years else None, None, years) for month, years in shape.items()]
    return years_by_month(of_vlr, pd.DataFrame(shapes, columns=list(SHAPE)).astype(SHAPE))


def test_a_month_without_a_value_is_missing_and_only_where_it_is_delivered() -> None:
    years = _curves(dict.fromkeys(range(1, 10), 1), dict.fromkeys(ALL, 2))
    assert find_missing_months(years, ALL) == {"vlr": [10, 11, 12]}
    assert find_missing_months(years, [1, 2, 3]) == {}
    assert (years.index.tolist(), set(years.dtypes.astype(str))) == ([*ALL], {"int64"})


def test_a_history_of_loads_of_under_half_the_years_of_prices_is_uneven() -> None:
    """Two years of loads do not fit five of prices, three do; one fits two."""
    years = _curves({1: 2, 2: 3, 3: 1, 4: 5, 5: 0, 6: 1}, {1: 5, 2: 5, 3: 2, 4: 2, 5: 5, 6: 3})
    assert list(find_uneven_years(years, range(1, 7))) == [(1, 2, 5), (4, 5, 2), (6, 1, 3)]


def test_an_additive_shape_without_a_usable_year_is_a_shape_of_one_year() -> None:
    cells = pd.DataFrame({"month": [1], "year_mean": [None], "additive": [3.0], "n_years": [0]})
    vlr = pd.DataFrame({"month": [1], "cost_per_mwh": [0.1], "n_years": [1]})
    assert years_by_month(vlr, cells).loc[1].to_dict() == {"vlr": 1, "shaping": 1}


@given(YEARS, YEARS)
def test_a_month_is_missing_or_uneven_or_neither_and_the_curves_may_change_places(
    vlr: dict[int, int], shape: dict[int, int]
) -> None:
    years = _curves(vlr, shape)
    missing = {month for months in find_missing_months(years, ALL).values() for month in months}
    uneven = {month for month, *_ in find_uneven_years(years, ALL)}
    assert not missing & uneven
    swapped = years.rename(columns={"vlr": "shaping", "shaping": "vlr"})
    assert {month for month, *_ in find_uneven_years(swapped, ALL)} == uneven
