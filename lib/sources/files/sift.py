"""From rows as they stand in a file to a series frame: what cannot be trusted is left out and counted."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np
import pandas as pd

from lib.markets import MEASURES, locations
from lib.sources.files.tables import VALUE, ZONE
from lib.sources.files.tally import Tally
from lib.sources.files.times import with_utc

PRICE_LIMIT = 100_000.0
"""$/MWh that no hour reaches in size: the highest cap of these markets has been 9,000, before losses."""

LOAD_LIMIT = 10_000_000.0
"""MW that no zone reaches: all five markets together use under 500,000. More is a slip of unit or digits."""

KEY = ["location", "interval_start"]

NAMED_STRANGERS = 10
"""Up to so many unknown zones are reported one by one; a file of a whole market's nodes has thousands."""

NO_NAME = "(no name)"


def sift(
    rows: pd.DataFrame, tally: Tally, wanted: Sequence[str], start: pd.Timestamp, end: pd.Timestamp
) -> pd.DataFrame:
    """Return the trustworthy rows of a window as a series frame: location, interval_start, value.

    Args:
        rows: zone, interval_start_utc and value as read from a file.
        tally: where rows that are left out are counted.
        wanted: names of the locations asked for; rows of other known locations are passed over in silence.
        start: UTC start of the first hour.
        end: UTC end of the last hour.

    Raises:
        SourceError: no time of the file has an offset.
    """
    rows = rows.assign(location=rows[ZONE].fillna("").str.strip().replace("", NO_NAME))
    rows = with_utc(rows, tally)
    rows = rows[(rows["interval_start"] >= start) & (rows["interval_start"] < end)]
    rows = _known(rows, tally)
    rows = rows[rows["location"].isin(wanted)]
    rows = _on_the_hour(rows, tally)
    rows = _usable_values(rows, tally)
    rows = _unique(rows, tally)
    return rows[[*KEY, "value"]].sort_values(KEY, ignore_index=True)


def _known(rows: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    known = [place.name for place in locations(tally.iso) if tally.measure in place.measures]

    def describe(bad: pd.DataFrame) -> str:
        close = get_close_matches(bad["location"].iloc[0].upper(), known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
        return f"unknown zone, {len(bad)} hours left out; {hint}"

    is_unknown = ~rows["location"].isin(known)
    strangers = rows.loc[is_unknown, "location"].unique()
    if len(strangers) <= NAMED_STRANGERS:
        return tally.reject(rows, is_unknown, "unknown_zone", describe)
    tally.note(
        "unknown_zone",
        int(is_unknown.sum()),
        f"{len(strangers)} unknown zones, such as {', '.join(strangers[:NAMED_STRANGERS])}; "
        f"{is_unknown.sum()} hours left out; known are {', '.join(known)}",
    )
    return rows[~is_unknown]


def _on_the_hour(rows: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    return tally.reject(
        rows,
        rows["interval_start"].dt.floor("h") != rows["interval_start"],
        "off_the_hour",
        lambda bad: f"{len(bad)} times are not the start of an hour, such as {bad['interval_start'].iloc[0]}",
    )


def _usable_values(rows: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """Return the rows with a finite number within the limits of its kind; a load of zero or less is kept."""
    text = rows[VALUE]
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
