from __future__ import annotations

import pandas as pd
import pytest

from lib.hub_map import hub_blocks, zone_hubs
from lib.markets import BLOCKS, QUOTE_BLOCKS, UnknownMarket, locations
from lib.settlements.hubs import hubs


def test_every_zone_has_one_hub_and_every_hub_a_location_of_its_own_iso() -> None:
    zones = zone_hubs()
    mapped = list(zip(zones["iso"], zones["location"], strict=True))
    assert mapped == [(one.iso, one.name) for one in locations(kind="zone")]
    hub_locations = {(one.iso, one.name) for one in locations() if one.is_hub}
    assert set(zip(zones["iso"], zones["hub_location"], strict=True)) <= hub_locations
    assert set(zones["settlement_market"]) == {"da", "rt"}


def test_the_market_a_hub_settles_on_is_the_one_its_name_says() -> None:
    zones = zone_hubs()
    assert (zones["hub"].str[-2:].str.lower() == zones["settlement_market"]).all()


def test_each_block_of_each_hub_comes_from_a_quote_the_desk_reads() -> None:
    rules = hub_blocks()
    assert set(rules["hub"]) == set(zone_hubs()["hub"]) == {hub.hub for hub in hubs()}
    assert rules.groupby("hub")["block_type"].apply(set).map(lambda blocks: blocks == set(BLOCKS)).all()
    quoted = {(hub.hub, hub.block) for hub in hubs()}
    assert set(zip(rules["hub"], rules["quote"], strict=True)) == quoted


def test_a_quoted_block_is_never_modelled_from_another_quote() -> None:
    quotes = hub_blocks().groupby("hub")["quote"].agg(set)
    for row in hub_blocks().itertuples():
        fitting = {q for q in quotes[row.hub] if row.block_type in QUOTE_BLOCKS[q]}
        assert not fitting or row.quote in fitting, row


def test_one_iso_has_its_zones_only() -> None:
    assert set(zone_hubs("MISO")["iso"]) == {"MISO"}
    pd.testing.assert_frame_equal(zone_hubs("PJM"), zone_hubs().query("iso == 'PJM'").reset_index(drop=True))
    with pytest.raises(UnknownMarket, match="CAISO"):
        zone_hubs("CAISO")
