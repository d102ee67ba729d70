"""PJM's loads by zone: metered, as sums of load areas; and day-ahead, as shares of the region's forecast.

For the Mid-Atlantic zones PJM publishes no day-ahead load but the forecast of the day itself: earlier
forecasts are kept by region only. Each zone outside that region is a region of its own, with its own
forecast. Hence the stages of a day-ahead load: the region's last forecast before the deadline, the metered
loads of its zones over the weeks before, and each zone's share of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from threading import Lock

import pandas as pd

from lib.sources.clean import KEY, ProblemCounter, clean_values
from lib.sources.protocol import empty_series
from lib.sources.public.catalogue import publisher_names
from lib.sources.public.names import SeenNames
from lib.sources.public.parts import read_parts
from lib.sources.public.pjm.data_miner import month_of, read_feed
from lib.sources.public.pjm.share import KNOWN_AFTER_DAYS, WINDOW_DAYS, share_out
from lib.sources.public.query import QueryPart, ReaderQuery, ReaderResult, split_query

LOAD_AREAS = "load_area"
"""The list of names with the metered areas of each location, joined by +."""

FORECAST_AREAS = "forecast_area"
"""The list of names with the region of each location; a region is shared out among all of its locations."""

_LOOK_BACK = timedelta(days=1 + KNOWN_AFTER_DAYS + WINDOW_DAYS)


def read_metered_loads(query: ReaderQuery) -> ReaderResult:
    """Return the metered load of the months: location, interval_start (UTC), value (MW)."""

    def read_month(part: QueryPart, counter: ProblemCounter, names: SeenNames) -> pd.DataFrame:
        loads = _read_metered(query, month_of(part))
        names.note(part, loads["area"].unique())
        return sum_areas(loads, _split_areas(query.names), counter)

    return read_parts(query, split_query(query, "M"), read_month)


def read_forecasts(query: ReaderQuery) -> ReaderResult:
    """Return the forecasts of the months, shared out: location, interval_start (UTC), value (MW).

    A month is unanswered if any of the metered loads for its shares cannot be read.
    """
    region_of = publisher_names(query.iso, FORECAST_AREAS)
    regions = {
        region: [location for location, its_region in region_of.items() if its_region == region]
        for region in set(query.names.values())
    }
    areas = _split_areas(publisher_names(query.iso, LOAD_AREAS))
    shared = {place: areas[place] for places in regions.values() if len(places) > 1 for place in places}

    one_at_a_time = Lock()  # neighbouring months need mostly the same loads

    @cache
    def loads(month: pd.Period) -> pd.DataFrame:
        days = month.start_time.date(), month.end_time.date()
        # Problems of metered loads are reported to those who query metered loads.
        ignored = ProblemCounter(query.iso, query.measure)
        return clean_values(sum_areas(_read_metered(query, days), shared, ignored), ignored)

    def read_month(part: QueryPart, _counter: ProblemCounter, names: SeenNames) -> pd.DataFrame:
        first, last = month_of(part)
        months = pd.period_range(first - _LOOK_BACK, last, freq="M")
        with one_at_a_time:
            known = pd.concat(loads(month) for month in months) if shared else empty_series()
        forecasts = _read_forecast(query, (first, last))
        names.note(part, forecasts["region"].unique())
        rows = share_out(forecasts, known, regions, query.zone)
        return rows[rows["location"].isin(query.locations)]

    return read_parts(query, split_query(query, "M"), read_month)


def sum_areas(
    loads: pd.DataFrame, areas: Mapping[str, Sequence[str]], counter: ProblemCounter
) -> pd.DataFrame:
    """Return the sum of each location's areas; an hour without exactly one value of each is counted instead.

    Args:
        loads: area, interval_start (UTC start of the hour), value (MW; NaN where it came without one).
        areas: the areas of each location; an area may belong to several.
        counter: counts the hours without a sum.

    Returns:
        location, interval_start (UTC start of the hour), value (MW), sorted by both.
    """
    pairs = pd.DataFrame(
        [(location, area) for location, its_areas in areas.items() for area in its_areas],
        columns=["location", "area"],
    )
    grouped = pairs.merge(loads, on="area").groupby(KEY)
    sums = grouped.agg(
        value=("value", "sum"),
        n_values=("value", "count"),
        n_rows=("area", "size"),
        n_areas=("area", "nunique"),
    ).reset_index()
    expected = sums["location"].map(pairs["location"].value_counts())
    complete = counter.reject(
        sums,
        sums[["n_values", "n_rows", "n_areas"]].ne(expected, axis=0).any(axis=1),
        "partial_sum",
        lambda bad: (
            f"{len(bad)} hours do not have one value for each of {'+'.join(areas[bad['location'].iloc[0]])}; "
            "not summed"
        ),
    )
    return complete[[*KEY, "value"]].reset_index(drop=True)


def _split_areas(joined: Mapping[str, str]) -> dict[str, Sequence[str]]:
    return {location: areas.split("+") for location, areas in joined.items()}


def _read_metered(query: ReaderQuery, days: tuple[date, date]) -> pd.DataFrame:
    """Return area (a load area), interval_start (UTC) and value (MW)."""
    columns = ["datetime_beginning_utc", "load_area", "mw"]
    table = read_feed(query, "hrl_load_metered", "datetime_beginning", days, columns)
    rows = table.set_axis(["interval_start", "area", "value"], axis=1).drop_duplicates()
    return rows.assign(value=pd.to_numeric(rows["value"], errors="coerce"))


def _read_forecast(query: ReaderQuery, days: tuple[date, date]) -> pd.DataFrame:
    """Return interval_start (UTC), evaluated_at (UTC), region and value (MW)."""
    columns = ["forecast_hour_beginning_utc", "evaluated_at_utc", "forecast_area", "forecast_load_mw"]
    table = read_feed(query, "load_frcstd_hist", "forecast_hour_beginning", days, columns)
    rows = table.set_axis(["interval_start", "evaluated_at", "region", "value"], axis=1)
    return rows.assign(value=pd.to_numeric(rows["value"], errors="coerce"))
