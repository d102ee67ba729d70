"""The bulk write path: a whole frame into a keyed table in one transaction, with its line of the ledger.

New rows are inserted, rows whose values differ are updated, equal rows are left alone: writing the same frame
again writes nothing. Writers of one table take turns, so that what is compared cannot change meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_postgresql import dbapi

from lib.store.query import fetch, with_literals
from lib.store.run_log import Task, WriteCounts


class InvalidValues(ValueError):
    """A frame cannot be stored as it is; the message names the series and hours, or the columns."""


@dataclass(frozen=True)
class Target:
    """A table to write to, one row for each hour of each entity.

    `relation` is its name in the ledger, `table` its own, which may be a partition's; `entity` is the column
    that tells series or locations apart (None: the hour alone does); in `values` a row can differ.
    """

    relation: str
    table: str
    entity: str | None
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
        on_change: SQL to run before rows are changed; the temporary table `changed` has their new contents.
    """
    lock_until_commit(connection, target.table)  # so that what was compared stays so
    is_new, is_changed = compare(rows, _read_range(connection, target, rows), target.entity, target.values)
    new, changed = rows.filter(is_new), rows.filter(is_changed)
    with connection.cursor() as cursor:
        if new.num_rows:
            cursor.adbc_ingest(target.table, new, mode="append")
        if changed.num_rows:
            cursor.execute(f"CREATE TEMPORARY TABLE changed (LIKE {target.table}) ON COMMIT DROP")
            cursor.adbc_ingest("changed", changed, mode="append", temporary=True)
            if on_change is not None:
                cursor.execute(on_change)
            cursor.execute(_update(target, rows.column_names))
    counts = WriteCounts(rows.num_rows, new.num_rows, changed.num_rows)
    record_write(connection, target.relation, task, counts)
    return counts


def lock_until_commit(connection: dbapi.Connection, name: str) -> None:
    """Wait for the other transactions that lock this name; who locks one name at a time cannot deadlock."""
    fetch(connection, "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))", {"name": name})


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


def to_arrow(
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
        raise InvalidValues(f"the frame for {table} has other columns: missing {missing}; unknown {surplus}")
    try:
        arrays = [
            pa.repeat(pa.scalar(constants[field.name], field.type), len(frame))
            if field.name in constants
            else pa.Array.from_pandas(frame[field.name], type=field.type)
            for field in schema
        ]
    except pa.ArrowException as error:
        raise InvalidValues(f"the frame for {table} has values that do not fit: {error}") from error
    return pa.Table.from_arrays(arrays, schema=schema)


def _read_range(connection: dbapi.Connection, target: Target, rows: pa.Table) -> pa.Table:
    """Return the stored rows among the entities and within the time span of the given ones."""
    span = pc.min_max(rows["interval_start"]).as_py()
    conditions = ["market_id IN :market_id", "interval_start BETWEEN :min AND :max"]
    params: dict[str, object] = {**span, "market_id": pc.unique(rows["market_id"]).to_pylist()}
    columns = ["interval_start", *target.values]
    if target.entity is not None:
        columns.append(target.entity)
        conditions.append(f"{target.entity} IN :entity")
        params["entity"] = pc.unique(rows[target.entity]).to_pylist()
    sql = f"SELECT {', '.join(columns)} FROM {target.table} WHERE {' AND '.join(conditions)}"
    return fetch(connection, sql, params)


def _update(target: Target, columns: Sequence[str]) -> str:
    keys = [key for key in ("market_id", target.entity, "interval_start") if key is not None]
    changes = ", ".join(f"{column} = changed.{column}" for column in columns if column not in keys)
    same = " AND ".join(f"stored.{key} = changed.{key}" for key in keys)
    return f"UPDATE {target.table} stored SET {changes} FROM changed WHERE {same}"


def compare(
    rows: pa.Table, stored: pa.Table, entity: str | None, values: Sequence[str]
) -> tuple[pa.Array, pa.Array]:
    """Return two masks over the rows: not stored yet, and stored with another value.

    Rows are told apart by `interval_start` and, if there is one, the integer `entity`; NULL equals NULL.

    Args:
        rows: the rows to store; none twice.
        stored: stored rows with the same columns, those at least that could be among the given ones.
        entity: the column that tells locations or series apart; None: the hour alone is the key.
        values: columns to compare.
    """
    wanted, known = _keys(rows, entity), _keys(stored, entity)
    if not len(known):
        return pa.repeat(True, len(wanted)), pa.repeat(False, len(wanted))
    order = np.argsort(known, kind="stable")
    place = order[np.searchsorted(known, wanted, sorter=order).clip(max=len(known) - 1)]
    is_known = pa.array(known[place] == wanted)
    is_equal = reduce(pc.and_, (_equal(rows[value], stored[value].take(pa.array(place))) for value in values))
    return pc.invert(is_known), pc.and_not(is_known, is_equal)


def _keys(table: pa.Table, entity: str | None) -> np.ndarray:
    """Return an integer for each row: the entity above 40 bits with the seconds, enough to the year 36812."""
    seconds = table["interval_start"].cast(pa.int64()).to_numpy() // 1_000_000
    if entity is None:
        return seconds
    return (table[entity].to_numpy().astype("int64") << 40) + seconds


def _equal(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.ChunkedArray:
    both_null = pc.and_(left.is_null(), right.is_null())
    return pc.or_(pc.fill_null(pc.equal(left, right), False), both_null)
