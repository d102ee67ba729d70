"""Which file holds which measure: DIR/<iso>/{da_lmp,rt_lmp,da_load,rt_load}.{parquet,csv}."""

from __future__ import annotations

from pathlib import Path

from lib.markets import market
from lib.sources.protocol import SourceError

SUFFIXES = (".parquet", ".csv")
"""The formats, the preferred one first: Parquet carries its types, CSV is read as text."""


def iso_folder(root: Path, iso: str) -> Path:
    """Return the folder of an ISO, whose name may be in upper or lower case.

    Raises:
        UnknownMarket: the ISO is not known.
        SourceError: there is no such folder, or there are several.
    """
    market(iso)
    found = sorted(path for path in root.iterdir() if path.is_dir() and path.name.lower() == iso.lower())
    if not found:
        raise SourceError(f"{iso}: there is no folder {root / iso.lower()}; add it, or leave {iso} out")
    if len(found) > 1:
        names = " and ".join(str(path) for path in found)
        raise SourceError(f"{iso}: {names} both stand for it; keep one of them")
    return found[0]


def measure_files(folder: Path, measure: str) -> tuple[Path, ...]:
    """Return the files of a measure, the preferred format first; more than one is ambiguous."""
    candidates = (folder / f"{measure}{suffix}" for suffix in SUFFIXES)
    return tuple(path for path in candidates if path.is_file())


def measure_file(folder: Path, iso: str, measure: str) -> Path:
    """Return the file of a measure in the preferred format.

    Raises:
        SourceError: there is none.
    """
    found = measure_files(folder, measure)
    if not found:
        expected = " or ".join(f"{measure}{suffix}" for suffix in SUFFIXES)
        raise SourceError(f"{iso} {measure}: the file is missing; expected {expected} in {folder}")
    return found[0]
