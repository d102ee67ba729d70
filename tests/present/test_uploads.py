"""Whatever is handed in as a pricing file is a curve, or one sentence says what is wrong and where."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_BZIP2, ZipFile

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lib.present.pricing_file import (
    MAX_BYTES,
    BadPricingFile,
    build_pricing_file,
    csv_bytes,
    parse_pricing_file,
    xlsx_bytes,
)
from lib.present.pricing_file.xlsx_guard import MAX_TAGS, MAX_UNPACKED_BYTES
from tests.standins import workbooks

ROOT = Path(__file__).parents[2]
SHEET = "xl/worksheets/sheet1.xml"

Edit = Callable[[list[list[str]]], object]


@pytest.fixture(scope="module")
def table(curve_cells: Callable[..., object]) -> list[list[str]]:
    """The cells of a good file, row by row: two zones less than it could have, one month."""
    file = build_pricing_file(curve_cells("MISO", [1]), "MISO", "vlr", "priced_pct", is_demo=False)  # type: ignore[arg-type]
    return [line.split(",") for line in csv_bytes(file).decode().splitlines()]


@pytest.fixture(scope="module")
def good(table: list[list[str]]) -> bytes:
    """A good file as a workbook, written by a spreadsheet's library."""
    book = openpyxl.Workbook()
    for row in table:
        book.active.append([_number(text) for text in row])
    return _saved(book)


def _number(text: str) -> str | float | None:
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text or None


def _saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fault(name: str, content: bytes) -> str:
    """The sentence that is said of a bad file."""
    with pytest.raises(BadPricingFile) as caught:
        parse_pricing_file(name, content)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert 20 < len(sentence) < 250, sentence
    return sentence


def _set(row: int, column: int, text: str) -> Edit:
    return lambda table: table[row - 1].__setitem__(column - 1, text)


