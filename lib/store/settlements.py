"""Settlements and their reports: a day's file written in one transaction, and read by trade date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from adbc_driver_postgresql import dbapi

from lib.store.bulk import InvalidValues, as_rows, lock_until_commit, record_write
from lib.store.database import Database
from lib.store.ledger import Task, WriteCounts
from lib.store.read import fetch, read_sql, with_literals

TABLE = "ice_settlement"

KEY = ("trade_date", "contract", "contract_type", "strip", "strike", "product_id")
VALUES = ("settlement_price", "net_change", "expiration_date", "hub", "product", "report")


@dataclass(frozen=True)
class ReportFile:
    """The file that a report was read from, and what was in it."""

    trade_date: date
    report: str
    file_name: str
    sha256: str
    n_rows: int
    n_repeated: int
    n_rejected: int


def write_settlements(db: Database, file: ReportFile, frame: pd.DataFrame, task: Task) -> WriteCounts:
    """Store the settlements of a report: new ones are added, others revised, and the file is noted.

    Args:
        db: the database.
        file: where they come from.
        frame: the table's columns without report and run_id; strike NaN where there is none.
        task: who writes.

    Raises:
        InvalidValues: the columns or values do not fit, or a key comes twice.
    """
    if frame.duplicated(list(KEY)).any():
        raise InvalidValues(f"{file.file_name}: a settlement is given twice; its key is {', '.join(KEY)}")
    constants = {"report": file.report, "run_id": task.run_id}
    with db.arrow_connection() as connection:
        lock_until_commit(connection, TABLE)  # so that what was compared stays so
        _stage(connection, frame, constants)
        revised = _count(connection, _UPDATE)
        written = _count(connection, _INSERT)
        counts = WriteCounts(len(frame), written, revised)
        _execute(connection, _NOTE_FILE, {**vars(file), "run_id": task.run_id})
        record_write(connection, TABLE, task, counts)
    return counts


def read_settlements(db: Database, trade_date: date, contracts: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the settlements of a trade date.

    Args:
        db: the database.
        trade_date: which day's.
        contracts: codes of contracts; None for all.

    Returns:
        trade_date, contract, contract_type, strip, strike (NaN where there is none), product_id,
        settlement_price, net_change, expiration_date, hub, product, report; by the first six.
    """
    chosen = "" if contracts is None else "AND contract IN :contracts"
    key = ", ".join(KEY)
    return read_sql(
        db,
        f"SELECT {key}, {', '.join(VALUES)} FROM {TABLE} WHERE trade_date = :trade_date {chosen} "
        f"ORDER BY {key}",
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


def last_trade_date(db: Database, before: date | None = None) -> date | None:
    """Return the last trade date that has settlements, or the last before a day; None if there is none."""
    limit = "" if before is None else "WHERE trade_date < :before"
    found = read_sql(db, f"SELECT max(trade_date) AS day FROM settlement_report {limit}", {"before": before})
    return None if found["day"].isna().all() else found["day"].iloc[0].date()


def largest_changes(db: Database, trade_date: date, former_date: date | None, limit: int) -> pd.DataFrame:
    """Return the futures that have changed most between two trade dates, as a share of the price.

    Of each contract only the strip that changed most counts; a price under 1 is taken for 1. Without a former
    date there are no changes.

    Returns:
        hub, product, contract, strip, former_price, settlement_price, change (the difference), net_change (as
        published), share (of the former price); the largest first.
    """
    return read_sql(db, _CHANGES, {"trade_date": trade_date, "former_date": former_date, "limit": limit})


_SAME_KEY = " AND ".join(f"stored.{name} = staged.{name}" for name in KEY)
_NEW_VALUES = ", ".join(f"{name} = staged.{name}" for name in (*VALUES, "run_id"))

_UPDATE = f"""
    WITH revised AS (
        UPDATE {TABLE} stored SET {_NEW_VALUES} FROM staged
        WHERE {_SAME_KEY}
          AND ({", ".join(f"stored.{name}" for name in VALUES)})
              IS DISTINCT FROM ({", ".join(f"staged.{name}" for name in VALUES)})
        RETURNING 1
    ) SELECT count(*) AS n FROM revised
"""

_INSERT = f"""
    WITH written AS (
        INSERT INTO {TABLE} SELECT * FROM staged
        WHERE NOT EXISTS (SELECT FROM {TABLE} stored WHERE {_SAME_KEY})
        RETURNING 1
    ) SELECT count(*) AS n FROM written
"""

_NOTE_FILE = """
    INSERT INTO settlement_report AS known
        (trade_date, report, file_name, sha256, n_rows, n_repeated, n_rejected, run_id)
    VALUES (:trade_date, :report, :file_name, :sha256, :n_rows, :n_repeated, :n_rejected, :run_id)
    ON CONFLICT (trade_date, report) DO UPDATE
    SET file_name = excluded.file_name, sha256 = excluded.sha256, n_rows = excluded.n_rows,
        n_repeated = excluded.n_repeated, n_rejected = excluded.n_rejected, run_id = excluded.run_id,
        loaded_at = now()
    WHERE known.sha256 <> excluded.sha256 OR known.n_rows <> excluded.n_rows
"""

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


def _stage(connection: dbapi.Connection, frame: pd.DataFrame, constants: Mapping[str, object]) -> None:
    """Copy the rows into a temporary table of the target's shape."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE staged (LIKE {TABLE}) ON COMMIT DROP")
        rows = as_rows(connection, TABLE, frame, constants)
        at = rows.column_names.index("strike")
        rows = rows.set_column(at, "strike", rows["strike"].fill_null(float("nan")))
        cursor.adbc_ingest("staged", rows, mode="append", temporary=True)
        cursor.execute("ANALYZE staged")


def _count(connection: dbapi.Connection, sql: str) -> int:
    return int(fetch(connection, sql)["n"][0].as_py())


def _execute(connection: dbapi.Connection, sql: str, params: Mapping[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(with_literals(sql, params))
