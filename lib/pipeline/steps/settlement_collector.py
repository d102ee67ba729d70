"""Collect the settlement reports of a day, and those that earlier days lack: download, keep, store, wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from lib.settlements import (
    REPORTS,
    DownloadedReport,
    LoginRefused,
    Publisher,
    Report,
    ReportFolder,
    UnreadableReport,
    download_report,
)
from lib.settlements.business_days import EASTERN, business_days_before, is_business_day
from lib.store import (
    Database,
    ImplausibleCorrection,
    ReportFile,
    RunTask,
    SettlementCounts,
    read_report_files,
    write_settlements,
)

POLL_S = 300.0
"""How long to wait before asking again for reports that are not published yet."""


class ReportStatus(StrEnum):
    """The result of asking for a report."""

    STORED = "stored"
    NOT_PUBLISHED = "not published"
    NOT_DUE = "no file is due"
    FAILED = "failed"
    REFUSED = "login refused"


_WITHOUT_REPORT = (ReportStatus.NOT_PUBLISHED, ReportStatus.FAILED, ReportStatus.REFUSED)


@dataclass(frozen=True)
class ReportOutcome:
    """The result for one report of a trade date: with `downloaded` it was read now, with `file` it is stored.

    A report that cannot be downloaded again may be stored from before: it has a `file` and no `downloaded`.
    """

    report: Report
    trade_date: date
    status: ReportStatus
    message: str = ""
    file: ReportFile | None = None
    counts: SettlementCounts = field(default_factory=SettlementCounts)
    downloaded: DownloadedReport | None = None

    @property
    def is_lacking(self) -> bool:
        """Whether the report should be stored and is not."""
        return self.status in _WITHOUT_REPORT and self.file is None

    @property
    def may_still_come(self) -> bool:
        """Whether asking again later may help; a refused account stays refused."""
        return self.is_lacking and self.status is not ReportStatus.REFUSED


@dataclass(frozen=True)
class Collector:
    """Collects reports from a publisher into a report folder and the database, and waits until a deadline."""

    db: Database
    publisher: Publisher
    report_folder: ReportFolder | None
    task: RunTask
    deadline: datetime

    def collect(
        self,
        trade_date: date,
        lookback_days: int,
        now: Callable[[], datetime] = lambda: datetime.now(EASTERN),
        sleep: Callable[[float], None] = time.sleep,
    ) -> list[ReportOutcome]:
        """Download all reports of a trade date, and those that the business days before it lack.

        Today's reports are asked for again until all are stored or the deadline has come. A failure affects
        its own report only.

        Returns:
            an outcome for each report asked for, the trade date's own first.
        """
        outcomes = {report: self._collect_one(report, trade_date) for report in REPORTS}
        earlier = business_days_before(trade_date, lookback_days)
        late = [self._collect_one(report, day) for report, day in _missing(self.db, earlier)]
        while awaited := [report for report, outcome in outcomes.items() if outcome.may_still_come]:
            moment = now()
            if trade_date != moment.astimezone(EASTERN).date() or moment >= self.deadline:
                break
            sleep(min(POLL_S, (self.deadline - moment).total_seconds()))
            outcomes |= {report: self._collect_one(report, trade_date) for report in awaited}
        return [*outcomes.values(), *late]

    def _collect_one(self, report: Report, trade_date: date) -> ReportOutcome:
        """Download and store a report; if that fails, find whether it is stored from before."""
        outcome = self._download(report, trade_date)
        if not outcome.is_lacking:
            return outcome
        before = (file for file in read_report_files(self.db, [trade_date]) if file.report == report.name)
        return replace(outcome, file=next(before, None))

    def _download(self, report: Report, trade_date: date) -> ReportOutcome:
        """Download a report, keep its file, and store its settlements."""
        try:
            downloaded = download_report(self.publisher, report, trade_date)
        except UnreadableReport as error:
            return ReportOutcome(report, trade_date, ReportStatus.FAILED, str(error))
        except LoginRefused as error:
            return ReportOutcome(report, trade_date, ReportStatus.REFUSED, str(error))
        if downloaded is None:
            is_due = is_business_day(trade_date)
            return ReportOutcome(
                report, trade_date, ReportStatus.NOT_PUBLISHED if is_due else ReportStatus.NOT_DUE
            )
        if self.report_folder is not None:
            self.report_folder.save(downloaded.document)
        file = _file_of(downloaded)
        try:
            counts = write_settlements(self.db, file, downloaded.parsed.frame, self.task)
        except ImplausibleCorrection as error:
            return ReportOutcome(report, trade_date, ReportStatus.FAILED, str(error))
        return ReportOutcome(report, trade_date, ReportStatus.STORED, "", file, counts, downloaded)


def stored(db: Database, trade_date: date) -> list[ReportOutcome]:
    """Return the outcomes for what is stored of a trade date's reports; nothing is downloaded."""
    files = {file.report: file for file in read_report_files(db, [trade_date])}
    return [
        ReportOutcome(report, trade_date, ReportStatus.STORED, "", files[report.name])
        if report.name in files
        else ReportOutcome(report, trade_date, ReportStatus.NOT_PUBLISHED)
        for report in REPORTS
    ]


def _missing(db: Database, days: Sequence[date]) -> list[tuple[Report, date]]:
    """Return the reports that are not stored, for each of the days."""
    known = {(file.report, file.trade_date) for file in read_report_files(db, days)}
    return [(report, day) for day in days for report in REPORTS if (report.name, day) not in known]


def _file_of(downloaded: DownloadedReport) -> ReportFile:
    document, parsed = downloaded.document, downloaded.parsed
    return ReportFile(
        document.trade_date,
        document.report.name,
        document.name,
        document.sha256,
        len(parsed.frame),
        parsed.n_repeated,
        len(parsed.rejects),
    )
