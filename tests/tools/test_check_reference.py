"""A newcomer who adds an ISO or a zone is told every table that lacks it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools.check_reference import LIB, NOT_BY_ISO, RULES, check

ISO = "99,NEW,A market of tomorrow,America/Chicago,America/Chicago,7,22,forecast,actual,the forecast\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tables below lib, to be changed."""
    for path in LIB.rglob("*.csv"):
        copy = tmp_path / path.relative_to(LIB)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return tmp_path


def _append(folder: Path, table: str, rows: str) -> None:
    with (folder / table).open("a", encoding="utf-8") as file:
        file.write(rows)


def _lacking(folder: Path) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return what each table lacks that must not."""
    return {one.rule.table: one.keys for one in check(folder) if not one.rule.optional_because}


def test_no_table_lacks_an_iso_a_zone_or_a_hub() -> None:
    assert _lacking(LIB) == {}, "\n".join(map(str, check()))


def test_the_check_knows_every_table() -> None:
    tables = {str(path.relative_to(LIB)) for path in LIB.rglob("*.csv")}
    assert tables == {rule.table for rule in RULES} | NOT_BY_ISO.keys()
    assert not {rule.table for rule in RULES} & NOT_BY_ISO.keys()


def test_a_new_iso_is_asked_for_zones_and_services(folder: Path) -> None:
    _append(folder, "reference/markets.csv", ISO)
    lacking = _lacking(folder)
    assert lacking["reference/locations.csv"] == (("NEW",),)
    measures = ("da_lmp", "rt_lmp", "da_load", "rt_load")
    assert lacking["reference/services.csv"] == tuple(("public", "NEW", name) for name in measures)
    assert lacking.keys() == {"reference/locations.csv", "reference/services.csv"}


def test_a_new_zone_and_hub_are_followed_through_every_table(folder: Path) -> None:
    _append(folder, "reference/markets.csv", ISO)
    _append(folder, "reference/locations.csv", "NEW,zone,0,KS,WESTAR,WESTAR,ALL\nNEW,hub,1,,SOUTH HUB,,\n")
    assert _lacking(folder)["reference/zone_hubs.csv"] == (("NEW", "WESTAR"),)
    _append(folder, "reference/zone_hubs.csv", "NEW,WESTAR,1,New Hub DA\n")
    assert _lacking(folder)["reference/ice_hubs.csv"] == (("New Hub DA", "NEW"),)
    _append(folder, "reference/ice_hubs.csv", "New Hub DA,NEW,SOUTH HUB,da,5x16,hours,New Hub DA,,,NHD,1,\n")
    assert _lacking(folder)["settlements/demo_contracts.csv"] == (("New Hub DA", "5x16"),)
    row = "icecleared_power,New Hub DA,Peak Futures (1 MW),NHD,1191,40,0.1,0.3,0,60,0\n"
    _append(folder, "settlements/demo_contracts.csv", row)
    _append(
        folder, "reference/services.csv", "public,NEW,da_lmp,actual,America/Chicago,10,1,4,a file a day\n"
    )
    assert _lacking(folder)["reference/public_readers.csv"] == (("NEW", "da_lmp", "actual"),)
    _append(folder, "reference/public_readers.csv", "NEW,da_lmp,actual,new_days,settlement_location,,,,\n")
    named = (("NEW", "settlement_location", "WESTAR"), ("NEW", "settlement_location", "SOUTH HUB"))
    assert _lacking(folder)["reference/public_names.csv"] == named


def test_what_a_table_may_lack_is_said_with_the_reason(folder: Path) -> None:
    _append(folder, "reference/locations.csv", "PJM,zone,0,KY,EKPC,EKPC,EKPC\n")
    optional = {one.rule.table: str(one) for one in check(folder) if one.rule.optional_because}
    assert optional.keys() >= {"reference/enverus_symbols.csv", "sources/demo/zones.csv"}
    symbols = optional["reference/enverus_symbols.csv"]
    assert symbols.startswith("lib/reference/enverus_symbols.csv lacks ")
    assert "PJM EKPC" in symbols
    assert "This is optional: series without a symbol come from the open data." in symbols
    assert symbols.endswith("Add a row for each measure that the licensed service has.")


def test_a_name_that_no_list_has_is_found_wherever_it_stands(folder: Path) -> None:
    _append(folder, "reference/zone_hubs.csv", "PJM,WRONG ZONE,1,PJM West RT\n")
    _append(folder, "sources/demo/markets.csv", "WRONG,east,40,-78,38,0.8,0.05,0.06,3.6,0.29,2.8,-150,3700\n")
    assert _lacking(folder) == {
        "reference/markets.csv": (("WRONG",),),
        "reference/locations.csv": (("PJM", "WRONG ZONE"),),
    }


def test_a_curve_with_two_cost_components_is_named(folder: Path) -> None:
    _append(folder, "reference/cost_components.csv", "VLR,VLR ($/MWh),$/MWh,vlr,cost_per_mwh\n")
    assert _lacking(folder) == {"reference/cost_components.csv": (("vlr",),)}


def test_an_event_with_an_error_is_named_with_its_line(folder: Path) -> None:
    table = "reference/events.csv"
    n_lines = len((folder / table).read_text().splitlines())
    _append(folder, table, "ERCTO,A hot week,2025-06-22,2025-06-16,A report\n")
    (finding,) = check(folder)
    assert str(finding) == (
        f"lib/{table} has errors: line {n_lines + 1}, A hot week: unknown ISO 'ERCTO': did you mean ERCOT?, "
        f"line {n_lines + 1}, A hot week: end 2025-06-16 is before start 2025-06-22. "
        "Correct the row: a curve would leave out other days than were meant."
    )


def test_an_event_of_a_new_iso_is_in_order(folder: Path) -> None:
    _append(folder, "reference/markets.csv", ISO)
    _append(folder, "reference/events.csv", "NEW PJM,A hot week,2025-06-16,2025-06-22,A report\n")
    assert "reference/events.csv" not in _lacking(folder)
