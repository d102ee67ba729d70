"""A workbook as rows of texts, read by calamine once the guard has let it pass."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import date, time, timedelta
from functools import lru_cache
from io import BytesIO
from itertools import chain, pairwise
from xml.parsers import expat
from xml.parsers.expat import ExpatError
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from openpyxl.utils import column_index_from_string
from python_calamine import CalamineError, CalamineWorkbook

from lib.present.pricing_file.errors import ANEW, STRANGE, BadPricingFile, Row, cell_name, check_place, shown

_DAMAGES = (
    BadZipFile, zlib.error, EOFError, NotImplementedError, LookupError, ValueError,
    ExpatError, CalamineError, OverflowError,
)  # fmt: skip
_PANIC = "PanicException"
"""What reading a damaged workbook can raise; a panic of calamine is no Exception, and cannot be imported."""

Found = int | float | str | date | time | timedelta


def workbook_rows(content: bytes) -> list[Row]:
    """Return the rows of a workbook's only sheet.

    Raises:
        BadPricingFile: the workbook is damaged or could do harm, has several sheets, or a cell holds
            something that is neither a number nor a text.
    """
    try:
        found = _found(guarded(content))
    except BadPricingFile:
        raise
    except BaseException as error:
        if isinstance(error, _DAMAGES) or type(error).__name__ == _PANIC:
            raise BadPricingFile(f"the workbook is damaged: {ANEW}") from error
        raise
    return [_row(cells, number) for number, cells in enumerate(found, start=1)]


def _row(cells: list[Found], number: int) -> Row:
    row = [_text(value, number, column) or None for column, value in enumerate(cells, start=1)]
    while row and row[-1] is None:
        row.pop()
    return row


def _found(content: bytes) -> list[list[Found]]:
    """Return what calamine finds in the cells from A1 on."""
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    sheets = book.sheets_metadata
    if len(sheets) != 1:
        names = ", ".join(shown(sheet.name) for sheet in sheets[:3])
        raise BadPricingFile(
            f"the workbook has {len(sheets)} sheets ({names}), hidden ones included: keep the curve's"
        )
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)


def _text(value: Found, row: int, column: int) -> str:
    """Return the text of a cell.

    The first day of a month in the first column is that month, "YYYY-MM": a spreadsheet makes a date of what
    looks like one.
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float):
        return repr(value).removesuffix(".0")
    if column > 1 or not isinstance(value, date) or value.day != 1:
        raise BadPricingFile(f"{cell_name(row, column)} holds {DATE}")
    return f"{value:%Y-%m}"


DATE = "a date: format the cell as a number"
REFUSED = {
    b"b": "a truth value: write a number, or leave the cell empty",
    b"d": DATE,
    b"e": "an error: leave the cell empty where there is no value",
}
"""What is said of a cell by the kind of its value."""

_PREFIX = rb"(?:[^\s<>:]*:)?"
_BEGIN = re.compile(rb"<(?!/)%sc(?=[\s/>])" % _PREFIX)
_END = re.compile(rb"(.*)</%ssheetData" % _PREFIX, re.DOTALL)
_CELL = re.compile(
    rb"\s+r=\"([A-Z]{1,3})([1-9][0-9]{0,6})\"((?:\s+[\w:.]+=\"[^\"]*\")*)\s*(?:/>|>(.*)</%sc\s*>)" % _PREFIX,
    re.DOTALL,
)
"""A cell after its name: column, row, what else is said of it, and what stands within it."""
_KIND = re.compile(rb"\st=\"([^\"]*)\"")
_FORMULA = re.compile(rb"<%sf[\s/>]" % _PREFIX)
_MERGED = re.compile(rb"<%smergeCell\s[^<>]*ref=\"([A-Z0-9:]{1,20})\"" % _PREFIX)

_VALUE = rb"(?:<%sv(?:\s[^<>]*)?(?:/>|>[^<%s]*</%sv\s*>))?"
_NUMBER = re.compile(_VALUE % (_PREFIX, b"&", _PREFIX))
_HOLDS = {
    b"n": _NUMBER,
    b"s": _NUMBER,
    b"str": re.compile(_VALUE % (_PREFIX, b"", _PREFIX)),
    b"inlineStr": re.compile(rb"(?:<%sis>.*</%sis>|<%sis/>)?" % (_PREFIX, _PREFIX, _PREFIX), re.DOTALL),
}
"""What stands within a cell by the kind of its value; calamine would read the rest as it likes."""


def check_cells(sheet: bytes) -> int:
    """Make sure of the cells in the XML of a sheet, and return how many have a text that cells share.

    Raises:
        BadPricingFile: a cell is a formula, an error, a truth value, a date or merged, or lies too far out.
    """
    if merged := _MERGED.search(sheet):
        raise BadPricingFile(f"cells {merged[1].decode()} are merged: unmerge them")
    n_shared, last = 0, (0, 0)
    for letters, row, attributes, within in _cells(sheet):
        place = int(row), _column(letters)
        if place <= last:
            raise BadPricingFile(STRANGE)
        if within:
            check_place(*place)
            kind = _kind(attributes)
            if not (kind in _HOLDS and _HOLDS[kind].fullmatch(within)):
                raise _refusal(kind, within, *place)
            n_shared += kind == b"s"
        last = place
    return n_shared


