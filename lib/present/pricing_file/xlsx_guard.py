"""The guard of uploaded workbooks: unpacks a workbook and checks it before anything reads its cells.

`zipfile` unpacks the parts that hold the curve, within limits on the directory of the archive. `defusedxml`
parses them, and `_PartChecker` refuses whatever is no plain curve: formulas, errors, merged cells, XML that
no spreadsheet writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from typing import NoReturn
from xml.sax.handler import ContentHandler, LexicalHandler, property_lexical_handler
from xml.sax.xmlreader import AttributesImpl, InputSource
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from defusedxml.expatreader import DefusedExpatParser
from openpyxl.utils import column_index_from_string

from lib.present.pricing_file.cells import BadPricingFile, cell_name, check_cell

MAX_PARTS = 500
MAX_UNPACKED_BYTES = 15_000_000
MAX_TAGS = 500_000
MAX_TEXT = 2_000
MAX_COUNT_DIGITS = 6
"""Limits of a workbook, several times what the largest curve of a market needs: parts of the archive, their
bytes, tags of XML, characters of one text or attribute, digits of a count (calamine reserves that memory)."""

COPY = "copy the curve into a new workbook and save that"
ODD_XML = f"the workbook holds XML that no spreadsheet writes: {COPY}"

DATE = "a date: format the cell as a number"
OTHER = "something else than a number or a text: type it anew"
REFUSED = {
    "b": "a truth value: write a number, or leave the cell empty",
    "d": DATE,
    "e": "an error: leave the cell empty where there is no value",
}
"""What a message says of a cell by its type, the attribute `t`."""

CHILDREN = {"n": ["v"], "s": ["v"], "str": ["v"], "inlineStr": ["is"]}
"""What a number, a shared text, a text and a text of its own hold; a cell without content holds nothing."""

_DIRECTORY_ENTRY = b"PK\x01\x02"
_IS_ENCRYPTED = 0x1
_CELL_NAME = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)

Place = tuple[int, int]
"""Row and column of a cell, counted from 1."""


def unpack(content: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook that a reader needs, by name.

    Raises:
        BadPricingFile: it has a password, macros, links to other workbooks, or more than a curve needs.
    """
    if content.count(_DIRECTORY_ENTRY) > MAX_PARTS:
        raise BadPricingFile(f"the workbook has more than {MAX_PARTS} parts: {COPY}")
    with ZipFile(BytesIO(content)) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        for entry in archive.infolist():
            _check_entry(entry)
        _check_unpacked(sum(entry.file_size for entry in archive.infolist()))
        if "[Content_Types].xml" not in entries:
            raise BadPricingFile("the file is an archive of another kind, and no workbook: save it as .xlsx")
        types = _read_part(archive, entries["[Content_Types].xml"]).lower()
        if b"macro" in types or b"vbaproject" in types:
            raise BadPricingFile(
                "the workbook has macros, which are not allowed: save it as .xlsx without them"
            )
        if any(name.lower().startswith("xl/externallinks/") for name in entries):
            raise BadPricingFile("the workbook has links to other workbooks: paste the curve as values")
        return {
            name: _read_part(archive, entry)
            for name, entry in entries.items()
            if name.lower().startswith(("xl/", "_rels/")) and name.lower().endswith((".xml", ".rels"))
        }


def _check_entry(entry: ZipInfo) -> None:
    if entry.flag_bits & _IS_ENCRYPTED:
        raise BadPricingFile("the workbook has a password: save it without one")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadPricingFile(f"the workbook is packed in a way that no spreadsheet uses: {COPY}")


def _check_unpacked(n_bytes: int) -> None:
    if n_bytes > MAX_UNPACKED_BYTES:
        raise BadPricingFile(f"the workbook unpacks to more than {MAX_UNPACKED_BYTES:,} bytes: {COPY}")


def _read_part(archive: ZipFile, entry: ZipInfo) -> bytes:
    """Return a part, cut at the size that the directory states."""
    with archive.open(entry) as part:
        return part.read(entry.file_size)


def check_parts(parts: Mapping[str, bytes]) -> dict[Place, str]:
    """Check the XML of all parts; return the texts of the cells that hold numbers."""
    if sum(part.count(b"<") for part in parts.values()) > MAX_TAGS:
        raise BadPricingFile(f"the workbook has more cells than a curve, empty ones included: {COPY}")
    checked = [_check_xml(part) for part in parts.values()]
    n_shared = sum(checker.n_shared for checker in checked)
    _check_unpacked(n_shared * max((checker.longest_shared for checker in checked), default=0))
    return {place: text for checker in checked for place, text in checker.numbers.items()}


