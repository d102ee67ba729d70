from __future__ import annotations

import csv
from pathlib import Path

import pytest

from lib import markets
from lib.markets import COST_COMPONENTS, MARKETS, MEASURES, locations, market


def test_five_markets_with_the_zones_the_desk_uses() -> None:
    zones = {iso: len(locations(iso, kind="zone")) for iso in MARKETS}
    assert zones == {"ERCOT": 4, "ISONE": 8, "MISO": 3, "NYISO": 11, "PJM": 19}
    assert len(locations(kind="zone")) == 45


def test_hubs_are_locations_with_prices_only() -> None:
    hubs = {place.name: place.iso for place in locations(kind="hub")}
    assert hubs == {
        "HB_NORTH": "ERCOT",
        ".H.INTERNAL_HUB": "ISONE",
        "INDIANA.HUB": "MISO",
        "ILLINOIS.HUB": "MISO",
        "WESTERN HUB": "PJM",
    }
    assert all(place.measures == ("da_lmp", "rt_lmp") for place in locations(kind="hub"))


def test_nyiso_hubs_are_the_zones_a_g_and_j_themselves() -> None:
    assert [p.name for p in locations("NYISO") if p.is_hub] == ["HUD VL", "N.Y.C.", "WEST"]
    assert all(p.measures == tuple(MEASURES) for p in locations("NYISO"))


def test_names_are_unique_within_an_iso() -> None:
    keys = [(place.iso, place.name) for place in locations()]
    assert len(keys) == len(set(keys))


def test_every_zone_carries_its_five_levels() -> None:
    for zone in locations(kind="zone"):
        assert all((zone.control_area, zone.state, zone.load_zone, zone.capacity_zone, zone.utility)), zone


def test_zones_equal_the_reference_list(shared: Path) -> None:
    with (shared / "reference" / "locations.csv").open() as file:
        expected = {
            (row["iso"], row["state"], row["load_zone"], row["capacity_zone"], row["utility"])
            for row in csv.DictReader(file)
        }
    assert {
        (z.iso, z.state, z.load_zone, z.capacity_zone, z.utility) for z in locations(kind="zone")
    } == expected


def test_cost_components_equal_the_reference_list(shared: Path) -> None:
    with (shared / "reference" / "cost_components.csv").open() as file:
        assert [vars(component) for component in COST_COMPONENTS] == list(csv.DictReader(file))


def test_an_unknown_iso_is_named_with_the_known_ones() -> None:
    with pytest.raises(markets.UnknownMarket, match=r"'SPP'.*ERCOT, ISONE, MISO, NYISO, PJM"):
        market("SPP")
    with pytest.raises(markets.UnknownMarket):
        locations("SPP")
