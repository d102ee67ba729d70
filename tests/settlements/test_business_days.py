from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.settlements.business_days import (
    EASTERN,
    business_day_before,
    business_days_before,
    is_business_day,
    latest_trade_date,
    trade_date_as_of,
)


@pytest.mark.parametrize(
    "day",
    [
        date(2025, 12, 25),
        date(2026, 1, 1),
        date(2026, 4, 3),  # Good Friday
        date(2026, 7, 3),  # the 4th is a Saturday
        date(2026, 11, 26),
        date(2026, 1, 3),
        date(2026, 1, 4),
    ],
)
def test_nothing_is_due_on_a_holiday_or_weekend(day: date) -> None:
    assert not is_business_day(day)


@pytest.mark.parametrize(
    "day", [date(2025, 12, 26), date(2025, 12, 31), date(2026, 10, 12), date(2021, 12, 31)]
)
def test_every_other_weekday_is_a_business_day(day: date) -> None:
    assert is_business_day(day)


@given(st.dates(date(2015, 1, 1), date(2040, 1, 1)))
def test_the_business_day_before_is_the_nearest_one(day: date) -> None:
    before = business_day_before(day)
    assert before < day
    assert is_business_day(before)
    between = (date.fromordinal(n) for n in range(before.toordinal() + 1, day.toordinal()))
    assert not any(map(is_business_day, between))


def test_business_days_go_back_one_after_another() -> None:
    assert business_days_before(date(2026, 1, 5), 3) == [
        date(2026, 1, 2),
        date(2025, 12, 31),
        date(2025, 12, 30),
    ]
    assert business_days_before(date(2026, 1, 5), 0) == []


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2025-12-30T16:00", date(2025, 12, 30)),
        ("2025-12-30T23:59", date(2025, 12, 30)),
        ("2025-12-31T00:01", date(2025, 12, 30)),  # after midnight the evening's files are still meant
        ("2025-12-30T06:15", date(2025, 12, 29)),
        ("2026-01-01T19:00", date(2025, 12, 31)),
        ("2026-01-04T19:00", date(2026, 1, 2)),
    ],
)
def test_an_evening_means_its_own_trade_date_and_a_morning_the_one_before(moment: str, day: date) -> None:
    assert latest_trade_date(datetime.fromisoformat(moment).replace(tzinfo=EASTERN)) == day


def test_the_clock_is_new_yorks_wherever_the_run_is() -> None:
    assert latest_trade_date(datetime.fromisoformat("2025-12-30T21:30:00+00:00")) == date(2025, 12, 30)
    assert latest_trade_date(datetime.fromisoformat("2025-12-31T03:00:00+01:00")) == date(2025, 12, 30)


def test_a_run_as_of_a_past_day_is_about_that_days_evening() -> None:
    now = datetime(2026, 1, 20, 9, tzinfo=EASTERN)
    assert trade_date_as_of(date(2026, 1, 7), now) == date(2026, 1, 7)
    assert trade_date_as_of(date(2026, 1, 1), now) == date(2025, 12, 31)
    assert trade_date_as_of(date(2026, 1, 20), now) == date(2026, 1, 16)  # the 19th is a holiday
    assert trade_date_as_of(date(2027, 1, 1), now) == date(2026, 1, 16)
