"""The full grid of locations and hours that every calculation starts from, the rule for small divisors, and
the weights of years.

A calculation over the stored hours alone cannot tell which hours are missing. So the grid has every location
and every hour of the window, and an hour without a value is a row with NULL, which can be counted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.hours import HOUR
from lib.markets import MEASURES, SETTLED_COLUMN

CELL = ["location", "month", "he", "block_type"]
"""The key of a curve's cell. A location has 12 x (16 + 16 + 8) = 480 cells if the window has every month."""

VALUES = [measure.column for measure in MEASURES.values()]
"""da_lmp_usd_per_mwh, rt_lmp_usd_per_mwh, da_load_mw, rt_load_mw."""

MIN_BASE_USD_PER_MWH = 1.0
"""The smallest price that a ratio may have as its divisor, in $/MWh; below it a ratio means nothing."""

NEAR_ZERO = f"under ${MIN_BASE_USD_PER_MWH:g}/MWh"
"""The words for a price below MIN_BASE_USD_PER_MWH."""


def build_grid(inputs: pd.DataFrame, hours: pd.DataFrame, locations: Sequence[str]) -> pd.DataFrame:
    """Return the grid of every location and every hour of the window, with the values where there are any.

    Args:
        inputs: location, interval_start (UTC), the four VALUES columns ($/MWh and MW) and perhaps
            rt_lmp_settled_usd_per_mwh, at most one row per location and hour; hours and locations outside the
            grid are ignored.
        hours: what `lib.hours.market_hours` returns for the window.
        locations: the locations wanted, in the order wanted.

    Returns:
        location (categorical), the columns of `hours` and the values of the inputs, with a row for each
        location and hour, sorted by both; NULL where there is no value.

    Raises:
        ValueError: a location has two rows for one hour.
    """
    location = pd.Categorical(inputs["location"], categories=list(locations)).codes.astype(np.int64)
    hour = ((inputs["interval_start"] - hours["interval_start"].iloc[0]) // HOUR).to_numpy()
    is_inside = (location >= 0) & (hour >= 0) & (hour < len(hours))
    row = (location * len(hours) + hour)[is_inside]
    _check_unique(inputs[is_inside], row)

    size = len(locations) * len(hours)
    grid = pd.concat([hours] * len(locations), ignore_index=True)
    grid.insert(
        0, "location", pd.Categorical.from_codes(np.arange(size) // len(hours), categories=list(locations))
    )
    for column in [*VALUES, *({SETTLED_COLUMN} & set(inputs))]:
        values = np.full(size, np.nan)
        values[row] = inputs.loc[is_inside, column]
        grid[column] = values
    return grid


def by_location(grid: pd.DataFrame, value: str) -> pd.DataFrame:
    """Return a column of a grid with a row for each hour and a column for each location that has any value.

    Args:
        grid: what `build_grid` returns, with all its rows.
        value: the column.
    """
    names = grid["location"].cat.categories
    values = grid[value].to_numpy().reshape(len(names), -1).T
    return pd.DataFrame(values, columns=names).dropna(axis=1, how="all")


def _check_unique(inputs: pd.DataFrame, row: np.ndarray) -> None:
    if len(row) and np.bincount(row).max() > 1:
        twice = inputs[inputs.duplicated(["location", "interval_start"])].iloc[0]
        raise ValueError(f"{twice['location']} has two rows for the hour {twice['interval_start']}")


def ratio(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """Return the quotient; NULL where the divisor is zero or missing, or the quotient is not finite."""
    quotient = numerator / denominator
    return quotient.where(np.isfinite(quotient))


def year_weights(year: pd.Series, half_life_years: float | None) -> pd.Series:
    """Return the weight of each row by its year: 1 for the last year, half of it a half-life before.

    Args:
        year: the year of each row.
        half_life_years: None to weigh all years alike.

    Raises:
        ValueError: the half-life is not above 0.
    """
    if half_life_years is None:
        return pd.Series(1.0, index=year.index)
    if not half_life_years > 0:
        raise ValueError(f"half_life_years is {half_life_years}: it must be above 0, or None for no weights")
    return pd.Series(0.5 ** ((year.max() - year) / half_life_years), index=year.index)
