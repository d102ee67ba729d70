"""Workbooks that claim more than they hold are refused before a reader makes room for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from lib import workbook_limits
from lib.settlements.parse import parse_report
from lib.settlements.reports import UnreadableReport
from lib.sources.own_load.tables import BadOwnLoad, read_table
from lib.workbook_limits import UnsafeWorkbook, check_workbook

TABLE = [["zone", "month", "metered MWh"], ["WEST", "2024-07", 41250]]


def workbook(*, far: str | None = None, text: str = "WEST", n_rows: int = 1) -> bytes:
    """A workbook with a small table, perhaps with one more cell far away."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [TABLE[0], *([[text, "2024-07", 41250]] * n_rows)]:
        sheet.append(row)
    if far:
        sheet[far] = "x"
    body = BytesIO()
    book.save(body)
    return body.getvalue()


def with_part(body: bytes, name: str, change: Callable[[bytes], bytes], **more: bytes) -> bytes:
    """A workbook with a part changed, and perhaps shared texts added."""
    out = BytesIO()
    with ZipFile(BytesIO(body)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for entry in old.namelist():
            part = old.read(entry)
            new.writestr(entry, change(part) if entry == name else part)
        for title, part in more.items():
            new.writestr(f"xl/{title}.xml", part)
    return out.getvalue()


def with_shared(text: bytes, n_rows: int = 1, count: bytes = b"1") -> bytes:
    """A workbook whose cells share one text in place of WEST."""
    shared = (
        b'<sst uniqueCount="'
        + count
        + b'"><si><t>'
        + text
        + b"</t></si><si><t>long "
        + text
        + b"</t></si></sst>"
    )
    body = workbook(n_rows=n_rows)
    return with_part(
        body,
        SHEET,
        lambda part: re.sub(rb't="inlineStr"><is><t>WEST</t></is>', b't="s"><v>0</v>', part),
        sharedStrings=shared,
    )


SHEET = "xl/worksheets/sheet1.xml"

HUGE: dict[str, tuple[bytes, str]] = {
    "a far cell": (workbook(far="XFD1048576"), "row 1,048,576 and one in column 16,384"),
    "a far row": (
        with_part(workbook(far="AB400000"), SHEET, lambda part: part.replace(b"AB400000", b"ab400000")),
        "row 400,000 and one in column 28",
    ),
    "beyond all rows": (
        with_part(workbook(far="B9"), SHEET, lambda part: part.replace(b'"B9"', b'"B99999999999"')),
        "9,999,999,999",
    ),
    "a text in every cell": (with_shared(b"W" * 3_000_000, 300), "the texts of 300 cells are"),
    "counts": (with_shared(b"W", count=b"99999999"), "claims more entries"),
    "another archive": (
        with_part(workbook(), "x", lambda part: part).replace(b"xl/workbook.xml", b"xl/workbook.bin"),
        "no workbook of Excel",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", HUGE)
def test_a_workbook_that_claims_too_much_is_refused_wherever_it_comes_in(tmp_path: Path, fault: str) -> None:
    body, cause = HUGE[fault]
    assert len(body) < 40_000
    with pytest.raises(UnsafeWorkbook, match=cause):
        check_workbook(body)
    path = tmp_path / "monthly.xlsx"
    path.write_bytes(body)
    with pytest.raises(BadOwnLoad, match=rf"monthly\.xlsx cannot be read \(.*{cause}"):
        read_table(path)
    with pytest.raises(UnreadableReport, match=cause):
        parse_report(body, "xlsx", None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        workbook(),
        workbook(far="Z99999"),
        with_part(workbook(), SHEET, lambda part: re.sub(rb'ref="[^"]+"', b'ref="A1:XFD1048576"', part)),
        with_part(workbook(), SHEET, lambda part: re.sub(rb"<dimension[^>]*>", b"", part)),
        b"\xd0\xcf\x11\xe0 the old format bounds itself",
    ],
    ids=["small", "wide", "a wrong dimension", "no dimension", "old format"],
)
def test_a_workbook_that_holds_what_it_claims_passes(body: bytes) -> None:
    check_workbook(body)


def test_a_long_note_beside_many_cells_is_no_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_limits, "MAX_TEXT_BYTES", 100_000)
    body = with_shared(b"WEST", 500)
    with ZipFile(BytesIO(body)) as archive:
        texts = archive.read("xl/sharedStrings.xml")
    body = with_part(body, "xl/sharedStrings.xml", lambda _: texts.replace(b"long WEST", b"W" * 5_000))
    check_workbook(body)


def test_more_bytes_or_parts_than_allowed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_limits, "MAX_BYTES", 1_000)
    with pytest.raises(UnsafeWorkbook, match="unpacks to"):
        check_workbook(workbook())


@pytest.mark.parametrize("position", range(0, 5_000, 97))
def test_a_damaged_workbook_is_refused_by_name_or_read(tmp_path: Path, position: int) -> None:
    body = bytearray(workbook())
    body[position % len(body)] ^= 0xFF
    path = tmp_path / "monthly.xlsx"
    path.write_bytes(body)
    try:
        read_table(path)
    except BadOwnLoad as error:
        assert "monthly.xlsx" in str(error)
