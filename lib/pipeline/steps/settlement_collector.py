"""Collecting the settlement reports of a day, and those that earlier days lack: ask, keep, store, wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from lib.settlements import (
    REPORTS,
    LoginRefused,
    Publisher,
    Report,
    Settled,
    Shelf,
    UnreadableReport,
    download_report,
)
from lib.settlements.business_days import EASTERN, business_days_before, is_business_day
from lib.store import (
    Database,
    ImplausibleCorrection,
    ReportFile,
    SettlementCounts,
    Task,
    read_report_files,
    write_settlements,
)

POLL_S = 300.0
"""How long to wait before asking again for what is not published yet."""


class ReportStatus(StrEnum):
    """What can come of asking for a report."""

    STORED = "stored"
    NOT_PUBLISHED = "not published"
    NOT_DUE = "no file is due"
    FAILED = "failed"
    REFUSED = "login refused"


_NOT_HAD = (ReportStatus.NOT_PUBLISHED, ReportStatus.FAILED, ReportStatus.REFUSED)


@dataclass(frozen=True)
class ReportOutcome:
    """What came of one report of a trade date; with `settled` it was read now, with `file` it is stored.

    A report that cannot be had again may be stored from before: then it has a `file` and no `settled`.
    """

    report: Report
    trade_date: date
    status: ReportStatus
    message: str = ""
    file: ReportFile | None = None
    counts: SettlementCounts = field(default_factory=SettlementCounts)
    settled: Settled | None = None

    @property
    def is_lacking(self) -> bool:
        """Whether the report should be there and is not."""
        return self.status in _NOT_HAD and self.file is None

    @property
    def may_still_come(self) -> bool:
        """Whether asking again later may help; a refused account stays refused."""
        return self.is_lacking and self.status is not ReportStatus.REFUSED


@dataclass(frozen=True)
class Collector:
    """Whom to ask, where to put what comes, until when to wait for the day's own, and who writes."""

    db: Database
    publisher: Publisher
    shelf: Shelf | None
    task: Task
    deadline: datetime

    def collect(
        self,
        trade_date: date,
        lookback_days: int,
        now: Callable[[], datetime] = lambda: datetime.now(EASTERN),
        sleep: Callable[[float], None] = time.sleep,
    ) -> list[ReportOutcome]:
        """Ask for all reports of a trade date, and for those that the business days before it lack.

        Today's are asked for again until they are all there or the deadline has come. What fails costs its
        own report only.

        Returns:
            a row for each report asked for, the trade date's own first.
        """
        outcomes = {report: self._ask(report, trade_date) for report in REPORTS}
        earlier = business_days_before(trade_date, lookback_days)
        late = [self._ask(report, day) for report, day in _lacking(self.db, earlier)]
        while awaited := [report for report, outcome in outcomes.items() if outcome.may_still_come]:
            moment = now()
            if trade_date != moment.astimezone(EASTERN).date() or moment >= self.deadline:
                break
            sleep(min(POLL_S, (self.deadline - moment).total_seconds()))
            outcomes |= {report: self._ask(report, trade_date) for report in awaited}
        return [*outcomes.values(), *late]

    def _ask(self, report: Report, trade_date: date) -> ReportOutcome:
        """Ask for a report; where it cannot be had, say whether it is stored from before."""
        outcome = self._asked(report, trade_date)
        if not outcome.is_lacking:
            return outcome
        before = (file for file in read_report_files(self.db, [trade_date]) if file.report == report.name)
        return replace(outcome, file=next(before, None))

    def _asked(self, report: Report, trade_date: date) -> ReportOutcome:
        """Ask for a report, and put what comes on the shelf and into the database."""
        try:
            settled = download_report(self.publisher, report, trade_date)
        except UnreadableReport as error:
            return ReportOutcome(report, trade_date, ReportStatus.FAILED, str(error))
        except LoginRefused as error:
            return ReportOutcome(report, trade_date, ReportStatus.REFUSED, str(error))
        if settled is None:
            is_due = is_business_day(trade_date)
            return ReportOutcome(
                report, trade_date, ReportStatus.NOT_PUBLISHED if is_due else ReportStatus.NOT_DUE
            )
        if self.shelf is not None:
            self.shelf.keep(settled.document)
        file = _file_of(settled)
        try:
            counts = write_settlements(self.db, file, settled.parsed.frame, self.task)
        except ImplausibleCorrection as error:
            return ReportOutcome(report, trade_date, ReportStatus.FAILED, str(error))
        return ReportOutcome(report, trade_date, ReportStatus.STORED, "", file, counts, settled)


def stored(db: Database, trade_date: date) -> list[ReportOutcome]:
    """Return what is stored of a trade date's reports, without asking anybody."""
    files = {file.report: file for file in read_report_files(db, [trade_date])}
    return [
        ReportOutcome(report, trade_date, ReportStatus.STORED, "", files[report.name])
        if report.name in files
        else ReportOutcome(report, trade_date, ReportStatus.NOT_PUBLISHED)
        for report in REPORTS
    ]


def _lacking(db: Database, days: Sequence[date]) -> list[tuple[Report, date]]:
    """Return the reports that are not stored, for each of some business days."""
    known = {(file.report, file.trade_date) for file in read_report_files(db, days)}
    return [(report, day) for day in days for report in REPORTS if (report.name, day) not in known]


def _file_of(settled: Settled) -> ReportFile:
    document, parsed = settled.document, settled.parsed
    return ReportFile(
        document.trade_date,
        document.report.name,
        document.name,
        document.sha256,
        len(parsed.frame),
        parsed.n_repeated,
        len(parsed.rejects),
    )
