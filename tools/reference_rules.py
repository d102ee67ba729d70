"""What every table of reference data must have: a rule for each table.

A rule returns the keys that a table lacks or gets wrong, given all tables, and says what to write there.
`tools.check_reference` applies them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lib.events import find_faults
from lib.markets import MEASURES, SETTLED
from lib.settlements.hubs import Hub

Rows = Sequence[Mapping[str, str]]
Tables = Mapping[str, Rows]
"""The rows of each table by its path below lib."""

Key = tuple[str, ...]

MARKETS = "reference/markets.csv"
LOCATIONS = "reference/locations.csv"
ZONE_HUBS = "reference/zone_hubs.csv"
ICE_HUBS = "reference/ice_hubs.csv"
DEMO_CONTRACTS = "settlements/demo_contracts.csv"
SERVICES = "reference/services.csv"
READERS = "reference/public_readers.csv"
NAMES = "reference/public_names.csv"
COST_COMPONENTS = "reference/cost_components.csv"
PRICING_FILES = "reference/pricing_files.csv"
EVENTS = "reference/events.csv"


@dataclass(frozen=True)
class Rule:
    """What one table must have.

    Attributes:
        table: its path below lib.
        lacking: returns the keys that break the rule, given all tables.
        remedy: what to do about them.
        verb: what is wrong with these keys in the table.
        optional_because: why it may lack them; empty where it may not.
    """

    table: str
    lacking: Callable[[Tables], list[Key]]
    remedy: str
    verb: str = "lacks"
    optional_because: str = ""


def _keys(rows: Iterable[Mapping[str, str]], *columns: str) -> list[Key]:
    return [tuple(row[column] for column in columns) for row in rows]


def _isos(tables: Tables) -> list[Key]:
    return _keys(tables[MARKETS], "iso")


def _zones(tables: Tables) -> list[Key]:
    return _keys((row for row in tables[LOCATIONS] if row["kind"] == "zone"), "iso", "load_zone")


def _places(tables: Tables) -> list[Key]:
    return _keys(tables[LOCATIONS], "iso", "load_zone")


def _has(
    table: str, wanted: Callable[[Tables], Iterable[Key]], *columns: str
) -> Callable[[Tables], list[Key]]:
    """Return a rule's function: the wanted keys that no row of the table has in these columns."""

    def lacking(tables: Tables) -> list[Key]:
        there = set(_keys(tables[table], *columns))
        return [key for key in wanted(tables) if key not in there]

    return lacking


def _open_measures(tables: Tables) -> list[Key]:
    return [("public", *iso, measure) for iso in _isos(tables) for measure in MEASURES]


def _open_series(tables: Tables) -> list[Key]:
    return _keys((row for row in tables[SERVICES] if row["source"] == "public"), "iso", "measure", "basis")


def _names_of_places(tables: Tables) -> list[Key]:
    """Return iso, list of names and location of what each reader serves; a hub has prices only.

    Prices at which metered load settles are those of some zones, and no zone has to have one.
    """
    return [
        (row["iso"], row["names"], place["load_zone"])
        for row in tables[READERS]
        if row["basis"] != SETTLED
        for place in tables[LOCATIONS]
        if place["iso"] == row["iso"] and (place["kind"] == "zone" or MEASURES[row["measure"]].is_price)
    ]


def _zone_hubs(tables: Tables) -> list[Key]:
    return _keys(tables[ZONE_HUBS], "hub", "iso")


def _hubs_without_demo_contract(tables: Tables) -> list[Key]:
    """Return the expected contracts for which the demo market simulates no month."""
    fields = Hub.__dataclass_fields__
    hubs = [Hub(**{name: row[name] for name in fields}) for row in tables[ICE_HUBS]]
    texts = _keys((row for row in tables[DEMO_CONTRACTS] if row["n_months"] != "0"), "hub", "product")
    return [
        (hub.hub, hub.block) for hub in hubs if hub.is_needed and not any(hub.fits(*text) for text in texts)
    ]


