"""The mean of four quarter hours, and what becomes of an hour that has not four."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.sources.clean import ProblemCounter
from lib.sources.public.ercot.prices import hourly_means

NOON = pd.Timestamp("2024-07-01 12:00", tz="UTC").as_unit("us")


def _quarters(prices: Sequence[object], location: str = "WEST ZONE") -> pd.DataFrame:
    times = pd.date_range(NOON, periods=len(prices), freq="15min", unit="us")
    return pd.DataFrame({"location": location, "interval_start": times, "value": prices})


def _means(quarters: pd.DataFrame) -> tuple[pd.DataFrame, ProblemCounter]:
    counter = ProblemCounter("NYISO", "rt_lmp")
    return hourly_means(quarters, counter), counter


def test_an_hour_is_the_mean_of_its_four_quarters() -> None:
    hours, counter = _means(_quarters([20.0, 30.0, 40.0, -10.0]))
    assert hours.to_dict("records") == [{"location": "WEST ZONE", "interval_start": NOON, "value": 20.0}]
    assert counter.problems == []


def test_prices_may_come_as_text() -> None:
    hours, _ = _means(_quarters(["20", "30.5", "-1e1", "0"]))
    assert hours["value"].tolist() == [10.125]


@pytest.mark.parametrize("spoilt", [None, "N/A", float("nan")])
def test_an_hour_with_a_quarter_that_has_no_price_is_counted_and_left_out(spoilt: object) -> None:
    hours, counter = _means(_quarters([20.0, 30.0, spoilt, 40.0, 1.0, 2.0, 3.0, 4.0]))
    assert hours["value"].tolist() == [2.5]
    (problem,) = counter.problems
    assert (problem.kind, problem.n_hours, problem.first) == ("incomplete_hour", 1, NOON)


def test_three_quarters_make_no_hour() -> None:
    hours, counter = _means(_quarters([20.0, 30.0, 40.0]))
    assert hours.empty
    assert [problem.kind for problem in counter.problems] == ["incomplete_hour"]


def test_a_quarter_that_came_twice_with_one_price_counts_once() -> None:
    quarters = _quarters([20.0, 30.0, 40.0, 50.0])
    hours, counter = _means(pd.concat([quarters, quarters.head(1)]))
    assert hours["value"].tolist() == [35.0]
    assert counter.problems == []


def test_a_quarter_with_two_prices_spoils_its_hour() -> None:
    quarters = _quarters([20.0, 30.0, 40.0, 50.0])
    hours, counter = _means(pd.concat([quarters, quarters.head(1).assign(value=21.0)]))
    assert hours.empty
    assert [problem.kind for problem in counter.problems] == ["incomplete_hour"]


@given(st.lists(st.floats(-5000, 5000), min_size=4, max_size=4), st.permutations(range(4)))
def test_the_mean_lies_among_its_quarters_in_whatever_order_they_come(
    prices: list[float], order: list[int]
) -> None:
    hours, _ = _means(_quarters(prices).iloc[list(order)])
    (mean,) = hours["value"]
    assert min(prices) - 1e-9 <= mean <= max(prices) + 1e-9
    assert mean * 4 == pytest.approx(sum(prices), abs=1e-6)
