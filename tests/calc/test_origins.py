"""Which periods a history can be compared with, and from which months each may be computed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.calc.origins import (
    FULL_YEAR,
    LEAST_MONTHS,
    TWO_YEARS,
    WINDOW_YEARS,
    Origin,
    describe_origins,
    month_number,
    rolling_origins,
    year_origin,
)


def _months(first: tuple[int, int], n: int) -> list[int]:
    return [first[0] * 12 + first[1] - 1 + i for i in range(n)]


def test_each_year_after_a_full_one_is_a_target() -> None:
    origins = rolling_origins(_months((2021, 1), 61))
    assert [origin.name for origin in origins] == ["2022", "2023", "2024", "2025", "2026"]
    assert origins[0].target_days == (date(2022, 1, 1), date(2022, 12, 31))
    assert origins[-1].window_days == (date(2021, 1, 1), date(2025, 12, 31))
    assert describe_origins(origins, 61) == "by year, 2022 to 2026, each from up to 5 years before it"


@pytest.mark.parametrize(("first", "targets"), [((2021, 3), ["2022", "2023"]), ((2021, 4), ["2023"])])
def test_ten_months_count_as_a_full_year(first: tuple[int, int], targets: list[str]) -> None:
    assert [
        origin.name for origin in rolling_origins(_months(first, 2024 * 12 - _months(first, 1)[0]))
    ] == targets


def test_fourteen_months_are_scored_by_month_from_the_seventh_on() -> None:
    origins = rolling_origins(_months((2023, 5), 14))
    assert [origin.name for origin in origins] == [
        "2023-11", "2023-12", "2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06",
    ]  # fmt: skip
    assert origins[0].window_days[1] == date(2023, 10, 31)
    assert all(origin.is_month for origin in origins)
    assert describe_origins(origins, 14).startswith(
        "by month, 2023-11 to 2024-06, each from the months before"
    )


@pytest.mark.parametrize("n", [0, 1, LEAST_MONTHS])
def test_a_short_history_has_no_target_and_says_so(n: int) -> None:
    origins = rolling_origins(_months((2024, 1), n))
    assert origins == ()
    assert describe_origins(origins, n).startswith(f"nothing can be scored: {n} month")


@given(st.sets(st.integers(2000 * 12, 2012 * 12), max_size=140))
def test_no_window_reaches_its_target_or_beyond_five_years(months: set[int]) -> None:
    for origin in rolling_origins(months):
        window = [month for month in months if origin.window_start <= month < origin.first]
        assert len(window) >= (LEAST_MONTHS if origin.is_month else FULL_YEAR)
        assert origin.first - origin.window_start == 12 * WINDOW_YEARS
        assert origin.is_month == (len(months) < TWO_YEARS)
        assert origin.window_days[1] < origin.target_days[0]


def test_months_are_numbered_in_the_order_of_time() -> None:
    import pandas as pd

    rows = pd.DataFrame({"year": [2023, 2024], "month": [12, 1]})
    first, second = month_number(rows)
    assert second == first + 1
    assert year_origin(2024).is_target(month_number(rows)).tolist() == [False, True]
    assert year_origin(2024).is_past(month_number(rows)).tolist() == [True, False]
    assert Origin(first, first, first - 60).name == "2023-12"
