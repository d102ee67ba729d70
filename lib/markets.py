"""The markets as data: time zones, on-peak hours, locations, measures and cost components.

Everything that differs between ISOs is in the CSV files of lib/reference, which this module reads once.
To add an ISO or a zone, add rows there; no code elsewhere names an ISO.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, overload
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import numpy as np

REFERENCE_VARIABLE = "EPD_REFERENCE"
"""Environment variable with another folder of reference data, to compute a version of a curve of then."""

REFERENCE = Path(os.environ.get(REFERENCE_VARIABLE) or Path(__file__).parent / "reference")

CURVE_REFERENCE = tuple(
    f"{name}.csv" for name in ("markets", "locations", "seasons", "events", "zone_hubs", "ice_hubs", "quotes")
)
"""The files of reference data that a curve depends on; each version keeps them."""

LOCATION_LEVELS = ("control_area", "state", "load_zone", "capacity_zone", "utility")
"""The levels of the hierarchy that say where, the highest first; each is an attribute of a location."""

BLOCKS = ("5x16", "2x16", "7x8")
"""The three blocks that partition every hour, in the order a desk reads them; `lib.hours` computes them."""

OFF_PEAK = "off-peak"

MAX_VALUE = 1_000_000.0
"""No cell of any curve is larger than this in size, whether it is a fraction, a factor or $/MWh."""


class UnknownMarket(ValueError):
    """The ISO is not in lib/reference/markets.csv."""


@dataclass(frozen=True)
class Measure:
    """One kind of stored number: a price in $/MWh or a load in MW, averaged over the hour."""

    name: str
    table: str
    unit: str
    label: str

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


SETTLED = "settled"
"""The basis of a real-time price at which metered load settles, where that is not the zone's own price."""

SETTLED_NAME, SETTLED_COLUMN = "rt_lmp_settled", "rt_lmp_settled_usd_per_mwh"
"""Such a price in a file name or a table of the database, and as a column of a wide frame."""

OWN, OWN_SOURCE = "own", "own_load"
"""The basis of a load of the desk's own customers, forecast or metered, and the source of its series."""

LOAD_BASES: dict[str, tuple[str, ...]] = {
    "da_load": ("cleared", "forecast", "proxy"),
    "rt_load": ("actual", "proxy"),
}
"""What each load may be, the preferred first; a price is always "actual"."""


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

    @overload
    def is_on_peak(self, he: int) -> bool: ...
    @overload
    def is_on_peak(self, he: np.ndarray) -> np.ndarray: ...
    def is_on_peak(self, he: int | np.ndarray) -> bool | np.ndarray:
        """Return whether a local hour ending (1 to 24), or each of several, is on-peak.

        Only this function knows the on-peak hours; `lib.hours` makes the blocks from it.
        """
        return (he >= self.on_peak_first_he) & (he <= self.on_peak_last_he)


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
        """Names of the location's measures: all four for a zone, the two prices for a hub."""
        return tuple(m.name for m in MEASURES.values() if self.kind == "zone" or m.is_price)


@dataclass(frozen=True)
class CostComponent:
    """The two lowest levels of the hierarchy, with unit, and the relation and column that hold the number."""

    cost_group: str
    cost_component: str
    uom: str
    relation: str
    column: str


@cache
def read_reference(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a CSV file of lib/reference, which is read once in each process."""
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def read_curve_reference() -> dict[str, str]:
    """Return the reference data that a curve depends on: name of the file -> its text."""
    return {name: (REFERENCE / name).read_text(encoding="utf-8") for name in CURVE_REFERENCE}


QUOTE_BLOCKS: dict[str, tuple[str, ...]] = {
    row["quote"]: tuple(row["blocks"].split()) for row in read_reference("quotes.csv")
}
"""The blocks whose hours each quote covers; the quotes are in order of preference."""


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


MARKETS: dict[str, Market] = {row["iso"]: _market(row) for row in read_reference("markets.csv")}
COST_COMPONENTS: tuple[CostComponent, ...] = tuple(
    CostComponent(**row) for row in read_reference("cost_components.csv")
)

PRICING_HEADINGS: dict[str, str] = {
    row["curve"]: row["heading"] for row in read_reference("pricing_files.csv")
}
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
    every = (_location(row) for row in read_reference("locations.csv"))
    return tuple(one for one in every if iso in (None, one.iso) and kind in (None, one.kind))
