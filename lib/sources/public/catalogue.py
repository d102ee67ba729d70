"""Which reader serves which series, and what its publisher calls a location: the rows of two CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from lib.markets import REFERENCE


@dataclass(frozen=True)
class Row:
    """One reader of one series; several of a series stand in order of preference.

    Attributes:
        names: the list of public_names.csv by which its publisher calls the locations.
        first_day: the first local day that it can have, None where that is no limit.
        keys: the variables with the credentials that it needs.
        note: what distinguishes its numbers from those of the reader before it, if anything does; then they
            do not stand in for that one while it gives no answer.
    """

    iso: str
    measure: str
    basis: str
    reader: str
    names: str
    first_day: date | None
    keys: tuple[str, ...]
    note: str


@cache
def readers(iso: str, measure: str, basis: str) -> tuple[Row, ...]:
    """Return the readers of a series, the preferred first."""
    return tuple(row for row in _rows() if (row.iso, row.measure, row.basis) == (iso, measure, basis))


@cache
def names(iso: str, names: str) -> dict[str, str]:
    """Return what a list of names calls each location of an ISO."""
    return {
        row["location"]: row["name"]
        for row in _read("public_names.csv")
        if (row["iso"], row["names"]) == (iso, names)
    }


@cache
def _rows() -> tuple[Row, ...]:
    return tuple(
        Row(
            iso=row["iso"],
            measure=row["measure"],
            basis=row["basis"],
            reader=row["reader"],
            names=row["names"],
            first_day=date.fromisoformat(row["first_day"]) if row["first_day"] else None,
            keys=tuple(row["keys"].split()),
            note=row["note"],
        )
        for row in _read("public_readers.csv")
    )


@cache
def keys() -> tuple[str, ...]:
    """Return the variables with credentials that any reader needs."""
    return tuple(sorted({key for row in _rows() for key in row.keys}))


def _read(name: str) -> Iterator[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
