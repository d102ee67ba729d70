"""The pricing desk's form: what stands where, and that a file written reads back as it was."""

from __future__ import annotations

import csv
import io
from calendar import month_abbr
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.markets import COST_COMPONENTS, MARKETS, MAX_VALUE, PRICING_HEADINGS, locations
from lib.present.pricing_file import (
    KEYS,
    PricingFile,
    build_pricing_file,
    csv_bytes,
    parse_pricing_file,
    xlsx_bytes,
)

Cells = Callable[..., pd.DataFrame]

WRITERS = {"csv": csv_bytes, "xlsx": xlsx_bytes}

values = st.one_of(
    st.none(), st.floats(-MAX_VALUE, MAX_VALUE), st.sampled_from([0.0, -0.0, 4e-7, -4e-7, 5e-7, 1e-6])
)
names = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12
).filter(lambda text: text == text.strip() and text.isprintable() and text not in KEYS)
escapes = st.sampled_from(
    ["=1+1", "+A1", "-x", "@sum", "#N/A", "'=1", "''+", "'quoted'", "a,b", 'a"b', "<&>", "OH/PA"]
)


@pytest.fixture(scope="module")
def vlr(curve_cells: Cells) -> PricingFile:
    """Two months of VLR of an ISO whose names hold points and spaces."""
    return build_pricing_file(curve_cells("NYISO"), "NYISO", "vlr", "priced_pct", is_demo=False)


def _same(file: PricingFile, other: PricingFile) -> None:
    assert (file.curve, file.columns, file.is_demo) == (other.curve, other.columns, other.is_demo)
    pd.testing.assert_frame_equal(file.cells, other.cells)


def _first(file: PricingFile, rows: str) -> PricingFile:
    """The file with some of its rows, as when a person has cut the others."""
    return replace(file, cells=file.cells.query(rows).reset_index(drop=True))


def test_a_file_has_metadata_a_blank_row_a_header_and_the_cells(curve_cells: Cells) -> None:
    cells = (
        curve_cells("ERCOT", [1])
        .query("he == 7 and not location.str.startswith('HB_')")
        .assign(priced_pct=[0.0041, -0.25, np.nan, 0.0000004, -0.0000004, 12.3456789, 1e-6, 0.5])
    )
    file = _first(
        build_pricing_file(cells, "ERCOT", "vlr", "priced_pct", is_demo=False), "month == 1 and he == 7"
    )
    zones = ["NORTH ZONE", "HOUSTON ZONE", "SOUTH ZONE", "WEST ZONE"]
    assert list(csv.reader(io.StringIO(csv_bytes(file).decode()))) == [
        ["Control_area", "", "", *["ERCOT"] * 4],
        ["State", "", "", *["TX"] * 4],
        ["Load_zone", "", "", *zones],
        ["Capacity_zone", "", "", *zones],
        ["Utility", "", "", *["ALL"] * 4],
        ["Block_type", "", "", *["HE"] * 4],
        ["Cost_group", "", "", *["VLR"] * 4],
        ["Cost_component", "", "", *["VLR"] * 4],
        [""] * 7,
        ["Month", "He", "Block Type", *["VLR COST"] * 4],
        ["1", "7", "5x16", "0.004100", "", "0.000000", "0.000001"],
        ["1", "7", "2x16", "-0.250000", "0.000000", "12.345679", "0.500000"],
    ]


@pytest.mark.parametrize("iso", MARKETS)
@pytest.mark.parametrize("curve", PRICING_HEADINGS)
def test_every_zone_is_a_column_with_its_levels_and_no_hub_is(
    iso: str, curve: str, curve_cells: Cells
) -> None:
    component = next(known for known in COST_COMPONENTS if known.relation == curve)
    months = ["2027-01", "2028-02"] if curve == "cost_curve" else [1, 2]
    cells = curve_cells(iso, months).rename(columns={"priced_pct": component.column})
    file = build_pricing_file(cells, iso, curve, component.column, is_demo=False)
    assert [
        (column.state, column.load_zone, column.capacity_zone, column.utility) for column in file.columns
    ] == [(zone.state, zone.name, zone.capacity_zone, zone.utility) for zone in locations(iso, "zone")]
    assert {(column.cost_group, column.cost_component) for column in file.columns} == {
        (component.cost_group, component.cost_component)
    }
    assert list(file.cells.columns) == [*KEYS, *file.zones]
    assert file.cells[file.zones].notna().to_numpy().sum() == 2 * 40 * len(file.zones)
    assert file.iso == iso


@pytest.mark.parametrize("iso", MARKETS)
def test_a_file_has_all_480_rows_whatever_cells_the_curve_has(iso: str, curve_cells: Cells) -> None:
    some = curve_cells(iso, [6, 8]).query("block_type != '2x16' or month == 6")
    cells = build_pricing_file(some, iso, "vlr", "priced_pct", is_demo=False).cells
    assert cells[KEYS].astype(str).equals(curve_cells(iso, range(1, 13)).head(480)[KEYS].astype(str))
    has_value = cells.drop(columns=KEYS).notna()
    assert has_value.all(axis=1).equals(has_value.any(axis=1))
    assert cells[has_value.any(axis=1)].groupby("month").size().to_dict() == {6: 40, 8: 24}


