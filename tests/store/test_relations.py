from __future__ import annotations

import pandas as pd
import pytest

from lib.store import Database, UnknownRelation
from lib.store.relations import read_columns, read_relations


def test_every_relation_is_listed_with_what_it_is(database: Database) -> None:
    known = read_relations(database).set_index("relation")
    assert known.loc["hourly_vlr_nyiso", ["kind", "iso"]].tolist() == ["view", "NYISO"]
    assert known.loc["hourly_vlr_data_nyiso", ["kind", "iso"]].tolist() == ["table", "NYISO"]
    assert known.loc["market", "kind"] == "table"
    assert pd.isna(known.loc["market", "iso"])
    assert known["comment"].notna().all()
    assert {"nyiso_vlr", "labelled_da_lmps", "pipeline_run", "nyiso_hierarchy"} <= set(known.index)


def test_columns_are_named_typed_and_explained(database: Database) -> None:
    known = read_columns(database, "hourly_vlr_nyiso").set_index("column")
    assert known.loc["he", "type"] == "smallint"
    assert known.loc["data", "comment"].startswith("The number")
    with pytest.raises(UnknownRelation, match="'vlrr'"):
        read_columns(database, "vlrr")
