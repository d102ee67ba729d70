"""Placing the rows of an answer in UTC, day by day: a day whose hours cannot be told is left out whole.

A day with an impossible number of hours says that its clock is not the one we think; each of its hours might
then be another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from lib.hours import HOUR
from lib.sources.enverus.parse import read_rows
from lib.sources.enverus.queries import Ask
from lib.sources.local_time import to_utc
from lib.sources.protocol import empty_series

ROW = ["symbol", "interval_start"]


@dataclass(frozen=True)
class Defect:
    """Hours of a symbol for which there is no answer, or (not `is_unanswered`) a surprising one."""

    symbol: str
    kind: str
    start: pd.Timestamp
    end: pd.Timestamp
    cause: str
    is_unanswered: bool = True


@dataclass(frozen=True)
class Heard:
    """What came of one ask: rows (symbol, interval_start in UTC, value as it came), and what is wrong.

    Without a valid answer there are no rows, and every hour that was asked for is a defect.
    """

    rows: pd.DataFrame
    defects: tuple[Defect, ...]


def failed(ask: Ask, clock: ZoneInfo, kind: str, cause: str) -> Heard:
    """Return what comes of an ask without a valid answer: each of its symbols lacks its hours."""
    start, end = ask.bounds(clock)
    defects = tuple(Defect(symbol, kind, start, end, cause) for symbol in ask.symbols)
    return Heard(no_rows(), defects)


def no_rows() -> pd.DataFrame:
    """Return rows (symbol, interval_start, value) of which there are none."""
    return empty_series().rename(columns={"location": "symbol"})


def heard(body: bytes, ask: Ask, clock: ZoneInfo) -> Heard:
    """Return the rows of an answer whose hour can be told.

    Raises:
        InvalidAnswer: the answer is not the table that was asked for.
    """
    rows = read_rows(body, ask.symbols)
    is_unread, days = rows["local"].isna(), rows["local"].dt.normalize()
    is_asked = days.between(pd.Timestamp(ask.first), pd.Timestamp(ask.last))
    defects = [*_absent(rows[is_asked | is_unread], ask, clock), *_unread(rows[is_unread], ask, clock)]
    rows = rows.assign(day=days, location=rows["symbol"])[is_asked]
    rows = to_utc(rows, clock.key)
    bad = {(symbol, day): kind for kind, symbol, day in _bad_days(rows, clock)}
    if bad:
        rows = rows[~pd.MultiIndex.from_frame(rows[["symbol", "day"]]).isin(list(bad))]
    defects += [_bad_day(symbol, day.date(), kind, clock) for (symbol, day), kind in bad.items()]
    return Heard(rows[[*ROW, "value"]], tuple(defects))


def _absent(rows: pd.DataFrame, ask: Ask, clock: ZoneInfo) -> Iterator[Defect]:
    """Yield the symbols without any row while others have some: they were answered, with nothing."""
    start, end = ask.bounds(clock)
    cause = f"the answer for {ask.first} to {ask.last} has no row of it"
    for symbol in set(ask.symbols) - set(rows["symbol"].unique()):
        yield Defect(symbol, "no_rows", start, end, cause, is_unanswered=False)


def _unread(rows: pd.DataFrame, ask: Ask, clock: ZoneInfo) -> Iterator[Defect]:
    """Yield the symbols of rows whose time cannot be read: which of their hours it is nobody knows."""
    start, end = ask.bounds(clock)
    for symbol, n_rows in rows["symbol"].value_counts().items():
        cause = f"{n_rows} times from {ask.first} to {ask.last} cannot be read"
        yield Defect(str(symbol), "unreadable_time", start, end, cause)


def _bad_days(rows: pd.DataFrame, clock: ZoneInfo) -> Iterator[tuple[str, str, pd.Timestamp]]:
    """Yield defect, symbol and day (local midnight) of each day that is impossible."""
    if len(_overfull(rows, clock)):
        # Rows that only repeat others do no harm.
        distinct = rows[rows["defect"].eq("") & ~rows.duplicated([*ROW, "value"])]
        for symbol, day in _overfull(distinct, clock):
            yield "wrong_hour_count", symbol, day
    doubtful = rows.loc[rows["defect"].ne(""), ["defect", "symbol", "day"]].drop_duplicates()
    yield from doubtful.itertuples(index=False, name=None)


def _overfull(rows: pd.DataFrame, clock: ZoneInfo) -> pd.Index:
    """Return symbol and day (local midnight) of those with more rows than the day has hours: 23, 24 or 25."""
    counts = rows.groupby(["symbol", "day"], sort=False).size()
    days = pd.DatetimeIndex(counts.index.get_level_values("day"))
    # By its name: pandas looks a ZoneInfo up hour by hour.
    begin, end = (midnight.tz_localize(clock.key) for midnight in (days, days + pd.Timedelta(days=1)))
    n_hours = (end - begin) // HOUR
    return counts.index[counts.to_numpy() > n_hours]


def _bad_day(symbol: str, day: date, kind: str, clock: ZoneInfo) -> Defect:
    start, end = Ask((), day, day).bounds(clock)
    what = {
        "wrong_hour_count": f"more rows than the {(end - start) // HOUR} hours of the day in {clock.key}",
        "nonexistent_hour": f"an hour that {clock.key} skips on that day",
        "ambiguous_hour": f"{clock.key} has an hour twice on that day, and its rows cannot be told apart",
    }
    return Defect(symbol, kind, start, end, f"{day}: {what[kind]}; no hour of the day was taken")
