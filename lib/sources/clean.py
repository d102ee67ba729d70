"""From the raw rows of any source to a series frame: what cannot be trusted is left out and counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pandas as pd

from lib.markets import MEASURES
from lib.sources.protocol import Problem

PRICE_LIMIT = 100_000.0
"""$/MWh, positive or negative, that no hour reaches: the highest cap so far was 9,000, before losses."""

LOAD_LIMIT = 10_000_000.0
"""MW that no zone reaches: all five markets together use under 500,000. More is a wrong unit or digit."""

KEY = ["location", "interval_start"]

LARGEST_INTEGER = 1 << 63

_NUMBERS_OR_TEXT = ("string", "floating", "integer", "mixed-integer-float", "decimal", "empty")
"""What a column may hold to be read at once, by the words of pandas."""

Describe = Callable[[pd.DataFrame], str]
"""Returns what is wrong with the rows of one location."""


@dataclass
class ProblemCounter:
    """Collects the problems of one measure of one ISO while its rows are cleaned.

    Attributes:
        file: the file that the rows are from, if messages are to name it.
        first_row: the number in it of the first row, if the index of the rows counts from there.
    """

    iso: str
    measure: str
    problems: list[Problem] = field(default_factory=list)
    file: str | None = None
    first_row: int | None = None

    def add(self, kind: str, n_hours: int, message: str) -> None:
        """Add a problem without location and time."""
        text = f"{self.iso} {self.measure}: {message}"
        self.problems.append(Problem(self.iso, self.measure, None, kind, n_hours, None, None, text))

    def count(self, rows: pd.DataFrame, kind: str, describe: Describe) -> None:
        """Add a problem for each location among the rows (location, interval_start, which may be NaT)."""
        for location, its_rows in rows.groupby("location", sort=True):
            times = its_rows["interval_start"].dropna()
            first, last = (None, None) if times.empty else (times.min(), times.max())
            place = self._place(int(its_rows.index[0])) if self.file else ""
            text = f"{self.iso} {self.measure} {location}: {describe(its_rows)}{place}"
            self.problems.append(
                Problem(self.iso, self.measure, str(location), kind, len(its_rows), first, last, text)
            )

    def _place(self, index: int) -> str:
        """Return where a row is, for the end of a message."""
        row = "" if self.first_row is None else f", row {index + self.first_row}"
        return f" ({self.file}{row})"

    def reject(self, rows: pd.DataFrame, is_bad: pd.Series, kind: str, describe: Describe) -> pd.DataFrame:
        """Return the rows that are not bad, and count the bad ones."""
        if not is_bad.any():
            return rows
        self.count(rows[is_bad], kind, describe)
        return rows[~is_bad]


def clean_values(rows: pd.DataFrame, counter: ProblemCounter) -> pd.DataFrame:
    """Return the trustworthy rows as a series frame: location, interval_start, value.

    Rows off the hour and rows without a finite number within the limits of their measure are left out.
    Repeated rows collapse. An hour with several values gets none of them.

    Args:
        rows: location, interval_start (UTC), value (numbers, or text as it came); other columns are dropped.
        counter: counts the rows that are left out.
    """
    rows = _on_the_hour(rows, counter)
    rows = _usable_values(rows, counter)
    rows = _unique(rows, counter)
    return rows[[*KEY, "value"]].sort_values(KEY, ignore_index=True)


def _on_the_hour(rows: pd.DataFrame, counter: ProblemCounter) -> pd.DataFrame:
    return counter.reject(
        rows,
        rows["interval_start"].dt.floor("h") != rows["interval_start"],
        "off_the_hour",
        lambda bad: f"{len(bad)} times are not the start of an hour, such as {bad['interval_start'].iloc[0]}",
    )


def _usable_values(rows: pd.DataFrame, counter: ProblemCounter) -> pd.DataFrame:
    """Return the rows with a finite number within the limits of the measure; a load may be negative."""
    text = rows["value"]
    rows = rows.assign(text=text, value=_to_numbers(text))
    rows = counter.reject(
        rows,
        ~np.isfinite(rows["value"]),
        "not_a_number",
        lambda bad: f"{len(bad)} values are not finite numbers, such as {str(bad['text'].iloc[0])!r}",
    )
    measure = MEASURES[counter.measure]
    limit = PRICE_LIMIT if measure.is_price else LOAD_LIMIT
    return counter.reject(
        rows,
        rows["value"].abs() > limit,
        "out_of_range",
        lambda bad: (
            f"{len(bad)} values exceed {limit:,.0f} {measure.unit}, such as {bad['value'].iloc[0]:,.10g}"
        ),
    )


def _to_numbers(text: pd.Series) -> pd.Series:
    """Return the values as floats, NaN for what is no number or its text; pandas may miss the last bit."""
    if pd.api.types.infer_dtype(text, skipna=True) not in _NUMBERS_OR_TEXT:
        text = text.map(_to_number_or_text)
    values = pd.to_numeric(text, errors="coerce").astype("float64")
    if pd.api.types.is_numeric_dtype(text.dtype):
        return values
    return text.where(np.isfinite(values)).astype("float64")


def _to_number_or_text(value: object) -> object:
    """Return a number as it is, infinity for an integer beyond all floats, and the text of anything else."""
    if type(value) in (float, Decimal):
        return value
    if type(value) is int:
        return value if abs(value) < LARGEST_INTEGER else float("inf")
    return str(value)


def _unique(rows: pd.DataFrame, counter: ProblemCounter) -> pd.DataFrame:
    """Return one row per location and hour: repeated rows collapse, hours with several values are dropped."""
    if not rows.duplicated(KEY).any():
        return rows
    rows = counter.reject(
        rows,
        rows.duplicated([*KEY, "value"]),
        "duplicate",
        lambda bad: f"{len(bad)} rows repeat an hour and were ignored",
    )
    return counter.reject(
        rows,
        rows.duplicated(KEY, keep=False),
        "conflict",
        lambda bad: f"{len(bad)} rows give different values for the same hour; all were left out",
    )
