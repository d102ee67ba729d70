from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.store import Database, UnknownRelation, read_relation, read_sql


def test_dtypes_are_those_of_pandas(database: Database) -> None:
    frame = read_sql(
        database,
        """
        SELECT timestamptz '2025-01-01 05:00+00' AS moment, date '2025-01-01' AS day, 1.25 AS price, 7 AS n,
               NULL::float8 AS gap, true AS flag, 'x' AS name, '{"a": 1}'::jsonb AS facts
        """,
    )
    assert frame["moment"].dtype == "datetime64[us, UTC]"
    assert frame["moment"].item() == pd.Timestamp("2025-01-01 05:00", tz="UTC")
    assert frame["day"].dtype.kind == "M"
    assert frame["price"].tolist() == [1.25]
    assert frame["price"].dtype == np.float64
    assert frame["gap"].isna().all()
    assert frame["facts"].item() == '{"a": 1}'
    assert frame[["n", "flag", "name"]].iloc[0].tolist() == [7, True, "x"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_any_text_is_a_value_and_never_sql(database: Database, value: str) -> None:
    assert read_sql(database, "SELECT :given AS given, '%:x' AS kept", {"given": value}).iloc[0].tolist() == [
        value,
        "%:x",
    ]


@pytest.mark.parametrize(
    ("value", "sql_type"),
    [
        (7, "int"),
        (np.int16(7), "int"),
        (-1.5, "float8"),
        (float("inf"), "float8"),
        (True, "bool"),
        (date(2025, 1, 1), "date"),
        (datetime(2025, 1, 1, 5, tzinfo=UTC), "timestamptz"),
        (pd.Timestamp("2025-01-01 05:00", tz="America/New_York"), "timestamptz"),
        (Decimal("1.5"), "numeric"),
        (None, "text"),
    ],
)
def test_a_value_of_every_kind_can_be_a_parameter(database: Database, value: object, sql_type: str) -> None:
    frame = read_sql(database, f"SELECT CAST(:given AS {sql_type}) AS given", {"given": value})
    if value is None:
        assert frame["given"].isna().all()
    elif isinstance(value, date):
        assert frame["given"].item() == pd.Timestamp(value)
    else:
        assert frame["given"].item() == value


def test_a_list_is_for_in_and_may_be_empty(database: Database) -> None:
    question = "SELECT iso FROM market WHERE iso IN :isos ORDER BY iso"
    assert read_sql(database, question, {"isos": ["PJM", "MISO"]})["iso"].tolist() == ["MISO", "PJM"]
    assert read_sql(database, question, {"isos": []}).empty
    assert read_sql(database, "SELECT 1 WHERE 1 IN :numbers", {"numbers": []}).empty


def test_a_parameter_is_found_where_it_is_one(database: Database) -> None:
    question = """
        SELECT ':x' AS "a:x", :x::text AS b, 5 -:x AS c -- :nothing
        /* :nothing */
    """
    assert read_sql(database, question, {"x": -1}).to_dict("records") == [{"a:x": ":x", "b": "-1", "c": 6}]


def test_a_parameter_without_a_value_is_named(database: Database) -> None:
    with pytest.raises(KeyError, match=":iso"):
        read_sql(database, "SELECT :iso", {"is0": "PJM"})
    with pytest.raises(TypeError, match="object has no SQL literal"):
        read_sql(database, "SELECT :iso", {"iso": object()})


def test_a_relation_is_read_by_name_with_conditions(database: Database) -> None:
    frame = read_relation(
        database,
        "location",
        ["name", "state"],
        where={"control_area": "NYISO", "name": ["WEST", "NORTH"], "state": "NY"},
    )
    assert list(frame.columns) == ["name", "state"]
    assert sorted(frame["name"]) == ["NORTH", "WEST"]
    hubs = read_relation(database, "location", where={"state": None})
    assert set(hubs["kind"]) == {"hub"}
    assert len(read_relation(database, "location", limit=3)) == 3


def test_an_unknown_name_brings_the_close_ones(database: Database) -> None:
    with pytest.raises(UnknownRelation, match=r"no table or view 'nyiso_vrl': did you mean nyiso_vlr"):
        read_relation(database, "nyiso_vrl")
    with pytest.raises(UnknownRelation, match=r"location has no column 'nmae': did you mean name"):
        read_relation(database, "location", ["nmae"])
    with pytest.raises(UnknownRelation, match=r"location has no column 'sate': did you mean state"):
        read_relation(database, "location", where={"sate": 1})


@pytest.mark.parametrize(
    "name", ["location; DROP TABLE location", 'x" FROM location --', "pg_catalog.pg_class", ""]
)
def test_a_name_is_never_sql(database: Database, name: str) -> None:
    with pytest.raises(UnknownRelation):
        read_relation(database, name)
    with pytest.raises(UnknownRelation):
        read_relation(database, "location", [name])
    assert len(read_relation(database, "location")) > 0
