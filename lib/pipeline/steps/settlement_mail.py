"""The mail about a day's settlements: the files, what is missing, and the front of the desk's curves."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from lib.mail import Attachment, MailServer, compose, configured_server, send
from lib.pipeline.steps.settlement_collector import ReportOutcome, ReportStatus
from lib.settlements import hubs
from lib.store import Database, send_once

KIND = "settlements"

N_MONTHS = 3
N_REJECTS = 5


@dataclass(frozen=True)
class Summary:
    """A mail about a trade date: its text, its files, and the SHA-256 of each of its parts."""

    subject: str
    text: str
    files: tuple[Attachment, ...]
    parts: dict[str, str]


def send_summary(
    db: Database, run_id: int, trade_date: date, outcomes: Sequence[ReportOutcome], forwards: pd.DataFrame
) -> str:
    """Mail the files of a trade date with a summary unless the same was mailed before, and return the result.

    Args:
        db: where sent mails are recorded.
        run_id: the run that sends.
        trade_date: of the reports.
        outcomes: of its reports, and of earlier ones.
        forwards: the monthly curves of the day, as `hubs.monthly_curves` has them.

    Raises:
        MailError: a setting is missing, or the server does not take the mail.
    """
    its_own = [outcome for outcome in outcomes if outcome.trade_date == trade_date]
    if all(outcome.status is ReportStatus.NOT_DUE for outcome in its_own) and not _arrived(
        outcomes, trade_date
    ):
        return "none: no file is due on this day"
    if not any(outcome.downloaded or outcome.is_lacking for outcome in outcomes):
        return "none: the reports are stored from before, and nothing new came"
    server = configured_server()
    if server is None:
        return "none: no SMTP_HOST is set"
    summary = write_mail(trade_date, outcomes, forwards)
    undelivered: list[str] = []

    def deliver() -> None:
        undelivered.extend(_send(server, summary))

    if not send_once(db, KIND, summary.parts, run_id, deliver):
        return "none: a mail that says the same was sent before"
    lost = f"; the server has no mailbox for {', '.join(undelivered)}" if undelivered else ""
    return f"sent to {len(server.recipients) - len(undelivered)} addresses: {summary.subject}{lost}"


def write_mail(trade_date: date, outcomes: Sequence[ReportOutcome], forwards: pd.DataFrame) -> Summary:
    """Return the mail; the same reports make the same mail, whichever run reads them.

    A file that arrived late is a part of its own: only the run in which it arrived has it, and a later run
    must not send the same mail without it.
    """
    its_own = [outcome for outcome in outcomes if outcome.trade_date == trade_date]
    late = _arrived(outcomes, trade_date)
    state = _state(its_own)
    subject = f"ICE settlements {trade_date}: {state}"
    text = _joined(
        f"ICE and NGX settlements of {trade_date:%A, %Y-%m-%d}: {state}.",
        _list("Missing:", [_missing(outcome) for outcome in outcomes if outcome.is_lacking]),
        *_contents("Attached:", its_own),
        _list(f"Forwards, the next {N_MONTHS} months, $/MWh:", _fronts(forwards)),
        _list("Not in the reports:", [hub.label for hub in hubs.find_missing_hubs(forwards)]),
    )
    parts = {str(trade_date): _hash(subject, text, _files(its_own))}
    parts |= {
        outcome.downloaded.document.name: outcome.downloaded.document.sha256
        for outcome in late
        if outcome.downloaded
    }
    everything = _joined(text, *_contents("Arrived late, and attached:", late))
    return Summary(subject, everything + "\n", (*_files(its_own), *_files(late)), parts)


def _arrived(outcomes: Sequence[ReportOutcome], trade_date: date) -> list[ReportOutcome]:
    """Return the earlier reports that this run has stored."""
    return [outcome for outcome in outcomes if outcome.trade_date != trade_date and outcome.downloaded]


def _state(its_own: Sequence[ReportOutcome]) -> str:
    if all(outcome.status is ReportStatus.NOT_DUE for outcome in its_own):
        return "no file is due"
    n_lacking = sum(outcome.is_lacking for outcome in its_own)
    return f"{n_lacking} of {len(its_own)} reports are missing" if n_lacking else "complete"


def _contents(heading: str, outcomes: Sequence[ReportOutcome]) -> tuple[str, str]:
    """Return the paragraphs about the files of some reports: their names, and their unusable lines."""
    present = [_present(outcome) for outcome in outcomes if outcome.downloaded]
    return (
        _list(heading, present),
        _list("Lines that could not be used (the first of each file):", _rejects(outcomes)),
    )


def _files(outcomes: Sequence[ReportOutcome]) -> list[Attachment]:
    documents = [outcome.downloaded.document for outcome in outcomes if outcome.downloaded]
    return [Attachment(document.name, document.body) for document in documents]


def _send(server: MailServer, summary: Summary) -> list[str]:
    message = compose(server.sender, server.recipients, summary.subject, summary.text, summary.files)
    return send(message, server)


def _hash(subject: str, text: str, files: Sequence[Attachment]) -> str:
    digest = hashlib.sha256(f"{subject}\0{text}".encode())
    for file in files:
        digest.update(hashlib.sha256(file.body).digest())
    return digest.hexdigest()


def _joined(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))


def _list(heading: str, lines: Sequence[str]) -> str:
    return "\n".join([heading, *(f"  {line}" for line in lines)]) if lines else ""


def _missing(outcome: ReportOutcome) -> str:
    return f"{outcome.report.name} of {outcome.trade_date}: {outcome.message or outcome.status}"


def _present(outcome: ReportOutcome) -> str:
    assert outcome.file is not None
    unusable = f", {outcome.file.n_rejected:,} lines not usable" if outcome.file.n_rejected else ""
    return f"{outcome.file.file_name}: {outcome.file.n_rows:,} settlements{unusable}"


def _rejects(outcomes: Sequence[ReportOutcome]) -> list[str]:
    return [
        f"{outcome.report.name}, line {row.line}: {row.reason}"
        for outcome in outcomes
        if outcome.downloaded is not None
        for row in outcome.downloaded.parsed.rejects.head(N_REJECTS).itertuples()
    ]


def _fronts(forwards: pd.DataFrame) -> list[str]:
    """Return a line for each hub and block with its first months and their changes."""
    return [
        f"{hub} {block}: " + ", ".join(_quote(row) for row in curve.head(N_MONTHS).itertuples())
        for (hub, block), curve in forwards.groupby(["hub", "block"], sort=False)
    ]


def _quote(row: Any) -> str:
    change = "" if pd.isna(row.net_change) else f" ({row.net_change:+.2f})"
    return f"{row.strip:%b %y} {row.settlement_price:.2f}{change}"
