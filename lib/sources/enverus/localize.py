"""From a response to rows in UTC, day by day: a day whose hours are not certain is left out whole.

A day with an impossible number of hours shows that its clock is not the expected one. Then each of its hours
might be another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from lib.hours import HOUR
from lib.sources.enverus.parse import parse_rows
from lib.sources.enverus.queries import SymbolQuery
from lib.sources.local_time import to_utc
from lib.sources.protocol import NO_ROWS, empty_series

ROW = ["symbol", "interval_start"]


@dataclass(frozen=True)
class Defect:
    """Hours of a symbol without a usable response; if not `is_unanswered`, the response had no row of it."""

    symbol: str
    kind: str
    start: pd.Timestamp
    end: pd.Timestamp
    cause: str
    is_unanswered: bool = True


@dataclass(frozen=True)
class SymbolResult:
    """The rows of one response (symbol, interval_start in UTC, value as it came), and its defects.

    Without a valid response there are no rows, and every hour of the query is a defect.
    """

    rows: pd.DataFrame
    defects: tuple[Defect, ...]


def failed_result(query: SymbolQuery, clock: ZoneInfo, kind: str, cause: str) -> SymbolResult:
    """Return the result of a query without a valid response: each of its symbols lacks all hours."""
    start, end = query.bounds(clock)
    defects = tuple(Defect(symbol, kind, start, end, cause) for symbol in query.symbols)
    return SymbolResult(empty_rows(), defects)


def empty_rows() -> pd.DataFrame:
    """Return a frame of symbol, interval_start and value without rows."""
    return empty_series().rename(columns={"location": "symbol"})


def parse_response(body: bytes, query: SymbolQuery, clock: ZoneInfo) -> SymbolResult:
    """Return the rows of a response whose hour is certain, and its defects.

    Raises:
        InvalidResponse: the response is not the table of the query.
    """
    rows = parse_rows(body, query.symbols)
    is_unreadable, days = rows["local"].isna(), rows["local"].dt.normalize()
    is_queried = days.between(pd.Timestamp(query.first), pd.Timestamp(query.last))
    defects = [
        *_absent(rows[is_queried | is_unreadable], query, clock),
        *_unreadable(rows[is_unreadable], query, clock),
    ]
    rows = rows.assign(day=days, location=rows["symbol"])[is_queried]
    rows = to_utc(rows, clock.key)
    bad = {(symbol, day): kind for kind, symbol, day in _bad_days(rows, clock)}
    if bad:
        rows = rows[~pd.MultiIndex.from_frame(rows[["symbol", "day"]]).isin(list(bad))]
    defects += [_bad_day(symbol, day.date(), kind, clock) for (symbol, day), kind in bad.items()]
    return SymbolResult(rows[[*ROW, "value"]], tuple(defects))


def _absent(rows: pd.DataFrame, query: SymbolQuery, clock: ZoneInfo) -> Iterator[Defect]:
    """Yield the symbols without any row while others have rows: the service has nothing of them."""
    start, end = query.bounds(clock)
    cause = f"the response for {query.first} to {query.last} has no row of it"
    for symbol in set(query.symbols) - set(rows["symbol"].unique()):
        yield Defect(symbol, NO_ROWS, start, end, cause, is_unanswered=False)


def _unreadable(rows: pd.DataFrame, query: SymbolQuery, clock: ZoneInfo) -> Iterator[Defect]:
    """Yield the symbols of rows with an unreadable time: it may be any of their hours."""
    start, end = query.bounds(clock)
    for symbol, n_rows in rows["symbol"].value_counts().items():
        cause = f"{n_rows} times from {query.first} to {query.last} cannot be read"
        yield Defect(str(symbol), "unreadable_time", start, end, cause)


def _bad_days(rows: pd.DataFrame, clock: ZoneInfo) -> Iterator[tuple[str, str, pd.Timestamp]]:
    """Yield defect, symbol and day (local midnight) of each impossible day."""
    if len(_overfull(rows, clock)):
        # Rows that only repeat others are harmless.
        distinct = rows[rows["defect"].eq("") & ~rows.duplicated([*ROW, "value"])]
        for symbol, day in _overfull(distinct, clock):
            yield "wrong_hour_count", symbol, day
    doubtful = rows.loc[rows["defect"].ne(""), ["defect", "symbol", "day"]].drop_duplicates()
    yield from doubtful.itertuples(index=False, name=None)


def _overfull(rows: pd.DataFrame, clock: ZoneInfo) -> pd.Index:
    """Return symbol and day (local midnight) where there are more rows than the day has hours."""
    counts = rows.groupby(["symbol", "day"], sort=False).size()
    days = pd.DatetimeIndex(counts.index.get_level_values("day"))
    # By name: with a ZoneInfo pandas converts hour by hour.
    begin, end = (midnight.tz_localize(clock.key) for midnight in (days, days + pd.Timedelta(days=1)))
    n_hours = (end - begin) // HOUR
    return counts.index[counts.to_numpy() > n_hours]


def _bad_day(symbol: str, day: date, kind: str, clock: ZoneInfo) -> Defect:
    start, end = SymbolQuery((), day, day).bounds(clock)
    what = {
        "wrong_hour_count": f"more rows than the {(end - start) // HOUR} hours of the day in {clock.key}",
        "nonexistent_hour": f"an hour that {clock.key} skips on that day",
        "ambiguous_hour": f"{clock.key} has an hour twice on that day, and its rows cannot be told apart",
    }
    return Defect(symbol, kind, start, end, f"{day}: {what[kind]}; all hours of the day were left out")