def test_a_file_of_delivery_has_every_block_of_its_months(curve_cells: Cells) -> None:
    some = curve_cells("ISONE", ["2026-12", "2027-01"]).query("block_type == '5x16'")
    cells = build_pricing_file(some, "ISONE", "cost_curve", "priced_pct", is_demo=False).cells
    assert cells.groupby("month").size().to_dict() == {"2026-12": 40, "2027-01": 40}


def test_values_that_are_not_the_curves_headline_are_named_in_the_file(curve_cells: Cells) -> None:
    file = build_pricing_file(
        curve_cells("MISO").assign(mean_ratio=0.1), "MISO", "vlr", "mean_ratio", is_demo=False
    )
    assert file.columns[0].cost_component == "VLR (mean_ratio)"


def test_cells_stand_by_month_then_hour_then_block(curve_cells: Cells) -> None:
    shuffled = curve_cells("PJM", [12, 2]).sample(frac=1, random_state=1)
    cells = build_pricing_file(shuffled, "PJM", "vlr", "priced_pct", is_demo=False).cells
    assert cells["month"].is_monotonic_increasing
    assert cells.loc[cells["he"] == 8, "block_type"].tolist() == ["5x16", "2x16"] * 12


def test_a_zone_without_cells_is_an_empty_column(curve_cells: Cells) -> None:
    cells = curve_cells("NYISO").query("location != 'WEST'")
    file = build_pricing_file(cells, "NYISO", "vlr", "priced_pct", is_demo=False)
    assert file.cells["WEST"].isna().all()
    for kind, write in WRITERS.items():
        assert parse_pricing_file(f"a.{kind}", write(file)).cells["WEST"].isna().all()


def test_a_cell_that_is_there_twice_or_infinite_is_an_error(curve_cells: Cells) -> None:
    cells = curve_cells("MISO")
    with pytest.raises(ValueError, match="duplicate"):
        build_pricing_file(pd.concat([cells, cells.head(1)]), "MISO", "vlr", "priced_pct", is_demo=False)
    cells.loc[3, "priced_pct"] = np.inf
    with pytest.raises(ValueError, match="infinite in 1 cells"):
        build_pricing_file(cells, "MISO", "vlr", "priced_pct", is_demo=False)


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("curve", PRICING_HEADINGS)
def test_a_file_of_each_curve_reads_back(kind: str, curve: str, curve_cells: Cells) -> None:
    months = ["2026-12", "2027-01"] if curve == "cost_curve" else [3, 11]
    file = build_pricing_file(curve_cells("PJM", months), "PJM", curve, "priced_pct", is_demo=False)
    _same(parse_pricing_file(f"pjm.{kind}", WRITERS[kind](file)), file)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_the_names_and_values_a_file_reads_back(data: st.DataObject, vlr: PricingFile) -> None:
    zones = data.draw(st.lists(names | escapes, min_size=1, max_size=3, unique=True))
    texts = data.draw(st.lists(st.just("") | names | escapes, min_size=4, max_size=4))
    names_of = dict(zip(("state", "utility", "cost_group", "cost_component"), texts, strict=True))
    columns = tuple(replace(vlr.columns[0], load_zone=zone, **names_of) for zone in zones)
    keys = vlr.cells[KEYS].iloc[
        data.draw(st.lists(st.integers(0, 79), min_size=1, max_size=4, unique=True).map(sorted))
    ]
    cells = keys.reset_index(drop=True).assign(
        **{
            zone: pd.array(data.draw(st.lists(values, min_size=len(keys), max_size=len(keys))), "float64")
            for zone in zones
        }
    )
    file = PricingFile("vlr", columns, cells, data.draw(st.booleans()), data.draw(st.booleans()))
    for kind, write in WRITERS.items():
        back = parse_pricing_file(f"a.{kind}", write(file))
        assert (back.columns, back.is_demo, back.is_study) == (columns, file.is_demo, file.is_study)
        assert back.cells[KEYS].equals(cells[KEYS])
        expected = np.array([[round(float(value), 6) for value in row] for row in cells[zones].to_numpy()])
        np.testing.assert_array_equal(back.cells[zones].to_numpy(), expected)


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(("column", "says"), [("priced_pct", "VLR (demo)"), ("mean", "VLR (mean) (demo)")])
def test_a_file_of_a_simulated_market_says_demo_and_reads_back(
    kind: str, column: str, says: str, curve_cells: Cells
) -> None:
    cells = curve_cells("MISO").rename(columns={"priced_pct": column})
    file = build_pricing_file(cells, "MISO", "vlr", column, is_demo=True)
    content = WRITERS[kind](file)
    _same(parse_pricing_file(f"a.{kind}", content), file)
    if kind == "csv":
        assert content.decode().splitlines()[7] == f"Cost_component,,,{','.join([says] * len(file.zones))}"
    else:
        book = openpyxl.load_workbook(io.BytesIO(content))
        assert (book.active["D8"].value, book.active.title) == (says, "VLR COST DEMO")
        assert book.properties.title == "DEMO: VLR COST of MISO, simulated"


