"""The load of MISO's resource zones: actual and mid-term forecast, which come in one file each day.

The name of a location is the zone that stands in for it: several may have the same.
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
from lib.sources.clean import ProblemCounter
from lib.sources.public.gather import gather
from lib.sources.public.gridstatus_adapter import call
from lib.sources.public.query import START, Ask, Found, Part, Unreadable, check_columns, download, parts
from lib.sources.public.zipped import unzipped

YEAR = "https://docs.misoenergy.org/marketreports/{year}12_dfal_HIST_xls.zip"
"""gridstatus asks for this file anew for each day, and takes a service that is down for a missing file."""

_DAY, _HOUR, _ZONE, _LOAD = "MarketDay", "HourEnding", "LoadResource Zone", "ActualLoad (MWh)"


def read_loads(ask: Ask) -> Found:
    """Return the load of each day, which the file of the day after has.

    Returns:
        location, interval_start (UTC), value (MW).
    """

    def read(part: Part, _counter: ProblemCounter) -> pd.DataFrame:
        answer = call(ask, "get_zonal_load_hourly", date=part.first_day.isoformat(), error="raise")
        return _long(ask, answer, "{}")

    return gather(ask, parts(ask, "D"), read)


def read_forecasts(ask: Ask) -> Found:
    """Return each day's load as the file of the day before forecast it.

    Returns:
        location, interval_start (UTC), value (MW).
    """

    def read(part: Part, _counter: ProblemCounter) -> pd.DataFrame:
        day_before = part.first_day - timedelta(days=1)
        answer = call(ask, "get_load_forecast", date=day_before.isoformat(), error="raise")
        rows = _long(ask, answer, "{} MTLF")
        return rows[rows["interval_start"].isin(part.hours)]  # the days after have later forecasts

    return gather(ask, parts(ask, "D"), read)


def read_years(ask: Ask) -> Found:
    """Return the load in the files of whole years: location, interval_start (UTC), value (MW)."""

    def read(part: Part, _counter: ProblemCounter) -> pd.DataFrame:
        table = _year(download(ask, YEAR.format(year=part.period)))
        rows = table.assign(interval_start=table["local"].dt.tz_localize(ask.zone).astype(UTC_HOUR))
        zones = pd.DataFrame(ask.names.items(), columns=["location", "zone"])
        return zones.merge(rows, on="zone")[["location", "interval_start", "value"]]

    return gather(ask, parts(ask, "Y"), read)


def _long(ask: Ask, answer: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a row per location and hour of a table with a column per zone."""
    check_columns(answer, [START, *dict.fromkeys(column.format(name) for name in ask.names.values())])
    interval_start = answer[START].astype(UTC_HOUR)
    return pd.concat(
        pd.DataFrame(
            {"location": location, "interval_start": interval_start, "value": answer[column.format(name)]}
        )
        for location, name in ask.names.items()
    )


def _year(body: bytes) -> pd.DataFrame:
    """Return zone, local (start of the hour by the market's clock) and value of a year's file.

    Raises:
        Unreadable: the file is something else.
    """
    files = unzipped(body)
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


REPORT = "https://docs.misoenergy.org/marketreports/{day:%Y%m%d}_{report}.csv"
HEADER = "Node,Type,Value,HE 1,"
PRICE = "LMP"
HOURS_A_DAY = 24
"""Of every day: the market's clock has no daylight time."""


def read_day_ahead(ask: Ask) -> Found:
    """Return day-ahead prices: location, interval_start (UTC), value ($/MWh as text)."""
    return _read(ask, "da_expost_lmp")


def read_final(ask: Ask) -> Found:
    """Return final real-time prices, which come about a week after their day."""
    return _read(ask, "rt_lmp_final")


def read_preliminary(ask: Ask) -> Found:
    """Return preliminary real-time prices, of which only the last four days are published."""
    return _read(ask, "rt_lmp_prelim")


def _read(ask: Ask, report: str) -> Found:
    location_of = {name: location for location, name in ask.names.items()}

    def read(part: Part, _counter: ProblemCounter) -> pd.DataFrame:
        text = download(ask, REPORT.format(day=part.first_day, report=report)).decode("utf-8", "replace")
        first_hour = part.period.start_time.tz_localize(ask.zone).tz_convert("UTC").as_unit("us")
        rows = [
            (location, first_hour + hour * HOUR, price)
            for location, prices in _lines(text, location_of, part.first_day)
            for hour, price in enumerate(prices)
        ]
        return pd.DataFrame(rows, columns=["location", "interval_start", "value"])

    return gather(ask, parts(ask, "D"), read)


def _lines(text: str, location_of: Mapping[str, str], day: date) -> Iterator[tuple[str, list[str]]]:
    """Yield each location asked for with its prices of the day's hours.

    Raises:
        Unreadable: the file has no header, or a node not one price for each hour.
    """
    lines = dropwhile(lambda line: not line.startswith(HEADER), text.splitlines())
    if next(lines, None) is None:
        raise Unreadable(f"the file of {day} has no line that begins with {HEADER}, but {text[:40]!r}")
    for cells in csv.reader(lines):
        node, value, prices = cells[:1], cells[2:3], cells[3:]
        if value == [PRICE] and node[0] in location_of:
            if len(prices) != HOURS_A_DAY:
                raise Unreadable(f"{node[0]} has {len(prices)} prices on {day}; a day has {HOURS_A_DAY}")
            yield location_of[node[0]], prices
