"""Rolling origins: which periods a history can be compared with, and which months each may be computed from.

An origin is the first day of a period, the target, which is compared with what the months before it say.
Nothing at or after the origin enters. The method (docs/method.md, "Backtest"):

1. By year, where at least TWO_YEARS months have values: each calendar year is a target if at least FULL_YEAR
   months of the WINDOW_YEARS calendar years before it have values. These years are its window.
2. By month, where fewer months have values: each month is a target if at least LEAST_MONTHS months before it
   have. All months before it, up to five years, are its window.

Months are numbered year x 12 + month - 1, so that windows can be compared and cut with integers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

WINDOW_YEARS = 5
"""The calendar years before a target from which it is computed."""

TWO_YEARS = 24
"""The number of months with values from which targets are years."""

FULL_YEAR = 10
"""The number of months before a target year that count as a full year: many series begin within a year."""

LEAST_MONTHS = 6
"""The number of months before a target month without which nothing is said about it."""


@dataclass(frozen=True)
class Origin:
    """A target and its window, as numbers of months; the window ends with the month before the target.

    Attributes:
        first, last: the first and the last month of the target.
        window_start: the first month of the window.
    """

    first: int
    last: int
    window_start: int

    @property
    def name(self) -> str:
        """The target as people write it: 2023, or 2023-07 for a single month."""
        year, month = divmod(self.first, 12)
        return f"{year}" if self.last > self.first else f"{year}-{month + 1:02d}"

    @property
    def is_month(self) -> bool:
        """Whether the target is a single month."""
        return self.first == self.last

    @property
    def target_days(self) -> tuple[date, date]:
        """The first and the last day of the target."""
        return _first_day(self.first), _first_day(self.last + 1) - timedelta(days=1)

    @property
    def window_days(self) -> tuple[date, date]:
        """The first and the last day of the window."""
        return _first_day(self.window_start), _first_day(self.first) - timedelta(days=1)

    def is_target(self, number: pd.Series) -> pd.Series:
        """Return which months, by their number, belong to the target."""
        return number.between(self.first, self.last)

    def is_past(self, number: pd.Series) -> pd.Series:
        """Return which months, by their number, belong to the window."""
        return number.between(self.window_start, self.first - 1)


def month_number(rows: pd.DataFrame) -> pd.Series:
    """Return the number of each row's month, from its year and month."""
    return rows["year"].astype(int) * 12 + rows["month"].astype(int) - 1


def year_origin(year: int) -> Origin:
    """Return the origin of a calendar year, with the window of the years before it."""
    return Origin(year * 12, year * 12 + 11, (year - WINDOW_YEARS) * 12)


def rolling_origins(numbers: Iterable[int]) -> tuple[Origin, ...]:
    """Return the targets that a history has, the earliest first; none where it is too short.

    Args:
        numbers: of the months that have values, in any sequence; they may repeat.
    """
    months = sorted({int(number) for number in numbers})
    if len(months) < TWO_YEARS:
        found = [Origin(month, month, month - 12 * WINDOW_YEARS) for month in months]
        return tuple(origin for origin in found if _n_before(months, origin) >= LEAST_MONTHS)
    years = [year_origin(year) for year in sorted({month // 12 for month in months})]
    return tuple(origin for origin in years if _n_before(months, origin) >= FULL_YEAR)


def _n_before(months: list[int], origin: Origin) -> int:
    return sum(origin.window_start <= month < origin.first for month in months)


def _first_day(number: int) -> date:
    year, month = divmod(number, 12)
    return date(year, month + 1, 1)


def describe_origins(origins: tuple[Origin, ...], n_months: int) -> str:
    """Return how a history was scored: by year, by month, or why not at all.

    Args:
        origins: its targets.
        n_months: the number of its months that have values.
    """
    if not origins:
        return (
            f"nothing can be scored: {n_months} month{'s' * (n_months != 1)} with values; a target needs "
            f"{LEAST_MONTHS} months before it"
        )
    first, last = origins[0].name, origins[-1].name
    span = first if first == last else f"{first} to {last}"
    if origins[0].is_month:
        return (
            f"by month, {span}, each from the months before it: {n_months} months have values, and targets "
            f"are years from {TWO_YEARS} on"
        )
    return f"by year, {span}, each from up to {WINDOW_YEARS} years before it"
