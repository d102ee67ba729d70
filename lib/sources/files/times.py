"""From the times of a file to UTC: text must be ISO 8601 with an offset, because nothing is guessed."""

from __future__ import annotations

import pandas as pd

from lib.hours import UTC_HOUR
from lib.sources.clean import ProblemCounter
from lib.sources.files.tables import TIME
from lib.sources.protocol import SourceError

ENDS_WITH_OFFSET = r"\d:\d\d.*(?:Z|[+-]\d\d(?::?\d\d)?)$"

EARLIEST, LATEST = pd.Timestamp("1996-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC")
"""From before the first market opened to beyond any forward: a time outside is a typing error."""


def parse_times(column: pd.Series) -> pd.Series:
    """Return a time column as UTC, NaT where there is no time with an offset or no plausible one."""
    if not isinstance(column.dtype, pd.DatetimeTZDtype):
        # All zones have the same hours: each distinct text is parsed once.
        codes, texts = pd.factorize(column)
        plain = pd.Series(texts, dtype="object").str.strip()
        parsed = pd.to_datetime(plain.where(has_offset(plain)), format="ISO8601", utc=True, errors="coerce")
        hours = parsed.astype(UTC_HOUR)
        # A missing text has the code -1, the index of the NaT at the end.
        column = pd.concat([hours, pd.Series([pd.NaT], dtype=UTC_HOUR)]).iloc[codes].set_axis(column.index)
    return column.where(column.between(EARLIEST, LATEST))


def has_offset(column: pd.Series) -> pd.Series:
    """Return whether each text ends with an offset from UTC; a typed time always has one."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.notna()
    return column.str.strip().str.contains(ENDS_WITH_OFFSET, regex=True).fillna(False).astype(bool)


def with_parsed_times(rows: pd.DataFrame, counter: ProblemCounter) -> pd.DataFrame:
    """Return the rows with a usable time, and with interval_start (UTC); the others are counted.

    Args:
        rows: location and interval_start_utc (typed, or text in ISO 8601).
        counter: counts the rows without a usable time.

    Raises:
        SourceError: no time of the file has an offset.
    """
    rows = rows.assign(interval_start=parse_times(rows[TIME]))
    unusable = rows["interval_start"].isna()
    if not unusable.any():
        return rows
    lacks_offset = unusable & rows[TIME].notna() & ~has_offset(rows[TIME])
    if lacks_offset.all():
        raise SourceError(
            f"{counter.iso} {counter.measure}: no time has an offset from UTC, such as "
            f"{rows[TIME].iloc[0]!r}, and guessing one would move hours; "
            "write them like 2024-01-31T23:00:00+00:00"
        )
    rows = counter.reject(
        rows,
        lacks_offset,
        "no_utc_offset",
        lambda bad: f"{len(bad)} times lack an offset, such as {bad[TIME].iloc[0]!r}",
    )
    return counter.reject(
        rows,
        rows["interval_start"].isna(),
        "unreadable_time",
        lambda bad: f"{len(bad)} times are missing or implausible, such as {str(bad[TIME].iloc[0])!r}",
    )