def test_a_file_of_a_real_market_does_not_say_demo(vlr: PricingFile) -> None:
    assert b"demo" not in csv_bytes(vlr).lower()
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(vlr)))
    assert (book.active["D8"].value, book.active.title, book.properties.title) == ("VLR", "VLR COST", None)
    assert not parse_pricing_file("a.xlsx", xlsx_bytes(vlr)).is_demo


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_that_is_read_and_written_again_is_the_same_file(kind: str, vlr: PricingFile) -> None:
    content = WRITERS[kind](vlr)
    assert WRITERS[kind](vlr) == content
    assert WRITERS[kind](parse_pricing_file(f"a.{kind}", content)) == content


def test_a_byte_order_mark_and_other_line_ends_change_nothing(vlr: PricingFile) -> None:
    content = csv_bytes(vlr)
    for other in (b"\xef\xbb\xbf" + content, content.replace(b"\r\n", b"\n"), content + b"\r\n,,\r\n\r\n"):
        _same(parse_pricing_file("A.CSV", other.replace(b"\r\n,,\r\n", b"\r\n")), vlr)


def test_a_spreadsheet_opens_the_workbook_with_numbers_and_frozen_panes(vlr: PricingFile) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(vlr))).active
    assert sheet.freeze_panes == "D11"
    assert sheet.title == "VLR COST"
    assert (sheet["A1"].value, sheet["D1"].value, sheet["A10"].value) == ("Control_area", "NYISO", "Month")
    assert [cell.data_type for cell in sheet[11]] == ["n", "n", "s", *["n"] * 11]
    assert sheet["D11"].value == vlr.cells.iloc[0, 3]
    assert (sheet.max_row, sheet.max_column) == (490, 14)


def test_a_workbook_saved_by_a_spreadsheet_reads_as_before(vlr: PricingFile) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(vlr)))
    book.active["E11"].number_format = "0.0%"
    out = io.BytesIO()
    book.save(out)
    _same(parse_pricing_file("saved.xlsx", out.getvalue()), vlr)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "#N/A", "\t=1", "\r=1"])
def test_no_text_of_a_file_can_act_as_a_formula(text: str, vlr: PricingFile) -> None:
    columns = (replace(vlr.columns[0], utility=text), *vlr.columns[1:])
    row = list(csv.reader(io.StringIO(csv_bytes(replace(vlr, columns=columns)).decode(), newline="")))[4]
    assert row[3] == f"'{text}"
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(replace(vlr, columns=columns)))).active
    assert sheet["D5"].data_type == "s"
    assert sheet["D5"].value.startswith("'")


def test_a_month_that_a_spreadsheet_took_for_a_date_is_that_month(curve_cells: Cells) -> None:
    file = build_pricing_file(
        curve_cells("MISO", ["2026-01", "2026-02"]), "MISO", "cost_curve", "priced_pct", is_demo=False
    )
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(file)))
    for (cell,) in book.active.iter_rows(min_row=11, max_col=1):
        cell.value = pd.Timestamp(f"{cell.value}-01").to_pydatetime()
        cell.number_format = "mmm\\-yy"
    out = io.BytesIO()
    book.save(out)
    _same(parse_pricing_file("dates.xlsx", out.getvalue()), file)


@pytest.mark.parametrize("year", ["26", "2026"])
def test_a_month_that_a_spreadsheet_has_renamed_in_a_csv_is_that_month(year: str, curve_cells: Cells) -> None:
    months = [f"2026-{month:02}" for month in range(1, 13)]
    file = build_pricing_file(curve_cells("MISO", months), "MISO", "cost_curve", "priced_pct", is_demo=False)
    text = csv_bytes(file).decode()
    for month, name in zip(months, month_abbr[1:], strict=True):
        text = text.replace(f"\n{month},", f"\n{name}-{year},")
    assert "\n2026" not in text
    _same(parse_pricing_file("saved.csv", text.encode()), file)


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("is_demo", [False, True])
def test_a_file_of_a_study_says_study_and_reads_back(kind: str, is_demo: bool, curve_cells: Cells) -> None:
    cells = curve_cells("MISO")
    file = build_pricing_file(cells, "MISO", "vlr", "priced_pct", is_demo=is_demo, is_study=True)
    content = WRITERS[kind](file)
    back = parse_pricing_file(f"a.{kind}", content)
    _same(back, file)
    assert back.is_study and back.is_demo == is_demo
    says = "VLR (study) (demo)" if is_demo else "VLR (study)"
    if kind == "csv":
        assert content.decode().splitlines()[7] == f"Cost_component,,,{','.join([says] * len(file.zones))}"
    else:
        book = openpyxl.load_workbook(io.BytesIO(content))
        assert book.active["D8"].value == says
        assert book.active.title == ("VLR COST DEMO STUDY" if is_demo else "VLR COST STUDY")
        assert book.properties.title.endswith("not for pricing")
