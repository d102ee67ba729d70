"""Counting what is wrong with rows from outside: defects become problems, spoilt rows are left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from lib.sources.protocol import Problem

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