CELLS: dict[str, tuple[Edit, str]] = {
    "another label": (_set(3, 1, "Zone"), "row 3 begins with 'Zone' and not with Load_zone"),
    "a metadata row is missing": (lambda t: t.pop(3), "row 4 begins with 'Utility' and not"),
    "something in column B": (_set(2, 2, "x"), "B2 must be empty"),
    "no blank row": (lambda t: t.pop(8), "row 9 must be blank"),
    "wrong header": (_set(10, 2, "Hour"), "B10 says 'Hour' and not He: row 10 is the header"),
    "no header": (lambda t: t.pop(9), "A10 says '1' and not Month"),
    "another heading": (_set(10, 4, "FUEL COST"), "D10 says 'FUEL COST': a column is VLR COST, SHAPING COST"),
    "two curves": (_set(10, 5, "SHAPING COST"), "E10 says 'SHAPING COST' and D10 another"),
    "a heading is missing": (_set(10, 6, ""), "F1 stands to the right of the last heading"),
    "unknown ISO": (_set(1, 4, "CAISO"), "D1 holds 'CAISO': the ISOs are ERCOT"),
    "two ISOs": (_set(1, 5, "PJM"), "E1 holds another ISO than D1"),
    "a zone without a name": (_set(3, 5, ""), "E3 holds '': every column needs the name of its zone"),
    "a zone twice": (_set(3, 5, "AMIL.CILC.BOC"), "E3 names 'AMIL.CILC.BOC', as D3 does"),
    "a zone called month": (_set(3, 5, "month"), "E3 holds 'month'"),
    "another kind of block": (_set(6, 6, "5x16"), "F6 holds '5x16': write HE"),
    "a formula in a name": (_set(5, 4, "=cmd|' /C calc'!A0"), "D5 holds .*: formulas are not allowed"),
    "a name that cannot be seen": (_set(5, 4, "A\u200bB"), "D5 holds .*: it has a character that"),
    "an escaped control character": (_set(5, 4, "A_x0007_"), r"D5 holds 'A(_x0007_|\\x07)': it has"),
    "a name without end": (_set(5, 4, "A" * 201), "D5 holds .*: a name has at most 200 characters"),
    "month 13": (_set(12, 1, "13"), "A12 holds '13': a month is 1 to 12"),
    "a month in words": (_set(12, 1, "January"), "A12 holds 'January': a month is 1 to 12, or YYYY-MM"),
    "a month in another language": (_set(12, 1, "Mrz-26"), "A12 holds 'Mrz-26': a month is 1 to 12, or"),
    "a day of a month": (_set(12, 1, "26-Feb"), "A12 holds '26-Feb': a month is 1 to 12, or YYYY-MM"),
    "a month of another century": (_set(12, 1, "Feb-1926"), "A12 holds 'Feb-1926': a month is 1 to 12"),
    "a month and three digits": (_set(12, 1, "Feb-026"), "A12 holds 'Feb-026': a month is 1 to 12"),
    "two kinds of month, one renamed": (_set(12, 1, "Jan-26"), "A12 holds 2026-01 and the rows above 1"),
    "one simulated column": (_set(8, 5, "VLR (demo)"), r"D8 lacks the \(demo\) that E8 has: a file is sim"),
    "delivery month 13": (_set(12, 1, "2026-13"), "A12 holds '2026-13': a month is"),
    "two kinds of month": (_set(12, 1, "2026-01"), "A12 holds 2026-01 and the rows above 1"),
    "no month": (_set(12, 1, ""), "A12 is empty: a month is 1 to 12"),
    "HE 0": (_set(13, 2, "0"), "B13 holds '0': an hour ending is 1 to 24"),
    "HE 25": (_set(13, 2, "25"), "B13 holds '25': an hour ending is 1 to 24"),
    "HE 2.5": (_set(13, 2, "2.5"), r"B13 holds '2\.5': an hour ending is 1 to 24"),
    "unknown block": (_set(13, 3, "7x16"), "C13 holds '7x16': a block is 5x16, 2x16, 7x8"),
    "an hour outside its block": (_set(13, 3, "5x16"), "row 13 has HE 3 in 5x16, where MISO has none"),
    "a cell twice": (_set(13, 2, "2"), "row 13 is month 1, HE 2, 7x8, as row 12 is: keep one of the two"),
    "text among numbers": (_set(14, 5, "n.q."), r"E14 holds 'n\.q\.': write a number such as"),
    "a decimal comma": (_set(14, 5, '"0,5"'), "E14 holds '0,5': write a number such as"),
    "two percent signs": (_set(14, 5, "1.2%%"), r"E14 holds '1\.2%%': the curve is in"),
    "NaN": (_set(14, 5, "NaN"), "E14 holds 'NaN': leave the cell empty"),
    "inf": (_set(14, 5, "-inf"), "E14 holds '-inf': leave the cell empty"),
    "an endless number": (_set(14, 5, "1e999"), "E14 holds '1e999': no value is larger than 1,000,000"),
    "other digits": (_set(14, 5, "\u0661"), "E14 holds .*: write a number"),
    "a formula": (_set(14, 5, "=1+1"), r"E14 holds '=1\+1': formulas are not allowed"),
    "a value too far right": (lambda t: [r.append("1"[i != 19 :]) for i, r in enumerate(t)], "G20 stands"),
    "no cells": (lambda t: t.__delitem__(slice(10, None)), "row 11 is missing: there are no cells"),
    "nothing but a label": (lambda t: t.__delitem__(slice(1, None)), "row 2 begins with '' and not"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("fault", CELLS)
def test_a_fault_in_a_cell_is_named(fault: str, kind: str, table: list[list[str]]) -> None:
    edit, sentence = CELLS[fault]
    edited = [list(row) for row in table]
    edit(edited)
    if kind == "csv":
        content = "\n".join(",".join(row) for row in edited).encode()
    else:
        content = workbooks.packed(workbooks.table([cell.strip('"') for cell in row] for row in edited))
    assert re.match(sentence, _fault(f"a.{kind}", content))


def test_the_file_that_the_faults_are_put_into_is_good(table: list[list[str]], good: bytes) -> None:
    content = "\n".join(",".join(row) for row in table).encode()
    packed = workbooks.packed(workbooks.table(table))
    first, *others = (
        parse_pricing_file(name, body).cells
        for name, body in (("a.csv", content), ("a.xlsx", good), ("a.xlsx", packed))
    )
    assert all(first.equals(other) for other in others)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_file_as_a_spreadsheet_of_another_country_saves_it_is_read(
    separator: str, table: list[list[str]]
) -> None:
    saved = [[_with_comma(text) for text in row] for row in table]
    content = "\r\n".join(separator.join(row) for row in saved).encode("utf-8-sig")
    plain = "\n".join(",".join(row) for row in table).encode()
    assert "0,0" in content.decode()
    assert parse_pricing_file("a.csv", content).cells.equals(parse_pricing_file("a.csv", plain).cells)


def _with_comma(text: str) -> str:
    return text.replace(".", ",") if isinstance(_number(text), float) else text


@pytest.mark.parametrize("typed", ["1.2%", "1.2 %"])
def test_a_percent_is_a_fraction_in_a_curve_of_fractions(typed: str, table: list[list[str]]) -> None:
    edited = [list(row) for row in table]
    _set(14, 5, typed)(edited)
    read = parse_pricing_file("a.csv", "\n".join(",".join(row) for row in edited).encode())
    assert read.cells.iloc[3, 4] == 0.012
    dollars = [[{"VLR COST": "COST TO SERVE"}.get(text, text) for text in row] for row in edited]
    assert dollars != edited
    sentence = _fault("a.csv", "\n".join(",".join(row) for row in dollars).encode())
    assert re.match(r"E14 holds '1\.2 ?%': the curve is in \$/MWh, so a percent has no meaning", sentence)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"", "'a.csv' is empty"),
        ("a.xlsx", b" \r\n", "'a.xlsx' is empty"),
        ("a.csv", b"x" * (MAX_BYTES + 1), "'a.csv' has 5,000,001 bytes, and a pricing file at most"),
        ("a.txt", b"x", "'a.txt' is neither .csv nor .xlsx"),
        ("a.xlsm", b"x", "'a.xlsm' is a workbook with macros"),
        ("../../etc/a\n.xls", b"x", r"'a\\n.xls' is neither"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0", r"'a.xlsx' is a workbook of the old form \(.xls\) or"),
        ("a.csv", b"Control_area,\xff", r"line 1 holds a byte that is not UTF-8 \(0xff\)"),
        ("a.csv", "Control_area,\n".encode("utf-16"), r"the file is UTF-16 or no text at all"),
        ("a.csv", "Control_area,\n".encode("utf-16-le"), "the file is UTF-16 or no text at all"),
        ("a.csv", b"Control_area;;;PJM\nState;;\n;;;\n", "row 2 has 3 columns and row 1 has 4"),
        ("a.csv", b"Control_area,,,PJM\nState,,,\nLoad_zone,,\n", "row 3 has 3 columns and row 1 has 4"),
        ("a.csv", b'Control_area,"" x"\n', "line 1 is no proper CSV"),
        ("a.csv", b'Control_area,"', "line 1 is no proper CSV"),
        ("a.csv", b'"' + b"a\n" * 100_000, "line 65537 is no proper CSV"),
        ("a.csv", b"," * 20_001, "line 1 has 20,001 characters"),
        ("a.csv", b",,\n" * 5_001, "row 5,001 is one too many: a pricing file has at most 5,000"),
        ("a.csv", b"," * 100 + b"x", "CW1 lies too far to the right: a pricing file has at most 100"),
        ("a.csv", b"<html><body>Sign in</body></html>", "row 1 begins with '<html>"),
    ],
)  # fmt: skip
def test_a_file_that_is_something_else_is_named(name: str, content: bytes, sentence: str) -> None:
    assert re.match(sentence, _fault(name, content))


