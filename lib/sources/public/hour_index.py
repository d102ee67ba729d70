"""Pairs of location and hour as a sorted index: those of a query, those with a value, those missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from lib.hours import HOUR, UTC_HOUR
from lib.sources.clean import KEY
from lib.sources.protocol import Unanswered
from lib.sources.public.query import ReaderQuery


def query_pairs(query: ReaderQuery) -> pd.MultiIndex:
    """Return every pair of location and hour of a query."""
    return pd.MultiIndex.from_product([sorted(query.locations), query.hours], names=KEY)


def without_values(pairs: pd.MultiIndex, rows: pd.DataFrame) -> pd.MultiIndex:
    """Return the pairs for which no row (location, interval_start, value) has a value."""
    return pairs.difference(pd.MultiIndex.from_frame(rows.loc[rows["value"].notna(), KEY]))


def rows_in(rows: pd.DataFrame, pairs: pd.MultiIndex) -> pd.DataFrame:
    """Return the rows within the hours of the pairs; a time off the hour counts to the hour around it."""
    rows = rows.assign(interval_start=rows["interval_start"].astype(UTC_HOUR))
    hours = rows["interval_start"].dt.floor("h")
    return rows[pd.MultiIndex.from_arrays([rows["location"], hours]).isin(pairs)]


def pairs_inside(pairs: pd.MultiIndex, stretches: Iterable[Unanswered]) -> pd.MultiIndex:
    """Return the pairs that lie in any of the stretches."""
    is_inside = np.zeros(len(pairs), dtype=bool)
    for stretch in set(stretches):
        is_inside[_slice_of(pairs, stretch)] = True
    return pairs[is_inside]


def shrink(stretches: Iterable[Unanswered], pairs: pd.MultiIndex) -> Iterator[Unanswered]:
    """Yield each stretch that has any of the pairs, cut to the first and last of them."""
    for stretch in dict.fromkeys(stretches):
        hours = pairs[_slice_of(pairs, stretch)].get_level_values("interval_start")
        if len(hours):
            yield Unanswered(stretch.location, hours[0], hours[-1] + HOUR)


def _slice_of(pairs: pd.MultiIndex, stretch: Unanswered) -> slice:
    first, last = (stretch.location, stretch.start), (stretch.location, stretch.end - HOUR)
    return slice(*pairs.slice_locs(first, last))
