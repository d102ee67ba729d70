"""Sums over any range of days in milliseconds, for curves that are computed while somebody waits.

The terms of a curve add up over hours (docs/method.md, "The VLR curve": ratios of sums).

1. `sum_hours` adds the terms of each location, year, month, hour ending and block up, once.
2. `sums_between` takes the sums of the months that a range covers, and adds up the hours of the one or two
   months that it cuts.

`lib.calc.range_curves` makes curves of these sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from lib.markets import BLOCKS

N_CELLS = 24 * len(BLOCKS)
"""Hour endings x blocks. A month has only 40 of these 72 cells; dense, so that a cell is an array index."""


class OutsideHistory(ValueError):
    """The range has days outside the history; the message says which days there are."""


@dataclass(frozen=True)
class MonthSums:
    """Sums over the hours of each month.

    Attributes:
        year, month: (month), in the order of time.
        totals: (term, location, month, cell), in the unit of the term.
        counts: (term, location, month, cell), hours that have the term.
        n_days: (location, month, cell), days on which the first term has a value.
        n_grid: (month, cell), hours of the calendar.
    """

    year: np.ndarray
    month: np.ndarray
    totals: np.ndarray
    counts: np.ndarray
    n_days: np.ndarray
    n_grid: np.ndarray


@dataclass(frozen=True)
class SummedHours:
    """Hourly terms of an ISO's locations over whole local days, and their sums by month.

    Attributes:
        locations: names, in the order of the first axis.
        terms: (term, location, hour); NaN where an hour does not count.
        day: (hour), its local date.
        cell: (hour), the index of its cell, below N_CELLS.
        is_repeated: (hour), whether it is the second one with its hour ending.
        bounds: (month + 1), the index of each month's first hour, and the number of hours.
        months: the sums of all months.
    """

    locations: tuple[str, ...]
    terms: np.ndarray
    day: np.ndarray
    cell: np.ndarray
    is_repeated: np.ndarray
    bounds: np.ndarray
    months: MonthSums

    @property
    def first(self) -> date:
        """The first local day."""
        return pd.Timestamp(self.day[0]).date()

    @property
    def last(self) -> date:
        """The last local day."""
        return pd.Timestamp(self.day[-1]).date()

    @property
    def n_bytes(self) -> int:
        """Size in memory."""
        sums = (self.months.totals, self.months.counts, self.months.n_days)
        return sum(part.nbytes for part in (self.terms, self.day, self.cell, *sums))


def sum_hours(hours: pd.DataFrame, locations: Sequence[str], terms: np.ndarray) -> SummedHours:
    """Return the hours with their sums by month.

    Args:
        hours: what `lib.hours.market_hours` returns for the days of the history.
        locations: names of the locations.
        terms: (term, location, hour), NaN where an hour does not count; the days of the first term are
            counted.
    """
    of_month = (hours["year"] * 12 + hours["month"] - 1).to_numpy()
    bounds = np.r_[0, np.flatnonzero(np.diff(of_month)) + 1, len(hours)]
    cell = ((hours["he"] - 1) * len(BLOCKS) + hours["block_type"].cat.codes).to_numpy(np.int64)
    day, is_repeated = hours["market_date"].to_numpy(), hours["is_repeated_hour"].to_numpy()
    parts = [
        _month(of_month[low], terms[..., low:high], cell[low:high], is_repeated[low:high])
        for low, high in pairwise(bounds)
    ]
    return SummedHours(tuple(locations), terms, day, cell, is_repeated, bounds, _joined(parts))


def sums_between(history: SummedHours, start: date, end: date) -> MonthSums:
    """Return the sums of the range's months; the first and the last may be parts of a month.

    Args:
        history: what `sum_hours` returns.
        start: first local day.
        end: last local day, included.

    Raises:
        OutsideHistory: the range has days outside the history, or ends before it begins.
    """
    if not history.first <= start <= end <= history.last:
        raise OutsideHistory(
            f"{start} to {end} cannot be computed: choose days from {history.first} to {history.last}, the "
            "first before the last"
        )
    low = int(np.searchsorted(history.day, np.datetime64(start)))
    high = int(np.searchsorted(history.day, np.datetime64(end), "right"))
    first = int(np.searchsorted(history.bounds, low))
    last = int(np.searchsorted(history.bounds, high, "right")) - 1
    if last < first:  # within one month
        return _cut(history, low, high)
    whole = _slice(history.months, first, last)
    head, tail = _cut(history, low, history.bounds[first]), _cut(history, history.bounds[last], high)
    return _joined([part for part in (head, whole, tail) if len(part.month)])


def _cut(history: SummedHours, low: int, high: int) -> MonthSums:
    """Return the sums of some hours of one month; no month if there are no hours."""
    if low == high:
        return _slice(history.months, 0, 0)
    i = int(np.searchsorted(history.bounds, low, "right")) - 1
    of_month = history.months.year[i] * 12 + history.months.month[i] - 1
    hours = slice(low, high)
    return _month(of_month, history.terms[..., hours], history.cell[hours], history.is_repeated[hours])


def _month(of_month: int, values: np.ndarray, cell: np.ndarray, is_repeated: np.ndarray) -> MonthSums:
    is_there = ~np.isnan(values)
    # Both hours of a repeated hour ending may have a value, but they are on one day.
    is_same_day = np.zeros_like(is_there[0])
    is_same_day[:, 1:] = is_there[0, :, :-1] & is_repeated[1:]
    n_days = _by_cell((is_there[0] & ~is_same_day)[None], cell)[0].astype(np.int64)
    return MonthSums(
        year=np.array([of_month // 12]),
        month=np.array([of_month % 12 + 1]),
        totals=_by_cell(np.where(is_there, values, 0.0), cell)[:, :, None],
        counts=_by_cell(is_there, cell)[:, :, None].astype(np.int64),
        n_days=n_days[:, None],
        n_grid=np.bincount(cell, minlength=N_CELLS)[None],
    )


def _by_cell(values: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Return the sums by cell: (term, location, hour) -> (term, location, cell)."""
    return np.array([[np.bincount(cell, weights=row, minlength=N_CELLS) for row in term] for term in values])


def _slice(sums: MonthSums, first: int, last: int) -> MonthSums:
    wanted = slice(first, last)
    return MonthSums(
        year=sums.year[wanted],
        month=sums.month[wanted],
        totals=sums.totals[:, :, wanted],
        counts=sums.counts[:, :, wanted],
        n_days=sums.n_days[:, wanted],
        n_grid=sums.n_grid[wanted],
    )


def _joined(parts: Sequence[MonthSums]) -> MonthSums:
    return MonthSums(
        year=np.concatenate([part.year for part in parts]),
        month=np.concatenate([part.month for part in parts]),
        totals=np.concatenate([part.totals for part in parts], axis=2),
        counts=np.concatenate([part.counts for part in parts], axis=2),
        n_days=np.concatenate([part.n_days for part in parts], axis=1),
        n_grid=np.concatenate([part.n_grid for part in parts]),
    )