def test_a_file_must_be_what_its_name_says(table: list[list[str]], good: bytes) -> None:
    assert _fault("a.csv", good).startswith("'a.csv' is a workbook and no CSV: rename it to .xlsx")
    content = "\n".join(",".join(row) for row in table).encode()
    assert _fault("a.xlsx", content).startswith("'a.xlsx' is no workbook: if it is a CSV file, rename it")


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ('<c r="E12"><f>1+1</f><v>2</v></c>', "E12 holds a formula: paste the curve as values"),
        ('<c r="E12" t="str"><f t="shared" si="0"/><v>x</v></c>', "E12 holds a formula"),
        ('<c r="E12" t="b"><v>1</v></c>', "E12 holds a truth value"),
        ('<c r="E12" t="e"><v>#N/A</v></c>', "E12 holds an error: leave the cell empty"),
        ('<c r="E12" s="1"><v>46023</v></c>', "E12 holds a date: format the cell as a number"),
        ('<c r="E12" t="d"><v>2026-01-01</v></c>', "E12 holds a date"),
        ('<c r="A12" s="2"><v>46024</v></c>', "A12 holds a date"),
        ('<c r="A12" s="1"><v>0.5</v></c>', "A12 holds a date"),
        ('<c r="A12" s="1"><v>-1e300</v></c>', "the workbook is damaged"),  # calamine panics
        ('<c r="A12" s="4"><v>1e300</v></c>', "the workbook is damaged"),
        ('<c r="E12"><v>NaN</v></c>', "row 1 begins with ''"),
        ('<c r="E12"><v>1&#50;3</v></c>', "E12 holds something else than a number or a text"),
        ('<c r="E12"><v>1<b>2</b></v></c>', "E12 holds something else"),
        ('<c r="E12"><v>1</v><v>2</v></c>', "E12 holds something else"),
        ('<c r="E12"><v>1</v><x:f xmlns:x="y">2</x:f></c>', "E12 holds a formula"),
        ('<c r="E12" t="inlineStr"><v>1</v></c>', "E12 holds something else"),
        ('<c r="E12" t="none"><v>1</v></c>', "E12 holds something else"),
        ('<c r="E12" t="s"><v>7</v></c>', "the workbook is damaged: copy the curve"),
        ('<c r="E12"><v>1<!-- -->2</v></c>', "the workbook holds XML that no spreadsheet writes"),
        ('<c r="E12"><v><![CDATA[1]]></v></c>', "the workbook holds XML that no"),
        ('<c r="E12"><v>1<?x?>2</v></c>', "the workbook holds XML that no"),
        ('<c r="E12" x=">" t="e"><v>1</v></c>', "E12 holds an error"),
        ("<c r='E12' t='e'><v>1</v></c>", "E12 holds an error"),
        ("<c><v>1</v></c>", "the workbook holds XML that no"),
        ('<c r="E12"><v>1</v></c><c r="E12"><v>2</v></c>', "the workbook holds XML that no"),
        ('<c r="E12"><v>1</v></c><c r="D12"><v>2</v></c>', "the workbook holds XML that no"),
        ('<c r="E12"><c r="F12"/><v>1</v></c>', "the workbook holds XML that no"),
        ('<c r="A5001"><v>1</v></c>', "row 5,001 is one too many"),
        ('<c r="XFD1"><v>1</v></c>', "XFD1 lies too far to the right"),
        ('<c r="XFD1048576"><v>1</v></c>', "row 1,048,576 is one too many"),
        ('<c r="XFD1048576" s="1"/>', "row 1 begins with ''"),
        ('<c r="A0"><v>1</v></c>', "the workbook holds XML that no spreadsheet writes"),
    ],
)
def test_a_cell_of_a_workbook_that_is_neither_number_nor_text_is_named(cell: str, sentence: str) -> None:
    assert re.match(sentence, _fault("a.xlsx", workbooks.packed(f"<row>{cell}</row>")))


