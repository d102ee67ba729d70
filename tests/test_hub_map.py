from __future__ import annotations

import pandas as pd
import pytest

from lib.hub_map import hub_contracts, zone_hubs
from lib.markets import BLOCKS, OFF_PEAK, QUOTE_BLOCKS, UnknownMarket, locations
from lib.settlements.hubs import hubs


def test_every_zone_has_hubs_in_order_of_preference_and_each_once() -> None:
    zones = zone_hubs()
    assert zones["location"].unique().tolist() == [one.name for one in locations(kind="zone")]
    for _, its in zones.groupby(["iso", "location"]):
        assert its["preference"].tolist() == list(range(1, len(its) + 1))
        assert its["hub"].is_unique


def test_a_hub_has_one_location_of_its_own_iso_or_none_and_settles_on_one_market() -> None:
    places = {(one.iso, one.name) for one in locations()}
    for name in {hub.hub for hub in hubs()}:
        (one,) = {(hub.iso, hub.location, hub.settlement_market) for hub in hubs() if hub.hub == name}
        assert not one[1] or one[:2] in places
        assert one[2] == name[-2:].lower()
    assert zone_hubs()["settlement_market"].isin(["da", "rt"]).all()


def test_a_zones_own_future_comes_first_and_a_hub_with_prices_last() -> None:
    zones = zone_hubs()
    own = zones[zones["location"] == zones["hub_location"]]
    assert set(own["preference"]) == {1}
    last = zones.drop_duplicates(["iso", "location"], keep="last")
    assert last["hub_location"].notna().all()


def test_each_quote_of_each_hub_stands_once_with_its_weights() -> None:
    contracts = hub_contracts()
    assert not contracts.duplicated(["hub", "quote"]).any()
    assert set(contracts["hub"]) == set(zone_hubs()["hub"]) == {hub.hub for hub in hubs()}
    assert set(contracts["quote"]) <= set(QUOTE_BLOCKS)
    by_days = contracts["weights"] == "days"
    assert (by_days == (contracts["quote"] == OFF_PEAK)).all()


def test_every_hub_of_the_fields_list_is_known() -> None:
    by_hub = hub_contracts().groupby("hub")["quote"].agg(set).to_dict()
    peak = {"5x16", OFF_PEAK}
    assert by_hub["ERCOT North RT"] == {"5x16", "2x16", "7x8", "7x16", OFF_PEAK}
    assert by_hub["ERCOT Houston RT"] == {*peak, "7x8"}
    names = ["ERCOT South RT", "ERCOT West RT", "Mass Hub DA", "Connecticut DA", "PJM West RT", "PJM West DA"]
    names += ["AEP-Dayton RT", "AEP-Dayton DA", "N. Illinois RT", "N. Illinois DA", "Indiana Hub DA"]
    names += ["Indiana Hub RT", *(f"PJM {zone} DA" for zone in ("BGE", "DOM", "PECO", "PPL", "PSEG"))]
    names += [f"NYISO Zone {letter} DA" for letter in "ACFGJ"]
    assert {name: by_hub[name] for name in names} == dict.fromkeys(names, peak)


def test_quotes_are_in_order_of_preference_and_the_blocks_themselves_come_first() -> None:
    assert list(QUOTE_BLOCKS)[:3] == list(BLOCKS)
    assert all(QUOTE_BLOCKS[block] == (block,) for block in BLOCKS)
    assert QUOTE_BLOCKS[OFF_PEAK] == ("2x16", "7x8")


def test_one_iso_has_its_zones_only() -> None:
    assert set(zone_hubs("MISO")["iso"]) == {"MISO"}
    pd.testing.assert_frame_equal(zone_hubs("PJM"), zone_hubs().query("iso == 'PJM'").reset_index(drop=True))
    with pytest.raises(UnknownMarket, match="CAISO"):
        zone_hubs("CAISO")
