"""Months, hours and blocks as people type them."""

from __future__ import annotations

import pytest

from lib.calc.scaling import BadInput
from lib.tool.choosing import HOURS, format_choice, parse_blocks, parse_hours, parse_months

YEAR = tuple(range(1, 13))
DELIVERY = ("2026-01", "2026-02", "2026-03", "2026-04")


@pytest.mark.parametrize(
    ("typed", "months"),
    [
        ("", None),
        ("all", None),
        ("jun-Aug, 12", (6, 7, 8, 12)),
        ("June to August", (6, 7, 8)),
        ("11-2", (1, 2, 11, 12)),
        ("1-12", None),
        ("7;7, Jul", (7,)),
    ],
)
def test_months_of_the_year(typed: str, months: tuple[int, ...] | None) -> None:
    assert parse_months(typed, YEAR) == months


@pytest.mark.parametrize("typed", ["2026-02 to 2026-04", "2026-02-2026-04", "2026-02..2026-04"])
def test_months_of_delivery(typed: str) -> None:
    assert parse_months(typed, DELIVERY) == DELIVERY[1:]


def test_hours_and_blocks() -> None:
    assert parse_hours("HE 7-9, 23-1") == (1, 7, 8, 9, 23, 24)
    assert parse_hours("1-24") is None
    assert parse_blocks("2X16, 5x16") == ("5x16", "2x16")


@pytest.mark.parametrize("typed", ["0", "25", "7-", "a-b", "7..30"])
def test_an_hour_that_no_day_has_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="is no hour ending: they are 1 to 24"):
        parse_hours(typed)


def test_a_month_or_block_that_the_curve_lacks_is_refused() -> None:
    with pytest.raises(
        BadInput, match="'2027-01' is no month of the curve: write them like 2026-01 to 2026-04"
    ):
        parse_months("2027-01", DELIVERY)
    with pytest.raises(BadInput, match="'7x24' is no block"):
        parse_blocks("7x24")


def test_a_choice_is_written_as_it_is_read() -> None:
    hours = (1, 7, 8, 9, 23, 24)
    written = format_choice(hours, HOURS, {hour: str(hour) for hour in HOURS})
    assert written == "1, 7-9, 23, 24"
    assert parse_hours(written) == hours
    names = {month: month for month in DELIVERY}
    assert parse_months(format_choice(DELIVERY[1:], DELIVERY, names), DELIVERY) == DELIVERY[1:]
