"""Lay the two results of a line side by side: with the days of events and without them, as rows of one table.

A row is a place (zone or hub) and a scope: all its hours, or one month and block, season and block, or cell.

1. `side_by_side` merges both results by their key.
2. `most_moved` takes of each group the row in which they differ most; `two_levels` of all places.
3. `format_rows` names line, place, scope and unit, and counts the event hours behind each row.
"""

from __future__ import annotations

import calendar
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

COLUMNS = ["price_part", "place", "scope", "unit", "published", "with_events", "without_events", "added"]
COLUMNS += ["n_hours", "n_days"]

WITH, WITHOUT = "with events", "without events"
"""Which of the two results of a line is the published one."""

ALL_HOURS = "all hours"

BOTH = ["with_events", "without_events"]

NUMBERS = ("month", "he")
"""The columns of keys that are no texts."""


@dataclass(frozen=True)
class Line:
    """A line of a price: what it is called, its unit, and which of the two results is the published one."""

    name: str
    unit: str
    published: str


def no_effects() -> pd.DataFrame:
    """Return the effects of no event: COLUMNS without a row."""
    return pd.DataFrame(columns=COLUMNS)


def side_by_side(results: Sequence[pd.DataFrame], key: list[str], value: str) -> pd.DataFrame:
    """Return the key and BOTH for the rows of the result with events, which has all hours."""
    texts: dict[str, type] = {name: str for name in key if name not in NUMBERS}
    one, other = (
        result[[*key, value]].astype(texts).rename(columns={value: name})
        for result, name in zip(results, BOTH, strict=True)
    )
    return one.merge(other, on=key, how="left")


def most_moved(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the row of each group that events move most; one that only events have goes first."""
    only_events = rows["with_events"].notna() & rows["without_events"].isna()
    size = (rows["with_events"] - rows["without_events"]).abs().mask(only_events, np.inf).fillna(-1.0)
    largest = rows.loc[size.sort_values(ascending=False, kind="stable").index].drop_duplicates(by)
    return largest.sort_index(ignore_index=True)


def two_levels(
    line: Line, places: pd.DataFrame, blocks: pd.DataFrame, used: pd.DataFrame
) -> list[pd.DataFrame]:
    """Return the rows of a line: the most moved block of any place, then each place over all its hours."""
    most = most_moved(blocks.assign(any_place=0), ["any_place"]).drop(columns="any_place")
    return [format_rows(line, rows, used) for rows in (most, places)]


def format_rows(line: Line, rows: pd.DataFrame, used: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a line as COLUMNS; `used` has the event hours that only the first result counts."""
    key = [name for name in rows if name not in BOTH]
    texts: dict[str, type] = {name: str for name in key if name not in NUMBERS}
    days = used[[*key, "market_date"]].astype(texts).groupby(key)["market_date"]
    found = rows.merge(days.agg(n_hours="size", n_days="nunique").reset_index(), on=key, how="left")
    return found.assign(
        price_part=line.name,
        place=found["location"],
        scope=[_scope(cell) for cell in found[key].to_dict("records")],
        unit=line.unit,
        published=line.published,
        added=found["with_events"] - found["without_events"],
        **{name: found[name].fillna(0).astype(int) for name in ("n_hours", "n_days")},
    )[COLUMNS]


def _scope(cell: Mapping[Hashable, Any]) -> str:
    """Return the hours of a row in words: "Feb, 7x8, HE 3", or "all hours"."""
    month = [calendar.month_abbr[cell["month"]]] if "month" in cell else []
    texts = [cell[name] for name in ("season", "block_type") if name in cell]
    he = [f"HE {cell['he']}"] if "he" in cell else []
    return ", ".join([*month, *texts, *he]) or ALL_HOURS
