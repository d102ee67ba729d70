"""Read settlements and their reports by trade date."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import pandas as pd

from lib.hub_map import SETTLEMENT_KEY
from lib.store.database import Database
from lib.store.query import read_sql
from lib.store.settlements import TABLE, VALUES, ReportFile

_KEY = ", ".join(SETTLEMENT_KEY)


def read_settlements(db: Database, trade_date: date, monthly_only: bool = False) -> pd.DataFrame:
    """Return the settlements of a trade date.

    Args:
        db: the database.
        trade_date: the trade date.
        monthly_only: without options, and without strips that do not begin on the first of a month.

    Returns:
        trade_date, contract, contract_type, strip, strike (NaN if there is none), product_id,
        settlement_price, net_change, expiration_date, hub, product, report; by the first six.
    """
    months = "AND strike = 'NaN' AND extract(day FROM strip) = 1" if monthly_only else ""
    return read_sql(
        db,
        f"SELECT {_KEY}, {', '.join(VALUES)} FROM {TABLE} WHERE trade_date = :trade_date {months} "
        f"ORDER BY {_KEY}",
        {"trade_date": trade_date},
    )


def read_report_files(db: Database, trade_dates: Sequence[date]) -> list[ReportFile]:
    """Return the files that the settlements of some trade dates were read from."""
    names = ", ".join(ReportFile.__dataclass_fields__)
    found = read_sql(
        db,
        f"SELECT {names} FROM settlement_report WHERE trade_date IN :trade_dates ORDER BY trade_date, report",
        {"trade_dates": trade_dates},
    )
    return [ReportFile(row.trade_date.date(), *row[2:]) for row in found.itertuples()]


def read_last_trade_dates(
    db: Database, strips: Collection[date], since: date | None, until: date
) -> pd.DataFrame:
    """Return the last trade date on which each future has a settlement.

    Args:
        db: the database.
        strips: only settlements of these; the first days of months for monthly contracts.
        since: the first trade date to search; None to search from the start, which reads the whole table.
        until: the last trade date to search.

    Returns:
        contract, hub, product, trade_date (the last that has any of the strips).
    """
    return read_sql(
        db,
        f"""
        SELECT contract, hub, product, max(trade_date) AS trade_date FROM {TABLE}
        WHERE trade_date <= :until {"" if since is None else "AND trade_date >= :since"}
          AND strike = 'NaN' AND strip IN :strips
        GROUP BY contract, hub, product
        """,
        {"since": since, "until": until, "strips": strips},
    )


def read_last_trade_date(db: Database, before: date | None = None) -> date | None:
    """Return the last trade date with settlements, or the last one before a day; None if there is none."""
    limit = "" if before is None else "WHERE trade_date < :before"
    found = read_sql(db, f"SELECT max(trade_date) AS day FROM settlement_report {limit}", {"before": before})
    return None if found["day"].isna().all() else found["day"].iloc[0].date()


def read_largest_changes(
    db: Database, trade_date: date, former_date: date | None, limit: int
) -> pd.DataFrame:
    """Return the futures that changed most between two trade dates, relative to the price.

    Each contract is shown with the strip that changed most. A former price under 1 in size counts as 1.
    Without a former date there are no changes.

    Returns:
        hub, product, contract, strip, former_price, settlement_price, change (the difference), net_change (as
        published), share (change in size / former price); the largest share first.
    """
    return read_sql(db, _CHANGES, {"trade_date": trade_date, "former_date": former_date, "limit": limit})


_CHANGES = f"""
    WITH changed AS (
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
    SELECT * FROM changed ORDER BY share DESC, contract LIMIT :limit
"""
