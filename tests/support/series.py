"""What tests of sources compare: the values of one location, and the hours of local days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd

from lib.hours import utc_bounds
from lib.sources import SeriesResult, Source


def values_of(result: SeriesResult, location: str) -> dict[pd.Timestamp, float]:
    """Return the values of one location by the UTC start of their hour."""
    frame = result.frame[result.frame["location"] == location]
    return dict(zip(frame["interval_start"], frame["value"], strict=True))


def hours_of_days(iso: str, first: date, last: date) -> list[pd.Timestamp]:
    """Return the UTC start of every hour of an ISO's local days."""
    return list(pd.date_range(*utc_bounds(iso, first, last), freq="h", inclusive="left", unit="us"))


def days_reader(iso: str, *usual: str) -> Callable[..., SeriesResult]:
    """Return a function that reads a measure of an ISO from a source, for local days.

    It takes source, measure, first and last day and locations; without locations it reads the usual ones.
    """

    def read(source: Source, measure: str, first: date, last: date, *locations: str) -> SeriesResult:
        return source.read(iso, measure, locations or usual, *utc_bounds(iso, first, last))

    return read