TWO_SHEETS = {
    "xl/workbook.xml": workbooks.book("Curve", "Old"),
    "xl/_rels/workbook.xml.rels": workbooks.relations(2),
}
BOMB = workbooks.sheet("<row/>" * (MAX_UNPACKED_BYTES // 6))

LONG = "x" * 1_000
LONG_TEXTS: dict[str, str | bytes] = {
    "xl/sharedStrings.xml": f"<sst><si>{f'<t>{LONG}</t>' * 1_000}</si></sst>",
    SHEET: workbooks.sheet("".join(f'<c r="A{row}" t="s"><v>0</v></c>' for row in range(1, 17))),
}
"""A text of a million characters in each of 16 cells."""


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (TWO_SHEETS, r"the workbook has 2 sheets \('Curve', 'Old'\), hidden ones included"),
        ({"xl/workbook.xml": workbooks.book()}, "the workbook has 0 sheets"),
        ({SHEET: BOMB}, "the workbook unpacks to more than 15,000,000 bytes"),
        ({"xl/sharedStrings.xml": BOMB}, "the workbook unpacks to more than 15,000,000 bytes"),
        ({SHEET: workbooks.sheet("<row/>" * MAX_TAGS)}, "the workbook has more cells than a curve, empty"),
        ({SHEET: "<a>" * 100}, "the workbook is damaged"),
        ({SHEET: f"<a b='{'x' * 2_000}'/>"}, "the workbook holds XML that no spreadsheet writes"),
        ({SHEET: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "the workbook holds XML that no"),
        ({SHEET: workbooks.sheet("").encode("utf-16")}, "the workbook holds XML that no"),
        ({SHEET: "<worksheet>"}, "the workbook is damaged"),
        ({"xl/styles.xml": "<a/>"}, "the workbook is damaged"),
        ({"xl/sharedStrings.xml": '<sst uniqueCount="4000000000"/>'}, "the workbook holds XML that no"),
        ({"xl/sharedStrings.xml": "<a:si xmlns:a='b'><si></si></a:si>"}, "the workbook holds XML that no"),
        (LONG_TEXTS, "the workbook unpacks to more than 15,000,000 bytes"),
        ({SHEET: workbooks.sheet("", '<mergeCell ref="D11:D12"/>')}, "cells D11:D12 are merged"),
        ({"[Content_Types].xml": "<Types>vnd.ms-office.vbaProject</Types>"}, "the workbook has macros"),
        ({"[Content_Types].xml": "<Types>sheet.macroEnabled.main+xml</Types>"}, "the workbook has macros"),
        ({"xl/externalLinks/externalLink1.xml": "<a/>"}, "the workbook has links to other workbooks"),
        ({f"xl/{number}.xml": "" for number in range(500)}, "the workbook has more than 500 parts"),
    ],
)  # fmt: skip
def test_a_workbook_that_could_do_harm_is_refused(parts: dict[str, str | bytes], sentence: str) -> None:
    assert re.match(sentence, _fault("a.xlsx", workbooks.packed(parts=parts)))


def test_a_workbook_packed_in_another_way_is_refused() -> None:
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_BZIP2) as archive:
        archive.writestr("[Content_Types].xml", workbooks.TYPES)
    assert _fault("a.xlsx", out.getvalue()).startswith(
        "the workbook is packed in a way that no spreadsheet uses"
    )


