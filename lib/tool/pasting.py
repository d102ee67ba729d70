"""Cells from a spreadsheet's clipboard: rows of texts, separated by tabs, as a block of the curve's numbers.

A number may have a decimal comma, thousands' separators, a currency sign or a percent sign. What is no
number, or could be two, is refused cell by cell, with its place and why; an empty text leaves its cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from lib.calc.scaling import BadInput, Edit, Row, paste_edit
from lib.markets import MAX_VALUE
from lib.tool.messages import format_value
from lib.tool.page import month_name

MAX_TEXT = 1_000_000
"""Characters of a paste; a curve of twenty zones has half as many."""

_GROUPED = re.compile(r"[+-]?\d{1,3}([.,' \u00a0\u202f])\d{3}(\1\d{3})*(?:([.,])\d*)?")
_PLAIN = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
_UNCLEAR = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)


@dataclass(frozen=True)
class Paste:
    """A pasted block, before a person has applied it.

    Attributes:
        edit: the edit that it makes; None where no cell of it can be used.
        n_cells: the cells that the edit sets.
        refused: (place, text, reason) of each cell that is not used.
    """

    edit: Edit | None
    n_cells: int
    refused: tuple[tuple[str, str, str], ...]


def read_paste(text: str, rows: Sequence[Row], zones: Sequence[str], uom: str) -> Paste:
    """Return what a clipboard's text does to the cells from the first row and zone on.

    Args:
        text: the text of the clipboard.
        rows: the rows of the table from the first one that is pasted to.
        zones: the zones likewise.
        uom: the unit of the curve; in %, a number is a percentage, as in the table.

    Raises:
        BadInput: there is nothing to paste, or far too much.
    """
    if len(text) > MAX_TEXT:
        raise BadInput("this is more than a curve has: copy fewer cells")
    lines = [line.split("\t") for line in text.replace("\r\n", "\n").rstrip("\n").split("\n")]
    if not text.strip():
        raise BadInput("the clipboard has no text: copy the cells once more")
    has_comma = any(_is_decimal_comma(cell) for line in lines for cell in line)
    refused: list[tuple[str, str, str]] = []
    values: list[tuple[float | None, ...]] = []
    for i, line in enumerate(lines):
        numbers: list[float | None] = [None] * len(zones)
        for k, cell in enumerate(line):
            try:
                if not cell.strip():
                    continue
                if i >= len(rows) or k >= len(zones):
                    raise BadInput("it lies beyond the table")
                numbers[k] = parse_cell(cell, uom, has_comma)
            except BadInput as error:
                refused.append((_place(i, k, rows, zones), cell.strip()[:30], str(error)))
        if i < len(rows):
            values.append(tuple(numbers))
    n_cells = sum(number is not None for numbers in values for number in numbers)
    width = max(map(len, lines))
    block = [numbers[:width] for numbers in values]
    edit = paste_edit(block, zones[:width], rows[: len(values)]) if n_cells else None
    return Paste(edit, n_cells, tuple(refused))


def _place(i: int, k: int, rows: Sequence[Row], zones: Sequence[str]) -> str:
    """Return the name of a pasted cell, or its place in the paste where the table has no such cell."""
    if i >= len(rows) or k >= len(zones):
        return f"row {i + 1}, column {k + 1} of the paste"
    month, he, block = rows[i]
    return f"{month_name(month)} HE {he} {block}, {zones[k]}"


def parse_cell(text: str, uom: str, has_comma: bool = False) -> float:
    """Return the number of a spreadsheet's cell, in the curve's own measure: "1,2 %" is 0.012.

    Args:
        text: the text of the cell.
        uom: the unit of the curve.
        has_comma: whether another cell shows that the decimal sign is a comma.

    Raises:
        BadInput: it is no number, may be two, or is larger than any cell.
    """
    plain = text.strip().replace("\N{MINUS SIGN}", "-")
    if plain.startswith("(") and plain.endswith(")"):
        plain = f"-{plain[1:-1]}"
    is_percent, is_money = plain.endswith("%"), "$" in plain
    if (is_percent and uom != "%") or (is_money and uom != "$/MWh"):
        raise BadInput(f"it is not in {uom}, the unit of the curve")
    plain = plain.removesuffix("%").replace("$", "").strip()
    if _UNCLEAR.fullmatch(plain) and not has_comma and "," in plain:
        raise BadInput("its comma may be the decimal sign, or stand between thousands: write it with neither")
    number = _to_float(plain, has_comma)
    number = number / 100 if uom == "%" else number
    if not isfinite(number):
        raise BadInput("it is no number")
    if abs(number) > MAX_VALUE:
        raise BadInput(f"no cell is larger than {format_value(MAX_VALUE, uom)}")
    return number + 0.0


def _to_float(plain: str, has_comma: bool) -> float:
    """Return the number of a text with either decimal sign; NaN for another text."""
    grouped = (
        None if _PLAIN.fullmatch(plain) and not (has_comma and "." in plain) else _GROUPED.fullmatch(plain)
    )
    if grouped and grouped[1] != grouped[3]:
        whole = plain.replace(grouped[1], "")
        return float(whole.replace(",", ".") if grouped[3] else whole)
    return float(plain.replace(",", ".")) if _PLAIN.fullmatch(plain) else float("nan")


def _is_decimal_comma(text: str) -> bool:
    """Return whether a comma in a text can only be the decimal sign: "0,5", "1,25", "1.234,5"."""
    plain = text.strip().removesuffix("%").replace("$", "").strip()
    if plain.count(",") != 1 or _UNCLEAR.fullmatch(plain):
        return False
    if _PLAIN.fullmatch(plain):
        return True
    grouped = _GROUPED.fullmatch(plain)
    return bool(grouped and grouped[3] == ",")
