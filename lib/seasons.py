"""Seasons: how the year is divided where one month has too few days, as for the covariance of load and price.

A column of lib/reference/seasons.csv is a division of the year: it names the season of each month. The usual
one has four seasons of three months, and `-p seasons=NAME` chooses another for the covariance. To add a
division, add a column. The name of a season tells its division, so no two divisions may share one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lib.markets import read_reference

FILE = "lib/reference/seasons.csv"

FOUR_SEASONS = "four"
"""The usual division: four seasons of three months, winter from December on."""

FORMER_NAME = "season"
"""What files of before there were several divisions call the usual one."""


def parse_divisions(rows: Sequence[Mapping[str, str]]) -> dict[str, dict[int, str]]:
    """Return the divisions of the year: name -> season of each month of the year, 1 to 12.

    Args:
        rows: of seasons.csv, one for each month.

    Raises:
        ValueError: a month has no season, or two divisions share the name of a season.
    """
    months = [int(row["month"]) for row in rows]
    divisions = {
        FOUR_SEASONS if name == FORMER_NAME else name: {int(row["month"]): row[name] for row in rows}
        for name in rows[0]
        if name != "month"
    }
    places: dict[str, str] = {}
    for division, seasons in divisions.items():
        if sorted(months) != [*range(1, 13)] or not all(seasons.values()):
            raise ValueError(f"{FILE}: {division} must name the season of each month, 1 to 12")
        for season in dict.fromkeys(seasons.values()):
            if (other := places.setdefault(season, division)) != division:
                raise ValueError(
                    f"{FILE}: {other} and {division} both have a season {season}: names must differ"
                )
    return divisions


SEASON_DIVISIONS = parse_divisions(read_reference("seasons.csv"))
"""The divisions of the year: name -> season of each month of the year, 1 to 12."""


def find_division(seasons: Iterable[str]) -> str:
    """Return the division of the year that has these seasons, which no other one has.

    Raises:
        ValueError: none has them.
    """
    names = set(seasons)
    for division, of_month in SEASON_DIVISIONS.items():
        if names <= set(of_month.values()):
            return division
    raise ValueError(f"{FILE} has no division with the seasons {', '.join(sorted(names))}")
