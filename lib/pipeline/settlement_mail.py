"""The mail about a day's settlements: the files, what is missing, and the front of the desk's curves."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

from lib.mail import Attachment, MailServer, compose, configured_server, send
from lib.pipeline.collect import Outcome, Status
from lib.settlements import hubs
from lib.store import Database, send_once

KIND = "settlements"

N_MONTHS = 3
N_REJECTS = 5


def send_summary(db: Database, trade_date: date, outcomes: Sequence[Outcome], forwards: pd.DataFrame) -> str:
    """Mail the files of a trade date with a summary, unless that was done, and say what became of it.

    Args:
        db: where mails are noted.
        trade_date: which day's.
        outcomes: what came of its reports, and of earlier ones.
        forwards: the monthly curves of the day, as `hubs.monthly_curves` has them.

    Raises:
        MailError: a setting is missing, or the server does not take the mail.
    """
    if all(outcome.status is Status.NOT_DUE for outcome in outcomes):
        return "none: no file is due on this day"
    server = configured_server()
    if server is None:
        return "none: no SMTP_HOST is set"
    subject, text, files = write(trade_date, outcomes, forwards)
    undelivered: list[str] = []

    def hand_in() -> None:
        undelivered.extend(_send(server, subject, text, files))

    is_new = send_once(db, KIND, str(trade_date), _hash(subject, text, files), hand_in)
    if not is_new:
        return "none: a mail that says the same was sent before"
    lost = f"; the server has no mailbox for {', '.join(undelivered)}" if undelivered else ""
    return f"sent to {len(server.recipients) - len(undelivered)} addresses: {subject}{lost}"


def write(
    trade_date: date, outcomes: Sequence[Outcome], forwards: pd.DataFrame
) -> tuple[str, str, list[Attachment]]:
    """Return subject, text and attachments; the same reports make the same mail, whichever run reads them."""
    its_own = [outcome for outcome in outcomes if outcome.trade_date == trade_date]
    lacking = [outcome for outcome in outcomes if outcome.is_lacking]
    n_lacking = sum(outcome.trade_date == trade_date for outcome in lacking)
    state = f"{n_lacking} of {len(its_own)} reports are missing" if n_lacking else "complete"
    paragraphs = [
        f"ICE and NGX settlements of {trade_date:%A, %Y-%m-%d}: {state}.",
        _list("Missing:", [_missing(outcome) for outcome in lacking]),
        _list("Attached:", [_present(outcome) for outcome in its_own if outcome.settled]),
        _list("Lines that could not be used (the first of each file):", _rejects(its_own)),
        _list(f"Forwards, the next {N_MONTHS} months, $/MWh:", _fronts(forwards)),
        _list("Not in the reports:", [hub.label for hub in hubs.absent(forwards)]),
    ]
    files = [
        Attachment(outcome.settled.document.name, outcome.settled.document.body)
        for outcome in its_own
        if outcome.settled
    ]
    text = "\n\n".join(filter(None, paragraphs)) + "\n"
    return f"ICE settlements {trade_date}: {state}", text, files


def _send(server: MailServer, subject: str, text: str, files: Sequence[Attachment]) -> list[str]:
    return send(compose(server.sender, server.recipients, subject, text, files), server)


def _hash(subject: str, text: str, files: Sequence[Attachment]) -> str:
    digest = hashlib.sha256(f"{subject}\0{text}".encode())
    for file in files:
        digest.update(hashlib.sha256(file.body).digest())
    return digest.hexdigest()


def _list(heading: str, lines: Sequence[str]) -> str:
    return "\n".join([heading, *(f"  {line}" for line in lines)]) if lines else ""


def _missing(outcome: Outcome) -> str:
    return f"{outcome.report.name} of {outcome.trade_date}: {outcome.message or outcome.status}"


def _present(outcome: Outcome) -> str:
    assert outcome.file is not None
    unusable = f", {outcome.file.n_rejected:,} lines not usable" if outcome.file.n_rejected else ""
    return f"{outcome.file.file_name}: {outcome.file.n_rows:,} settlements{unusable}"


def _rejects(outcomes: Sequence[Outcome]) -> list[str]:
    return [
        f"{outcome.report.name}, line {row.line}: {row.reason}"
        for outcome in outcomes
        if outcome.settled is not None
        for row in outcome.settled.parsed.rejects.head(N_REJECTS).itertuples()
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
