"""Events: days on which a market was out of the ordinary, so that a typical price must not rest on them.

An event is a row of lib/reference/events.csv: one or several ISOs, name, first and last local day, and the
publication that describes it. To add one, add a row. The robust estimates of `lib.calc.robust` leave its days
out, and the covariance where `-p covariance_events=left_out` is given; no stored value changes, and
`lib.calc.event_effects` computes each line of a price with its days and without them.

A row with an error would silently leave out other days than were meant. So all rows are checked whenever they
are read, and one that is not clear is refused with its line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches

import numpy as np
import pandas as pd

from lib.markets import MARKETS, market, read_reference

FILE = "lib/reference/events.csv"

COLUMNS = ["iso", "event", "start", "end", "source"]
"""Of the file. `iso` may name several ISOs, with spaces between them."""

MAX_DAYS = 92
"""An event of more days is a typing error: rules or prices of a season are no event."""

FIRST_LINE = 2
"""The line of the first row; the header is in line 1."""


class EventError(ValueError):
    """Rows of events.csv cannot be used; the message names the file, each line and what is wrong with it."""


def market_events(iso: str) -> pd.DataFrame:
    """Return the events of an ISO: iso, event, start, end (local days, both included), source.

    Raises:
        UnknownMarket: the ISO is not known.
        EventError: a row of the file has an error.
    """
    market(iso)
    events = read_events()
    return events[events["iso"] == iso].reset_index(drop=True)


def read_events() -> pd.DataFrame:
    """Return all events, a row for each of their ISOs: COLUMNS, with start and end as local days.

    Raises:
        EventError: a row of the file has an error.
    """
    rows = read_reference("events.csv")
    if faults := find_faults(rows, MARKETS):
        raise EventError(f"{FILE} has errors: {'; '.join(faults)}")
    events = pd.DataFrame(rows, columns=COLUMNS)
    days = {name: pd.to_datetime(events[name], format="%Y-%m-%d") for name in ("start", "end")}
    return events.assign(**days, iso=events["iso"].str.split()).explode("iso", ignore_index=True)


def is_event(iso: str, market_date: pd.Series) -> np.ndarray:
    """Return for each local day (midnight, naive) whether it belongs to an event of the ISO.

    Raises:
        UnknownMarket: the ISO is not known.
        EventError: a row of the file has an error.
    """
    inside = np.zeros(len(market_date), dtype=bool)
    for event in market_events(iso).itertuples():
        inside |= market_date.between(event.start, event.end).to_numpy()
    return inside


def events_between(iso: str, start: date, end: date) -> pd.DataFrame:
    """Return the events of an ISO that have a day from start to end, both included, the oldest first.

    Raises:
        UnknownMarket: the ISO is not known.
        EventError: a row of the file has an error.
    """
    events = market_events(iso)
    is_inside = (events["start"].dt.date <= end) & (events["end"].dt.date >= start)
    return events[is_inside].sort_values(["start", "event"], ignore_index=True)


def find_faults(rows: Iterable[Mapping[str, str]], isos: Collection[str]) -> list[str]:
    """Return a text for each error of the rows of events.csv: "line 4, Winter Storm Uri: ...".

    Args:
        rows: as csv.DictReader returns them.
        isos: the known ISOs.
    """
    faults: list[str] = []
    earlier: list[tuple[int, Mapping[str, str]]] = []
    for line, row in enumerate(rows, start=FIRST_LINE):
        found = [*_row_faults(row, isos)]
        if not found:
            found = [*_overlaps(row, earlier)]
            earlier.append((line, row))
        faults += [f"line {line}, {row.get('event') or 'without a name'}: {fault}" for fault in found]
    return faults


def _row_faults(row: Mapping[str, str], isos: Collection[str]) -> Iterator[str]:
    if list(row) != COLUMNS or None in row.values():
        yield f"write {', '.join(COLUMNS)}, and put quotes around a text with a comma"
        return
    yield from (f"it has no {name}" for name in ("iso", "event", "source") if not row[name].strip())
    names = row["iso"].split()
    yield from (f"{iso} stands there twice" for iso in dict.fromkeys(names) if names.count(iso) > 1)
    for iso in dict.fromkeys(names):
        if iso not in isos:
            close = get_close_matches(iso.upper(), isos, n=1)
            yield f"unknown ISO {iso!r}: {f'did you mean {close[0]}?' if close else _known(isos)}"
    start, end = (_parse_day(row[name]) for name in ("start", "end"))
    for name, day in (("start", start), ("end", end)):
        if day is None:
            yield f"{name} {row[name]!r} is no date: write it as YYYY-MM-DD"
    if start and end and end < start:
        yield f"end {end} is before start {start}"
    if start and end and (end - start).days >= MAX_DAYS:
        yield f"{start} to {end} is longer than {MAX_DAYS} days: check the years"


def _overlaps(row: Mapping[str, str], earlier: Iterable[tuple[int, Mapping[str, str]]]) -> Iterator[str]:
    """Yield the ISOs for which an earlier row has the same event on some of its days."""
    for line, other in earlier:
        both = [iso for iso in row["iso"].split() if iso in other["iso"].split()]
        is_same = row["event"].casefold().split() == other["event"].casefold().split()
        # Dates in ISO format are in order as texts.
        if both and is_same and row["start"] <= other["end"] and other["start"] <= row["end"]:
            yield f"it overlaps line {line}, the same event of {', '.join(both)}"


def _parse_day(text: str) -> date | None:
    """Return a date from YYYY-MM-DD; None if it is none."""
    try:
        return date.fromisoformat(text) if len(text) == len("YYYY-MM-DD") else None
    except ValueError:
        return None


def _known(isos: Collection[str]) -> str:
    return f"known are {', '.join(isos)}"
