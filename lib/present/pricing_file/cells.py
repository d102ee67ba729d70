"""The cells of a sheet before they are read: each is a number or a text, and stands where a curve may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, pairwise

from openpyxl.utils import column_index_from_string

from lib.present.pricing_file.fault import STRANGE, BadPricingFile, cell_name
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
