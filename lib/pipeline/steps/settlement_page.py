"""What the page of the settlements shows: its inputs, reports, problems and changes, as frames."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib import store
from lib.pipeline.steps.settlement_collector import ReportOutcome
from lib.pipeline.steps.settlements import SettlementContext
from lib.settlements import hub_report, hubs

N_CHANGES = 15
N_REJECTS = 50


def describe_settlements(context: SettlementContext) -> dict[str, str]:
    """Return what the page is computed from, label -> text."""
    former = store.read_last_trade_date(context.db, before=context.trade_date)
    return {
        "Trade date": f"{context.trade_date:%Y-%m-%d, %A}",
        "Published by": "a simulation" if context.is_demo else "ICE and NGX, not to be redistributed",
        "Compared with": f"{former:%Y-%m-%d, %A}" if former else "nothing: it is the first trade date stored",
    }


def report_table(outcomes: Sequence[ReportOutcome]) -> pd.DataFrame:
    """Return a row per report: its trade_date, name, status, and counts of rows and lines."""
    rows = [
        {
            "trade_date": pd.Timestamp(outcome.trade_date),
            "report": outcome.report.name,
            "status": outcome.status.value,
            "n_rows": outcome.file.n_rows if outcome.file else None,
            "n_written": outcome.counts.written,
            "n_revised": outcome.counts.revised,
            "n_withdrawn": outcome.counts.withdrawn,
            "n_repeated": outcome.file.n_repeated if outcome.file else None,
            "n_rejected": outcome.file.n_rejected if outcome.file else None,
        }
        for outcome in outcomes
    ]
    return pd.DataFrame(rows)


def read_trade_date(context: SettlementContext) -> pd.DataFrame:
    """Return what is stored of the trade date, as `store.read_settlements` does."""
    return store.read_settlements(context.db, context.trade_date)


def troubles(
    context: SettlementContext,
    outcomes: Sequence[ReportOutcome],
    settlements: pd.DataFrame,
    curves: pd.DataFrame,
) -> pd.DataFrame:
    """Return what is missing, unusable or not drawn: trade_date, report, line of its file, message.

    Args:
        context: what `open_settlement_context` returns.
        outcomes: what came of the reports.
        settlements: the settlements of the trade date.
        curves: the desk's curves among them (`lib.settlements.hubs.monthly_curves`).
    """
    rows = [
        row
        for outcome in outcomes
        for row in (*_missing(outcome), *_unusable(outcome), *_contradicted(outcome))
    ]
    rows += [(context.trade_date, None, None, text) for text in _unmapped(settlements, curves)]
    frame = pd.DataFrame(rows, columns=["trade_date", "report", "line", "message"])
    return frame.assign(trade_date=pd.to_datetime(frame["trade_date"]))


def _unmapped(settlements: pd.DataFrame, curves: pd.DataFrame) -> list[str]:
    """Return what the texts of the settlements leave open; nothing where none are stored."""
    if settlements.empty:
        return []
    return [
        *(f"no contract fits {text}" for text in hub_report.describe_lost_hubs(settlements, curves)),
        *hub_report.describe_missing(settlements, curves),
        *hubs.describe_ambiguous(settlements),
        *hub_report.describe_not_needed(curves),
    ]


def _missing(outcome: ReportOutcome) -> list[tuple[object, ...]]:
    if not outcome.is_lacking and not outcome.message:
        return []
    why = outcome.message or "not published yet: the next run asks again"
    if not outcome.is_lacking:
        why = f"stored from before, and could not be had again: {why}"
    return [(outcome.trade_date, outcome.report.name, None, why)]


def _contradicted(outcome: ReportOutcome) -> list[tuple[object, ...]]:
    """Return the prices of a report that are not those of another report, which stay."""
    where = outcome.trade_date, outcome.report.name, None
    return [(*where, f"two reports have another price: {text}") for text in outcome.counts.contradictions]


def _unusable(outcome: ReportOutcome) -> list[tuple[object, ...]]:
    """Return the first unusable lines of a report that was read now."""
    if outcome.downloaded is None:
        return []
    rejects = outcome.downloaded.parsed.rejects.head(N_REJECTS)
    where = outcome.trade_date, outcome.report.name
    return [(*where, row.line, f"{row.reason}: {row.text}") for row in rejects.itertuples()]


def largest_changes(context: SettlementContext) -> pd.DataFrame:
    """Return the futures that changed most since the trade date before: `store.read_largest_changes`."""
    former = store.read_last_trade_date(context.db, before=context.trade_date)
    return store.read_largest_changes(context.db, context.trade_date, former, N_CHANGES)
