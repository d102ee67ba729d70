"""Read the runs of a folder from their manifests, of whatever age these are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from lib.manifest import FILE_NAME, Manifest, read_manifest


@dataclass(frozen=True)
class KnownRun:
    """A run whose manifest could be read, and its folder."""

    folder: Path
    manifest: Manifest

    @property
    def group(self) -> tuple[str, str]:
        """Source and database: runs of one group are compared and linked with each other."""
        return self.manifest.source, self.manifest.database

    @property
    def age(self) -> tuple[datetime, int]:
        """What sorts runs: their start and, within a moment, their id."""
        return self.manifest.started_at, self.manifest.run_id

    @property
    def has_ended(self) -> bool:
        """Whether the run is over, whatever its outcome."""
        return self.manifest.has_ended


def known_runs(runs: Path) -> tuple[list[KnownRun], list[Path]]:
    """Return the runs of a folder, the newest first, and the folders whose manifest cannot be read.

    A folder without a manifest does not belong to a run, and a link to a folder is not counted again.
    """
    known: list[KnownRun] = []
    unreadable: list[Path] = []
    for path in sorted(runs.glob(f"*/{FILE_NAME}"), reverse=True):
        if path.parent.is_symlink():
            continue
        try:
            known.append(KnownRun(path.parent, read_manifest(path.parent)))
        except FileNotFoundError:  # deleted in this moment
            continue
        except (OSError, ValidationError):
            unreadable.append(path.parent)
    return sorted(known, key=lambda run: run.age, reverse=True), unreadable


def earlier_runs(runs: Path, folder: Path) -> list[KnownRun]:
    """Return the ended runs of the same group before the run of a folder, the newest first."""
    known, _ = known_runs(runs)
    return [
        run
        for this in known
        if this.folder.name == folder.name
        for run in known
        if run.group == this.group and run.age < this.age and run.has_ended
    ]
