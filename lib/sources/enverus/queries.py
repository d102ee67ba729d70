"""What the service is asked at once: some symbols for some days of the publisher's clock."""

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
"""Symbols at once: a URL of about 3,000 characters, where the service refuses some 9,000."""

WINDOW_DAYS = 49
"""Days at once: with the day after them, which is asked for too, the 50 that users of the service keep to."""

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
class Ask:
    """Symbols, and days of the publisher's clock, both included."""

    symbols: tuple[str, ...]
    first: date
    last: date

    def halves(self) -> tuple[Ask, Ask]:
        """Return the ask in two parts, each with half of its symbols."""
        middle = len(self.symbols) // 2
        return replace(self, symbols=self.symbols[:middle]), replace(self, symbols=self.symbols[middle:])

    def of(self, names: Collection[str]) -> Ask:
        """Return the ask for those of its symbols that are named."""
        return replace(self, symbols=tuple(symbol for symbol in self.symbols if symbol in names))

    def apart(self, names: Collection[str]) -> list[Ask]:
        """Return the ask in parts: one for each of the named symbols, and one for all others together."""
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


def plan_asks(symbols: Sequence[str], clock: ZoneInfo, start: pd.Timestamp, end: pd.Timestamp) -> list[Ask]:
    """Return the asks that together cover some symbols over the UTC hours from `start` up to `end`.

    Windows end at the same days whatever is asked for, so that the same question is put in the same words.
    """
    first = start.tz_convert(clock).date()
    last = (end - HOUR).tz_convert(clock).date()
    edge = first.toordinal() // WINDOW_DAYS * WINDOW_DAYS
    edges = [date.fromordinal(n) for n in range(edge, last.toordinal() + WINDOW_DAYS + 1, WINDOW_DAYS)]
    batches = [tuple(symbols[n : n + BATCH]) for n in range(0, len(symbols), BATCH)]
    return [
        Ask(batch, max(first, begin), min(last, after - DAY))
        for begin, after in pairwise(edges)
        if begin <= last
        for batch in batches
    ]


def url_of(ask: Ask, base_url: str) -> str:
    """Return the URL of an ask.

    Whether the service includes the end date is not documented: it is asked for one day more, whose hours
    are passed over.
    """
    query = {
        "symbols": ",".join(f"#{symbol}" for symbol in ask.symbols),
        "startdate": ask.first.strftime(DATE_FORMAT),
        "enddate": (ask.last + DAY).strftime(DATE_FORMAT),
        **FIXED,
    }
    return f"{base_url.rstrip('/')}{PATH}?{urlencode(query)}"


def ask_of(url: str) -> Ask:
    """Return the ask of a URL that `url_of` made."""
    query = parse_qs(urlsplit(url).query)
    first, after = (
        datetime.strptime(query[name][0], DATE_FORMAT).date() for name in ("startdate", "enddate")
    )
    symbols = tuple(symbol.removeprefix("#") for symbol in query["symbols"][0].split(","))
    return Ask(symbols, first, after - DAY)


@cache
def symbols(iso: str, measure: str) -> dict[str, tuple[str, ...]]:
    """Return by location the symbols whose sum a measure is; a location without a symbol is not named."""
    return {
        row["location"]: tuple(row["symbols"].split("+"))
        for row in read_reference("enverus_symbols.csv")
        if (row["iso"], row["measure"]) == (iso, measure)
    }
