"""Write the settlements of a report's file: one transaction inserts, revises and deletes.

1. The rows of the file are staged in a temporary table.
2. Stored settlements of the report that the file lacks are deleted: the file withdraws them.
3. Stored settlements with other values are updated, and new ones inserted. A settlement that two reports have
   stays that of the first: the other one revises nothing, and where its price is another one, that is said.
4. The file is entered into settlement_report, and the counts into the run log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd
from adbc_driver_postgresql import dbapi

from lib.hub_map import SETTLEMENT_KEY
from lib.store.bulk import InvalidValues, lock_until_commit, record_write, to_arrow
from lib.store.database import Database
from lib.store.query import fetch_arrow, with_literals
from lib.store.run_log import RunTask, WriteCounts

TABLE = "ice_settlement"

VALUES = ("settlement_price", "net_change", "expiration_date", "hub", "product", "report")

N_CONTRADICTIONS = 5
"""How many contradictions of two reports are named; all are counted."""

MAX_WITHDRAWN_SHARE = 0.2
"""The share of a report's stored settlements that a file may withdraw; one that lacks more is cut short."""


class ImplausibleCorrection(ValueError):
    """A corrected file lacks too many of the stored settlements; nothing of it is stored."""


@dataclass(frozen=True)
class SettlementCounts(WriteCounts):
    """The counts of a write, with the number of stored settlements that were deleted: the file lacks them.

    `contradictions` say, for the first few, which prices of the file are not those of another report.
    """

    withdrawn: int = 0
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportFile:
    """The file that a report was read from, with the number of its lines by what became of them."""

    trade_date: date
    report: str
    file_name: str
    sha256: str
    n_rows: int
    n_repeated: int
    n_rejected: int


def write_settlements(db: Database, file: ReportFile, frame: pd.DataFrame, task: RunTask) -> SettlementCounts:
    """Replace a report's stored settlements by those of its file, and record the file.

    Args:
        db: the database.
        file: the file.
        frame: the table's columns without report and run_id; strike is NaN if there is none.
        task: who writes.

    Raises:
        InvalidValues: the columns or values do not fit, or a key comes twice.
        ImplausibleCorrection: the file lacks more than MAX_WITHDRAWN_SHARE of the stored settlements.
    """
    if frame.duplicated(list(SETTLEMENT_KEY)).any():
        raise InvalidValues(f"{file.file_name}: a settlement is given twice; its key is {_KEY}")
    constants = {"report": file.report, "run_id": task.run_id}
    with db.arrow_connection() as connection:
        lock_until_commit(connection, TABLE)  # stored settlements cannot change while they are compared
        _stage(connection, frame, constants)
        withdrawn = _withdraw(connection, file)
        revised = _count(connection, _UPDATE)
        written = _count(connection, _INSERT)
        contradictions = tuple(_describe_contradictions(connection))
        counts = SettlementCounts(len(frame), written, revised, withdrawn, contradictions)
        _execute(connection, _UPSERT_FILE, {**vars(file), "n_withdrawn": withdrawn, "run_id": task.run_id})
        record_write(connection, TABLE, task, counts)
    return counts


_KEY = ", ".join(SETTLEMENT_KEY)
_SAME_KEY = " AND ".join(f"stored.{name} = staged.{name}" for name in SETTLEMENT_KEY)
_NEW_VALUES = ", ".join(f"{name} = staged.{name}" for name in (*VALUES, "run_id"))

_ITS_OWN = "stored.trade_date = :trade_date AND stored.report = :report"
_IS_LACKING = f"{_ITS_OWN} AND NOT EXISTS (SELECT FROM staged WHERE {_SAME_KEY})"

_COUNT_LACKING = f"""
    SELECT count(*) FILTER (WHERE {_IS_LACKING}) AS n_lacking, count(*) AS n_stored
    FROM {TABLE} stored WHERE {_ITS_OWN}
"""

