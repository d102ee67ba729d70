"""The five markets as data: time zones, peak hours, locations, hubs, measures and cost components.

Everything that differs between ISOs stands in the CSV files of lib/reference, which this module reads once.
Adding an ISO or a zone is adding a row there; no code elsewhere asks for an ISO by name.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

REFERENCE = Path(__file__).parent / "reference"

BLOCKS = ("5x16", "2x16", "7x8")
"""The three blocks that partition every hour, in the order a desk reads them."""

OFF_PEAK = "off-peak"
"""The quote of all hours that are not 5x16."""


class UnknownMarket(ValueError):
    """An ISO was named that lib/reference/markets.csv does not have."""


@dataclass(frozen=True)
class Measure:
    """One kind of stored number: a price in $/MWh or a load in MW, averaged over the hour."""

    name: str
    table: str
    unit: str
    words: str

    @property
    def is_price(self) -> bool:
        """Whether the measure is a price; hubs have prices and no load."""
        return self.unit == "$/MWh"

    @property
    def column(self) -> str:
        """The measure's column in a wide frame, unit included: da_lmp_usd_per_mwh, rt_load_mw."""
        return f"{self.name}_{'usd_per_mwh' if self.is_price else 'mw'}"


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("da_lmp", "da_lmps", "$/MWh", "day-ahead price"),
        Measure("rt_lmp", "rt_lmps", "$/MWh", "real-time price"),
        Measure("da_load", "da_load", "MW", "day-ahead load"),
        Measure("rt_load", "rt_load", "MW", "real-time load"),
    )
}


@dataclass(frozen=True)
class Market:
    """One ISO: whose clock its hours and blocks follow, and what its loads are."""

    market_id: int
    iso: str
    name: str
    timezone: str
    publisher_timezone: str
    on_peak_first_he: int
    on_peak_last_he: int
    da_load_basis: str
    rt_load_basis: str
    load_note: str

    @property
    def zone_info(self) -> ZoneInfo:
        """The prevailing time zone of the market's hours and blocks."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class Location:
    """A load zone, or a trading hub that has prices and no load, with its levels of the hierarchy."""

    iso: str
    kind: str
    is_hub: bool
    state: str | None
    load_zone: str
    capacity_zone: str | None
    utility: str | None

    @property
    def name(self) -> str:
        """The name that is unique within the ISO."""
        return self.load_zone

    @property
    def control_area(self) -> str:
        """The first level of the hierarchy: the ISO itself."""
        return self.iso

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures this location has: all four for a zone, the two prices for a hub."""
        return tuple(m.name for m in MEASURES.values() if self.kind == "zone" or m.is_price)


@dataclass(frozen=True)
class CostComponent:
    """The two lowest levels of the hierarchy, with unit, and the relation and column that hold the number."""

    cost_group: str
    cost_component: str
    uom: str
    relation: str
    column: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _market(row: dict[str, str]) -> Market:
    numbers = ("market_id", "on_peak_first_he", "on_peak_last_he")
    return Market(**{**row, **{name: int(row[name]) for name in numbers}})  # type: ignore[arg-type]


def _location(row: dict[str, str]) -> Location:
    levels = ("state", "capacity_zone", "utility")
    return Location(
        iso=row["iso"],
        kind=row["kind"],
        is_hub=row["is_hub"] == "1",
        load_zone=row["load_zone"],
        **{level: row[level] or None for level in levels},
    )


MARKETS: dict[str, Market] = {row["iso"]: _market(row) for row in _rows("markets.csv")}
COST_COMPONENTS: tuple[CostComponent, ...] = tuple(
    CostComponent(**row) for row in _rows("cost_components.csv")
)
MAX_VALUE = 1_000_000.0
"""No cell of any curve is larger than this, in size: neither a fraction, nor a factor, nor $/MWh."""

PRICING_HEADINGS: dict[str, str] = {row["curve"]: row["heading"] for row in _rows("pricing_files.csv")}
"""What a pricing file calls its columns of numbers, by curve."""


def market(iso: str) -> Market:
    """Return one market by its ISO's name.

    Raises:
        UnknownMarket: the name is not in lib/reference/markets.csv.
    """
    try:
        return MARKETS[iso]
    except KeyError:
        raise UnknownMarket(f"unknown ISO {iso!r}: known are {', '.join(MARKETS)}") from None


@cache
def locations(iso: str | None = None, kind: str | None = None) -> tuple[Location, ...]:
    """Return the locations in the order of lib/reference/locations.csv.

    Args:
        iso: only this ISO's; None for all.
        kind: only "zone" or "hub"; None for both.

    Raises:
        UnknownMarket: the ISO is not known.
    """
    if iso is not None:
        market(iso)
    everything = (_location(row) for row in _rows("locations.csv"))
    return tuple(place for place in everything if iso in (None, place.iso) and kind in (None, place.kind))
