"""MISO's prices of a day: a file of about 2,500 nodes, of which only the lines asked for are taken.

gridstatus reads every node of the file into a table first, which takes far longer and much memory.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import dropwhile

import pandas as pd

from lib.hours import HOUR
from lib.sources.public.asks import Ask, Found, Part, Unreadable, download, parts
from lib.sources.public.reading import gather
from lib.sources.tally import Tally

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

    def read(part: Part, _tally: Tally) -> pd.DataFrame:
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
