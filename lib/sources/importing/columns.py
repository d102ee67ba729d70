"""What the columns of a sheet are: zones, times, hours, and values with their measure and zone.

A heading is read by its words, and a measure by what it is (price or load) and of which market (day-ahead or
real-time): "DA LMP", "Real-Time Price ($/MWh)", "WEST metered MW". What the heading does not say may stand in
the titles, the name of the sheet or the file, or in an option.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from lib.markets import MEASURES, locations, read_reference
from lib.sources.importing.sheets import Sheet
from lib.sources.own_load.headings import MW_PER_UNIT, ROLES, TIMES, hour_column, words
from lib.sources.own_load.tables import shown

PLACES = ROLES["zone"] | {
    *("name", "node", "node name", "pnode", "pnode name", "settlement point", "settlement point name"),
    *(
        "settlementpoint",
        "location name",
        "zone name",
        "load zone name",
        "hub",
        "aggregate",
        "area",
        "region",
    ),
}
TIME_ZONES = {"time zone", "timezone", "tz", "zone of time"}
STAMPS = TIMES | {
    "time stamp",
    "date and time",
    "datetime beginning",
    "datetime ending",
    "hour beginning utc",
}
BEGINNINGS = {
    "hb",
    "hour beginning",
    "hourbeginning",
    "hour begin",
    "hour start",
    "hour starting",
    "hour beg",
}

PRICE = {"lmp", "lbmp", "spp", "price", "prices", "usd", "lmps"}
LOAD = {"load", "loads", "demand", "demd", "consumption", "usage", "forecast", "fcst", "metered"}
DAY_AHEAD = {"da", "dam", "dah", "dayahead", "forecast", "fcst", "scheduled", "cleared"}
REAL_TIME = {"rt", "rtm", "realtime", "balancing", "actual", "metered", "spot", "settled"}
_PAIRS = {"day ahead": "dayahead", "real time": "realtime"}

OTHER_PRICES = {"congestion", "loss", "losses", "energy", "mcc", "mlc", "mec", "component"}
"""Words of the parts of a price, which are no price of a zone."""

_NO_ZONE_WORDS = {
    *PRICE,
    *LOAD,
    *DAY_AHEAD,
    *REAL_TIME,
    *MW_PER_UNIT,
    "day",
    "ahead",
    "real",
    "time",
    "hourly",
}


@dataclass(frozen=True)
class ValueColumn:
    """A column of values: its position, and what its heading says of measure, zone and unit."""

    position: int
    measure: str | None
    zone: str | None
    factor: float


@dataclass(frozen=True)
class SheetLayout:
    """What the columns of a sheet are, by their positions.

    `hours` has those of an hour ending each, as (number, is the repeated one). `measure` and `zone` are what
    the titles, the sheet or the file say for all rows.
    """

    roles: dict[str, int]
    values: tuple[ValueColumn, ...]
    hours: dict[tuple[int, bool], int]
    measure: str | None
    zone: str | None
    unused: tuple[str, ...] = field(default=())


def find_columns(sheet: Sheet, iso: str) -> SheetLayout:
    """Return what the columns of a sheet are.

    Raises:
        BadImport: two columns have one role, and nothing says which counts.
    """
    roles: dict[str, int] = {}
    values: list[ValueColumn] = []
    hours: dict[tuple[int, bool], int] = {}
    unused: list[str] = []
    for position, heading in enumerate(sheet.headings):
        role, hour = _role(heading), hour_column(heading)
        if role is not None and (role not in roles):
            roles[role] = position
        elif role is not None:
            roles[role], other = _better(sheet, role, roles[role], position, iso)
            unused.append(sheet.headings[other])
        elif hour is not None:
            hours[hour] = position
        elif (value := _value_column(heading, position, iso)) is not None:
            values.append(value)
        elif heading:
            unused.append(heading)
    if len(hours) < 23:  # a few numbers as headings are no day
        unused += [sheet.headings[position] for position in hours.values()]
        hours = {}
    if any(value.measure for value in values):  # beside these, a number that says nothing is another number
        unused += [sheet.headings[value.position] for value in values if not (value.measure or value.zone)]
        values = [value for value in values if value.measure or value.zone]
    return SheetLayout(
        roles, tuple(values), hours, find_measure(sheet.context), _zone_in(sheet, iso), tuple(unused)
    )


def _better(sheet: Sheet, role: str, first: int, second: int, iso: str) -> tuple[int, int]:
    """Return which of two columns of one role is used, and the other: UTC before local, known zones first.

    Raises:
        BadImport: neither is better.
    """
    if role == "zone":
        is_known = any(find_place(text, iso) for text in sheet.cells[first].unique())
        return (first, second) if is_known else (second, first)
    in_utc = ["utc" in words(sheet.headings[position]) for position in (first, second)]
    if role != "time" or in_utc[0] == in_utc[1]:
        other = shown(sheet.headings[first])
        raise sheet.refuse(f"is a second column like {other}; delete one", None, second)
    return (first, second) if in_utc[0] else (second, first)


def find_measure(text: str) -> str | None:
    """Return the measure that a text names: price or load, of the day-ahead or the real-time market.

    A load of neither market is the metered one; a price must say.
    """
    exact = re.sub(r"[^a-z]+", "_", text.strip().lower()).strip("_")
    if exact in MEASURES:
        return exact
    plain = " ".join(words(text.replace("$", " usd ")))
    for pair, one in _PAIRS.items():
        plain = plain.replace(pair, one)
    found = set(plain.split())
    is_price = bool(found & PRICE)
    is_load = bool(found & LOAD) or (not is_price and bool(found & MW_PER_UNIT.keys()))
    is_day_ahead, is_real_time = bool(found & DAY_AHEAD), bool(found & REAL_TIME)
    if is_price == is_load or (is_day_ahead and is_real_time) or (is_price and is_day_ahead == is_real_time):
        return None
    return f"{'da' if is_day_ahead else 'rt'}_{'load' if is_load else 'lmp'}"


def find_place(text: str, iso: str) -> str | None:
    """Return the zone or hub of an ISO that a text names, in any case and punctuation; None for none."""
    return _known_places(iso).get(_place_key(text))


@cache
def _known_places(iso: str) -> dict[str, str]:
    """Return by key the place of an ISO with this name, of ours, of publishers or of people.

    A name that stands for two places, such as one of a load area and of a price node, is left out.
    """
    named = [(place.name, place.name) for place in locations(iso)]
    for row in (*read_reference("public_names.csv"), *read_reference("location_aliases.csv")):
        if row["iso"] == iso and row["location"] and row.get("names") != "location_id":
            named += [(name, row["location"]) for name in row["name"].split("|")]
    places: dict[str, set[str]] = {}
    for name, place in named:
        places.setdefault(_place_key(name), set()).add(place)
    own = {_place_key(place.name): place.name for place in locations(iso)}
    return {key: next(iter(found)) for key, found in places.items() if len(found) == 1} | own


def _place_key(text: str) -> str:
    return "".join(word for word in words(text.upper()) if word not in ("zone", "load", "lz"))


def _zone_in(sheet: Sheet, iso: str) -> str | None:
    """Return the zone that the sheet's name is, or the only one that stands in file name and titles."""
    if named := find_place(sheet.name, iso):
        return named
    spoken = f" {' '.join(words(sheet.context))} "
    found = {
        place.name
        for place in locations(iso)
        if f" {' '.join(words(place.name))} " in spoken and len(place.name) > 1
    }
    return found.pop() if len(found) == 1 else None


