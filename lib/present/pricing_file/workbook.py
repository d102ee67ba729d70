"""A workbook as rows of texts: which of its parts is the sheet, and what the cells of that refer to."""

from __future__ import annotations

import posixpath
import zlib
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from lib.present.pricing_file.archive import ANEW, Target, open_archive, parse
from lib.present.pricing_file.fault import BadPricingFile, shown
from lib.present.pricing_file.rows import Row
from lib.present.pricing_file.sheet import Sheet

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"

_DAMAGES = (BadZipFile, zlib.error, EOFError, NotImplementedError, ParseError, LookupError, ValueError)
"""What reading the parts of a damaged workbook can raise."""

Found = list[tuple[str, dict[str, str]]]


class Elements(Target):
    """The elements of some names with their attributes, in the order they are met."""

    def __init__(self, *names: str) -> None:
        """Begin without any."""
        super().__init__()
        self.found: Found = []
        self._names = names

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """Keep an element of one of the names."""
        if name in self._names:
            self.found.append((name, attributes))


class Strings(Target):
    """The texts that the cells of a workbook share."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._is_text = False

    def opened(self, name: str, _attributes: dict[str, str]) -> None:
        """Begin a text, or a piece of it."""
        if name == "si":
            self._pieces = []
        self._is_text = name == "t"

    def data(self, text: str) -> None:
        """Take a piece of a text."""
        if self._is_text:
            self._pieces.append(text)

    def closed(self, name: str) -> None:
        """End a piece of a text, or the text."""
        self._is_text = False
        if name == "si":
            self.texts.append("".join(self._pieces))


def workbook_rows(content: bytes) -> list[Row]:
    """Return the rows of a workbook's only sheet.

    Raises:
        BadPricingFile: the workbook is damaged or could do harm, has several sheets, or a cell holds
            something that is neither a number nor a text.
    """
    try:
        with open_archive(content) as archive:
            return _rows(archive)
    except BadPricingFile:
        raise
    except _DAMAGES as error:
        raise BadPricingFile(f"the workbook is damaged ({type(error).__name__}): {ANEW}") from error


def _rows(archive: ZipFile) -> list[Row]:
    book = _elements(archive, WORKBOOK, "sheet", "workbookPr")
    targets = {
        facts["Id"]: (facts["Type"].rpartition("/")[2], posixpath.join("/xl", facts["Target"])[1:])
        for _, facts in _elements(archive, RELATIONS, "Relationship")
    }
    of_kind = dict(targets.values())
    counts_from_1904 = any(facts.get("date1904") in ("1", "true") for _, facts in book)
    sheet = Sheet(
        _strings(archive, of_kind.get("sharedStrings")),
        _date_styles(archive, of_kind.get("styles")),
        CALENDAR_MAC_1904 if counts_from_1904 else CALENDAR_WINDOWS_1900,
    )
    parse(archive, targets[_only_sheet(book)][1], sheet)
    return sheet.rows


def _only_sheet(book: Found) -> str:
    sheets = [facts for name, facts in book if name == "sheet"]
    if len(sheets) != 1:
        names = ", ".join(shown(facts.get("name")) for facts in sheets[:3])
        raise BadPricingFile(
            f"the workbook has {len(sheets)} sheets ({names}), hidden ones included: keep the curve's"
        )
    return [value for key, value in sheets[0].items() if key.endswith("}id")][0]  # noqa: RUF015 - may be none


def _strings(archive: ZipFile, part: str | None) -> list[str]:
    strings = Strings()
    if part:
        parse(archive, part, strings)
    return strings.texts


def _date_styles(archive: ZipFile, part: str | None) -> set[str]:
    """Return the styles, by the numbers that cells give, which show a number as a date."""
    found = _elements(archive, part, "numFmt", "cellXfs", "xf") if part else []
    own_codes = {int(facts["numFmtId"]): facts["formatCode"] for name, facts in found if name == "numFmt"}
    codes = BUILTIN_FORMATS | own_codes
    names = [name for name, _ in found]
    begin = names.index("cellXfs") if "cellXfs" in names else len(names)
    styles = [facts for name, facts in found[begin:] if name == "xf"]
    return {
        str(number)
        for number, facts in enumerate(styles)
        if is_date_format(codes.get(int(facts.get("numFmtId", 0)), "General"))
    }


def _elements(archive: ZipFile, part: str, *names: str) -> Found:
    elements = Elements(*names)
    parse(archive, part, elements)
    return elements.found
