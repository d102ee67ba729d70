"""What a workbook is made of, looked through before it is read: a file of strangers may be made to do harm."""

from __future__ import annotations

import re
import zlib
from io import BytesIO
from xml.etree.ElementTree import ParseError
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from lib.present.pricing_file.fault import BadPricingFile

MAX_PARTS = 500
MAX_UNPACKED_BYTES = 15_000_000
MAX_ELEMENTS = 400_000
MAX_DEPTH = 50
"""What the parts of a workbook may come to: ten times what the largest curve of a market does."""

ANEW = "copy the curve into a new workbook and save that"

_ENTRY = b"PK\x01\x02"
_CONTENT_TYPES = "[Content_Types].xml"
_MACROS = re.compile(rb"macro|vbaproject", re.IGNORECASE)
_IS_ENCRYPTED = 0x1
_CHUNK = 1 << 20


def check_archive(content: bytes) -> None:
    """Make sure that a workbook can be read without harm.

    Raises:
        BadPricingFile: it is damaged, unpacks to more than a curve needs, has a password, macros, merged cells
            or links to other workbooks, or XML that no spreadsheet writes.
    """
    try:
        if content.count(_ENTRY) > MAX_PARTS:
            raise BadPricingFile(f"the workbook has more than {MAX_PARTS} parts: {ANEW}")
        with ZipFile(BytesIO(content)) as archive:
            _check_parts(archive)
            _check_contents(archive)
            _check_xml(archive)
    except (
        BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        ValueError,
        KeyError,
        LookupError,
    ) as error:
        if isinstance(error, BadPricingFile):
            raise
        raise damaged(error) from error


def damaged(error: Exception) -> BadPricingFile:
    """Return what is said of a workbook that cannot be read."""
    return BadPricingFile(f"the workbook is damaged ({type(error).__name__}): {ANEW}")


def _check_parts(archive: ZipFile) -> None:
    parts = archive.infolist()
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise BadPricingFile(f"the workbook unpacks to more than {MAX_UNPACKED_BYTES:,} bytes: {ANEW}")
    if any(part.flag_bits & _IS_ENCRYPTED for part in parts):
        raise BadPricingFile("the workbook has a password: save it without one")
    if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise BadPricingFile(f"the workbook is packed in a way that no spreadsheet uses: {ANEW}")
    if len({part.filename.lower() for part in parts}) < len(parts):
        raise BadPricingFile(f"the workbook has two parts of one name: {ANEW}")


def _check_contents(archive: ZipFile) -> None:
    if _MACROS.search(archive.read(_CONTENT_TYPES)):
        raise BadPricingFile("the workbook has macros, which are not taken: save it as .xlsx without them")
    if any(name.lower().startswith("xl/externallinks/") for name in archive.namelist()):
        raise BadPricingFile(
            "the workbook has links to other workbooks: paste the curve as values and save again"
        )


def _check_xml(archive: ZipFile) -> None:
    """Go once through every part as XML, whatever its name: that of a picture may hide a sheet."""
    counter = _Counter()
    for name in archive.namelist():
        counter.depth = 0
        parser = DefusedXMLParser(target=counter, forbid_dtd=True)
        try:
            with archive.open(name) as part:
                while chunk := part.read(_CHUNK):
                    parser.feed(chunk)
        except DefusedXmlException as error:
            raise BadPricingFile(
                f"the workbook holds XML that no spreadsheet writes ({name}): {ANEW}"
            ) from error
        except ParseError as error:
            if name.lower().endswith((".xml", ".rels")):
                raise damaged(error) from error


class _Counter:
    """Counts the elements of the workbook as a parser meets them."""

    def __init__(self) -> None:
        self.n_elements = self.depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.n_elements += 1
        self.depth += 1
        if self.n_elements > MAX_ELEMENTS:
            raise BadPricingFile(
                f"the workbook has more than {MAX_ELEMENTS:,} cells, empty ones included: {ANEW}"
            )
        if self.depth > MAX_DEPTH:
            raise BadPricingFile(
                f"the workbook holds XML that no spreadsheet writes, nested too deep: {ANEW}"
            )
        if tag.endswith("}mergeCell"):
            raise BadPricingFile(f"cells {attributes.get('ref', '')[:20]} are merged: unmerge them")

    def end(self, tag: str) -> None:
        self.depth -= 1