def _check_xml(part: bytes) -> _PartChecker:
    if b"\0" in part:  # UTF-16, which calamine takes for UTF-8
        raise BadPricingFile(ODD_XML)
    checker = _PartChecker()
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(checker)
    parser.setProperty(property_lexical_handler, checker)
    source = InputSource()
    source.setByteStream(BytesIO(part))
    source.setEncoding("utf-8")
    parser.parse(source)
    return checker


class _PartChecker(ContentHandler, LexicalHandler):
    """Checks one part while it is parsed, and keeps what the checks after it need.

    Names are compared without their prefix, as calamine does.
    """

    def __init__(self) -> None:
        super().__init__()
        self.numbers: dict[Place, str] = {}
        self.n_shared = 0
        """Cells that hold a shared text."""
        self.longest_shared = 0
        """Characters of the longest shared text."""
        self._is_sheet_data = False
        self._last: Place = (0, 0)
        self._place: Place | None = None
        self._type = ""
        self._children: list[str] = []
        self._depth = 0
        self._text = ""
        self._shared_text: int | None = None

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        tag = name.rpartition(":")[2] if ":" in name else name
        if self._place:
            self._start_in_cell(tag)
        elif tag == "c" and self._is_sheet_data:
            self._start_cell(attrs)
        else:
            self._start_other(tag, attrs)

    def endElement(self, name: str) -> None:
        if self._place:
            if self._depth:
                self._depth -= 1
            else:
                self._end_cell(self._place)
                self._place = None
            return
        tag = name.rpartition(":")[2]
        if tag == "sheetData":
            self._is_sheet_data = False
        elif tag == "si" and self._shared_text is not None:
            self.longest_shared = max(self.longest_shared, self._shared_text)
            self._shared_text = None

    def characters(self, content: str) -> None:
        if len(content) >= MAX_TEXT:
            self._refuse()
        if self._shared_text is not None:
            self._shared_text += len(content)
        elif self._place and self._depth == 1:
            self._text += content
        elif self._place and not self._depth and content.strip():
            self._children.append("text")

    def _start_cell(self, attrs: AttributesImpl) -> None:
        found = _CELL_NAME.fullmatch(attrs.get("r", ""))
        if not found:
            self._refuse()
        letters, digits = found.groups()
        place = int(digits), _column(letters)
        if place <= self._last:
            self._refuse()
        self._place = self._last = place
        self._type = attrs.get("t", "n")
        self._children, self._text = [], ""

    def _start_in_cell(self, tag: str) -> None:
        if tag == "c":
            self._refuse()
        if not self._depth or tag == "f" or self._children[-1] != "is":
            self._children.append(tag)
        self._depth += 1

    def _end_cell(self, place: Place) -> None:
        if not self._children:
            return
        check_cell(*place)
        if "f" in self._children:
            raise bad_cell(place, "a formula: paste the curve as values")
        if self._children != CHILDREN.get(self._type):
            raise bad_cell(place, REFUSED.get(self._type, OTHER))
        if self._type == "s":
            self.n_shared += 1
        elif self._type == "n":
            self.numbers[place] = self._text

    def _start_other(self, tag: str, attrs: AttributesImpl) -> None:
        if tag == "mergeCell":
            ref = attrs.get("ref", "")
            if len(ref) >= MAX_TEXT or not ref.isprintable():
                self._refuse()
            raise BadPricingFile(f"cells {ref[:20]} are merged: unmerge them")
        for name, value in attrs.items():
            is_count = name.lower().endswith("count")
            if len(value) >= MAX_TEXT or (is_count and len(value) > MAX_COUNT_DIGITS):
                self._refuse()
        if tag == "sheetData":
            self._is_sheet_data = True
        elif tag == "si":
            if self._shared_text is not None:
                self._refuse()
            self._shared_text = 0

    def processingInstruction(self, target: str, data: str) -> None:  # noqa: ARG002
        self._refuse()

    def comment(self, content: str) -> None:  # noqa: ARG002
        self._refuse()

    def startCDATA(self) -> None:
        self._refuse()

    def _refuse(self, *_: object) -> NoReturn:
        raise BadPricingFile(ODD_XML)


@lru_cache
def _column(letters: str) -> int:
    return column_index_from_string(letters)


def bad_cell(place: Place, what: str) -> BadPricingFile:
    """Return the error for a cell that holds something a curve must not have."""
    return BadPricingFile(f"{cell_name(*place)} holds {what}")
