"""The bulk write path: a whole frame into a keyed table in one transaction, with its line of the ledger.

New rows are inserted, rows whose values differ are updated, equal rows are left alone: writing the same frame
again writes nothing. Writers of one table take turns, so that what is compared cannot change meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_postgresql import dbapi

from lib.store.ledger import Task, WriteCounts
from lib.store.read import fetch, with_literals


class InvalidValues(ValueError):
    """A frame cannot be stored as it is; the message names the series and hours, or the columns."""


@dataclass(frozen=True)
class Target:
    """A table to write to.

    Its primary key is `keys`; a row differs from the stored one when one of `values` does. `relation` is the name
    for the ledger, `table` the table itself, which may be a partition.
    """

    relation: str
    table: str
    keys: tuple[str, ...]
    values: tuple[str, ...]


def write_rows(
    connection: dbapi.Connection, target: Target, rows: pa.Table, task: Task, on_change: str | None = None
) -> WriteCounts:
    """Bring the rows into the target and the counts into pipeline_write, in the connection's transaction.

    Args:
        connection: an ADBC connection; the caller commits.
        target: the table.
        rows: all its columns; no key twice.
        task: who writes.
        on_change: SQL to run before changed rows are updated; the temporary table `difference` has the rows that
            are not stored alike: the target's columns, is_new, and old_<value> for each value.
    """
    with connection.cursor() as cursor:
        cursor.execute(with_literals("SELECT pg_advisory_xact_lock(hashtextextended(:t, 0))", {"t": target.table}))
        cursor.fetchall()
        if _holds_nothing_like(connection, target, rows):
            cursor.adbc_ingest(target.table, rows, mode="append")
            counts = WriteCounts(rows.num_rows, rows.num_rows, 0)
        else:
            _stage_difference(cursor, target, rows)
            counts = _count(connection, rows.num_rows)
            if counts.revised:
                if on_change is not None:
                    cursor.execute(on_change)
                cursor.execute(_update(target, rows.column_names))
            if counts.written:
                cursor.execute(_insert(target, rows.column_names))
            cursor.execute("DROP TABLE staging, difference")
    record_write(connection, target.relation, task, counts)
    return counts


def record_write(connection: dbapi.Connection, relation: str, task: Task, counts: WriteCounts) -> None:
    """Enter a write into pipeline_write, in the transaction of the write itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            with_literals(
                "INSERT INTO pipeline_write (run_id, notebook, iso, relation, n_read, n_written, n_revised) "
                "VALUES (:run_id, :notebook, :iso, :relation, :read, :written, :revised)",
                {**vars(task), **vars(counts), "relation": relation},
            )
        )


def as_rows(
    connection: dbapi.Connection, table: str, frame: pd.DataFrame, constants: Mapping[str, object]
) -> pa.Table:
    """Return a frame as Arrow in the types and order of a table's columns; NaN becomes NULL.

    Args:
        connection: where the table is.
        table: its name.
        frame: its columns but for the constants.
        constants: column -> the value that every row has.

    Raises:
        InvalidValues: the frame lacks a column, has one too many, or its values do not fit.
    """
    schema = connection.adbc_get_table_schema(table)
    given = {*frame.columns, *constants}
    if given != set(schema.names):
        missing = ", ".join(sorted(set(schema.names) - given)) or "none"
        surplus = ", ".join(sorted(given - set(schema.names))) or "none"
        raise InvalidValues(f"the frame for {table} does not have its columns: missing {missing}; unknown {surplus}")
    try:
        arrays = [
            pa.repeat(pa.scalar(constants[field.name], field.type), len(frame))
            if field.name in constants
            else pa.Array.from_pandas(frame[field.name], type=field.type)
            for field in schema
        ]
    except pa.ArrowException as error:
        raise InvalidValues(f"the frame for {table} has values that the table cannot hold: {error}") from error
    return pa.Table.from_arrays(arrays, schema=schema)


def _holds_nothing_like(connection: dbapi.Connection, target: Target, rows: pa.Table) -> bool:
    """Return whether no stored row is among the keys and in the time span of the given ones.

    All of them can then be copied straight into the table. The primary key's index answers at once.
    """
    if not rows.num_rows:
        return False
    span = pc.min_max(rows["interval_start"]).as_py()
    conditions = ["interval_start BETWEEN :min AND :max"]
    params: dict[str, object] = {"min": span["min"], "max": span["max"]}
    for key in target.keys:
        if key != "interval_start":
            conditions.append(f"{key} IN :{key}")
            params[key] = pc.unique(rows[key]).to_pylist()
    sql = f"SELECT EXISTS (SELECT FROM {target.table} WHERE {' AND '.join(conditions)})"
    return not fetch(connection, sql, params)[0][0].as_py()


def _stage_difference(cursor: dbapi.Cursor, target: Target, rows: pa.Table) -> None:
    """Copy the rows into `staging`, and those that are not stored alike into `difference`."""
    cursor.execute(f"CREATE TEMPORARY TABLE staging (LIKE {target.table}) ON COMMIT DROP")
    cursor.adbc_ingest("staging", rows, mode="append", temporary=True)
    old_values = ", ".join(f"stored.{value} AS old_{value}" for value in target.values)
    changed = " OR ".join(f"stored.{value} IS DISTINCT FROM staging.{value}" for value in target.values)
    cursor.execute(f"""
        CREATE TEMPORARY TABLE difference ON COMMIT DROP AS
        SELECT staging.*, stored.{target.keys[0]} IS NULL AS is_new, {old_values}
        FROM staging LEFT JOIN {target.table} stored USING ({", ".join(target.keys)})
        WHERE stored.{target.keys[0]} IS NULL OR {changed}
    """)


def _count(connection: dbapi.Connection, n_read: int) -> WriteCounts:
    found = fetch(connection, "SELECT is_new, count(*) AS n FROM difference GROUP BY is_new").to_pylist()
    counted = {row["is_new"]: row["n"] for row in found}
    return WriteCounts(n_read, counted.get(True, 0), counted.get(False, 0))


def _insert(target: Target, columns: Sequence[str]) -> str:
    names = ", ".join(columns)
    keys = ", ".join(target.keys)
    return f"INSERT INTO {target.table} ({names}) SELECT {names} FROM difference WHERE is_new ORDER BY {keys}"


def _update(target: Target, columns: Sequence[str]) -> str:
    changes = ", ".join(f"{column} = difference.{column}" for column in columns if column not in target.keys)
    same = " AND ".join(f"stored.{key} = difference.{key}" for key in target.keys)
    return f"UPDATE {target.table} stored SET {changes} FROM difference WHERE NOT is_new AND {same}"