def _cells(sheet: bytes) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """Yield the column and row of each cell, what else is said of it, and what stands within it."""
    end = _END.match(sheet)
    last = end.end(1) if end else len(sheet)
    begins = (begin.end() for begin in _BEGIN.finditer(sheet, 0, last))
    for begin, following in pairwise(chain(begins, [last])):
        cell = _CELL.match(sheet, begin, following)
        if not cell:
            raise BadPricingFile(STRANGE)
        yield cell[1], cell[2], cell[3], (cell[4] or b"").strip()


@lru_cache
def _column(letters: bytes) -> int:
    return column_index_from_string(letters.decode())


@lru_cache
def _kind(attributes: bytes) -> bytes:
    kind = _KIND.search(attributes)
    return kind[1] if kind else b"n"


def _refusal(kind: bytes, within: bytes, row: int, column: int) -> BadPricingFile:
    if _FORMULA.search(within):
        what = "a formula: paste the curve as values"
    else:
        what = REFUSED.get(kind, "something else than a number or a text: type it anew")
    return BadPricingFile(f"{cell_name(row, column)} holds {what}")


MAX_PARTS = 500
MAX_UNPACKED_BYTES = 15_000_000
MAX_TAGS = 500_000
LONGEST_TAG = 2_000
"""What a workbook may come to: several times what the largest curve of a market does."""

_ENTRY = b"PK\x01\x02"
_IS_ENCRYPTED = 0x1
_CHUNK = 1 << 16
_MACROS = re.compile(rb"macro|vbaproject", re.IGNORECASE)
_READ = re.compile(r"(xl|_rels)/.*\.(xml|rels)", re.IGNORECASE | re.DOTALL)

_LARGE_COUNT = re.compile(rb"count\s*=\s*[\"'][^\"']{7}", re.IGNORECASE)
"""Calamine reserves memory for as many texts or cells as it is told."""
_NO_SPREADSHEET = (b"<!", b"\0")
"""Comments, DTDs and CDATA split what stands in a cell."""

_TEXT_END = re.compile(rb"</(?:[^\s<>:]*:)?si\s*>")


def guarded(content: bytes) -> bytes:
    """Return the workbook anew, with only those parts that hold the curve, every one of them looked through.

    Raises:
        BadPricingFile: it has a password, macros, links to other workbooks, or more than a curve needs; or a
            cell holds something else than a number or a text, or lies too far out.
        BadZipFile, zlib.error, EOFError, LookupError, NotImplementedError, ExpatError: it is damaged.
    """
    parts = _parts(content)
    if "[Content_Types].xml" not in parts:
        raise BadPricingFile("the file is an archive of another kind, and no workbook: save it as .xlsx")
    if _MACROS.search(parts["[Content_Types].xml"]):
        raise BadPricingFile("the workbook has macros, which are not taken: save it as .xlsx without them")
    if any(name.lower().startswith("xl/externallinks/") for name in parts):
        raise BadPricingFile("the workbook has links to other workbooks: paste the curve as values")
    read = {name: part for name, part in parts.items() if _READ.fullmatch(name)}
    if sum(part.count(b"<") for part in read.values()) > MAX_TAGS:
        raise BadPricingFile(f"the workbook has more cells than a curve, empty ones included: {ANEW}")
    for part in read.values():
        _check_xml(part)
    n_shared = sum(check_cells(part) for part in read.values() if b"sheetData" in part)
    _check_unpacked(n_shared * max(map(_longest_text, read.values()), default=0))
    return _packed(read)


def _parts(content: bytes) -> dict[str, bytes]:
    """Return the parts of the archive by name, unpacked; whatever the archive says of their sizes."""
    if content.count(_ENTRY) > MAX_PARTS:
        raise BadPricingFile(f"the workbook has more than {MAX_PARTS} parts: {ANEW}")
    parts: dict[str, bytes] = {}
    n_bytes = 0
    with ZipFile(BytesIO(content)) as archive:
        for entry in archive.infolist():
            _check_entry(entry)
            chunks = []
            with archive.open(entry) as part:
                while chunk := part.read(_CHUNK):
                    n_bytes += len(chunk)
                    _check_unpacked(n_bytes)
                    chunks.append(chunk)
            parts[entry.filename] = b"".join(chunks)
    return parts


def _check_entry(entry: ZipInfo) -> None:
    if entry.flag_bits & _IS_ENCRYPTED:
        raise BadPricingFile("the workbook has a password: save it without one")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadPricingFile(f"the workbook is packed in a way that no spreadsheet uses: {ANEW}")


def _check_unpacked(n_bytes: int) -> None:
    if n_bytes > MAX_UNPACKED_BYTES:
        raise BadPricingFile(f"the workbook unpacks to more than {MAX_UNPACKED_BYTES:,} bytes: {ANEW}")


def _check_xml(part: bytes) -> None:
    text = part.removeprefix(b"\xef\xbb\xbf")
    is_longer = max(map(len, text.split(b"<"))) > LONGEST_TAG
    is_odd = any(mark in text for mark in _NO_SPREADSHEET) or b"<?" in text[1:]
    if is_longer or is_odd or _LARGE_COUNT.search(text):
        raise BadPricingFile(STRANGE)
    expat.ParserCreate("utf-8").Parse(part, True)


def _longest_text(part: bytes) -> int:
    """Return how long the longest text of a part can be, of those that cells share."""
    ends = [*_TEXT_END.finditer(part)]
    if len({end[0] for end in ends}) > 1:
        raise BadPricingFile(STRANGE)
    places = chain([0], (end.end() for end in ends))
    return max((end - begin for begin, end in pairwise(places)), default=0)


def _packed(parts: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()
