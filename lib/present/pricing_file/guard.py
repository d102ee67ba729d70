"""What a workbook must be before it is read: small, plain XML, and nothing in it but what a curve needs."""

from __future__ import annotations

import re
from io import BytesIO
from itertools import chain, pairwise
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from lib.present.pricing_file.cells import check_cells
from lib.present.pricing_file.fault import ANEW, STRANGE, BadPricingFile

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
