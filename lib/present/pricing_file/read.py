"""Pricing files read: what is handed in is a curve, or one sentence says what is wrong with it."""

from __future__ import annotations

from pathlib import PurePosixPath

from lib.present.pricing_file.fault import BadPricingFile, shown
from lib.present.pricing_file.form import PricingFile
from lib.present.pricing_file.table import to_file
from lib.present.pricing_file.text import text_rows
from lib.present.pricing_file.workbook import workbook_rows

MAX_BYTES = 5_000_000
"""A file of more bytes is not looked into; the largest curve of a market is a tenth of it."""

ZIP_START = b"PK\x03\x04"
OLE_START = b"\xd0\xcf\x11\xe0"
"""How a workbook begins, and how one of the older form or with a password does."""


def read_pricing_file(name: str, content: bytes) -> PricingFile:
    """Return the curve that a file holds, its values rounded to six decimals.

    Args:
        name: what the file is called; it must end in .csv or .xlsx, and the content must be that.
        content: the whole file.

    Raises:
        BadPricingFile: it is no pricing file; the message is a sentence that names the cell, row or file.
    """
    called, kind = shown(PurePosixPath(name).name), PurePosixPath(name.lower()).suffix
    _check_kind(called, kind)
    if len(content) > MAX_BYTES:
        raise BadPricingFile(
            f"{called} has {len(content):,} bytes, and a pricing file at most {MAX_BYTES:,}: "
            "send one curve of one ISO"
        )
    if not content.strip():
        raise BadPricingFile(f"{called} is empty: save the curve again and send that file")
    _check_start(called, kind, content)
    rows = text_rows(content) if kind == ".csv" else workbook_rows(content)
    return to_file(rows)


def _check_kind(called: str, kind: str) -> None:
    if kind in (".xlsm", ".xltm", ".xlam"):
        raise BadPricingFile(f"{called} is a workbook with macros, which are not taken: save it as .xlsx")
    if kind not in (".csv", ".xlsx"):
        raise BadPricingFile(f"{called} is neither .csv nor .xlsx: save the curve as one of the two")


def _check_start(called: str, kind: str, content: bytes) -> None:
    """Make sure that a file is what its name says, from how it begins."""
    if content.startswith(OLE_START):
        raise BadPricingFile(
            f"{called} is a workbook of the old form (.xls) or with a password: save it as .xlsx without one"
        )
    is_zip = content.startswith(ZIP_START)
    if kind == ".csv" and is_zip:
        raise BadPricingFile(f"{called} is a workbook and no CSV: rename it to .xlsx, or save it as CSV")
    if kind == ".xlsx" and not is_zip:
        raise BadPricingFile(f"{called} is no workbook: if it is a CSV file, rename it to .csv")
