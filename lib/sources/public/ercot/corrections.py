"""ERCOT's price corrections: prices that are changed weeks after their day, in reports of their own.

A document has the intervals that were corrected and no others: hours of the day-ahead market, quarter hours
of the real-time market. So a corrected price is one more edition of its interval, the last one
(`lib.sources.public.ercot.prices`), and the hours concerned are read again, however old they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd

from lib.sources.clean import ProblemCounter
from lib.sources.public.ercot.documents import download_document, list_documents
from lib.sources.public.ercot.tables import parse_document, with_interval_start, with_known_names
from lib.sources.public.query import ReaderQuery, Unreadable
from lib.web import NotArchived, NotFound


@dataclass(frozen=True)
class _Report:
    """The number of a report (NP4-196-M, NP4-197-M), and what the names of its documents with prices have."""

    number: int
    name_part: str
    columns: frozenset[str]


_COLUMNS = frozenset({"day", "hour_ending", "is_repeated", "name", "type", "value"})

_DAY_AHEAD = _Report(13044, "DAM_SPP", _COLUMNS)
_REAL_TIME = _Report(13045, "RTM_SPP", _COLUMNS | {"quarter"})

_REPORTS = {"da_lmp": _DAY_AHEAD, "rt_lmp": _REAL_TIME}


def read_corrections(query: ReaderQuery, since: date = date.min) -> list[pd.DataFrame]:
    """Return the tables of corrected prices that were posted since a day, the oldest first.

    Each has day, hour_ending, is_repeated, name, type, value ($/MWh as text) and, in real time, quarter.

    Raises:
        WebError: a response is missing. A list that its publisher or the archive does not have is empty.
        Unreadable: a response is no such table.
    """
    return list(_tables(query, _REPORTS[query.measure], since))


def find_corrected_hours(query: ReaderQuery, since: date) -> dict[str, pd.DatetimeIndex]:
    """Return the UTC starts of the query's hours that were corrected since a day, by location.

    Raises:
        WebError, Unreadable: as `read_corrections` does.
    """
    location_of = {name: location for location, name in query.names.items()}
    ignored = ProblemCounter(query.iso, query.measure)  # reported when the hours are read
    found: dict[str, pd.DatetimeIndex] = {}
    for table in read_corrections(query, since):
        rows = table.assign(location=table["name"].map(location_of)).dropna(subset=["location"])
        hours = with_interval_start(rows, query.zone.key, ignored).assign(
            hour=lambda rows: rows["interval_start"].dt.floor("h")
        )
        for location, its_hours in hours[hours["hour"].isin(query.hours)].groupby("location")["hour"]:
            known = found.get(str(location), query.hours[:0])
            found[str(location)] = known.union(pd.DatetimeIndex(its_hours.unique()))
    return found


def _tables(query: ReaderQuery, report: _Report, since: date) -> Iterator[pd.DataFrame]:
    try:
        listed = list_documents(query, report.number)
    except (NotFound, NotArchived):
        return
    for document in listed:
        if report.name_part in document.name and "csv" in document.name and document.published_on >= since:
            table, damaged = parse_document(download_document(query, document), document.name)
            if damaged:  # nobody knows which price such a line corrects
                raise Unreadable(f"{document.name} has {len(damaged)} damaged lines, such as {damaged[0]}")
            yield with_known_names(table, report.columns)
