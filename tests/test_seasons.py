"""Seasons are data: divisions of the year, each known by the names of its seasons."""

from __future__ import annotations

import pytest

from lib.markets import read_reference
from lib.seasons import FOUR_SEASONS, SEASON_DIVISIONS, find_division, parse_divisions

ROWS = [dict(row) for row in read_reference("seasons.csv")]


def test_the_usual_division_has_four_seasons_of_three_months() -> None:
    four = SEASON_DIVISIONS[FOUR_SEASONS]
    assert [four[month] for month in (12, 1, 2)] == ["Winter"] * 3
    assert [[*four.values()].count(name) for name in ("Winter", "Spring", "Summer", "Fall")] == [3] * 4
    assert {len({*one.values()}) for one in SEASON_DIVISIONS.values()} == {1, 3, 4, 12}


@pytest.mark.parametrize("division", SEASON_DIVISIONS)
def test_any_of_its_seasons_tell_a_division(division: str) -> None:
    names = list(SEASON_DIVISIONS[division].values())
    assert find_division(names) == find_division(names[:1]) == division


def test_seasons_of_no_division_are_refused() -> None:
    with pytest.raises(ValueError, match=r"seasons.csv has no division with the seasons Jan, Winter"):
        find_division(["Winter", "Jan"])


def test_a_column_that_an_analyst_adds_is_a_division() -> None:
    rows = [{**row, "gas": "Injection" if 4 <= int(row["month"]) <= 10 else "Withdrawal"} for row in ROWS]
    assert parse_divisions(rows)["gas"][11] == "Withdrawal"
    assert parse_divisions(rows).keys() == {*SEASON_DIVISIONS, "gas"}


def test_a_file_of_before_has_the_usual_division_alone() -> None:
    rows = [{"month": row["month"], "season": row[FOUR_SEASONS]} for row in ROWS]
    assert parse_divisions(rows) == {FOUR_SEASONS: SEASON_DIVISIONS[FOUR_SEASONS]}


def test_names_that_two_divisions_share_and_months_without_a_season_are_refused() -> None:
    shared = [{**row, "desk": "Winter" if row["month"] in ("11", "12", "1") else "Rest"} for row in ROWS]
    with pytest.raises(ValueError, match="four and desk both have a season Winter: names must differ"):
        parse_divisions(shared)
    for rows in (ROWS[:11], [*ROWS[:11], {**ROWS[11], "four": ""}]):
        with pytest.raises(ValueError, match="four must name the season of each month, 1 to 12"):
            parse_divisions(rows)
