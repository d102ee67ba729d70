"""MISO's market reports: prices by node from the daily files, and loads by resource zone.

Loads are actual or the mid-term forecast; both come in one file each day, and actual ones also in a file for
each year. For a load the name of a location is the resource zone that stands in for it: several locations may
have the same. gridstatus reads the daily loads. It would request the yearly file anew for each day, and
it takes a service that is down for a missing file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from io import BytesIO
from itertools import dropwhile

import pandas as pd
from python_calamine import CalamineError

from lib.hours import HOUR, UTC_HOUR
from lib.sources.clean import KEY, ProblemCounter
from lib.sources.public.gridstatus_adapter import call
from lib.sources.public.names import SeenNames
from lib.sources.public.parts import QueryPart, read_parts, split_query
from lib.sources.public.query import START, ReaderQuery, ReaderResult, Unreadable, check_columns, download
from lib.sources.public.zip_files import unzip

DAILY_PRICES = "https://docs.misoenergy.org/marketreports/{day:%Y%m%d}_{report}.csv"
PRICE_HEADER = "Node,Type,Value,HE 1,"
PRICE_ROW = "LMP"
HOURS_A_DAY = 24
"""On every day: the market's clock has no daylight time."""

YEARLY_LOADS = "https://docs.misoenergy.org/marketreports/{year}12_dfal_HIST_xls.zip"
_DAY, _HOUR, _ZONE, _LOAD = "MarketDay", "HourEnding", "LoadResource Zone", "ActualLoad (MWh)"


def read_day_ahead_prices(query: ReaderQuery) -> ReaderResult:
    """Return day-ahead prices: location, interval_start (UTC), value ($/MWh as text)."""
    return _read_prices(query, "da_expost_lmp")


def read_final_prices(query: ReaderQuery) -> ReaderResult:
    """Return final real-time prices, which come about a week after their day; see `read_day_ahead_prices`."""
    return _read_prices(query, "rt_lmp_final")


def read_preliminary_prices(query: ReaderQuery) -> ReaderResult:
    """Return preliminary real-time prices; MISO publishes those of the last four days only."""
    return _read_prices(query, "rt_lmp_prelim")


def read_daily_loads(query: ReaderQuery) -> ReaderResult:
    """Return each day's actual load, from the file of the next day: location, interval_start, value (MW)."""

    def read_day(part: QueryPart, _counter: ProblemCounter) -> pd.DataFrame:
        table = call(query, "get_zonal_load_hourly", date=part.first_day.isoformat(), error="raise")
        return _long(query, table, "{}")

    return read_parts(query, split_query(query, "D"), read_day)


def read_forecasts(query: ReaderQuery) -> ReaderResult:
    """Return each day's forecast, from the file of the day before: location, interval_start, value (MW)."""

    def read_day(part: QueryPart, _counter: ProblemCounter) -> pd.DataFrame:
        day_before = part.first_day - timedelta(days=1)
        table = call(query, "get_load_forecast", date=day_before.isoformat(), error="raise")
        rows = _long(query, table, "{} MTLF")
        return rows[rows["interval_start"].isin(part.hours)]  # a later file has the forecast of a later day

    return read_parts(query, split_query(query, "D"), read_day)


def read_yearly_loads(query: ReaderQuery) -> ReaderResult:
    """Return the actual load in the files of whole years: location, interval_start (UTC), value (MW)."""

    def read_year(part: QueryPart, _counter: ProblemCounter) -> pd.DataFrame:
        table = _parse_year(download(query, YEARLY_LOADS.format(year=part.period)))
        rows = table.assign(interval_start=table["local"].dt.tz_localize(query.zone).astype(UTC_HOUR))
        zones = pd.DataFrame(query.names.items(), columns=["location", "zone"])
        return zones.merge(rows, on="zone")[[*KEY, "value"]]

    return read_parts(query, split_query(query, "Y"), read_year)


def _read_prices(query: ReaderQuery, report: str) -> ReaderResult:
    location_of = {name: location for location, name in query.names.items()}
    names = SeenNames(query)

    def read_day(part: QueryPart, _counter: ProblemCounter) -> pd.DataFrame:
        url = DAILY_PRICES.format(day=part.first_day, report=report)
        text = download(query, url).decode("utf-8", "replace")
        first_hour = part.period.start_time.tz_localize(query.zone).tz_convert("UTC").as_unit("us")
        nodes: set[str] = set()
        rows = [
            (location, first_hour + hour * HOUR, price)
            for location, prices in _parse_prices(text, location_of, part.first_day, nodes)
            for hour, price in enumerate(prices)
        ]
        names.note(part, nodes)
        return pd.DataFrame(rows, columns=[*KEY, "value"])

    return names.added_to(read_parts(query, split_query(query, "D"), read_day))


def _parse_prices(
    text: str, location_of: Mapping[str, str], day: date, nodes: set[str]
) -> Iterator[tuple[str, list[str]]]:
    """Yield each wanted location with its prices of the day's hours, and add all nodes to `nodes`.

    Raises:
        Unreadable: the file has no header, or a node does not have one price for each hour.
    """
    lines = dropwhile(lambda line: not line.startswith(PRICE_HEADER), text.splitlines())
    if next(lines, None) is None:
        raise Unreadable(f"the file of {day} has no line that begins with {PRICE_HEADER}, but {text[:40]!r}")
    for cells in csv.reader(lines):
        node, value, prices = "".join(cells[:1]), cells[2:3], cells[3:]
        if value != [PRICE_ROW]:
            continue
        nodes.add(node)
        if node in location_of:
            if len(prices) != HOURS_A_DAY:
                raise Unreadable(f"{node} has {len(prices)} prices on {day}; a day has {HOURS_A_DAY}")
            yield location_of[node], prices


def _long(query: ReaderQuery, table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a row per location and hour of a table with a column per zone, named by the pattern `column`."""
    check_columns(table, [START, *dict.fromkeys(column.format(name) for name in query.names.values())])
    interval_start = table[START].astype(UTC_HOUR)
    return pd.concat(
        pd.DataFrame(
            {"location": location, "interval_start": interval_start, "value": table[column.format(name)]}
        )
        for location, name in query.names.items()
    )


def _parse_year(body: bytes) -> pd.DataFrame:
    """Return zone, local (start of the hour by the market's clock) and value (MW) of a year's file.

    Raises:
        Unreadable: the file is something else.
    """
    files = unzip(body)
    try:
        raw = pd.read_excel(BytesIO(next(iter(files.values()))), header=None, dtype=object, engine="calamine")
        header = raw.index[raw[0] == _DAY][0]
        table = raw.set_axis([str(name).strip() for name in raw.iloc[header]], axis=1)
        # The header comes again among the rows, and notes stand below them.
        table = table[pd.to_numeric(table[_HOUR], errors="coerce").notna()]
        local = pd.to_datetime(table[_DAY]) + (table[_HOUR].astype(int) - 1) * HOUR
        return pd.DataFrame({"zone": table[_ZONE], "local": local, "value": table[_LOAD]})
    except (CalamineError, ValueError, KeyError, IndexError, StopIteration) as error:
        raise Unreadable(f"no table of loads in the zip archive with {', '.join(files)}: {error}") from error
