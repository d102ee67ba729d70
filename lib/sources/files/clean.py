"""From the rows of a file to a series frame: rows with known zones and readable times."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import pandas as pd

from lib.markets import locations
from lib.safe_text import NAME_LENGTH, safe_text
from lib.sources.clean import ProblemCounter, clean_values
from lib.sources.files.tables import ZONE
from lib.sources.files.times import with_parsed_times

MAX_NAMED_ZONES = 10
"""More unknown zones than these are reported together: a file of all nodes of a market has thousands."""

NO_NAME = "(no name)"


def clean_rows(
    rows: pd.DataFrame, counter: ProblemCounter, wanted: Sequence[str], start: pd.Timestamp, end: pd.Timestamp
) -> pd.DataFrame:
    """Return the trustworthy rows of a window as a series frame: location, interval_start, value.

    Args:
        rows: zone, interval_start_utc and value, as `read_rows` returns them.
        counter: counts the rows that are left out.
        wanted: names of the wanted locations; rows of other known locations are dropped without a problem.
        start: UTC start of the first hour.
        end: UTC end of the last hour.

    Raises:
        SourceError: no time of the file has an offset.
    """
    rows = rows.assign(location=_names(rows[ZONE]))
    rows = with_parsed_times(rows, counter)
    rows = rows[(rows["interval_start"] >= start) & (rows["interval_start"] < end)]
    rows = _known_zones(rows, counter)
    return clean_values(rows[rows["location"].isin(wanted)], counter)


def _names(column: pd.Series) -> pd.Series:
    """Return names without blanks around them; each distinct one is made once, however many rows have it."""
    codes, texts = pd.factorize(column)
    names = [text.strip() or NO_NAME for text in texts]
    # A missing name has the code -1, the index of the last.
    return pd.Series([*names, NO_NAME], dtype="object").iloc[codes].set_axis(column.index)


def _known_zones(rows: pd.DataFrame, counter: ProblemCounter) -> pd.DataFrame:
    known = [place.name for place in locations(counter.iso) if counter.measure in place.measures]

    def describe(bad: pd.DataFrame) -> str:
        close = get_close_matches(bad["location"].iloc[0][:NAME_LENGTH].upper(), known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
        return f"unknown zone, {len(bad)} hours left out; {hint}"

    is_unknown = ~rows["location"].isin(known)
    unknown = rows.loc[is_unknown, "location"].unique()
    if len(unknown) <= MAX_NAMED_ZONES:
        return counter.reject(rows, is_unknown, "unknown_zone", describe)
    shown = [safe_text(name, NAME_LENGTH) for name in unknown[:MAX_NAMED_ZONES]]
    counter.add(
        "unknown_zone",
        int(is_unknown.sum()),
        f"{len(unknown)} unknown zones, such as {', '.join(shown)}; "
        f"{is_unknown.sum()} hours left out; known are {', '.join(known)}",
    )
    return rows[~is_unknown]
