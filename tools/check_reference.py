"""Checks that every table of reference data has every ISO, zone and hub: `python -m tools.check_reference`.

A new ISO begins as a row of markets.csv, a new zone as a row of locations.csv, a new hub as a row of
zone_hubs.csv. The check then names each other table that lacks it, and what to write there. It reads only
the CSV files below lib.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.markets import MEASURES, SETTLED
from lib.settlements.hubs import Hub

LIB = Path(__file__).parents[1] / "lib"

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


@dataclass(frozen=True)
class Finding:
    """The keys that break a table's rule."""

    rule: Rule
    keys: tuple[Key, ...]

    def __str__(self) -> str:
        """Return one sentence with the table and the keys, and one with the way out."""
        shown = ", ".join(" ".join(key) for key in self.keys)
        may = f" This is optional: {self.rule.optional_because}." if self.rule.optional_because else ""
        return f"lib/{self.rule.table} {self.rule.verb} {shown}.{may} {self.rule.remedy}."


def check(folder: Path = LIB) -> list[Finding]:
    """Return what the tables below a folder lack, the rules' order kept; an empty list is a good one."""
    tables = {str(path.relative_to(folder)): _read(path) for path in sorted(folder.rglob("*.csv"))}
    found = (Finding(rule, tuple(dict.fromkeys(rule.lacking(tables)))) for rule in RULES)
    return [finding for finding in found if finding.keys]


def _read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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
            for rows in tables.values()
            if rows and {"iso", column} <= rows[0].keys()
            for key in _keys((row for row in rows if row[column]), *dict.fromkeys(("iso", column)))
        )
        return [key for key in named if key not in there]

    return unknown


def _nowhere(tables: Tables) -> list[Key]:
    """Return the location of a hub without prices, which is empty."""
    return [(row["iso"], "") for row in tables[ICE_HUBS]]


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

NOT_BY_ISO = {
    "reference/accounts.csv": "a row is an account, which may serve several ISOs",
    "reference/events.csv": "a market may have had no event; a row is one of an ISO that had",
    "reference/isone_workbooks.csv": "a row is a file of one publisher",
    "reference/public_hosts.csv": "a row is a host; tests/sources/public name a missing one",
    "reference/regimes.csv": "a market may have changed no rules; a row is one of an ISO that did",
    "reference/routes.csv": "a row is a source, whatever ISOs it has",
    "reference/pricing_files.csv": "a row is a curve, of every ISO",
    "reference/quotes.csv": "a row is a quote, of any hub",
    "reference/seasons.csv": "a row is a month of the year, of every ISO",
    "sources/demo/cold_snaps.csv": "a row is a cold snap of a weather region",
    "sources/demo/price_caps.csv": "an ISO without a row has the caps of *",
}
"""The tables that no new ISO or zone concerns, and why."""


def main() -> int:
    """Print a line for each table that lacks something; return 1 where one must not."""
    findings = check()
    for finding in findings:
        print(finding)
    if not findings:
        print("Every table of reference data has every ISO, zone and hub.")
    return int(any(not finding.rule.optional_because for finding in findings))


if __name__ == "__main__":
    sys.exit(main())
