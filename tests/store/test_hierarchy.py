from __future__ import annotations

import pandas as pd
import pytest

from lib.markets import MARKETS
from lib.store import Database
from lib.store.hierarchy import (
    LEVELS,
    LOCATION_LEVELS,
    applicable_levels,
    available_values,
    level_conditions,
    read_hierarchy,
)
from lib.store.relations import read_columns


def test_the_levels_narrow_each_other(database: Database) -> None:
    hierarchy = read_hierarchy(database)
    whole = available_values(hierarchy, {})
    assert list(whole) == list(LEVELS)
    assert whole["control_area"] == sorted(MARKETS)
    offered = available_values(hierarchy, {"control_area": "NYISO", "cost_component": "VLR"})
    assert len(offered["load_zone"]) == 11
    assert set(offered["control_area"]) == set(whole["control_area"])  # another ISO has VLR too
    assert offered["cost_group"] == ["VLR"]


@pytest.mark.parametrize(
    ("relation", "offered"),
    [
        ("hourly_vlr_nyiso", LEVELS),
        ("nyiso_vlr", LEVELS),
        ("labelled_vlr", LOCATION_LEVELS),
        ("da_lmps_pjm", LOCATION_LEVELS),
        ("curve_version", ("control_area",)),
        ("pipeline_run", ()),
    ],
)
def test_only_levels_that_narrow_a_relation_are_offered(
    database: Database, relation: str, offered: tuple[str, ...]
) -> None:
    assert applicable_levels(read_columns(database, relation)["column"].tolist()) == offered


def test_a_relation_with_some_levels_is_narrowed_by_the_others_too() -> None:
    hierarchy = pd.DataFrame(
        {"control_area": ["PJM"] * 2, "load_zone": ["AEP", "PSEG"], "location_id": [1, 2]}
    )
    chosen = {"control_area": "PJM", "load_zone": "PSEG"}
    conditions, params = level_conditions(hierarchy, chosen, ["control_area", "location_id"])
    assert conditions == ['"control_area" = :level_control_area', '"location_id" IN :locations_location_id']
    assert params == {"level_control_area": "PJM", "locations_location_id": [2]}
