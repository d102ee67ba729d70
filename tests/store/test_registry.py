from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import pandas as pd
import pytest

from lib.markets import MARKETS, MEASURES
from lib.store import Database, UnknownSeries, find_series, list_series, read_sql, register_series
from lib.store.registry import BASES

Register = Callable[..., pd.DataFrame]


@pytest.mark.parametrize(("column", "allowed"), [("measure", MEASURES), ("basis", BASES)])
def test_the_table_allows_the_measures_and_bases_of_the_code(
    database: Database, column: str, allowed: tuple[str, ...]
) -> None:
    sql = "SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = :name"
    check = read_sql(database, sql, {"name": f"series_{column}_check"})["text"].item()
    assert set(re.findall(r"'(\w+)'", check)) == set(allowed)


def test_the_bases_of_the_markets_are_known() -> None:
    assert {basis for one in MARKETS.values() for basis in (one.da_load_basis, one.rt_load_basis)} <= {*BASES}


def test_a_series_is_registered_once_and_keeps_its_id(register: Register) -> None:
    first = register("WEST", "NORTH")
    assert first["series_id"].tolist() == [1, 2]
    assert register("NORTH", "WEST", "CENTRL")["series_id"].tolist() == [1, 2, 3]


def test_a_location_that_is_not_in_the_reference_data_is_named(database: Database) -> None:
    spec = SimpleNamespace(iso="PJM", location="ATLANTIS", measure="da_lmp", source="files", basis="actual")
    with pytest.raises(UnknownSeries, match="PJM: no location 'ATLANTIS'"):
        register_series(database, [spec])


def test_the_preferred_source_is_found_then_the_better_basis(database: Database, register: Register) -> None:
    register("WEST", "NORTH", measure="da_load", source="files", basis="forecast")
    register("WEST", measure="da_load", source="files", basis="cleared")
    register("NORTH", measure="da_load", source="vendor", basis="cleared")

    def found(sources: list[str], basis: str | None = None) -> list[list[str]]:
        chosen = find_series(database, "NYISO", "da_load", sources, basis)
        return chosen[["location", "source", "basis"]].sort_values("location").to_numpy().tolist()

    assert found(["files"]) == [["NORTH", "files", "forecast"], ["WEST", "files", "cleared"]]
    assert found(["vendor", "files"])[0] == ["NORTH", "vendor", "cleared"]
    assert found(["files"], "forecast") == [["NORTH", "files", "forecast"], ["WEST", "files", "forecast"]]
    assert found(["nobody"]) == []


def test_every_series_of_the_sources_is_listed_whatever_its_basis(
    database: Database, register: Register
) -> None:
    register("WEST", measure="da_load", source="public", basis="forecast")
    register("WEST", measure="da_load", source="public", basis="cleared")
    register("WEST", measure="da_load", source="enverus", basis="forecast")
    register("WEST", source="files")
    listed = list_series(database, "NYISO", ["public", "enverus"])
    assert listed[["location", "measure", "source", "basis"]].to_numpy().tolist() == [
        ["WEST", "da_load", "public", "forecast"],
        ["WEST", "da_load", "public", "cleared"],
        ["WEST", "da_load", "enverus", "forecast"],
    ]
