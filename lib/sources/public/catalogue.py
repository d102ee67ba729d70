"""Which reader serves which series, and what its publisher calls a location: the rows of two CSV files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from lib.markets import read_reference


@dataclass(frozen=True)
class ReaderEntry:
    """One reader of one series; the readers of a series stand in order of preference.

    Attributes:
        names: the list of public_names.csv with the publisher's names of the locations.
        first_day: the first local day that the reader can have, None where there is no limit.
        credentials: the variables with the credentials that it needs.
        note: how its numbers differ in kind from those of the reader before it, empty where they do not.
            If they differ, they do not replace the other reader's numbers while that one is down.
    """

    iso: str
    measure: str
    basis: str
    reader: str
    names: str
    first_day: date | None
    credentials: tuple[str, ...]
    note: str


@cache
def readers_of(iso: str, measure: str, basis: str) -> tuple[ReaderEntry, ...]:
    """Return the readers of a series, the preferred first."""
    key = (iso, measure, basis)
    return tuple(entry for entry in _entries() if (entry.iso, entry.measure, entry.basis) == key)


@cache
def publisher_names(iso: str, names: str) -> dict[str, str]:
    """Return by location the names in one of the lists of public_names.csv."""
    return {
        row["location"]: row["name"]
        for row in read_reference("public_names.csv")
        if (row["iso"], row["names"]) == (iso, names) and row["location"]
    }


@cache
def known_names(iso: str) -> frozenset[str]:
    """Return all names that public_names.csv has of a publisher, also those that no location is read from."""
    rows = (row["name"] for row in read_reference("public_names.csv") if row["iso"] == iso)
    return frozenset(part for name in rows for part in re.split(r"[|+]", name))


@cache
def has_complete_names(iso: str) -> bool:
    """Return whether public_names.csv also has the names that no location is read from."""
    return any(row["iso"] == iso and not row["location"] for row in read_reference("public_names.csv"))


@cache
def credential_names() -> tuple[str, ...]:
    """Return the variables with the credentials that any reader needs."""
    return tuple(sorted({name for entry in _entries() for name in entry.credentials}))


@cache
def _entries() -> tuple[ReaderEntry, ...]:
    return tuple(
        ReaderEntry(
            iso=row["iso"],
            measure=row["measure"],
            basis=row["basis"],
            reader=row["reader"],
            names=row["names"],
            first_day=date.fromisoformat(row["first_day"]) if row["first_day"] else None,
            credentials=tuple(row["keys"].split()),
            note=row["note"],
        )
        for row in read_reference("public_readers.csv")
    )
