"""The state of stored data: whatever is written to a table changes the state of its group, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date

import psycopg2
import psycopg2.extensions
import pytest

from lib.markets import MARKETS
from lib.store import Database, read_sql
from lib.store.data_state import (
    CELLS_OF,
    FORMER_CURVES,
    IN_NO_GROUP,
    ISO_FREE,
    PARTITIONED,
    TABLES,
    read_data_state,
)

ISO, OTHER = "NYISO", "PJM"

GROUPS = (*TABLES, *CELLS_OF)
AS_OF = date(2026, 1, 6)

PLACES = (
    *((group, table) for group, tables in TABLES.items() for table in tables if group != FORMER_CURVES),
    *(
        (curve, table)
        for curve, cells in CELLS_OF.items()
        for table in (*cells, "curve_version", "curve_withdrawal")
    ),
)
"""Each group with each of its tables."""

VALUES = {
    "smallint": "1", "integer": "1", "bigint": "1", "text": "'x'", "boolean": "false", "jsonb": "'{}'",
    "double precision": "1", "timestamp with time zone": "'2026-01-05'", "date": "'2026-01-05'",
    "smallint[]": "'{}'", "integer[]": "'{}'", "bigint[]": "'{}'",
}  # fmt: skip
"""Type of a column -> a value for it, as SQL."""

SCOPED_BY = {"location": ("series", "values"), "series": ("values",)}
"""Table -> the groups whose rows of an ISO are found through it."""

VERSION_OF = {curve: number for number, curve in enumerate(CELLS_OF, start=101)}


@pytest.fixture
def cursor(database: Database) -> Iterator[psycopg2.extensions.cursor]:
    """A cursor on a database that takes any row, and has a row of each table for the ISO and each curve."""
    with closing(psycopg2.connect(database.url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SET session_replication_role = replica")  # neither triggers nor foreign keys
        cursor.execute(
            """SELECT conrelid::regclass::text, conname FROM pg_constraint
               WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND coninhcount = 0"""
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for group, table in PLACES:
            if group != "reference":
                _insert(cursor, table, group)
        yield cursor


def _insert(cursor: psycopg2.extensions.cursor, table: str, group: str) -> None:
    """Insert a row of the ISO and of the curve: with a value in each column that needs one."""
    relation = f"{table}_{ISO.lower()}" if table in PARTITIONED else table
    cursor.execute(
        """SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
           WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull""",
        (relation,),
    )
    own = {
        "market_id": str(MARKETS[ISO].market_id),
        "location_id": f"(SELECT min(location_id) FROM location WHERE market_id = {MARKETS[ISO].market_id})",
        "version_id": str(VERSION_OF.get(group, 0)),
        "curve": f"'{group}'",
        "status": "'official'",
        "fingerprint": f"'{group}'",
    }
    row = {name: own.get(name) or VALUES[kind] for name, kind in cursor.fetchall()}
    names, values = ", ".join(row), ", ".join(row.values())
    cursor.execute(f"INSERT INTO {relation} ({names}) OVERRIDING SYSTEM VALUE VALUES ({values})")


def test_every_table_is_in_a_group_or_named_with_the_reason_why_not(database: Database) -> None:
    tables = read_sql(
        database,
        """SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
           AND relnamespace = 'public'::regnamespace""",
    )["relname"]
    in_groups = {table for _, table in PLACES} - {"hourly_vlr_data"} | {"hourly_vlr"}
    assert in_groups | IN_NO_GROUP.keys() >= set(tables), (
        "a run would keep a report although a table that it shows has changed: enter the table into a group"
    )
    assert not in_groups & IN_NO_GROUP.keys()


def test_every_write_to_a_table_changes_the_state_of_its_group_and_of_no_other(
    database: Database, cursor: psycopg2.extensions.cursor
) -> None:
    before = {iso: read_data_state(database, iso, GROUPS, AS_OF) for iso in (ISO, OTHER)}
    for group, table in PLACES:
        relation = f"{table}_{ISO.lower()}" if table in PARTITIONED else table
        of_curve = f"WHERE version_id = {VERSION_OF[group]}" if group in CELLS_OF else ""
        cursor.execute(f"SELECT ctid, * FROM {relation} {of_curve} LIMIT 1")
        columns = [column.name for column in cursor.description or ()]
        one = f"(SELECT ctid FROM {relation} {of_curve} ORDER BY ctid DESC LIMIT 1)"
        cursor.execute(f"CREATE TEMP TABLE saved AS SELECT * FROM {relation} WHERE ctid = {one}")
        writes = (
            f"UPDATE {relation} SET {columns[-1]} = {columns[-1]} WHERE ctid = {one}",
            f"DELETE FROM {relation} WHERE ctid = {one}",
            f"INSERT INTO {relation} OVERRIDING SYSTEM VALUE SELECT * FROM saved",
        )
        for write in writes:
            cursor.execute(write)
            assert cursor.rowcount == 1
            after = {iso: read_data_state(database, iso, GROUPS, AS_OF) for iso in (ISO, OTHER)}
            changed = {name for name in GROUPS if before[ISO][name] != after[ISO][name]}
            assert group in changed <= {group, *SCOPED_BY.get(table, ())}, (write, changed)
            assert (before[OTHER] == after[OTHER]) == (group not in ISO_FREE), write
            before = after
        cursor.execute("DROP TABLE saved")


def test_the_cells_of_the_latest_official_version_and_of_the_latest_study_count(
    database: Database, cursor: psycopg2.extensions.cursor
) -> None:
    for number, status in ((201, "official"), (202, "study")):
        for table, others in (
            ("curve_version", f"'{status}' AS status, '{number}' AS fingerprint"),
            ("vlr", "0 AS x"),
        ):
            copied = f"""SELECT (jsonb_populate_record(former, to_jsonb(given))).*
                FROM {table} former, (SELECT {number} AS version_id, {others}) given
                WHERE former.version_id = {VERSION_OF["vlr"]}"""
            cursor.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE {copied}")

    def is_seen(version: int) -> bool:
        before = read_data_state(database, ISO, ["vlr"], AS_OF)
        cursor.execute(f"UPDATE vlr SET month = month WHERE version_id = {version}")
        return read_data_state(database, ISO, ["vlr"], AS_OF) != before

    assert [is_seen(number) for number in (VERSION_OF["vlr"], 201, 202)] == [False, True, True]


def test_former_curves_are_those_of_runs_before_the_clock_and_the_vlr_they_are_made_of(
    database: Database, cursor: psycopg2.extensions.cursor
) -> None:
    cursor.execute(
        """INSERT INTO pipeline_run (run_id, source, as_of, parameters, versions, host, pid)
           OVERRIDING SYSTEM VALUE VALUES (1, 'demo', '2026-01-05', '{}', '{}', 'desk', 1)"""
    )
    vlr, cost = VERSION_OF["vlr"], VERSION_OF["cost_curve"]
    made_of = f"""jsonb_build_object('vlr_version', {vlr})"""
    cursor.execute(f"UPDATE curve_version SET parameters = {made_of} WHERE version_id = {cost}")

    def changes(write: str, as_of: date) -> bool:
        before = read_data_state(database, ISO, [FORMER_CURVES], as_of)
        cursor.execute(write)
        return read_data_state(database, ISO, [FORMER_CURVES], as_of) != before

    for table, column, version in (
        ("vlr", "month", vlr),
        ("cost_curve", "he", cost),
        ("curve_version", "status", cost),
        ("curve_withdrawal", "reason", cost),
    ):
        write = f"UPDATE {table} SET {column} = {column} WHERE version_id = {version}"
        assert changes(write, AS_OF), write
        assert not changes(write, date(2026, 1, 5)), write
    assert not changes(f"UPDATE vlr SET month = month WHERE version_id = {VERSION_OF['own_vlr']}", AS_OF)


def test_nothing_written_changes_no_state(database: Database) -> None:
    first = read_data_state(database, ISO, GROUPS, AS_OF)
    read_sql(database, "SELECT txid_current()")  # transactions of others go on
    assert first.keys() == set(GROUPS)
    assert read_data_state(database, ISO, GROUPS, AS_OF) == first
