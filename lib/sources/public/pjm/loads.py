"""PJM's loads by zone: metered, as sums of load areas; and day-ahead, as shares of the region's forecast.

Of the day-ahead load by zone nothing is published but the forecast of the day itself, for the Mid-Atlantic
zones: what was forecast before is kept by region alone. The zones outside have a forecast of their own there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from threading import Lock

import pandas as pd

from lib.sources.clean import ProblemCounter, clean_values
from lib.sources.protocol import empty_series
from lib.sources.public.catalogue import names
from lib.sources.public.gather import gather
from lib.sources.public.pjm.data_miner import month_of, read_feed
from lib.sources.public.pjm.share import KNOWN_AFTER_DAYS, WINDOW_DAYS, share_out
from lib.sources.public.query import Ask, Found, Part, parts

LOAD_AREAS = "load_area"
"""The list of names that has the metered areas of each location, joined by +."""

FORECAST_AREAS = "forecast_area"
"""The list of names that has the region of each location; a region is shared out among all that name it."""

_LOOK_BACK = timedelta(days=1 + KNOWN_AFTER_DAYS + WINDOW_DAYS)


def read_metered(ask: Ask) -> Found:
    """Return the metered load of the months: location, interval_start (UTC), value (MW)."""

    def read(part: Part, counter: ProblemCounter) -> pd.DataFrame:
        return sum_parts(_metered(ask, month_of(part)), _members(ask.names), counter)

    return gather(ask, parts(ask, "M"), read)


def read_forecasts(ask: Ask) -> Found:
    """Return the forecasts of the months, shared out: location, interval_start (UTC), value (MW).

    A month without all the metered loads that its shares are made of is not answered.
    """
    region_of = names(ask.iso, FORECAST_AREAS)
    regions = {
        region: [location for location, its_region in region_of.items() if its_region == region]
        for region in set(ask.names.values())
    }
    areas = _members(names(ask.iso, LOAD_AREAS))
    shared = {place: areas[place] for members in regions.values() if len(members) > 1 for place in members}

    one_at_a_time = Lock()  # neighbouring months share most of their loads

    @cache
    def loads(month: pd.Period) -> pd.DataFrame:
        days = month.start_time.date(), month.end_time.date()
        # What is wrong with them is for those to hear who ask for metered loads.
        unheard = ProblemCounter(ask.iso, ask.measure)
        return clean_values(sum_parts(_metered(ask, days), shared, unheard), unheard)

    def read(part: Part, _counter: ProblemCounter) -> pd.DataFrame:
        first, last = month_of(part)
        months = pd.period_range(first - _LOOK_BACK, last, freq="M")
        with one_at_a_time:
            known = pd.concat(loads(month) for month in months) if shared else empty_series()
        rows = share_out(_forecast(ask, (first, last)), known, regions, ask.zone)
        return rows[rows["location"].isin(ask.locations)]

    return gather(ask, parts(ask, "M"), read)


def _members(joined: Mapping[str, str]) -> dict[str, Sequence[str]]:
    return {location: areas.split("+") for location, areas in joined.items()}


def _metered(ask: Ask, days: tuple[date, date]) -> pd.DataFrame:
    """Return part (a load area), interval_start (UTC) and value (MW)."""
    columns = ["datetime_beginning_utc", "load_area", "mw"]
    table = read_feed(ask, "hrl_load_metered", "datetime_beginning", days, columns)
    rows = table.set_axis(["interval_start", "part", "value"], axis=1).drop_duplicates()
    return rows.assign(value=pd.to_numeric(rows["value"], errors="coerce"))


def _forecast(ask: Ask, days: tuple[date, date]) -> pd.DataFrame:
    """Return interval_start (UTC), evaluated_at (UTC), region and value (MW)."""
    columns = ["forecast_hour_beginning_utc", "evaluated_at_utc", "forecast_area", "forecast_load_mw"]
    table = read_feed(ask, "load_frcstd_hist", "forecast_hour_beginning", days, columns)
    rows = table.set_axis(["interval_start", "evaluated_at", "region", "value"], axis=1)
    return rows.assign(value=pd.to_numeric(rows["value"], errors="coerce"))


def sum_parts(
    parts: pd.DataFrame, members: Mapping[str, Sequence[str]], counter: ProblemCounter
) -> pd.DataFrame:
    """Return the sum of each location's parts; an hour without one value of each is left out and counted.

    Args:
        parts: part, interval_start (UTC start of the hour), value (MW; NaN where it came without one).
        members: the parts of each location; a part may belong to several.
        counter: where hours without a sum are counted.

    Returns:
        location, interval_start (UTC start of the hour), value (MW), sorted by both.
    """
    pairs = pd.DataFrame(
        [(location, part) for location, its_parts in members.items() for part in its_parts],
        columns=["location", "part"],
    )
    grouped = pairs.merge(parts, on="part").groupby(["location", "interval_start"])
    sums = grouped.agg(
        value=("value", "sum"),
        n_values=("value", "count"),
        n_rows=("part", "size"),
        n_parts=("part", "nunique"),
    ).reset_index()
    expected = sums["location"].map(pairs["location"].value_counts())
    complete = counter.reject(
        sums,
        sums[["n_values", "n_rows", "n_parts"]].ne(expected, axis=0).any(axis=1),
        "partial_sum",
        lambda bad: (
            f"{len(bad)} hours have not one value for each of {'+'.join(members[bad['location'].iloc[0]])}; "
            "not summed"
        ),
    )
    return complete[["location", "interval_start", "value"]].reset_index(drop=True)
