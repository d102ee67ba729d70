"""From raw rows of any source to a series frame: what cannot be trusted is left out and counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.markets import MEASURES
from lib.sources.tally import Tally

PRICE_LIMIT = 100_000.0
"""$/MWh that no hour reaches in size: the highest cap of these markets has been 9,000, before losses."""

LOAD_LIMIT = 10_000_000.0
"""MW that no zone reaches: all five markets together use under 500,000. More is a slip of unit or digits."""

KEY = ["location", "interval_start"]


def sift_values(rows: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """Return the trustworthy rows as a series frame: location, interval_start, value.

    Rows off the hour, without a finite number or with one beyond its kind's limits are left out; repetitions
    collapse, and of an hour with several values none is taken.

    Args:
        rows: location, interval_start (UTC), value (numbers, or text as it came); other columns are dropped.
        tally: where rows that are left out are counted.
    """
    rows = _on_the_hour(rows, tally)
    rows = _usable_values(rows, tally)
    rows = _unique(rows, tally)
    return rows[[*KEY, "value"]].sort_values(KEY, ignore_index=True)


def _on_the_hour(rows: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    return tally.reject(
        rows,
        rows["interval_start"].dt.floor("h") != rows["interval_start"],
        "off_the_hour",
        lambda bad: f"{len(bad)} times are not the start of an hour, such as {bad['interval_start'].iloc[0]}",
    )


def _usable_values(rows: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """Return the rows with a finite number within the limits of its kind; a load of zero or less is kept."""
    text = rows["value"]
    rows = rows.assign(text=text, value=_numbers(text))
    rows = tally.reject(
        rows,
        ~np.isfinite(rows["value"]),
        "not_a_number",
        lambda bad: f"{len(bad)} values are not finite numbers, such as {str(bad['text'].iloc[0])!r}",
    )
    limit = PRICE_LIMIT if MEASURES[tally.measure].is_price else LOAD_LIMIT
    unit = MEASURES[tally.measure].unit
    return tally.reject(
        rows,
        rows["value"].abs() > limit,
        "out_of_range",
        lambda bad: f"{len(bad)} values exceed {limit:,.0f} {unit}, such as {bad['value'].iloc[0]:,.10g}",
    )


def _numbers(text: pd.Series) -> pd.Series:
    """Return the values as floats, NaN for what is none; exactly, where pandas may be off by the last bit."""
    values = pd.to_numeric(text, errors="coerce").astype("float64")
    if pd.api.types.is_numeric_dtype(text.dtype):
        return values
    return text.where(np.isfinite(values)).astype("float64")


def _unique(rows: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """Return one row per location and hour: repetitions collapse, hours with several values are dropped."""
    if not rows.duplicated(KEY).any():
        return rows
    rows = tally.reject(
        rows,
        rows.duplicated([*KEY, "value"]),
        "duplicate",
        lambda bad: f"{len(bad)} rows repeat an hour and were passed over",
    )
    return tally.reject(
        rows,
        rows.duplicated(KEY, keep=False),
        "conflict",
        lambda bad: f"{len(bad)} rows give different values for the same hour; none was taken",
    )
