"""What the loads in a folder measure: its file bases.csv, which states the basis of a measure.

The file has the columns measure and basis, a row for each measure of which it states one:

    measure,basis
    da_load,cleared

A measure without a row has the basis that its market publishes (lib/reference/markets.csv).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from lib.markets import LOAD_BASES, MEASURES
from lib.sources.protocol import SourceError

FILE_NAME = "bases.csv"

COLUMNS = ["measure", "basis"]


def read_bases(folder: Path) -> dict[str, str]:
    """Return by measure the bases that the folder of an ISO states; none where it has no such file.

    Raises:
        SourceError: the file cannot be read, or states what no load is; the message says what is allowed.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True, strict=True)
            header, rows = reader.fieldnames, list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path} cannot be read ({error}); {_layout()}") from error
    if header != COLUMNS:
        raise SourceError(f"{path} begins with {','.join(header or []) or 'nothing'}; {_layout()}")
    stated: dict[str, str] = {}
    for row in rows:
        measure, basis = _parse_row(path, row)
        if measure in stated:
            raise SourceError(f"{path} states the basis of {measure} twice; keep one of the rows")
        stated[measure] = basis
    return stated


def _parse_row(path: Path, row: Mapping[str, str | None]) -> tuple[str, str]:
    """Return the measure and basis of a row, after checking that such a series can exist."""
    if None in row or None in row.values():
        raise SourceError(f"{path} has a row without exactly a measure and a basis; {_layout()}")
    measure, basis = (str(row[column]).strip() for column in COLUMNS)
    loads = [each.name for each in MEASURES.values() if not each.is_price]
    if measure not in loads:
        raise SourceError(f"{path} states a basis of {measure!r}; only {' and '.join(loads)} have a choice")
    if basis not in LOAD_BASES[measure]:
        raise SourceError(
            f"{path} states the basis {basis!r} of {measure}; "
            f"known are {', '.join(LOAD_BASES[measure])}: correct it, or leave the row out"
        )
    return measure, basis


def _layout() -> str:
    return f"write {','.join(COLUMNS)} as its first line and a row such as da_load,cleared, or delete it"
