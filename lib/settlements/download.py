"""Obtaining a report in the best form that can be used: .dat, and where that fails .xlsx."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lib.atomic_write import write_whole
from lib.settlements.parse import Parsed, parse
from lib.settlements.reports import FORMS, Document, Form, Publisher, Report, UnreadableReport
from lib.web import WebError


@dataclass(frozen=True)
class Settled:
    """A report that came: the file as it was published, and its contents."""

    document: Document
    parsed: Parsed


def download_report(publisher: Publisher, report: Report, trade_date: date) -> Settled | None:
    """Return a report of a trade date, or None if it is not published (yet).

    Raises:
        UnreadableReport: neither form can be had or used; the message says for each why.
        LoginRefused: nothing can be had with this account.
    """
    troubles = []
    for form in FORMS:
        try:
            body = publisher.ask(report, trade_date, form)
            if body is not None:
                return Settled(Document(report, trade_date, form, body), parse(body, form, trade_date))
        except (UnreadableReport, WebError) as error:
            troubles.append(f"{report.file_name(trade_date, form)}: {error}")
    if troubles:
        raise UnreadableReport("; ".join(troubles))
    return None


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