def test_a_workbook_that_says_it_needs_a_password_is_refused(good: bytes) -> None:
    at = good.index(b"PK\x01\x02") + 8
    assert _fault("a.xlsx", good[:at] + b"\x01" + good[at + 1 :]).startswith("the workbook has a password")


LIES = 100_000_000
HOSTILE = {
    "a sheet of 100 MB that the archive says has 1,000 bytes": workbooks.packed(
        parts={SHEET: b" " * LIES}
    ).replace(LIES.to_bytes(4, "little"), (1000).to_bytes(4, "little")),
    "a lone cell in the last corner": workbooks.packed('<c r="XFD1048576"><v>1</v></c>'),
    "room for four billion texts": workbooks.packed(
        parts={"xl/sharedStrings.xml": '<sst uniqueCount="4000000000"/>'}
    ),
    "a million characters in each of 16 cells": workbooks.packed(parts=LONG_TEXTS),
}


@pytest.mark.skipif(sys.platform != "linux", reason="reads the most memory used from /proc")
def test_no_hostile_workbook_takes_memory() -> None:
    code = (
        "import sys; from lib.present.pricing_file import parse_pricing_file\n"
        "usage = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
        "before = usage()\n"
        "for content in map(bytes.fromhex, sys.stdin.read().split()):\n"
        "    try: parse_pricing_file('a.xlsx', content)\n"
        "    except ValueError as error: print(usage() - before, error)\n"
    )
    given = " ".join(content.hex() for content in HOSTILE.values())
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, input=given, capture_output=True, text=True, check=False
    )
    refused = [int(line.split()[0]) for line in done.stdout.splitlines()]
    assert len(refused) == len(HOSTILE), done.stderr
    assert max(refused) < 50_000, "kilobytes"


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(kind=st.sampled_from(["csv", "xlsx"]), content=st.binary(max_size=300))
@example(kind="xlsx", content=b"PK\x03\x04")
@example(kind="csv", content=b"\xef\xbb\xbf")
def test_no_bytes_bring_the_reader_down(kind: str, content: bytes) -> None:
    _fault(f"a.{kind}", content)


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(cut=st.integers(1, 10_000), at=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_no_damage_to_a_workbook_brings_the_reader_down(cut: int, at: int, byte: int, good: bytes) -> None:
    broken = bytearray(good)
    broken[at % len(broken)] = byte
    for content in (good[: cut % len(good)], bytes(broken)):
        _curve_or_sentence("a.xlsx", content)


PARTS = ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", SHEET]
DAMAGES = ["", '"', "<", "</c>", "x", "-1", "99999999999", "<c>", "<v>", " r=''", "&#0;", " t='e'", "e300"]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(part=st.sampled_from(PARTS), at=st.floats(0, 1), text=st.sampled_from(DAMAGES), n=st.integers(0, 12))
def test_no_damage_to_a_part_brings_the_reader_down(
    part: str, at: float, text: str, n: int, good: bytes
) -> None:
    with ZipFile(io.BytesIO(good)) as archive:
        xml = archive.read(part).decode()
        others = {name: archive.read(name) for name in archive.namelist()}
    begin = int(at * len(xml))
    _curve_or_sentence(
        "a.xlsx", workbooks.packed(parts={**others, part: xml[:begin] + text + xml[begin + n :]})
    )


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(edits=st.lists(st.tuples(st.integers(0, 49), st.integers(0, 5), st.text(max_size=6)), max_size=3))
def test_no_edit_of_a_csv_file_brings_the_reader_down(
    edits: list[tuple[int, int, str]], table: list[list[str]]
) -> None:
    edited = [list(row) for row in table]
    for row, column, text in edits:
        edited[row][column] = text
    _curve_or_sentence("a.csv", "\n".join(",".join(row) for row in edited).encode("utf-8", "surrogatepass"))


def _curve_or_sentence(name: str, content: bytes) -> None:
    try:
        file = parse_pricing_file(name, content)
    except BadPricingFile as error:
        assert "\n" not in str(error)
    else:
        assert parse_pricing_file("again.xlsx", xlsx_bytes(file)).cells.equals(file.cells)
