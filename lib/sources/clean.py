"""From raw rows of any source to a series frame: what cannot be trusted is left out and counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lib.markets import MEASURES
from lib.sources.protocol import Problem

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


Describe = Callable[[pd.DataFrame], str]
"""Says what is wrong with the rows of one location."""


@dataclass
class Tally:
    """The problems of one measure of one ISO, collected while its rows are sifted."""

    iso: str
    measure: str
    problems: list[Problem] = field(default_factory=list)

    def note(self, kind: str, n_hours: int, message: str) -> None:
        """Add a problem that belongs to no location and has no time."""
        text = f"{self.iso} {self.measure}: {message}"
        self.problems.append(Problem(self.iso, self.measure, None, kind, n_hours, None, None, text))

    def count(self, rows: pd.DataFrame, kind: str, describe: Describe) -> None:
        """Add a problem for each location among the rows (location, interval_start which may be NaT)."""
        for location, its_rows in rows.groupby("location", sort=True):
            times = its_rows["interval_start"].dropna()
            first, last = (None, None) if times.empty else (times.min(), times.max())
            text = f"{self.iso} {self.measure} {location}: {describe(its_rows)}"
            self.problems.append(
                Problem(self.iso, self.measure, str(location), kind, len(its_rows), first, last, text)
            )

    def reject(self, rows: pd.DataFrame, is_bad: pd.Series, kind: str, describe: Describe) -> pd.DataFrame:
        """Return the rows that are not bad, and count the bad ones."""
        if not is_bad.any():
            return rows
        self.count(rows[is_bad], kind, describe)
        return rows[~is_bad]
