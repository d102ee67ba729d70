"""What the headings of a table of loads mean: time, zone, rate class, and loads with measure, unit and zone.

A heading is read by its words. A load is named by what it is and in which unit: "forecast MW", "Metered
(kWh)", "WEST ZONE actual MWh". Words for the day-ahead load and for the metered one are in `MEASURE_WORDS`;
"load" alone is the metered one. A column that looks like a load and does not say all this is refused. One
that looks like nothing known is not used, and named in a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from lib.markets import Location, locations
from lib.sources.own_load.tables import BadOwnLoad, TextTable, shown

FORECAST, METERED = "da_load", "rt_load"
"""The measures of own load."""

MW_PER_UNIT = {"mw": 1.0, "mwh": 1.0, "kw": 0.001, "kwh": 0.001, "gw": 1000.0, "gwh": 1000.0}
"""Units of a mean over an hour, or of its energy: the same number, because an hour is one hour long."""

MEASURE_WORDS = {
    FORECAST: ("day ahead", "forecast", "fcst", "forecasted", "scheduled", "schedule", "da"),
    METERED: ("real time", "metered", "meter", "actual", "usage", "consumption", "settled", "rt", "load"),
}
"""What names a measure; if a heading has words of both, those of the forecast count ("load forecast")."""

VALUE_WORDS = {
    *("value", "mean", "hourly", "profile", "weight", "fraction", "share", "shape"),
    *("normalised", "normalized", "relative"),
}
"""Words that name a number, and not what it is."""

FILLERS = VALUE_WORDS | {
    *("hour", "own", "our", "the", "customer", "customers", "total", "demand", "energy", "average"),
    *("at", "of", "in"),
}
"""Words of a heading that change nothing."""

ROLES = {
    "zone": {"zone", "load zone", "location", "settlement zone", "lz"},
    "rate_class": {"rate class", "rateclass", "class", "rate", "profile class", "customer class"},
    "date": {
        *("date", "day", "market date", "flow date", "operating day", "operating date", "trade date"),
        *("delivery date", "local date", "deliverydate"),
    },
    "he": {"he", "hour ending", "hourending", "hr end", "hour end", "hr ending", "hourend"},
    "hour": {"hour", "hr"},
    "repeated": {
        *("is repeated hour", "repeated hour", "repeatedhour", "repeated hour flag", "repeatedhourflag"),
        *("repeated", "dst flag", "dstflag"),
    },
    "unit": {"unit", "units", "uom"},
    "measure": {"measure", "type", "series", "quantity"},
    "month": {"month", "billing month", "month of year", "year month"},
    "year": {"year"},
    "day_type": {"day type", "daytype"},
}
"""The headings of each role, as words."""

TIMES = {
    *("time", "timestamp", "date time", "datetime", "interval", "interval start", "interval begin"),
    *("interval end", "interval ending", "hour beginning", "hour begin", "hour start", "start", "start time"),
    *("end", "end time", "period start", "period end", "hour ending"),
}
"""Headings of a column of times, without the word UTC."""


@dataclass(frozen=True)
class LoadColumn:
    """A column of loads: where it stands, and as far as its heading says so measure, zone and unit."""

    position: int
    measure: str | None
    zone: str | None
    mw_per_unit: float | None


@dataclass(frozen=True)
class Layout:
    """What the columns of a table are, by their positions.

    `roles` has those of `ROLES` and "time"; `hours` the columns of an hour ending each, with 2 and True for a
    repeated HE 2; `unused` the headings that mean nothing here.
    """

    roles: dict[str, int]
    loads: tuple[LoadColumn, ...]
    hours: dict[tuple[int, bool], int]
    unused: tuple[str, ...]


def words(text: str) -> list[str]:
    """Return the words of a text in lower case; HourEnding and HE01 are two words each."""
    split = re.sub(r"(?<=[a-z][a-z])(?=[A-Z][a-z])", " ", text)
    return re.findall(r"[a-z]+|\d+", split.lower())


def read_layout(table: TextTable, iso: str) -> Layout:
    """Return what the columns of a table are.

    Raises:
        BadOwnLoad: two columns have one role, or a load lacks its unit or names an unknown zone.
    """
    roles: dict[str, int] = {}
    loads: list[LoadColumn] = []
    hours: dict[tuple[int, bool], int] = {}
    unused = []
    for position, heading in enumerate(table.headings):
        role, hour = _role(heading), hour_column(heading)
        if role is not None:
            if role in roles:
                other = shown(table.headings[roles[role]])
                raise table.refuse(
                    f"is a second column of the same kind as {other}; keep one", None, position
                )
            roles[role] = position
        elif hour is not None:
            hours[hour] = position
        elif load := _load_column(table, position, iso):
            loads.append(load)
        elif heading:
            unused.append(heading)
    if len(hours) < 24:  # a few numbers as headings are no day
        unused += [table.headings[position] for position in hours.values()]
        hours = {}
    return Layout(roles, tuple(loads), hours, tuple(unused))


def read_measures(table: TextTable, position: int) -> dict[str, str]:
    """Return the measure that each text of a column of measures names.

    Raises:
        BadOwnLoad: a text names none.
    """
    found = {}
    for text in table.column(position).unique():
        measure = _measure(words(text))
        if measure is None:
            row = table.column(position).eq(text).idxmax()
            raise table.refuse(f"{shown(text)} is no load; write forecast or metered", row, position)
        found[text] = measure
    return found


def read_units(table: TextTable, position: int) -> dict[str, float]:
    """Return the MW of each unit of a column of units.

    Raises:
        BadOwnLoad: a text is no unit.
    """
    texts = table.column(position)
    for text in texts.unique():
        if text.lower() not in MW_PER_UNIT:
            known = ", ".join(MW_PER_UNIT)
            raise table.refuse(
                f"{shown(text)} is no unit; known are {known}", texts.eq(text).idxmax(), position
            )
    return {text: MW_PER_UNIT[text.lower()] for text in texts.unique()}


def read_zones(table: TextTable, position: int, iso: str) -> dict[str, str]:
    """Return the zone that each text of a column of zones names.

    Raises:
        BadOwnLoad: a text is no zone of the ISO.
    """
    texts = table.column(position)
    found = {}
    for text in texts.unique():
        zone = find_zone(text, iso)
        if zone is None:
            raise table.refuse(_unknown_zone(text, iso), texts.eq(text).idxmax(), position)
        found[text] = zone
    return found


def find_zone(text: str, iso: str) -> str | None:
    """Return the zone of an ISO that a text names, whatever its case and punctuation; None for none."""
    known = {_zone_key(place.name): place.name for place in locations(iso, "zone")}
    return known.get(_zone_key(text))


def place_of(zone: str, iso: str) -> Location:
    """Return a zone of an ISO by its name."""
    return next(place for place in locations(iso, "zone") if place.name == zone)


def _zone_key(text: str) -> str:
    return "".join(word for word in words(text.upper()) if word not in ("zone", "load", "lz"))


def _unknown_zone(text: str, iso: str) -> str:
    names = [place.name for place in locations(iso, "zone")]
    close = get_close_matches(text.upper(), names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}"
    return f"{shown(text)} is no zone of {iso} ({hint}); correct it"


def _role(heading: str) -> str | None:
    plain = " ".join(word for word in words(heading) if word not in ("utc", "gmt"))
    has_utc = plain != " ".join(words(heading))
    for role, names in ROLES.items():
        if plain in names and not has_utc:
            return role
    return "time" if plain in TIMES or (has_utc and not plain) else None


def hour_column(heading: str) -> tuple[int, bool] | None:
    """Return the hour ending of a heading such as HE1, 01 or HE 02X, and whether it is the repeated one."""
    found = re.fullmatch(r"(?:he|hr|h|hour)?[ _]*0*(\d{1,2})([x*]?)", heading.strip().lower())
    if not found or not 1 <= int(found[1]) <= 25:
        return None
    return int(found[1]), bool(found[2])


def _load_column(table: TextTable, position: int, iso: str) -> LoadColumn | None:
    """Return a column of loads, None if its heading does not look like one."""
    heading = table.headings[position]
    found = words(heading)
    units = [word for word in found if word in MW_PER_UNIT]
    rest = [word for word in found if word not in MW_PER_UNIT]
    measure = _measure(rest)
    is_value = bool(rest) and set(rest) <= VALUE_WORDS
    if not units and measure is None and not is_value:
        zone = find_zone(heading, iso)
        return LoadColumn(position, None, zone, None) if zone else None
    left = " ".join(rest)
    for phrase in (*MEASURE_WORDS[FORECAST], *MEASURE_WORDS[METERED]):
        left = re.sub(rf"\b{phrase}\b", " ", left)
    named = " ".join(word for word in left.split() if word not in FILLERS)
    zone = find_zone(named, iso) if named else None
    if named and zone is None:
        raise table.refuse(
            f"{_unknown_zone(named, iso)}, or delete the column if it is no load", None, position
        )
    if len(units) > 1:
        raise table.refuse(f"names the units {' and '.join(units)}; name one", None, position)
    return LoadColumn(position, measure, zone, MW_PER_UNIT[units[0]] if units else None)


def _measure(found: Sequence[str]) -> str | None:
    text = f" {' '.join(found)} "
    for measure, phrases in MEASURE_WORDS.items():
        if any(f" {phrase} " in text for phrase in phrases):
            return measure
    return None


def unused_note(table: TextTable, names: Iterable[str]) -> str:
    """Return the note that columns of a table are not used."""
    return f"{table.path.name}: columns not used: {', '.join(map(shown, names))}"


def refuse_missing(table: TextTable, what: str) -> BadOwnLoad:
    """Return the error that a table lacks a column; `what` names it and how to write it."""
    return table.refuse(f"has no {what}; its columns are {', '.join(map(shown, table.headings))}")
