"""Queries to the service: some symbols for some days of the publisher's clock, and their URL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from urllib.parse import parse_qs, urlencode, urlsplit
from zoneinfo import ZoneInfo

import pandas as pd

from lib.hours import HOUR
from lib.markets import read_reference

PATH = "/api/v3/getintraday"

BATCH = 100
"""Symbols per query: a URL of about 3,000 characters; the service refuses some 9,000."""

WINDOW_DAYS = 49
"""Days per query. With the extra day of its URL these are the 50 days that users of the service keep to."""

DAY = timedelta(days=1)

DATE_FORMAT = "%m/%d/%Y"

FIXED = {
    "fields": "symbol,close,tradedatetimeutc",
    "output": "csv",
    "includeheaders": "true",
    "aggregatetype": "0",
    "intradaybarinterval": "60",
    "timezone": "publisher",
}


@dataclass(frozen=True)
class SymbolQuery:
    """Symbols, and days of the publisher's clock, both included."""

    symbols: tuple[str, ...]
    first: date
    last: date

    def halves(self) -> tuple[SymbolQuery, SymbolQuery]:
        """Return the query in two parts, each with half of its symbols."""
        middle = len(self.symbols) // 2
        return replace(self, symbols=self.symbols[:middle]), replace(self, symbols=self.symbols[middle:])

    def only(self, names: Collection[str]) -> SymbolQuery:
        """Return the query for those of its symbols that are in `names`."""
        return replace(self, symbols=tuple(symbol for symbol in self.symbols if symbol in names))

    def apart(self, names: Collection[str]) -> list[SymbolQuery]:
        """Return the query in parts: one for each symbol in `names`, and one for all others together."""
        alone = [(symbol,) for symbol in self.symbols if symbol in names]
        rest = tuple(symbol for symbol in self.symbols if symbol not in names)
        return [replace(self, symbols=symbols) for symbols in (rest, *alone) if symbols]

    def bounds(self, clock: ZoneInfo) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Return the UTC start of the first day and the end of the last one."""
        first, after = (
            pd.Timestamp(day).tz_localize(clock).tz_convert("UTC").as_unit("us")
            for day in (self.first, self.last + DAY)
        )
        return first, after


def plan_symbol_queries(
    symbols: Sequence[str], clock: ZoneInfo, start: pd.Timestamp, end: pd.Timestamp
) -> list[SymbolQuery]:
    """Return the queries that together cover the symbols for the UTC hours from `start` to `end` (excluded).

    Windows end on the same days for every `start` and `end`, so that equal queries have equal URLs.
    """
    first = start.tz_convert(clock).date()
    last = (end - HOUR).tz_convert(clock).date()
    edge = first.toordinal() // WINDOW_DAYS * WINDOW_DAYS
    edges = [date.fromordinal(n) for n in range(edge, last.toordinal() + WINDOW_DAYS + 1, WINDOW_DAYS)]
    batches = [tuple(symbols[n : n + BATCH]) for n in range(0, len(symbols), BATCH)]
    return [
        SymbolQuery(batch, max(first, begin), min(last, after - DAY))
        for begin, after in pairwise(edges)
        if begin <= last
        for batch in batches
    ]


def query_url(query: SymbolQuery, base_url: str) -> str:
    """Return the URL of a query.

    It is not documented whether the service includes the end date. So the URL has one day more, whose hours
    are ignored.
    """
    parameters = {
        "symbols": ",".join(f"#{symbol}" for symbol in query.symbols),
        "startdate": query.first.strftime(DATE_FORMAT),
        "enddate": (query.last + DAY).strftime(DATE_FORMAT),
        **FIXED,
    }
    return f"{base_url.rstrip('/')}{PATH}?{urlencode(parameters)}"


def parse_query_url(url: str) -> SymbolQuery:
    """Return the query of a URL that `query_url` made."""
    parameters = parse_qs(urlsplit(url).query)
    first, after = (
        datetime.strptime(parameters[name][0], DATE_FORMAT).date() for name in ("startdate", "enddate")
    )
    symbols = tuple(symbol.removeprefix("#") for symbol in parameters["symbols"][0].split(","))
    return SymbolQuery(symbols, first, after - DAY)


@cache
def symbols(iso: str, measure: str) -> dict[str, tuple[str, ...]]:
    """Return the symbols of each location, whose sum is the measure; some locations have none."""
    return {
        row["location"]: tuple(row["symbols"].split("+"))
        for row in read_reference("enverus_symbols.csv")
        if (row["iso"], row["measure"]) == (iso, measure)
    }
