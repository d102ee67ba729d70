"""ERCOT's loads by forecast zone: actual, and as last forecast before 10:00 on the day before delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from lib.sources.clean import ProblemCounter
from lib.sources.public.ercot.history import contents, documents, log_in
from lib.sources.public.ercot.tables import with_known_names, with_utc
from lib.sources.public.gather import gather, nothing_known
from lib.sources.public.query import Ask, Found, Part, Unreadable, parts
from lib.sources.public.zipped import zipped_csv
from lib.web import NotFound, WebError


@dataclass(frozen=True)
class _Product:
    """A report and its days: the one that counts for a day is the last posted in the day's own 24 hours.

    Attributes:
        day_after_post: what to add to the time of posting, so that the date is the day it counts for.
    """

    name: str
    day_after_post: timedelta


_PRODUCTS = {
    # The load of a day is posted on the day after.
    "rt_load": _Product("np6-346-cd", timedelta(days=-1)),
    # A forecast posted at 09:59 is the last one for tomorrow, one at 10:00 the first for the day after.
    "da_load": _Product("np3-560-cd", timedelta(days=1, hours=14)),
}

_Documents = dict[date, bytes]


def read(ask: Ask) -> Found:
    """Return the loads of the forecast zones: location, interval_start (UTC), value (MW as text)."""
    days = parts(ask, "D")
    try:
        account = log_in(ask)
    except (WebError, Unreadable) as error:
        return nothing_known(ask, days, error)
    months = {part.period: _documents(ask, part, account) for part in parts(ask, "M")}

    def read_day(day: Part, counter: ProblemCounter) -> pd.DataFrame:
        posted = months[day.period.asfreq("M")]
        if isinstance(posted, Exception):
            # Unreadable for every day of the month: another month may be at hand.
            raise Unreadable(str(posted)) from posted
        if day.first_day not in posted:
            raise NotFound(f"{_PRODUCTS[ask.measure].name} has no document for {day.period}")
        return _loads(ask, zipped_csv(posted[day.first_day]), day, counter)

    return gather(ask, days, read_day)


def _documents(ask: Ask, month: Part, account: Mapping[str, str]) -> _Documents | Exception:
    """Return the document that counts for each day of a month, or why there is none.

    They are asked for by whole months, so that the same question is asked each time.
    """
    product = _PRODUCTS[ask.measure]
    start = month.period.start_time.to_pydatetime() - product.day_after_post
    end = (month.period + 1).start_time.to_pydatetime() - product.day_after_post
    try:
        listed = documents(ask, product.name, start, end, account)
        last = {(document.at + product.day_after_post).date(): document for document in listed}
        files = contents(ask, product.name, list(last.values()), account) if last else {}
    except (WebError, Unreadable) as error:
        return error
    return {day: files[document.number] for day, document in last.items() if document.number in files}


def _loads(ask: Ask, table: pd.DataFrame, day: Part, counter: ProblemCounter) -> pd.DataFrame:
    columns = {location: name.lower() for location, name in ask.names.items()}
    table = with_known_names(table, {"day", "hour_ending", "is_repeated", *columns.values()})
    rows = pd.concat(
        table.assign(location=location, value=table[column]) for location, column in columns.items()
    )
    rows = with_utc(rows, ask.zone.key, counter)
    return rows.loc[rows["interval_start"].isin(day.hours), ["location", "interval_start", "value"]]
