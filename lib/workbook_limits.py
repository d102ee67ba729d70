"""Workbooks from outside, checked before a compiled reader reserves the memory that they claim.

A reader makes room for every cell between the first and the last of a sheet, and copies a shared text for
each cell that has it. A workbook of a kilobyte with one cell at XFD1048576 would so end the process. Stages:
unpack the parts of the archive, and no more of each than it claims; find the last row and column of each
sheet; and add up what the shared texts would take.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np

MAX_PARTS = 2_000
MAX_BYTES = 1 << 29
MAX_CELLS = 10_000_000
MAX_TEXT_BYTES = 1 << 29
"""Limits of a workbook: parts of the archive, their bytes, cells between the first and the last of a sheet,
and bytes of texts once each cell has its own. The largest known, a year of quarter hours, has a fifth."""

_WORKBOOK = "xl/workbook.xml"
_SHARED_TEXTS = "xl/sharedstrings.xml"
_SHEET = re.compile(r"xl/(work|chart|dialog|macro)sheets/[^/]+\.xml", re.IGNORECASE)
_IS_ENCRYPTED = 0x1
_LONG_COUNT = re.compile(rb"count\s*=\s*[\"']\s*[0-9]{8,}", re.IGNORECASE)
_SHARED_TEXT_CELL = re.compile(rb"t=[\"']s[\"'][^>]*>\s*<v>([0-9]{1,9})<")
_PAD = b" " * 16
_BYTES_OF_A_CELL = 20  # the least that the XML of a cell with a shared text has
_LETTERS, _DIGITS = 3, 10  # letters before, and digits with letters before them


class UnsafeWorkbook(ValueError):
    """A workbook is damaged, or claims more than a table of hours can have; the message says what."""


def check_workbook(content: bytes) -> None:
    """Check that a reader can take a workbook; the old format (.xls) bounds itself to 65,536 rows.

    Raises:
        UnsafeWorkbook: it is damaged, is of another kind, or claims too much.
    """
    if not content.startswith(b"PK"):
        return
    parts = _unpack(content)
    if _WORKBOOK not in {name.lower() for name in parts}:
        raise UnsafeWorkbook("the archive is no workbook of Excel; save it as .xlsx")
    for name, part in parts.items():
        if _SHEET.fullmatch(name):
            _check_extent(name, part)
        elif _LONG_COUNT.search(part):
            raise UnsafeWorkbook(f"{name} claims more entries than a workbook has; save it anew")
    _check_shared_texts(parts)


def _unpack(content: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook by name, without pictures and the like."""
    with ZipFile(BytesIO(content)) as archive:
        entries = archive.infolist()
        n_bytes = sum(entry.file_size for entry in entries)
        if len({entry.filename.lower() for entry in entries}) < len(entries):
            raise UnsafeWorkbook("the workbook has two parts of one name; save it anew")
        if len(entries) > MAX_PARTS or n_bytes > MAX_BYTES:
            raise UnsafeWorkbook(
                f"the workbook unpacks to {n_bytes:,} bytes in {len(entries):,} parts; {MAX_BYTES:,} and "
                f"{MAX_PARTS:,} are the most that are read"
            )
        kept = [entry for entry in entries if entry.filename.lower().endswith((".xml", ".rels"))]
        return {entry.filename: _unpack_part(archive, entry) for entry in kept}


def _unpack_part(archive: ZipFile, entry: ZipInfo) -> bytes:
    if entry.flag_bits & _IS_ENCRYPTED:
        raise UnsafeWorkbook("the workbook has a password; save it without one")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise UnsafeWorkbook("the workbook is packed in a way that no spreadsheet uses; save it anew")
    try:
        return archive.read(entry)  # no more of it than it claims
    except (zlib.error, EOFError, RuntimeError) as error:
        raise UnsafeWorkbook(f"the workbook is damaged ({error}); save it anew") from error


def _check_extent(name: str, part: bytes) -> None:
    """Refuse a sheet whose first and last cell are too far apart."""
    n_rows, n_columns = _last_cell(part)
    if n_rows * n_columns > MAX_CELLS:
        raise UnsafeWorkbook(
            f"{name} has a cell in row {n_rows:,} and one in column {n_columns:,}; {MAX_CELLS:,} cells are "
            "the most that are read: delete what is below and beside the table"
        )


def _last_cell(part: bytes) -> tuple[int, int]:
    """Return the last row and column of the references (r="AB12") in the XML of a sheet, or bounds of them.

    The bounds are those of references with as many letters and digits, and are enough for most sheets.
    """
    text = np.frombuffer(part + _PAD, dtype=np.uint8)
    n = len(part)
    is_start = (text[2 : n + 2] == ord('"')) | (text[2 : n + 2] == ord("'"))
    is_start &= text[1 : n + 1] == ord("=")
    is_start &= text[:n] == ord("r")
    start = np.flatnonzero(is_start) + 3
    n_letters = next((k for k in range(_LETTERS, 0, -1) if _is_letter(text[start + (k - 1)]).any()), 0)
    n_digits = next((k for k in range(_DIGITS, 0, -1) if _is_digit(text[start + (k - 1)]).any()), 0)
    bounds = 10**n_digits - 1, 26**n_letters + 26
    return bounds if bounds[0] * bounds[1] <= MAX_CELLS else _exact_last_cell(text, start)


def _exact_last_cell(text: np.ndarray, position: np.ndarray) -> tuple[int, int]:
    """Return the last row and column of the references that begin at some positions."""
    column = np.zeros(len(position), dtype=np.int64)
    row = column.copy()
    for _ in range(_LETTERS):
        letter = text[position]
        is_letter = _is_letter(letter)
        column = np.where(is_letter, column * 26 + (letter & 0xDF) - 64, column)
        position = position + is_letter
    for _ in range(_DIGITS):
        digit = text[position]
        is_digit = _is_digit(digit)
        row = np.where(is_digit, row * 10 + digit - 48, row)
        position = position + is_digit
    return int(row.max(initial=1)), int(column.max(initial=1))


def _is_letter(text: np.ndarray) -> np.ndarray:
    return ((text & 0xDF) >= ord("A")) & ((text & 0xDF) <= ord("Z"))


def _is_digit(text: np.ndarray) -> np.ndarray:
    return (text >= ord("0")) & (text <= ord("9"))


def _check_shared_texts(parts: Mapping[str, bytes]) -> None:
    """Refuse shared texts that would take too much memory once each cell that has one has its own."""
    sheets = [part for name, part in parts.items() if _SHEET.fullmatch(name)]
    most_cells = sum(map(len, sheets)) // _BYTES_OF_A_CELL
    for texts in (part for name, part in parts.items() if name.lower() == _SHARED_TEXTS):
        sizes = np.array([len(text) for text in texts.split(b"<si")[1:]] or [0])
        if sizes.max() * most_cells <= MAX_TEXT_BYTES:
            continue
        numbers = [int(number) for part in sheets for number in _SHARED_TEXT_CELL.findall(part)]
        n_bytes = int(sizes[np.clip(numbers, 0, len(sizes) - 1)].sum()) if numbers else 0
        if n_bytes > MAX_TEXT_BYTES:
            raise UnsafeWorkbook(
                f"the texts of {len(numbers):,} cells are {n_bytes:,} bytes; {MAX_TEXT_BYTES:,} are the most "
                "that is read"
            )
