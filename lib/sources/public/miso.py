"""MISO's market reports: prices by node from the daily files, and loads by resource zone.

Loads are actual or the mid-term forecast; both come in one file each day, and actual ones also in a file for
each year. For a load the name of a location is the resource zone that stands in for it: several locations may
have the same. gridstatus is not used: it fails where a zone of a daily file has another name, would request
the yearly file anew for each day, and takes a service that is down for a missing file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from io import BytesIO

import pandas as pd
from python_calamine import CalamineError

from lib.hours import HOUR, UTC_HOUR
from lib.sources.clean import KEY, ProblemCounter
from lib.sources.public.csv_lines import check_has_rows, whole_lines
from lib.sources.public.names import SeenNames
from lib.sources.public.parts import PartCounter, read_parts
from lib.sources.public.query import (
    QueryPart,
    ReaderQuery,
    ReaderResult,
    Unreadable,
    check_columns,
    download,
    split_query,
)
from lib.sources.public.zip_files import PublishedZip
from lib.workbook_limits import check_workbook

DAILY_PRICES = "https://docs.misoenergy.org/marketreports/{day:%Y%m%d}_{report}.csv"
PRICE_HEADER = "Node,Type,Value,HE 1,"
PRICE_ROW = "LMP"
HOURS_A_DAY = 24
"""On every day: the market's clock has no daylight time."""

YEARLY_LOADS = "https://docs.misoenergy.org/marketreports/{year}12_dfal_HIST_xls.zip"
DAILY_LOADS = "https://docs.misoenergy.org/marketreports/{day:%Y%m%d}_df_al.xls"
ACTUAL, FORECAST = " ActualLoad (MWh)", " MTLF (MWh)"
"""What the names of the columns of a daily file end with: a zone's load, and its mid-term forecast."""

DAY_OF_DAILY, DAY_OF_YEARLY = "Market Day", "MarketDay"
"""The first column of a file of loads."""

_HOUR, _ZONE, _LOAD = "HourEnding", "LoadResource Zone", "ActualLoad (MWh)"


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

    def read_day(part: QueryPart, _counter: ProblemCounter, names: SeenNames) -> pd.DataFrame:
        published = part.first_day + timedelta(days=1)
        return _read_daily(query, part, published, ACTUAL, names)

    return read_parts(query, split_query(query, "D"), read_day)


def read_forecasts(query: ReaderQuery) -> ReaderResult:
    """Return each day's forecast, from the file of the day before: location, interval_start, value (MW)."""

    def read_day(part: QueryPart, _counter: ProblemCounter, names: SeenNames) -> pd.DataFrame:
        published = part.first_day - timedelta(days=1)
        return _read_daily(query, part, published, FORECAST, names)

    return read_parts(query, split_query(query, "D"), read_day)


def read_yearly_loads(query: ReaderQuery) -> ReaderResult:
    """Return the actual load in the files of whole years: location, interval_start (UTC), value (MW)."""

    def read_year(part: QueryPart, _counter: ProblemCounter, names: SeenNames) -> pd.DataFrame:
        table = _parse_year(download(query, YEARLY_LOADS.format(year=part.period)))
        names.note(part, table["zone"].unique())
        rows = table.assign(interval_start=table["local"].dt.tz_localize(query.zone).astype(UTC_HOUR))
        zones = pd.DataFrame(query.names.items(), columns=["location", "zone"])
        return zones.merge(rows, on="zone")[[*KEY, "value"]]

    return read_parts(query, split_query(query, "Y"), read_year)


def _read_prices(query: ReaderQuery, report: str) -> ReaderResult:
    location_of = {name: location for location, name in query.names.items()}

    def read_day(part: QueryPart, counter: PartCounter, names: SeenNames) -> pd.DataFrame:
        url = DAILY_PRICES.format(day=part.first_day, report=report)
        file = url.rpartition("/")[2]
        content, damaged = whole_lines(download(query, url), file)
        counter.lose_lines(part, file, damaged, query.locations)
        first_hour = part.period.start_time.tz_localize(query.zone).tz_convert("UTC").as_unit("us")
        nodes: set[str] = set()
        rows = []
        for location, prices in _parse_prices(content, location_of, nodes):
            if len(prices) == HOURS_A_DAY:
                rows += [(location, first_hour + hour * HOUR, price) for hour, price in enumerate(prices)]
            else:
                cause = f"{len(prices)} prices in {file}; a day has {HOURS_A_DAY}"
                counter.lose(part, cause, [location])
        if not nodes:
            raise Unreadable(f"{file} has no price of any node")
        names.note(part, nodes)
        return pd.DataFrame(rows, columns=[*KEY, "value"])

    return read_parts(query, split_query(query, "D"), read_day)


