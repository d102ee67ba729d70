"""ERCOT's loads by forecast zone: actual, and as last forecast before 10:00 on the day before delivery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import pandas as pd

from lib.sources.clean import KEY, ProblemCounter
from lib.sources.public.csv_lines import check_has_rows
from lib.sources.public.ercot.api import download_archived, list_archived, log_in
from lib.sources.public.ercot.tables import parse_document, with_interval_start, with_known_names
from lib.sources.public.names import SeenNames
from lib.sources.public.parts import PartCounter, fail_parts, read_parts
from lib.sources.public.query import QueryPart, ReaderQuery, ReaderResult, Unreadable, split_query
from lib.web import NotFound, WebError


@dataclass(frozen=True)
class _Product:
    """A report. The document for a day is the last one posted in the 24 hours that belong to the day.

    Attributes:
        day_after_post: the time from posting to the day of the document: their sum has the day as its date.
    """

    name: str
    day_after_post: timedelta


_PRODUCTS = {
    # The load of a day is posted on the next day.
    "rt_load": _Product("np6-346-cd", timedelta(days=-1)),
    # A forecast posted at 09:59 is the last one for tomorrow, one at 10:00 the first for the day after.
    "da_load": _Product("np3-560-cd", timedelta(days=1, hours=14)),
}

_TIME = frozenset({"day", "hour_ending", "is_repeated"})

_ReadDocument = Callable[[], bytes]
"""Returns a document from the archive of its month."""

_Documents = dict[date, _ReadDocument]


def read_loads(query: ReaderQuery) -> ReaderResult:
    """Return the loads of the forecast zones: location, interval_start (UTC), value (MW as text)."""
    days = split_query(query, "D")
    try:
        account = log_in(query)
    except (WebError, Unreadable) as error:
        return fail_parts(query, days, error)
    months = {part.period: _download_month(query, part, account) for part in split_query(query, "M")}

    def read_day(day: QueryPart, counter: PartCounter, names: SeenNames) -> pd.DataFrame:
        documents = months[day.period.asfreq("M")]
        if isinstance(documents, Exception):
            # Unreadable for every day of the month, even if refused: another month may be readable.
            raise Unreadable(str(documents)) from documents
        if day.first_day not in documents:
            raise NotFound(f"{_PRODUCTS[query.measure].name} has no document for {day.period}")
        file = f"the document of {_PRODUCTS[query.measure].name} for {day.period}"
        table, damaged = parse_document(documents[day.first_day](), file)
        check_has_rows(table, file)
        counter.lose_lines(day, file, damaged, query.locations)
        return _parse_day(query, table, day, names, counter)

    return read_parts(query, days, read_day)


def _download_month(
    query: ReaderQuery, month: QueryPart, account: Mapping[str, str]
) -> _Documents | Exception:
    """Return the document for each day of a month, or the error.

    Requests are for whole months, so that the same request is sent each time.
    """
    product = _PRODUCTS[query.measure]
    start = month.period.start_time.to_pydatetime() - product.day_after_post
    end = (month.period + 1).start_time.to_pydatetime() - product.day_after_post
    try:
        listed = list_archived(query, product.name, start, end, account)
        last = {(document.posted_at + product.day_after_post).date(): document for document in listed}
        if not last:
            return {}
        archive = download_archived(query, product.name, list(last.values()), account)
    except (WebError, Unreadable) as error:
        return error
    members = {name.partition(".")[0]: name for name in archive.names}
    return {
        day: partial(archive.read, members[document.number])
        for day, document in last.items()
        if document.number in members
    }


def _parse_day(
    query: ReaderQuery, table: pd.DataFrame, day: QueryPart, names: SeenNames, counter: ProblemCounter
) -> pd.DataFrame:
    """Return location, interval_start (UTC) and value of a day's document."""
    table = with_known_names(table, _TIME)
    zones = set(table.columns) - _TIME
    names.note(day, (zone.upper() for zone in zones))
    columns = {location: name.lower() for location, name in query.names.items() if name.lower() in zones}
    if not columns:
        raise Unreadable(f"no column of any zone among {', '.join(sorted(zones))}")
    rows = pd.concat(
        table.assign(location=location, value=table[column]) for location, column in columns.items()
    )
    rows = with_interval_start(rows, query.zone.key, counter)
    return rows.loc[rows["interval_start"].isin(day.hours), [*KEY, "value"]]