def _role(heading: str) -> str | None:
    found = words(heading)
    has_utc = bool({"utc", "gmt"} & set(found))
    clock = {
        "utc",
        "gmt",
        "est",
        "edt",
        "ept",
        "cst",
        "cdt",
        "cpt",
        "et",
        "ct",
        "eastern",
        "central",
        "local",
    }
    plain = " ".join(word for word in found if word not in clock | {"prevailing", "standard"})
    if plain in PLACES:
        return "zone"
    if plain in TIME_ZONES or (plain == "" and not has_utc and heading.strip().lower() in TIME_ZONES):
        return "time_zone"
    if plain in BEGINNINGS:
        return "hb"
    for role in ("date", "he", "hour", "repeated", "measure", "unit"):
        if plain in ROLES[role]:
            return role
    if found and found[-1] in ("date", "day") and len(found) > 1:
        return "date"
    return "time" if plain in STAMPS or (has_utc and not plain) else None


def _value_column(heading: str, position: int, iso: str) -> ValueColumn | None:
    found = words(heading.replace("$", " usd "))
    if set(found) & OTHER_PRICES and not set(found) & {"total", "load"}:
        return None
    measure = find_measure(heading)
    place = find_place(" ".join(word for word in found if word not in _NO_ZONE_WORDS), iso) if found else None
    place = place or find_place(heading, iso)
    is_value = measure is not None or place is not None or bool(set(found) & (PRICE | LOAD | {"value", "mw"}))
    if not is_value and not set(found) & (DAY_AHEAD | REAL_TIME):
        return None
    units = [word for word in found if word in MW_PER_UNIT]
    return ValueColumn(
        position, measure, place, MW_PER_UNIT[units[0]] if units and "usd" not in found else 1.0
    )