_UPDATE = f"""
    WITH revised AS (
        UPDATE {TABLE} stored SET {_NEW_VALUES} FROM staged
        WHERE {_SAME_KEY} AND stored.report = staged.report
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

_CONTRADICTED = f"""
    SELECT staged.hub, staged.contract, staged.strip, staged.settlement_price AS own_price,
           stored.settlement_price AS other_price, stored.report, count(*) OVER () AS n
    FROM staged JOIN {TABLE} stored ON {_SAME_KEY} AND stored.report <> staged.report
    WHERE stored.settlement_price IS DISTINCT FROM staged.settlement_price
    ORDER BY staged.hub, staged.contract, staged.strip LIMIT {N_CONTRADICTIONS}
"""

_UPSERT_FILE = """
    INSERT INTO settlement_report AS known
        (trade_date, report, file_name, sha256, n_rows, n_repeated, n_rejected, n_withdrawn, run_id)
    VALUES (:trade_date, :report, :file_name, :sha256, :n_rows, :n_repeated, :n_rejected, :n_withdrawn,
            :run_id)
    ON CONFLICT (trade_date, report) DO UPDATE
    SET file_name = excluded.file_name, sha256 = excluded.sha256, n_rows = excluded.n_rows,
        n_repeated = excluded.n_repeated, n_rejected = excluded.n_rejected,
        n_withdrawn = excluded.n_withdrawn, run_id = excluded.run_id, loaded_at = now()
    WHERE (known.sha256, known.n_rows, known.n_repeated, known.n_rejected)
          IS DISTINCT FROM (excluded.sha256, excluded.n_rows, excluded.n_repeated, excluded.n_rejected)
"""


def _stage(connection: dbapi.Connection, frame: pd.DataFrame, constants: Mapping[str, object]) -> None:
    """Copy the rows into a temporary table of the target's shape."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE staged (LIKE {TABLE}) ON COMMIT DROP")
        rows = to_arrow(connection, TABLE, frame, constants)
        at = rows.column_names.index("strike")
        rows = rows.set_column(at, "strike", rows["strike"].fill_null(float("nan")))
        cursor.adbc_ingest("staged", rows, mode="append", temporary=True)
        cursor.execute("ANALYZE staged")


def _withdraw(connection: dbapi.Connection, file: ReportFile) -> int:
    """Delete the stored settlements of a report that are not staged, and return their number."""
    of_report = {"trade_date": file.trade_date, "report": file.report}
    counts = fetch_arrow(connection, _COUNT_LACKING, of_report)
    n_lacking, n_stored = counts["n_lacking"][0].as_py(), counts["n_stored"][0].as_py()
    if n_lacking > MAX_WITHDRAWN_SHARE * n_stored:
        raise ImplausibleCorrection(
            f"{file.file_name} lacks {n_lacking:,} of the {n_stored:,} settlements that are stored of it. "
            f"The file is cut short or corrects more than {MAX_WITHDRAWN_SHARE:.0%}. It was not stored. "
            f"If it is right, delete the rows of {file.report} on {file.trade_date} from {TABLE} and store "
            "it again"
        )
    if n_lacking:
        _execute(connection, f"DELETE FROM {TABLE} stored WHERE {_IS_LACKING}", of_report)
    return int(n_lacking)


def _describe_contradictions(connection: dbapi.Connection) -> Iterator[str]:
    """Yield a sentence for each of the first settlements that another report has with another price."""
    rows = fetch_arrow(connection, _CONTRADICTED).to_pylist()
    for row in rows:
        yield (
            f"{row['hub']} ({row['contract']}), {row['strip']:%Y-%m}: {row['own_price']:g} here and "
            f"{row['other_price']:g} in {row['report']}, which stays"
        )
    if rows and rows[0]["n"] > len(rows):
        yield f"and {rows[0]['n'] - len(rows):,} more prices that another report has otherwise"


def _count(connection: dbapi.Connection, sql: str) -> int:
    return int(fetch_arrow(connection, sql)["n"][0].as_py())


def _execute(connection: dbapi.Connection, sql: str, params: Mapping[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(with_literals(sql, params))
