"""Which locations have which hours: pairs of both, as an index that is sorted by location, then hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from lib.hours import HOUR, UTC_HOUR
from lib.sources.protocol import Unanswered
from lib.sources.public.query import Ask

KEY = ["location", "interval_start"]


def asked(ask: Ask) -> pd.MultiIndex:
    """Return each location and hour of an ask."""
    return pd.MultiIndex.from_product([sorted(ask.locations), ask.hours], names=KEY)


def without(pairs: pd.MultiIndex, rows: pd.DataFrame) -> pd.MultiIndex:
    """Return the pairs for which no row (location, interval_start, value) has a value."""
    return pairs.difference(pd.MultiIndex.from_frame(rows.loc[rows["value"].notna(), KEY]))


def rows_in(rows: pd.DataFrame, pairs: pd.MultiIndex) -> pd.DataFrame:
    """Return the rows in the hours of the pairs; one off the hour is in the hour that it belongs to."""
    rows = rows.assign(interval_start=rows["interval_start"].astype(UTC_HOUR))
    hours = rows["interval_start"].dt.floor("h")
    return rows[pd.MultiIndex.from_arrays([rows["location"], hours]).isin(pairs)]


def inside(pairs: pd.MultiIndex, stretches: Iterable[Unanswered]) -> pd.MultiIndex:
    """Return the pairs in any of some stretches."""
    is_inside = np.zeros(len(pairs), dtype=bool)
    for stretch in set(stretches):
        is_inside[_place(pairs, stretch)] = True
    return pairs[is_inside]


def shrunk(stretches: Iterable[Unanswered], pairs: pd.MultiIndex) -> Iterator[Unanswered]:
    """Yield each stretch that has some of the pairs, from its first to its last of them."""
    for stretch in dict.fromkeys(stretches):
        hours = pairs[_place(pairs, stretch)].get_level_values("interval_start")
        if len(hours):
            yield Unanswered(stretch.location, hours[0], hours[-1] + HOUR)


def _place(pairs: pd.MultiIndex, stretch: Unanswered) -> slice:
    first, last = (stretch.location, stretch.start), (stretch.location, stretch.end - HOUR)
    return slice(*pairs.slice_locs(first, last))
