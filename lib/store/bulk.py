"""The bulk write path: a whole frame into a keyed table in one transaction, with its counts in the run log.

A write goes through these stages:

1. `location_ids` and `block_ids` put ids in the place of names, and `to_arrow` converts the frame to the
   types of the table's columns.
2. `lock_until_commit` makes writers of one table take turns, so that stored rows cannot change meanwhile.
3. `compare_rows` compares the rows with the stored ones of the same series or location and time span.
4. New rows are inserted and changed rows updated. Equal rows stay, so the same frame again writes nothing.
5. `record_write` enters the counts into pipeline_write.
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

from lib.markets import BLOCKS
from lib.store.query import fetch_arrow, to_frame, with_literals
from lib.store.run_log import RunTask, WriteCounts

BLOCK_IDS = {block: i for i, block in enumerate(BLOCKS, start=1)}
"""The block_id of each block in the table block; tests/store/test_hourly.py compares the two."""


class InvalidValues(ValueError):
    """A frame does not fit its table; the message names the series and hours, or the columns."""


@dataclass(frozen=True)
class Target:
    """A table to write to, with one row for each hour of each entity.

    Attributes:
        relation: its name in the run log.
        table: its own name, which may be that of a partition.
        entity: the column that tells series or locations apart; None if the hour alone is the key.
        values: the columns that are not part of the key.
    """

    relation: str
    table: str
    entity: str | None
    values: tuple[str, ...]


def write_rows(
    connection: dbapi.Connection, target: Target, rows: pa.Table, task: RunTask, on_change: str | None = None
) -> WriteCounts:
    """Insert new rows into the target, update changed ones, and record the counts in pipeline_write.

    Args:
        connection: an ADBC connection in a transaction, which the caller commits.
        target: the table.
        rows: all its columns; no key twice.
        task: who writes.
        on_change: SQL to run before rows are updated; the temporary table `changed` has their new contents.
    """
    lock_until_commit(connection, target.table)
    stored = _read_range(connection, target, rows)
    is_new, is_changed = compare_rows(rows, stored, target.entity, target.values)
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
    """Lock a name until the transaction ends, and wait while another transaction holds it.

    Lock one name at a time: then no two transactions can wait for each other.
    """
    fetch_arrow(connection, "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))", {"name": name})


def record_write(connection: dbapi.Connection, relation: str, task: RunTask, counts: WriteCounts) -> None:
    """Enter the counts of a write into pipeline_write, in the transaction of the write itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            with_literals(
                "INSERT INTO pipeline_write (run_id, notebook, iso, relation, n_read, n_written, n_revised) "
                "VALUES (:run_id, :notebook, :iso, :relation, :read, :written, :revised)",
                {**vars(task), **vars(counts), "relation": relation},
            )
        )


def block_ids(block_type: pd.Series) -> pd.Series:
    """Return the block_id of each block_type.

    Raises:
        InvalidValues: a block is unknown.
    """
    ids = block_type.astype(object).map(BLOCK_IDS)
    if ids.isna().any():
        raise InvalidValues(
            f"unknown block {block_type[ids.isna()].iloc[0]!r}: known are {', '.join(BLOCKS)}"
        )
    return ids.astype("int16")


def location_ids(connection: dbapi.Connection, iso: str, location: pd.Series) -> pd.Series:
    """Return the location_id of each location name.

    Raises:
        InvalidValues: the ISO has no location with a name.
    """
    sql = "SELECT location.name, location_id FROM location JOIN market USING (market_id) WHERE iso = :iso"
    known = to_frame(fetch_arrow(connection, sql, {"iso": iso})).set_index("name")["location_id"]
    ids = location.astype(object).map(known)
    if ids.isna().any():
        raise InvalidValues(f"{iso} has no location {location[ids.isna()].iloc[0]!r}")
    return ids.astype("int16")


def to_arrow(
    connection: dbapi.Connection, table: str, frame: pd.DataFrame, constants: Mapping[str, object]
) -> pa.Table:
    """Return a frame as an Arrow table in the types and order of a database table; NaN becomes NULL.

    Args:
        connection: to the database of the table.
        table: its name.
        frame: all columns of the table except the constants.
        constants: column -> the value that every row has.

    Raises:
        InvalidValues: the frame lacks a column or has an unknown one, or its values do not fit the types.
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


def compare_rows(
    rows: pa.Table, stored: pa.Table, entity: str | None, values: Sequence[str]
) -> tuple[pa.Array, pa.Array]:
    """Return two masks over the rows: which are not stored yet, and which are stored with another value.

    The key of a row is `interval_start` and, if there is one, the integer `entity`. NULL equals NULL.

    Args:
        rows: the rows to store; no key twice.
        stored: stored rows with the same columns; they include all whose key is among the given ones.
        entity: the column that tells locations or series apart; None if the hour alone is the key.
        values: columns to compare.
    """
    keys, stored_keys = _keys(rows, entity), _keys(stored, entity)
    if not len(stored_keys):
        return pa.repeat(True, len(keys)), pa.repeat(False, len(keys))
    order = np.argsort(stored_keys, kind="stable")
    found = np.searchsorted(stored_keys, keys, sorter=order).clip(max=len(stored_keys) - 1)
    index = order[found]
    is_stored = pa.array(stored_keys[index] == keys)
    is_equal = reduce(pc.and_, (_equal(rows[value], stored[value].take(pa.array(index))) for value in values))
    return pc.invert(is_stored), pc.and_not(is_stored, is_equal)


def _keys(table: pa.Table, entity: str | None) -> np.ndarray:
    """Return an integer key for each row: the entity above 40 bits of seconds (enough to the year 36812)."""
    seconds = table["interval_start"].cast(pa.int64()).to_numpy() // 1_000_000
    if entity is None:
        return seconds
    return (table[entity].to_numpy().astype("int64") << 40) + seconds


def _equal(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.ChunkedArray:
    both_null = pc.and_(left.is_null(), right.is_null())
    return pc.or_(pc.fill_null(pc.equal(left, right), False), both_null)


def _read_range(connection: dbapi.Connection, target: Target, rows: pa.Table) -> pa.Table:
    """Return the stored rows of the given rows' entities, from their first hour to their last."""
    span = pc.min_max(rows["interval_start"]).as_py()
    conditions = ["market_id IN :market_id", "interval_start BETWEEN :min AND :max"]
    params: dict[str, object] = {**span, "market_id": pc.unique(rows["market_id"]).to_pylist()}
    columns = ["interval_start", *target.values]
    if target.entity is not None:
        columns.append(target.entity)
        conditions.append(f"{target.entity} IN :entity")
        params["entity"] = pc.unique(rows[target.entity]).to_pylist()
    sql = f"SELECT {', '.join(columns)} FROM {target.table} WHERE {' AND '.join(conditions)}"
    return fetch_arrow(connection, sql, params)


def _update(target: Target, columns: Sequence[str]) -> str:
    keys = [key for key in ("market_id", target.entity, "interval_start") if key is not None]
    changes = ", ".join(f"{column} = changed.{column}" for column in columns if column not in keys)
    same = " AND ".join(f"stored.{key} = changed.{key}" for key in keys)
    return f"UPDATE {target.table} stored SET {changes} FROM changed WHERE {same}"
