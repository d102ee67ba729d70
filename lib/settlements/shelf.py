"""The shelf: the files of each trade date as published, with the former versions of corrected ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lib.atomic_write import write_whole
from lib.settlements.reports import Document, Form, Report


@dataclass(frozen=True)
class Shelf:
    """A folder of published files, FOLDER/<trade date>/<file name>; it answers as their publisher did."""

    folder: Path

    def ask(self, report: Report, trade_date: date, form: Form) -> bytes | None:
        """Return the latest version of a file, or None if it was never kept."""
        path = self._path(trade_date, report.file_name(trade_date, form))
        return path.read_bytes() if path.exists() else None

    def keep(self, document: Document) -> Path:
        """Put a file on the shelf and return its path; a former version gets its SHA-256 into its name."""
        path = self._path(document.trade_date, document.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            former = path.read_bytes()
            sha256 = hashlib.sha256(former).hexdigest()
            if sha256 == document.sha256:
                return path
            # A copy, so that at no moment a current file is missing.
            write_whole(path.with_name(f"{path.stem}.{sha256[:12]}{path.suffix}"), former)
        write_whole(path, document.body)
        return path

    def _path(self, trade_date: date, name: str) -> Path:
        return self.folder / str(trade_date) / name
