"""From the hours that are due to what a source is asked for: few stretches, each of many locations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.hours import HOUR
from lib.pipeline.steps.gaps import Gaps

LONGEST_DAYS = 732
"""A stretch of more days is cut: what an answer takes of memory stays bounded, however long the history."""


@dataclass(frozen=True)
class Ask:
    """A stretch of UTC hours, from `start` to `end` (excluded), to ask a source for of some locations."""

    locations: tuple[str, ...]
    start: pd.Timestamp
    end: pd.Timestamp


def plan_asks(hours: pd.DataFrame, due: Gaps, locations: Sequence[str], first_revised: int) -> list[Ask]:
    """Return the stretches that cover all hours that are due, and all that may have changed.

    Of each local day a location is asked for the hours from its first due one to its last, and days that
    touch are one stretch, as far as it is not too long. Locations with the same stretch are asked together.
    The hours that may have changed are asked of all locations at once, and first: a source in trouble with an
    old gap has then said what is new.

    Args:
        hours: the window's interval_start and market_date, as `market_hours` has them.
        due: by location the UTC starts of the hours to ask for.
        locations: all locations that have the series.
        first_revised: place in `hours` of the first hour that may have changed; their number if none may.
    """
    together: dict[tuple[int, int], list[str]] = {}
    day = pd.factorize(hours["market_date"])[0]
    interval_start = pd.DatetimeIndex(hours["interval_start"])
    for location, its_hours in due.items():
        place = interval_start.searchsorted(its_hours)
        for stretch in _stretches(place[place < first_revised], day):
            together.setdefault(stretch, []).append(location)
    stretches = sorted(together.items())
    if first_revised < len(hours) and locations:
        stretches.insert(0, ((first_revised, len(hours) - 1), sorted(locations)))
    return [
        Ask(tuple(names), interval_start[first], interval_start[last] + HOUR)
        for (first, last), names in stretches
    ]


def _stretches(place: np.ndarray, day: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield first and last place of each stretch that covers the given places, which are in order."""
    if not len(place):
        return
    is_apart = (np.diff(place) > 1) & (np.diff(day[place]) > 0)
    is_long = np.diff(day[place] // LONGEST_DAYS) > 0
    cuts = np.flatnonzero(is_apart | is_long)
    firsts, lasts = place[np.r_[0, cuts + 1]], place[np.r_[cuts, len(place) - 1]]
    yield from zip(firsts.tolist(), lasts.tolist(), strict=True)
