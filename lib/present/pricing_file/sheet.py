"""The cells of a sheet as texts; what is neither a number nor a text is refused, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from datetime import datetime

from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel

from lib.present.pricing_file.archive import Target
from lib.present.pricing_file.fault import BadPricingFile, cell_name
from lib.present.pricing_file.rows import Row, put

DATE = "a date: format the cell as a number"
REFUSED = {
    "b": "a truth value: write a number, or leave the cell empty",
    "d": DATE,
    "e": "an error: leave the cell empty where there is no value",
}
"""What is said of a cell by the kind of its value."""

_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)


class Sheet(Target):
    """The rows of a sheet, as they are met.

    The first day of a month in the first column is that month as text, "YYYY-MM": a spreadsheet makes a date
    of what looks like one.
    """

    def __init__(self, strings: Sequence[str], date_styles: Container[str], epoch: datetime) -> None:
        """Begin before the first row, with the workbook's texts, and its styles and first day of dates."""
        super().__init__()
        self.rows: list[Row] = []
        self._strings, self._date_styles, self._epoch = strings, date_styles, epoch
        self._row = self._column = 0
        self._cell: dict[str, str] | None = None
        self._texts: list[str] = []
        self._is_value = False

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of a row, a cell or a value; refuse formulas and merged cells."""
        if name == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "mergeCell":
            raise BadPricingFile(f"cells {attributes.get('ref', '')[:20]} are merged: unmerge them")
        elif self._cell is not None and name == "f":
            raise self._refusal("a formula: paste the curve as values")
        else:
            self._is_value = self._cell is not None and name in ("v", "t")

    def data(self, text: str) -> None:
        """Take a piece of text, if it belongs to a value."""
        if self._is_value:
            self._texts.append(text)

    def closed(self, name: str) -> None:
        """Take the end of a value or a cell."""
        self._is_value = False
        if name == "c" and self._cell is not None:
            if text := self._text(self._cell).strip():
                put(self.rows, self._row, self._column, text)
            self._cell = None

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._cell, self._texts, self._column = attributes, [], self._column + 1
        if place := _PLACE.fullmatch(attributes.get("r", "")):
            self._row, self._column = int(place[2]), column_index_from_string(place[1])

    def _text(self, cell: dict[str, str]) -> str:
        text, kind = "".join(self._texts), cell.get("t", "n")
        if not text:
            return ""
        if kind in REFUSED:
            raise self._refusal(REFUSED[kind])
        if kind == "s":
            return self._strings[int(text)]
        if kind == "n" and cell.get("s", "0") in self._date_styles:
            return self._month(text)
        return text

    def _month(self, text: str) -> str:
        """Return the month of a date."""
        try:
            moment = from_excel(float(text), self._epoch)
        except (ValueError, OverflowError):
            moment = None
        if self._column > 1 or not isinstance(moment, datetime) or moment.day != 1:
            raise self._refusal(DATE)
        return f"{moment:%Y-%m}"

    def _refusal(self, what: str) -> BadPricingFile:
        return BadPricingFile(f"{cell_name(self._row, self._column)} holds {what}")
