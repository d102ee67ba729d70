"""The full grid of locations and hours that every calculation starts from.

A calculation over the hours that happen to be there cannot say which are missing. So the hours of the window
come first, and the values are laid on them: an hour without a value is a row with NULL, to be counted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.hours import HOUR
from lib.markets import MEASURES

CELL = ["location", "month", "he", "block_type"]
"""What a cell of a curve is keyed by: 480 cells per location once the window covers every month."""

VALUES = [measure.column for measure in MEASURES.values()]
"""da_lmp_usd_per_mwh, rt_lmp_usd_per_mwh, da_load_mw, rt_load_mw."""

MIN_BASE_USD_PER_MWH = 1.0
"""A ratio to a price smaller than this, in size, is not a number to publish."""


def build_grid(inputs: pd.DataFrame, hours: pd.DataFrame, locations: Sequence[str]) -> pd.DataFrame:
    """Lay values on the grid of every location and every hour of the window.

    Args:
        inputs: location, interval_start (UTC) and the four VALUES columns ($/MWh and MW), at most one row per
            location and hour; hours and locations outside the grid are left out.
        hours: what `lib.hours.market_hours` returns for the window.
        locations: the locations wanted, in the order wanted.

    Returns:
        location (categorical), the columns of `hours` and the four VALUES; one row for each location and
        hour, sorted by both; NULL where there is no value.

    Raises:
        ValueError: a location has two rows for one hour.
    """
    place = pd.Categorical(inputs["location"], categories=list(locations)).codes.astype(np.int64)
    hour = ((inputs["interval_start"] - hours["interval_start"].iloc[0]) // HOUR).to_numpy()
    is_inside = (place >= 0) & (hour >= 0) & (hour < len(hours))
    position = (place * len(hours) + hour)[is_inside]
    _refuse_duplicates(inputs[is_inside], position)

    size = len(locations) * len(hours)
    grid = pd.concat([hours] * len(locations), ignore_index=True)
    grid.insert(
        0, "location", pd.Categorical.from_codes(np.arange(size) // len(hours), categories=list(locations))
    )
    for column in VALUES:
        values = np.full(size, np.nan)
        values[position] = inputs[column].to_numpy(float)[is_inside]
        grid[column] = values
    return grid


def _refuse_duplicates(inputs: pd.DataFrame, position: np.ndarray) -> None:
    if len(position) and np.bincount(position).max() > 1:
        twice = inputs[inputs.duplicated(["location", "interval_start"])].iloc[0]
        raise ValueError(f"{twice['location']} has two rows for the hour {twice['interval_start']}")


def ratio(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """Divide, with NULL where the divisor is zero or missing or the quotient is not finite."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        quotient = numerator / denominator
    return quotient.where(np.isfinite(quotient))
