"""Downloading a report in the best usable form, .dat before .xlsx, and the folder that keeps the files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lib.atomic_write import write_whole
from lib.settlements.parse import ParsedReport, parse_report
from lib.settlements.reports import FORMS, Form, PublishedFile, Publisher, Report, UnreadableReport
from lib.web import WebError


@dataclass(frozen=True)
class DownloadedReport:
    """A report: the file as it was published, and its contents."""

    document: PublishedFile
    parsed: ParsedReport


def download_report(publisher: Publisher, report: Report, trade_date: date) -> DownloadedReport | None:
    """Return a report of a trade date, or None if it is not published (yet).

    Raises:
        UnreadableReport: neither form can be downloaded and used; the message has the reason for each.
        LoginRefused: the publisher refuses the account.
    """
    errors = []
    for form in FORMS:
        try:
            body = publisher.fetch(report, trade_date, form)
            if body is not None:
                document = PublishedFile(report, trade_date, form, body)
                return DownloadedReport(document, parse_report(body, form, trade_date))
        except (UnreadableReport, WebError) as error:
            errors.append(f"{report.file_name(trade_date, form)}: {error}")
    if errors:
        raise UnreadableReport("; ".join(errors))
    return None


@dataclass(frozen=True)
class ReportFolder:
    """A folder of published files, FOLDER/<trade date>/<file name>; it is a `Publisher` of what it has."""

    folder: Path

    def fetch(self, report: Report, trade_date: date, form: Form) -> bytes | None:
        """Return the latest version of a file, or None if there is none."""
        path = self._path(trade_date, report.file_name(trade_date, form))
        return path.read_bytes() if path.exists() else None

    def save(self, document: PublishedFile) -> Path:
        """Save a file and return its path; a former version is kept with its SHA-256 in the name."""
        path = self._path(document.trade_date, document.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            former = path.read_bytes()
            sha256 = hashlib.sha256(former).hexdigest()
            if sha256 == document.sha256:
                return path
            # A copy, so that the current file is never missing.
            write_whole(path.with_name(f"{path.stem}.{sha256[:12]}{path.suffix}"), former)
        write_whole(path, document.body)
        return path

    def _path(self, trade_date: date, name: str) -> Path:
        return self.folder / str(trade_date) / name