def _curves_without_one_component(tables: Tables) -> list[Key]:
    relations = [relation for (relation,) in _keys(tables[COST_COMPONENTS], "relation")]
    return [key for key in _keys(tables[PRICING_FILES], "curve") if relations.count(key[0]) != 1]


def _unknown(column: str, known: Callable[[Tables], Iterable[Key]]) -> Callable[[Tables], list[Key]]:
    """Return a rule's function: what tables with an ISO and this column name, and the known keys lack."""

    def unknown(tables: Tables) -> list[Key]:
        there = {*known(tables), *_ANY, *_nowhere(tables)}
        named = (
            key
            for name, rows in tables.items()
            if name != EVENTS and rows and {"iso", column} <= rows[0].keys()
            for key in _keys((row for row in rows if row[column]), *dict.fromkeys(("iso", column)))
        )
        return [key for key in named if key not in there]

    return unknown


def _nowhere(tables: Tables) -> list[Key]:
    """Return the location of a hub without prices, which is empty."""
    return [(row["iso"], "") for row in tables[ICE_HUBS]]


def _event_faults(tables: Tables) -> list[Key]:
    """Return what is wrong with rows of events; a market may have had none."""
    return [(fault,) for fault in find_faults(tables[EVENTS], [iso for (iso,) in _isos(tables)])]


_ANY: list[Key] = [("*",), ("*", "*")]
"""The row of the demo market's tables that stands for every ISO and every zone without a row."""

RULES = (
    Rule(
        MARKETS,
        _unknown("iso", _isos),
        "Add the ISO, or correct its name in the table that has it",
        verb="does not know",
    ),
    Rule(
        LOCATIONS,
        _has(LOCATIONS, _isos, "iso"),
        "Add a row for each load zone of the ISO, and one of kind hub for its trading hub",
    ),
    Rule(
        LOCATIONS,
        _unknown("location", _places),
        "Add the location, or correct its name in the table that has it",
        verb="does not know",
    ),
    Rule(
        ZONE_HUBS,
        _has(ZONE_HUBS, _zones, "iso", "location"),
        "Add a row for each hub whose forwards can price the zone, the first choice with the preference 1",
    ),
    Rule(
        ICE_HUBS,
        _has(ICE_HUBS, _zone_hubs, "hub", "iso"),
        "Add a row for each contract of the hub: what it settles on, and the texts by which it is found",
    ),
    Rule(
        DEMO_CONTRACTS,
        _hubs_without_demo_contract,
        "Add a monthly contract for each, or the demo market has no forwards of the hub",
    ),
    Rule(
        SERVICES,
        _has(SERVICES, _open_measures, "source", "iso", "measure"),
        "Add a row for each measure: its basis, clock, days of revision and limits of age",
    ),
    Rule(
        READERS,
        _has(READERS, _open_series, "iso", "measure", "basis"),
        "Add a row for each with its reader, which lib/sources/public/registry.py knows by name",
    ),
    Rule(
        NAMES,
        _has(NAMES, _names_of_places, "iso", "names", "location"),
        "Add a row for each with the publisher's name of the location",
    ),
    Rule(
        COST_COMPONENTS,
        _curves_without_one_component,
        "The view of a curve shows each cell once for each of these rows",
        verb="does not have exactly one row whose relation is",
    ),
    Rule(
        EVENTS,
        _event_faults,
        "Correct the row: a curve would leave out other days than were meant",
        verb="has errors:",
    ),
    Rule(
        "reference/enverus_symbols.csv",
        _has("reference/enverus_symbols.csv", _zones, "iso", "location"),
        "Add a row for each measure that the licensed service has",
        optional_because="series without a symbol come from the open data",
    ),
    Rule(
        "sources/demo/markets.csv",
        _has("sources/demo/markets.csv", _isos, "iso"),
        "Add a row to give the simulated ISO a weather and prices of its own",
        optional_because="the row * stands for every ISO without one",
    ),
    Rule(
        "sources/demo/zones.csv",
        _has("sources/demo/zones.csv", _zones, "iso", "location"),
        "Add a row for each to give the simulated zone a size and a climate of its own",
        optional_because="the row * stands for every zone without one",
    ),
)
