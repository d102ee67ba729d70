"""Reading settlements and their reports by trade date."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import pandas as pd

from lib.hub_map import SETTLEMENT_KEY
from lib.store.database import Database
from lib.store.query import read_sql
from lib.store.settlements import TABLE, VALUES, ReportFile

_KEY = ", ".join(SETTLEMENT_KEY)


def read_settlements(
    db: Database, trade_date: date, contracts: Sequence[str] | None = None, monthly_only: bool = False
) -> pd.DataFrame:
    """Return the settlements of a trade date.

    Args:
        db: the database.
        trade_date: which day's.
        contracts: codes of contracts; None for all.
        monthly_only: leave out options, and strips that do not begin with a month.

    Returns:
        trade_date, contract, contract_type, strip, strike (NaN where there is none), product_id,
        settlement_price, net_change, expiration_date, hub, product, report; by the first six.
    """
    chosen = "" if contracts is None else "AND contract IN :contracts"
    months = "AND strike = 'NaN' AND extract(day FROM strip) = 1" if monthly_only else ""
    return read_sql(
        db,
        f"SELECT {_KEY}, {', '.join(VALUES)} FROM {TABLE} WHERE trade_date = :trade_date {chosen} {months} "
        f"ORDER BY {_KEY}",
        {"trade_date": trade_date, "contracts": contracts},
    )


def read_report_files(db: Database, trade_dates: Sequence[date]) -> list[ReportFile]:
    """Return the files that were loaded for some trade dates."""
    names = ", ".join(ReportFile.__dataclass_fields__)
    found = read_sql(
        db,
        f"SELECT {names} FROM settlement_report WHERE trade_date IN :trade_dates ORDER BY trade_date, report",
        {"trade_dates": trade_dates},
    )
    return [ReportFile(row.trade_date.date(), *row[2:]) for row in found.itertuples()]


def read_last_settled(
    db: Database,
    strips: Collection[date],
    since: date | None,
    until: date,
    contracts: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return when futures were last settled.

    Args:
        db: the database.
        strips: only settlements of these; the first days of months for monthly contracts.
        since: the first trade date to look at; None to look at all, which reads the whole table.
        until: the last trade date to look at.
        contracts: codes of contracts; None for all.

    Returns:
        contract, hub, product, trade_date (the last that has any of the strips).
    """
    return read_sql(
        db,
        f"""
        SELECT contract, hub, product, max(trade_date) AS trade_date FROM {TABLE}
        WHERE trade_date <= :until {"" if since is None else "AND trade_date >= :since"}
          AND strike = 'NaN' AND strip IN :strips {"" if contracts is None else "AND contract IN :contracts"}
        GROUP BY contract, hub, product
        """,
        {"since": since, "until": until, "strips": strips, "contracts": contracts},
    )


def read_last_trade_date(db: Database, before: date | None = None) -> date | None:
    """Return the last trade date that has settlements, or the last before a day; None if there is none."""
    limit = "" if before is None else "WHERE trade_date < :before"
    found = read_sql(db, f"SELECT max(trade_date) AS day FROM settlement_report {limit}", {"before": before})
    return None if found["day"].isna().all() else found["day"].iloc[0].date()


def read_largest_changes(
    db: Database, trade_date: date, former_date: date | None, limit: int
) -> pd.DataFrame:
    """Return the futures that have changed most between two trade dates, as a share of the price.

    Of each contract only the strip that changed most counts; a price under 1 is taken for 1. Without a former
    date there are no changes.

    Returns:
        hub, product, contract, strip, former_price, settlement_price, change (the difference), net_change (as
        published), share (of the former price); the largest first.
    """
    return read_sql(db, _CHANGES, {"trade_date": trade_date, "former_date": former_date, "limit": limit})


_CHANGES = f"""
    WITH moved AS (
        SELECT DISTINCT ON (contract)
               stored.hub, stored.product, contract, strip, former.settlement_price AS former_price,
               stored.settlement_price, stored.settlement_price - former.settlement_price AS change,
               stored.net_change,
               abs(stored.settlement_price - former.settlement_price)
               / greatest(abs(former.settlement_price), 1) AS share
        FROM {TABLE} stored JOIN {TABLE} former USING (contract, contract_type, strip, strike, product_id)
        WHERE stored.trade_date = :trade_date AND former.trade_date = :former_date AND strike = 'NaN'
        ORDER BY contract, share DESC, strip
    )
    SELECT * FROM moved ORDER BY share DESC, contract LIMIT :limit
"""