def _parse_prices(
    content: bytes, location_of: Mapping[str, str], nodes: set[str]
) -> Iterator[tuple[str, list[str]]]:
    """Yield each wanted location with its prices of the day's hours, and add all nodes to `nodes`.

    Raises:
        Unreadable: the file has no header.
    """
    lines = content.decode("utf-8", "replace").splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith(PRICE_HEADER)), None)
    if start is None:
        raise Unreadable(f"no line begins with {PRICE_HEADER}, but the file with {content[:40]!r}")
    for cells in _cells(lines[start + 1 :]):
        node, value, prices = "".join(cells[:1]), cells[2:3], cells[3:]
        if value != [PRICE_ROW]:
            continue
        nodes.add(node)
        if node in location_of:
            yield location_of[node], prices


def _cells(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the cells of each line by itself, so that no quote reaches beyond its line."""
    for line in lines:
        yield next(csv.reader([line]), []) if '"' in line else line.split(",")


def _read_daily(
    query: ReaderQuery, part: QueryPart, published: date, kind: str, names: SeenNames
) -> pd.DataFrame:
    """Return the hours of a part from the file of a day, which has a column for each zone and kind of load.

    Raises:
        Unreadable: the file is something else, or has no column of any zone of the query.
    """
    url = DAILY_LOADS.format(day=published)
    table = _parse_sheet(download(query, url), url.rpartition("/")[2], DAY_OF_DAILY)
    zones = {name.removesuffix(kind) for name in map(str, table) if name.endswith(kind)}
    names.note(part, zones)
    present = {location: name for location, name in query.names.items() if name in zones}
    if not present:
        wanted = " or ".join(dict.fromkeys(f"{name}{kind}" for name in query.names.values()))
        raise Unreadable(f"the table has no column {wanted}; it has {', '.join(map(str, table))}")
    starts = table["local"].dt.tz_localize(query.zone).astype(UTC_HOUR)
    rows = pd.concat(
        pd.DataFrame({"location": location, "interval_start": starts, "value": table[f"{name}{kind}"]})
        for location, name in present.items()
    )
    return rows[rows["interval_start"].isin(part.hours)]  # a file has the loads of several days


def _parse_year(body: bytes) -> pd.DataFrame:
    """Return zone, local (start of the hour by the market's clock) and value (MW) of a year's file.

    Raises:
        Unreadable: the file is something else.
    """
    archive = PublishedZip(body)
    name = archive.only(".xls", ".xlsx")
    table = _parse_sheet(archive.read(name), name, DAY_OF_YEARLY)
    check_columns(table, [_ZONE, _LOAD])
    return pd.DataFrame({"zone": table[_ZONE], "local": table["local"], "value": table[_LOAD]})


def _parse_sheet(body: bytes, name: str, day: str) -> pd.DataFrame:
    """Return the hours of a workbook with their local start by the market's clock.

    Args:
        body: the workbook; words stand above its header, which may come again among the rows.
        name: of the file, for the message.
        day: the name of its first column.

    Raises:
        Unreadable: there is no such table.
    """
    try:
        check_workbook(body)
        raw = pd.read_excel(BytesIO(body), header=None, dtype=object, engine="calamine")
        header = raw.index[raw[0].astype(str).str.strip() == day][0]
        table = raw.set_axis([str(title).strip() for title in raw.iloc[header]], axis=1)
        table = table.loc[:, table.columns != "nan"]  # merged cells leave columns without a name
        table = table[pd.to_numeric(table[_HOUR], errors="coerce").notna()]
        check_has_rows(table, name)
        local = pd.to_datetime(table[day]) + (table[_HOUR].astype(int) - 1) * HOUR
        return table.assign(local=local)
    except (CalamineError, ValueError, KeyError, IndexError) as error:
        raise Unreadable(f"{name} has no table with the columns {day} and {_HOUR}: {error}") from error
