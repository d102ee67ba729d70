"""PJM's Data Miner: the rows of a feed for some days, page by page.

gridstatus is not used: for every query it reads the whole directory of price nodes, in pages of a random
size, so that no response could be found again in the archive. A non-member has six requests a minute.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from lib.hours import UTC_HOUR
from lib.sources.public.query import SOURCE, QueryPart, ReaderQuery, Unreadable
from lib.web import NotArchived, Rejected, Request

FEED = "https://api.pjm.com/api/v1/{feed}?{query}"
KEY = "PJM_API_KEY"
PAGE_ROWS = 50_000
"""The most rows that the service allows in a page."""


class _ErrorBody(Unreadable):
    """The service sent errors instead of rows."""


def month_of(part: QueryPart) -> tuple[date, date]:
    """Return the first and last day of a part's month; whole months make the same request each time."""
    return part.first_day, part.period.end_time.date()


def read_feed(
    query: ReaderQuery, feed: str, time: str, days: tuple[date, date], columns: Sequence[str], **filters: str
) -> pd.DataFrame:
    """Return the rows of a feed from the first to the last day, with some of its columns.

    The service rejects a request across the border between a feed's archive and its last two years. Such a
    request is sent in two halves, and each half likewise.

    Args:
        query: has the client and the API key.
        feed: name of the feed.
        time: name of its time column without the suffix "_ept" or "_utc".
        days: first and last local day, both included; of one year.
        columns: the columns to return; those by `time` and "_utc" are read as times.
        filters: columns with the only value wanted of them.

    Raises:
        WebError: there is no usable response.
        Unreadable: the response is something else.
    """
    first, last = days
    span = f"{first:%m/%d/%Y} 00:00to{last:%m/%d/%Y} 23:59"
    try:
        return _read_pages(query, feed, {**filters, f"{time}_ept": span}, columns)
    except (Rejected, NotArchived, _ErrorBody):
        if first == last:
            raise
        middle = first + (last - first) // 2
        halves = (first, middle), (middle + timedelta(days=1), last)
        return pd.concat(read_feed(query, feed, time, half, columns, **filters) for half in halves)


def _read_pages(
    query: ReaderQuery, feed: str, parameters: Mapping[str, str], columns: Sequence[str]
) -> pd.DataFrame:
    tables: list[pd.DataFrame] = []
    totals: set[int] = set()
    while not totals or len(tables) * PAGE_ROWS < max(totals):
        paging = {"startRow": str(1 + len(tables) * PAGE_ROWS), "rowCount": str(PAGE_ROWS)}
        page = _read_page(query, feed, {**parameters, **paging})
        tables.append(_parse_rows(page["items"], columns, feed))
        totals.add(page["totalRows"])
    rows = pd.concat(tables)
    if totals != {len(rows)}:
        raise Unreadable(
            f"{feed}: {len(rows)} rows came of {sorted(totals)}; the table changed while its pages were read"
        )
    return rows


def _read_page(query: ReaderQuery, feed: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    secret = {"Ocp-Apim-Subscription-Key": query.credentials[KEY]}
    request = Request(SOURCE, FEED.format(feed=feed, query=urlencode(parameters)), secret_headers=secret)
    body = query.client.send(request).body
    try:
        page = json.loads(body)
    except ValueError as error:
        raise Unreadable(f"{feed}: no JSON, but {body[:40]!r}") from error
    if not isinstance(page, dict) or not {"items", "totalRows"} <= set(page):
        raise _ErrorBody(f"{feed}: no rows, but {body[:200]!r}")
    return page


def _parse_rows(rows: Sequence[Mapping[str, object]], columns: Sequence[str], feed: str) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=None if rows else columns)
    missing = set(columns) - set(table.columns)
    if missing:
        raise Unreadable(f"{feed}: its rows have no {', '.join(sorted(missing))}")
    times = [column for column in columns if column.endswith("_utc")]
    try:
        parsed = {name: pd.to_datetime(table[name], utc=True, format="ISO8601") for name in times}
    except ValueError as error:
        raise Unreadable(f"{feed}: {error}") from error
    return table[list(columns)].assign(**{name: column.astype(UTC_HOUR) for name, column in parsed.items()})
