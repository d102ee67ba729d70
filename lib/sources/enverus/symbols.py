"""Which symbols stand for which series: those of lib/reference/enverus_symbols.csv, several for a sum."""

from __future__ import annotations

import csv
from functools import cache

from lib.markets import REFERENCE


@cache
def symbols(iso: str, measure: str) -> dict[str, tuple[str, ...]]:
    """Return by location the symbols whose sum a measure is; a location without a symbol is not named."""
    with (REFERENCE / "enverus_symbols.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["location"]: tuple(row["symbols"].split("+"))
            for row in csv.DictReader(file)
            if (row["iso"], row["measure"]) == (iso, measure)
        }
