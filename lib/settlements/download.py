"""Obtaining a report in the best form that can be used: .dat, and where that fails .xlsx."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lib.settlements.parse import Parsed, parse
from lib.settlements.reports import FORMS, Document, Publisher, Report, UnreadableReport
from lib.web import WebError


@dataclass(frozen=True)
class Settled:
    """A report that came: the file as it was published, and its contents."""

    document: Document
    parsed: Parsed


def obtain(publisher: Publisher, report: Report, trade_date: date) -> Settled | None:
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
