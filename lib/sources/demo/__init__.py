"""The simulated market: complete, repeatable and shaped like real ones, for a first run without any data.

The value of an hour depends on the market, the location, the measure and the hour, never on the window of the
query. No number is real, so they live in a database of their own. A market is simulated one local year at a
time: weather, then loads, day-ahead prices and the spread of real-time prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

import numpy as np
import pandas as pd

from lib.hours import HOUR, utc_bounds
from lib.markets import MEASURES, locations, market
from lib.source_names import DEMO_SOURCE
from lib.sources.demo.year import simulate_year
from lib.sources.protocol import SeriesResult, SeriesSpec, basis_of, empty_series

DEMO_AS_OF = date(2026, 1, 1)
"""The day on which the clock of the simulated market stands still; its last hours are of the day before."""

DEMO_FIRST_DAY = date(2016, 1, 1)


@dataclass(frozen=True)
class DemoSource:
    """The simulated market as a source."""

    name: ClassVar[str] = DEMO_SOURCE
    stored_as: ClassVar[tuple[str, ...]] = (name,)
    is_demo: ClassVar[bool] = True
    fixed_as_of: ClassVar[date | None] = DEMO_AS_OF
    uses_whole_extent: ClassVar[bool] = False

    @classmethod
    def open(cls, argument: str = "") -> DemoSource:  # noqa: ARG003 - there is none
        """Return the source."""
        return cls()

    def revision_days(self, iso: str, measure: str) -> int:  # noqa: ARG002 - the signature is the protocol's
        """Return 0: a simulated hour never changes."""
        return 0

    def corrected_hours(self, *_: object) -> dict[str, pd.DatetimeIndex]:
        """Return nothing: the simulated market corrects nothing."""
        return {}

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        """Return every measure of every location of the ISO."""
        return tuple(
            SeriesSpec(iso, place.name, measure, self.name, basis_of(market(iso), MEASURES[measure]))
            for place in locations(iso)
            for measure in place.measures
        )

    def extent(self, iso: str) -> tuple[date, date]:
        """Return the first simulated day and the day before the fixed as-of day."""
        market(iso)
        return DEMO_FIRST_DAY, DEMO_AS_OF - timedelta(days=1)

    def read(
        self,
        iso: str,
        measure: str,
        locations: Sequence[str],
        start: pd.Timestamp,
        end: pd.Timestamp,
        basis: str | None = None,  # noqa: ARG002 - there is one series of a measure
    ) -> SeriesResult:
        """Return the simulated hours of the window within the extent; see `Source.read`."""
        first, after_last = utc_bounds(iso, *self.extent(iso))
        start, end = max(start, first), min(end, after_last)
        if start >= end:
            return SeriesResult(empty_series())
        hours, names, values = _window(iso, measure, start, end)
        wanted = sorted(set(locations).intersection(names))
        values = values[:, [names.index(name) for name in wanted]]
        frame = pd.DataFrame(
            {
                "location": np.repeat(np.array(wanted, dtype=object), len(hours)),
                "interval_start": np.tile(hours.tz_localize(None), len(wanted)),
                "value": values.ravel(order="F"),
            }
        )
        return SeriesResult(frame.assign(interval_start=frame["interval_start"].dt.tz_localize("UTC")))


def _window(
    iso: str, measure: str, start: pd.Timestamp, end: pd.Timestamp
) -> tuple[pd.DatetimeIndex, tuple[str, ...], np.ndarray]:
    """Return hours, location names and values (hours x locations) of a window inside the extent."""
    zone = market(iso).zone_info
    first_year, last_year = start.tz_convert(zone).year, (end - HOUR).tz_convert(zone).year
    years = [simulate_year(iso, year) for year in range(first_year, last_year + 1)]
    hours = years[0].interval_start.append([year.interval_start for year in years[1:]])
    values = np.concatenate([year.values[measure] for year in years])
    inside = slice(*hours.searchsorted([start, end]))
    return hours[inside], years[0].locations[measure], values[inside]
