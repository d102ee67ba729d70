"""The parts of a workbook, unpacked and parsed within bounds: a file may be made to do harm."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from defusedxml.ElementTree import DefusedXMLParser

from lib.present.pricing_file.fault import BadPricingFile

MAX_PARTS = 500
MAX_UNPACKED_BYTES = 15_000_000
MAX_ELEMENTS = 200_000
MAX_DEPTH = 50
MAX_ATTRIBUTES = 50
LONGEST_TOKEN = 100_000
"""What a workbook may come to: ten times what the largest curve of a market does."""

ANEW = "copy the curve into a new workbook and save that"
STRANGE = f"the workbook holds XML that no spreadsheet writes: {ANEW}"

_ENTRY = b"PK\x01\x02"
_MACROS = re.compile(rb"macro|vbaproject", re.IGNORECASE)
_LONG_TOKEN = re.compile(rb"(?:\A|<)[^<]{%d}" % LONGEST_TOKEN)
_IS_ENCRYPTED = 0x1
_CHUNK = 1 << 16


class Target:
    """What a parser of XML tells of the elements it meets; the names are those without their namespace."""

    def __init__(self) -> None:
        """Begin before the first element."""
        self._n_elements = self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Count an element that begins."""
        self._n_elements += 1
        self._depth += 1
        if self._depth > MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise BadPricingFile(STRANGE)
        if self._n_elements > MAX_ELEMENTS:
            raise BadPricingFile(
                f"the workbook has more than {MAX_ELEMENTS:,} cells, empty ones included: {ANEW}"
            )
        self.opened(tag[tag.rfind("}") + 1 :], attributes)

    def end(self, tag: str) -> None:
        """Note that an element ends."""
        self._depth -= 1
        self.closed(tag[tag.rfind("}") + 1 :])

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""

    def closed(self, name: str) -> None:
        """Take the end of an element."""


def open_archive(content: bytes) -> ZipFile:
    """Return the archive that a workbook is.

    Raises:
        BadPricingFile: it has a password, macros or links to other workbooks, or is more than a curve needs.
        BadZipFile, KeyError: it is damaged.
    """
    if content.count(_ENTRY) > MAX_PARTS:
        raise BadPricingFile(f"the workbook has more than {MAX_PARTS} parts: {ANEW}")
    archive = ZipFile(BytesIO(content))
    parts = archive.infolist()
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise BadPricingFile(f"the workbook unpacks to more than {MAX_UNPACKED_BYTES:,} bytes: {ANEW}")
    if any(part.flag_bits & _IS_ENCRYPTED for part in parts):
        raise BadPricingFile("the workbook has a password: save it without one")
    if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise BadPricingFile(f"the workbook is packed in a way that no spreadsheet uses: {ANEW}")
    if _MACROS.search(unpacked(archive, "[Content_Types].xml")):
        raise BadPricingFile("the workbook has macros, which are not taken: save it as .xlsx without them")
    if any(name.lower().startswith("xl/externallinks/") for name in archive.namelist()):
        raise BadPricingFile("the workbook has links to other workbooks: paste the curve as values")
    return archive


def unpacked(archive: ZipFile, name: str) -> bytes:
    """Return a part; in pieces, for only so does no more come out than the archive says."""
    with archive.open(name) as part:
        return b"".join(iter(lambda: part.read(_CHUNK), b""))


def parse(archive: ZipFile, name: str, target: Target) -> None:
    """Tell the target what a part of a workbook has.

    Raises:
        BadPricingFile: it is XML that no spreadsheet writes.
        ParseError, ValueError, LookupError: it is damaged.
    """
    content = unpacked(archive, name)
    if _LONG_TOKEN.search(content):
        raise BadPricingFile(STRANGE)
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    for begin in range(0, len(content), _CHUNK):  # all at once, it would go on to the end after a refusal
        parser.feed(content[begin : begin + _CHUNK])
    parser.close()
