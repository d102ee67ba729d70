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
    hubs = {one.name: one.iso for one in locations(kind="hub")}
    assert hubs == {
        "HB_NORTH": "ERCOT",
        "HB_HOUSTON": "ERCOT",
        "HB_SOUTH": "ERCOT",
        "HB_WEST": "ERCOT",
        ".H.INTERNAL_HUB": "ISONE",
        "INDIANA.HUB": "MISO",
        "ILLINOIS.HUB": "MISO",
        "WESTERN HUB": "PJM",
        "AEP-DAYTON HUB": "PJM",
        "N ILLINOIS HUB": "PJM",
    }
    assert all(one.measures == ("da_lmp", "rt_lmp") for one in locations(kind="hub"))


def test_nyiso_hubs_are_the_zones_a_g_and_j_themselves() -> None:
    assert [p.name for p in locations("NYISO") if p.is_hub] == ["HUD VL", "N.Y.C.", "WEST"]
    assert all(p.measures == tuple(MEASURES) for p in locations("NYISO"))


def test_names_are_unique_within_an_iso() -> None:
    keys = [(one.iso, one.name) for one in locations()]
    assert len(keys) == len(set(keys))


def test_every_zone_carries_its_five_levels() -> None:
    for zone in locations(kind="zone"):
        assert all((zone.control_area, zone.state, zone.load_zone, zone.capacity_zone, zone.utility)), zone


def test_the_zones_of_the_reference_list_are_unchanged(shared: Path) -> None:
    with (shared / "reference" / "locations.csv").open() as file:
        expected = {
            (row["iso"], row["state"], row["load_zone"], row["capacity_zone"], row["utility"])
            for row in csv.DictReader(file)
        }
    ours = [(z.iso, z.state, z.load_zone, z.capacity_zone, z.utility) for z in locations(kind="zone")]
    assert expected <= set(ours), "a zone that the desk does not list may be added, none of its own changed"
    assert len(ours) == len(set(ours))


def test_the_cost_components_of_the_reference_list_are_unchanged_and_come_first(shared: Path) -> None:
    with (shared / "reference" / "cost_components.csv").open() as file:
        expected = list(csv.DictReader(file))
    # VLR is the priced one, at past prices; the file of a cost curve has it at those of delivery.
    vlr = next(component for component in expected if component["cost_component"] == "VLR")
    assert vlr["column"] == "cost_weighted"
    vlr["column"] = "priced_pct"
    # The unit of a fraction is "fraction": no file, table or view has these numbers as percents.
    percents = [component for component in expected if component["uom"] == "%"]
    assert [one["cost_component"] for one in percents] == [
        "Price Variance (%)",
        "Load Variance (%)",
        "VLR Cost (%)",
        "VLR",
        "Shaping Cost",
    ]
    for component in percents:
        component["uom"] = "fraction"
    assert [vars(component) for component in COST_COMPONENTS[: len(expected)]] == expected


def test_there_are_the_cost_components_the_desk_uses() -> None:
    assert len(COST_COMPONENTS) == 18
    assert {component.uom for component in COST_COMPONENTS} == {"$/MWh", "MW", "$", "fraction"}


def test_an_unknown_iso_is_named_with_the_known_ones() -> None:
    with pytest.raises(markets.UnknownMarket, match=r"'CAISO'.*ERCOT, ISONE, MISO, NYISO, PJM"):
        market("CAISO")
    with pytest.raises(markets.UnknownMarket):
        locations("CAISO")
