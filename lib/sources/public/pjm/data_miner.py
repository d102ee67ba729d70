"""PJM's Data Miner: the rows of a feed for some days, page by page.

gridstatus reads the whole directory of price nodes for every question, in pages of a random size, so that no
answer could be found again in the archive; and six requests a minute are all that a non-member has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from lib.hours import UTC_HOUR
from lib.sources.public.query import SOURCE, Ask, Part, Unreadable
from lib.web import NotArchived, Rejected, Request

FEED = "https://api.pjm.com/api/v1/{feed}?{query}"
KEY = "PJM_API_KEY"
PAGE_ROWS = 50_000
"""As many as a page may have."""


class _NotTaken(Unreadable):
    """The service answered with errors instead of rows."""


def month_of(part: Part) -> tuple[date, date]:
    """Return the first and last day of a part's month, whole so that the same question is asked each time."""
    return part.first_day, part.period.end_time.date()


def read_feed(
    ask: Ask, feed: str, time: str, days: tuple[date, date], columns: Sequence[str], **filters: str
) -> pd.DataFrame:
    """Return the rows of a feed for the days from the first to the last, with the columns asked for.

    A question over the border between the feed's archive and its last two years is not taken: it is asked in
    two halves, and these likewise.

    Args:
        ask: what to ask with, and the key.
        feed: name of the feed.
        time: name of its time, whose column (local) by that name and "_ept" the days are of.
        days: the first and the last, both in one year.
        columns: the columns to return; those by `time` and "_utc" are read as times.
        filters: columns with the only value wanted of them.

    Raises:
        WebError: there is no answer.
        Unreadable: the answer is something else.
    """
    first, last = days
    span = f"{first:%m/%d/%Y} 00:00to{last:%m/%d/%Y} 23:59"
    try:
        return _all_pages(ask, feed, {**filters, f"{time}_ept": span}, columns)
    except (Rejected, NotArchived, _NotTaken):
        if first == last:
            raise
        middle = first + (last - first) // 2
        halves = (first, middle), (middle + timedelta(days=1), last)
        return pd.concat(read_feed(ask, feed, time, half, columns, **filters) for half in halves)


def _all_pages(ask: Ask, feed: str, query: Mapping[str, str], columns: Sequence[str]) -> pd.DataFrame:
    tables: list[pd.DataFrame] = []
    totals: set[int] = set()
    while not totals or len(tables) * PAGE_ROWS < max(totals):
        place = {"startRow": str(1 + len(tables) * PAGE_ROWS), "rowCount": str(PAGE_ROWS)}
        page = _page(ask, feed, {**query, **place})
        tables.append(_table(page["items"], columns, feed))
        totals.add(page["totalRows"])
    rows = pd.concat(tables)
    if totals != {len(rows)}:
        raise Unreadable(
            f"{feed}: {len(rows)} rows came of {sorted(totals)}; its pages are not of one answer"
        )
    return rows


def _page(ask: Ask, feed: str, query: Mapping[str, str]) -> dict[str, Any]:
    secret = {"Ocp-Apim-Subscription-Key": ask.keys[KEY]}
    request = Request(SOURCE, FEED.format(feed=feed, query=urlencode(query)), secret_headers=secret)
    body = ask.client.send(request).body
    try:
        page = json.loads(body)
    except ValueError as error:
        raise Unreadable(f"{feed}: no JSON, but {body[:40]!r}") from error
    if not isinstance(page, dict) or not {"items", "totalRows"} <= set(page):
        raise _NotTaken(f"{feed}: no rows, but {body[:200]!r}")
    return page


def _table(rows: Sequence[Mapping[str, object]], columns: Sequence[str], feed: str) -> pd.DataFrame:
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
