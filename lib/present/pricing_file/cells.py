"""The cells of a sheet before they are read: each is a number or a text, and stands where a curve may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, pairwise

from openpyxl.utils import column_index_from_string

from lib.present.pricing_file.fault import STRANGE, BadPricingFile
from lib.present.pricing_file.rows import check_place

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
_CELL = re.compile(rb"((?:\s+[\w:.]+=\"[^\"]*\")*)\s*(?:/>|>(.*)</%sc\s*>)" % _PREFIX, re.DOTALL)
_ATTRIBUTE = re.compile(rb"([\w:.]+)=\"([^\"]*)\"")
_PLACE = re.compile(rb"([A-Z]{1,3})([1-9][0-9]{0,6})")
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
    for attributes, within in _cells(sheet):
        place = _place(attributes.get(b"r", b""))
        if place <= last:
            raise BadPricingFile(STRANGE)
        if within:
            check_place(*place)
            _check_kind(attributes, within)
            n_shared += attributes.get(b"t") == b"s"
        last = place
    return n_shared


def _cells(sheet: bytes) -> Iterator[tuple[dict[bytes, bytes], bytes]]:
    """Yield the attributes of each cell and what stands within it."""
    end = _END.match(sheet)
    last = end.end(1) if end else len(sheet)
    begins = (begin.end() for begin in _BEGIN.finditer(sheet, 0, last))
    for begin, following in pairwise(chain(begins, [last])):
        cell = _CELL.match(sheet, begin, following)
        if not cell:
            raise BadPricingFile(STRANGE)
        yield dict(_ATTRIBUTE.findall(cell[1])), (cell[2] or b"").strip()


def _place(name: bytes) -> tuple[int, int]:
    place = _PLACE.fullmatch(name)
    if not place:
        raise BadPricingFile(STRANGE)
    return int(place[2]), column_index_from_string(place[1].decode())


def _check_kind(attributes: dict[bytes, bytes], within: bytes) -> None:
    kind = attributes.get(b"t", b"n")
    if kind in _HOLDS and _HOLDS[kind].fullmatch(within):
        return
    if _FORMULA.search(within):
        what = "a formula: paste the curve as values"
    else:
        what = REFUSED.get(kind, "something else than a number or a text: type it anew")
    raise BadPricingFile(f"{attributes[b'r'].decode()} holds {what}")
