from __future__ import annotations

import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import psycopg2
import pytest
from adbc_driver_postgresql import dbapi
from psycopg2.extensions import connection as Connection

from lib.hub_map import zone_hubs
from lib.markets import COST_COMPONENTS, MARKETS, locations
from lib.store import Database, RunTask, SchemaError, open_database, read_relation, read_sql, schema
from lib.store.schema import SQL_FOLDER, bring_up_to_date, read_migrations
from lib.store.url import with_database

FLAT = (
    *("hierarchy_id", "date", "year", "month", "day", "day_type", "he", "hour_type", "block_type"),
    *("data", "interval_start", "is_repeated_hour"),
)
LEVELS = (
    *("control_area", "state", "load_zone", "capacity_zone", "utility", "cost_group", "cost_component"),
    "uom",
)
CELL = (*LEVELS, "month", "he", "day_type", "hour_type", "block_type", "data")
COST_CURVE = (
    *(
        *LEVELS,
        "delivery_month",
        "he",
        "day_type",
        "hour_type",
        "block_type",
        "data",
        "n_hours",
        "hub",
        "quote",
    ),
    *("is_modelled", "forward_price", "da_rt_adjustment", "basis", "block_price", "shape"),
    *("is_additive_shape", "hpfc", "vlr_cost_per_mwh", "vlr_pct", "cost_to_serve", "cost_to_serve_by_pct"),
    "reason",
    "is_thin",
    "is_additive_split",
    "covariance",
    "is_additive_covariance",
    *("vlr_priced", "additive_shape", "factor_share"),
    *("band_low", "band_high", "p75", "p95", "cvar95", "risk"),
)
CHAIN = (
    *("price_variance", "load_variance", "hedge_cost", "imbalance_cost", "total_cost", "total_price"),
    *("unitized_cost", "hourly_vlr"),
)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with closing(psycopg2.connect(database.url)) as connection:
        connection.autocommit = True
        yield connection


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the schema's files, to change."""
    for path in SQL_FOLDER.glob("*.sql"):
        (tmp_path / path.name).write_text(path.read_text())
    return tmp_path


def _next(folder: Path, text: str) -> Path:
    path = folder / f"{len(read_migrations(folder)) + 1:03d}_next.sql"
    path.write_text(text)
    return path


def test_the_files_are_numbered_without_a_gap() -> None:
    assert [migration.version for migration in read_migrations()] == list(
        range(1, len(read_migrations()) + 1)
    )


def test_every_file_is_applied_once_and_in_order(database: Database) -> None:
    applied = read_sql(database, "SELECT version, name FROM schema_migration ORDER BY applied_at, version")
    assert applied["name"].tolist() == [migration.name for migration in read_migrations()]


def test_a_new_file_is_applied_once(connection: Connection, folder: Path) -> None:
    _next(folder, "CREATE TABLE later (n integer); INSERT INTO later VALUES (1);")
    for _ in range(2):
        bring_up_to_date(connection, False, folder)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM later")
        assert cursor.fetchone() == (1,)


def test_a_changed_file_is_refused_by_name(connection: Connection, folder: Path) -> None:
    path = folder / read_migrations()[2].name
    path.write_text(path.read_text() + "-- an afterthought\n")
    with pytest.raises(SchemaError, match=rf"{path.name} is not the one that was applied.*new file"):
        bring_up_to_date(connection, False, folder)


def test_a_database_ahead_of_the_code_is_refused(connection: Connection, folder: Path) -> None:
    bring_up_to_date(connection, False, folder)
    path = _next(folder, "SELECT 1")
    bring_up_to_date(connection, False, folder)
    path.unlink()
    with pytest.raises(SchemaError, match=rf"{path.name}.*update the code"):
        bring_up_to_date(connection, False, folder)


def test_two_files_of_one_number_are_refused(folder: Path) -> None:
    (folder / "001_twin.sql").write_text("SELECT 1")
    with pytest.raises(SchemaError, match="two schema files have the number 1"):
        read_migrations(folder)


def test_a_file_that_fails_leaves_nothing_and_can_be_mended(connection: Connection, folder: Path) -> None:
    path = _next(folder, "CREATE TABLE half (n integer); SELECT 1 / 0;")
    with pytest.raises(psycopg2.errors.DivisionByZero):
        bring_up_to_date(connection, False, folder)
    path.write_text("CREATE TABLE half (n integer);")
    bring_up_to_date(connection, False, folder)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM half")
        assert cursor.fetchone() == (0,)


def test_a_current_database_takes_one_query(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    statements: list[str] = []

    class Counting(psycopg2.extensions.cursor):
        def execute(self, query: str, variables: object = None) -> None:  # type: ignore[override]
            statements.append(query)
            super().execute(query, variables)

    connection.cursor_factory = Counting
    bring_up_to_date(connection, False)
    assert len(statements) == 1


def test_processes_that_open_a_new_database_at_once_agree(
    server: str, python: Callable[..., subprocess.Popen[str]]
) -> None:
    code = """
import sys
from lib.store import open_database, read_sql
db = open_database("files", sys.argv[1])
print(len(read_sql(db, "SELECT * FROM schema_migration")), len(read_sql(db, "SELECT * FROM vlr_hierarchy")))
"""
    url = server.replace("/postgres?", "/race?")
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("DROP DATABASE IF EXISTS race WITH (FORCE)")
        said = {process.communicate()[0] for process in [python(code, url) for _ in range(3)]}
        cursor.execute("DROP DATABASE race WITH (FORCE)")
    zones = len(locations(kind="zone"))
    assert said == {f"{len(read_migrations())} {zones * len(COST_COMPONENTS)}\n"}


def test_every_table_view_and_column_is_explained(database: Database) -> None:
    silent = read_sql(
        database,
        """
        SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
          AND attnum > 0 AND NOT attisdropped
          AND (col_description(attrelid, attnum) IS NULL OR obj_description(attrelid, 'pg_class') IS NULL)
        """,
    )
    assert silent.empty, f"no comment on {silent.to_numpy().tolist()}"


@pytest.mark.parametrize("iso", MARKETS)
def test_what_bears_an_isos_name_is_there(database: Database, iso: str) -> None:
    short = iso.lower()
    for table in ("da_lmps", "rt_lmps", "da_load", "rt_load"):
        assert list(read_relation(database, f"{table}_{short}")) == list(read_relation(database, table))
    for quantity in CHAIN:
        assert tuple(read_relation(database, f"{quantity}_{short}")) == FLAT
    assert tuple(read_relation(database, f"{short}_hierarchy")) == ("hierarchy_id", *LEVELS)
    estimators = ("mean_ratio", "cost_weighted", "cost_per_mwh", "n_hours", "n_excluded")
    estimators += ("priced", "priced_pct", "interval_low", "interval_mid", "interval_high")
    estimators += ("band_low", "band_high", "p75", "p95", "cvar95")
    assert tuple(read_relation(database, f"{short}_vlr")) == (*CELL, *estimators)
    assert tuple(read_relation(database, f"{short}_shaping")) == (*CELL, "pooled", "year_mean", "n_hours")
    assert tuple(read_relation(database, f"{short}_cost_curve")) == COST_CURVE


def test_the_quantities_of_all_isos_have_views(database: Database) -> None:
    labels = ("iso", "location", "interval_start", "market_date", "he", "block_type")
    for component in COST_COMPONENTS:
        if component.relation in CHAIN[:-1]:
            columns = tuple(read_relation(database, component.relation))
            assert columns[: len(labels)] == labels
            assert component.column in columns


def test_the_hierarchy_is_that_of_the_reference_data(database: Database) -> None:
    shown = read_relation(database, "nyiso_hierarchy", where={"load_zone": "WEST", "cost_component": "VLR"})
    assert shown[list(LEVELS)].to_numpy().tolist() == [
        ["NYISO", "NY", "WEST", "ROS", "ALL", "VLR", "VLR", "fraction"]
    ]


def test_a_column_of_numbers_says_where_its_unit_is(database: Database) -> None:
    said = read_sql(
        database,
        """SELECT relname, col_description(attrelid, attnum) AS words FROM pg_class
           JOIN pg_attribute ON attrelid = pg_class.oid
           WHERE relkind = 'v' AND attname = 'data' AND relname ~ '^(hourly_vlr_|nyiso_)'""",
    ).set_index("relname")["words"]
    assert len(said) == len(MARKETS) + 3
    assert said["hourly_vlr_pjm"] == "The number; its unit is the uom of the cost component"
    assert not said.str.contains("%").any()


def test_every_zone_is_mapped_to_the_hubs_of_the_reference_data(database: Database) -> None:
    stored = read_sql(
        database,
        """SELECT iso, zone.name AS location, preference, hub, hub.name AS hub_location, settlement_market
           FROM hub_map JOIN location zone USING (location_id)
           LEFT JOIN location hub ON hub.location_id = hub_location_id
           JOIN market ON market.market_id = zone.market_id
           ORDER BY zone.location_id, preference""",
    )
    pd.testing.assert_frame_equal(stored, zone_hubs(), check_dtype=False)


def test_the_columns_of_a_cost_curve_are_explained_as_its_own(database: Database) -> None:
    said = read_sql(
        database,
        """SELECT attname, col_description(attrelid, attnum) AS words FROM pg_attribute
           WHERE attrelid = 'nyiso_cost_curve'::regclass AND attname IN ('basis', 'hub')""",
    )
    assert dict(said.itertuples(index=False, name=None)) == {
        "basis": "Typical DA LMP of the zone - DA LMP of the hub, $/MWh; "
        "a mean in versions of before vlr_priced was kept",
        "hub": "Name of the hub whose quote prices the cell",
    }


def test_reference_data_are_corrected_and_keep_their_ids(database: Database, connection: Connection) -> None:
    before = [read_relation(database, table) for table in ("location", "cost_component", "vlr_hierarchy")]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE location SET state = 'ZZ'; UPDATE market SET name = '';")
        cursor.execute("UPDATE database_identity SET reference_checksum = 'older'")
    open_database("files", database.url)
    after = [read_relation(database, table) for table in ("location", "cost_component", "vlr_hierarchy")]
    for old, new in zip(before, after, strict=True):
        key = old.columns[0]
        assert new.sort_values(key, ignore_index=True).equals(old.sort_values(key, ignore_index=True))
    assert read_relation(database, "market", ["name"])["name"].tolist() == [m.name for m in MARKETS.values()]


def test_an_iso_is_added_by_adding_a_row(database: Database, connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO market VALUES (99, 'CAISO', 'California', 'US/Pacific', 'UTC', 7, 22, 'x', 'y', 'z')"
        )
        for _ in range(2):
            cursor.execute("SELECT add_market('CAISO')")
    assert tuple(read_relation(database, "hourly_vlr_caiso")) == FLAT
    assert tuple(read_relation(database, "caiso_vlr"))[: len(CELL)] == CELL


def test_an_unknown_iso_cannot_be_added(connection: Connection) -> None:
    with pytest.raises(psycopg2.errors.RaiseException, match="no ISO NOWHERE"), connection.cursor() as cursor:
        cursor.execute("SELECT add_market('NOWHERE')")


_SHA256 = "a" * 64


@pytest.mark.parametrize(
    ("table", "right", "wrong"),
    [
        ("settlement_report", f"'2026-01-05', 'r', 'f', '{_SHA256}', 1, 0, 0, 0", (4, "'aa'")),
        ("settlement_report", f"'2026-01-05', 'r', 'f', '{_SHA256}', 1, 0, 0, 0", (6, "-1")),
        ("mail_log", f"'settlements', 'k', '{_SHA256}'", (3, "'AA'")),
        ("pipeline_problem", "'n', 'i', 1, 'rt_load', NULL, 'k', 0, NULL, NULL, 'm'", (7, "-1")),
        ("pipeline_problem", "'n', 'i', 1, 'rt_load', NULL, 'k', 2, now(), now(), 'm'", (8, "'infinity'")),
    ],
)
def test_values_that_cannot_be_are_refused(
    table: str, right: str, wrong: tuple[int, str], connection: Connection, task: RunTask
) -> None:
    def insert(values: list[str]) -> None:
        at = 0 if table == "pipeline_problem" else len(values)
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} VALUES ({', '.join([*values[:at], run_id, *values[at:]])})")

    run_id, values = str(task.run_id), right.split(", ")
    index, value = wrong
    with pytest.raises(psycopg2.errors.CheckViolation):
        insert([*values[: index - 1], value, *values[index:]])
    insert(values)


def _login(connection: Connection, database: Database, role: str, name: str = "") -> Database:
    name = name or f"test_{role}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {name}")
        cursor.execute(f"CREATE ROLE {name} LOGIN IN ROLE {role}")
    return Database(database.url.replace("postgres@", f"{name}@"), database.is_demo)


def test_a_reader_reads_everything_and_writes_nothing(
    database: Database, connection: Connection, task: RunTask
) -> None:
    reader = _login(connection, database, "epd_reader")
    assert open_database("files", reader.url) == reader
    assert len(read_relation(reader, "pjm_hierarchy")) > 0
    assert read_relation(reader, "da_lmps_pjm").empty
    for statement in (
        "INSERT INTO da_lmps VALUES (1, 1, 1, now(), 1)",
        "UPDATE market SET name = ''",
        "DELETE FROM pipeline_run",
        "CREATE TABLE mine (n integer)",
    ):
        with pytest.raises(dbapi.Error, match="permission denied"), reader.arrow_connection() as arrow:
            arrow.cursor().execute(statement)


def _apply_until(
    connection: Connection, folder: Path, last: int, monkeypatch: pytest.MonkeyPatch, is_demo: bool = False
) -> None:
    """Apply the files up to a number to an empty database, as a version of the code that had no more did."""
    for migration in read_migrations(folder)[last:]:
        (folder / migration.name).unlink()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "sync_reference", lambda _cursor: None)
        bring_up_to_date(connection, is_demo, folder)


@pytest.fixture
def empty(server: str) -> Iterator[Database]:
    """A database without a table."""
    with closing(psycopg2.connect(server)) as admin, admin.cursor() as cursor:
        admin.autocommit = True
        name = f"test_{uuid.uuid4().hex[:12]}"
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield Database(with_database(server, name), False)
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_reader_reads_the_tables_of_files_that_another_login_applied(
    empty: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(psycopg2.connect(empty.url)) as connection:
        connection.autocommit = True
        _apply_until(connection, folder, 9, monkeypatch)
        before = _relations(connection)
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE IF EXISTS test_upgrader; CREATE ROLE test_upgrader LOGIN SUPERUSER")
        with closing(psycopg2.connect(empty.url.replace("postgres@", "test_upgrader@"))) as upgrader:
            bring_up_to_date(upgrader, False)
        new = _relations(connection) - before
        assert {"ice_settlement", "cost_curve", "pjm_cost_curve", "curve_withdrawal"} <= new
        reader = _login(connection, empty, "epd_reader", "test_later_reader")
        # The partitions and flat views of an ISO are those of the first nine files.
        later = {
            name for name in new if not re.search(r"_(ercot|isone|miso|nyiso|pjm)$|_(vlr|shaping)$", name)
        }
        for name in later - {f"{iso.lower()}_hierarchy" for iso in MARKETS}:
            assert len(read_relation(reader, name).columns), name


def test_versions_of_before_there_was_a_status_get_one(
    empty: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve months on default parameters are official; less, or a parameter of its own, is a study."""
    cases = [
        ("2019-05-01", "2020-04-30", "{}", "official"),
        ("2019-05-02", "2020-04-30", "{}", "study"),
        ("2020-02-29", "2021-02-27", "{}", "official"),
        ("2015-01-01", "2019-12-31", '{"holidays": "none"}', "study"),
    ]
    with closing(psycopg2.connect(empty.url)) as connection:
        connection.autocommit = True
        _apply_until(connection, folder, 19, monkeypatch)
        with connection.cursor() as cursor:
            cursor.execute("""
                INSERT INTO market (market_id, iso, name, timezone, publisher_timezone, on_peak_first_he,
                                    on_peak_last_he, da_load_basis, rt_load_basis, load_note)
                SELECT 1, 'ERCOT', 'x', 'America/Chicago', 'America/Chicago', 7, 22, 'forecast', 'actual', 'x'
            """)
            for start, end, parameters, _ in cases:
                cursor.execute(
                    """
                    WITH run AS (
                        INSERT INTO pipeline_run (source, as_of, parameters, versions, host, pid)
                        VALUES ('files', '2021-01-01', %s, '{}', 'desk', 1) RETURNING run_id
                    )
                    INSERT INTO curve_version (curve, market_id, window_start, window_end, parameters,
                                               series_ids, fingerprint, run_id)
                    SELECT 'vlr', 1, %s, %s, '{}', '{}', 'f', run_id FROM run
                    """,
                    (parameters, start, end),
                )
        bring_up_to_date(connection, False)
    versions = read_sql(empty, "SELECT status, study_reason FROM curve_version ORDER BY version_id")
    assert versions["status"].tolist() == [status for *_, status in cases]
    assert versions["study_reason"].isna().all()
    assert len(read_relation(empty, "pipeline_curve")) == len(cases)


@pytest.mark.parametrize("is_demo", [True, False])
def test_a_demo_database_forgets_the_former_market_and_a_real_one_keeps_all(
    is_demo: bool, empty: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(psycopg2.connect(empty.url)) as connection:
        connection.autocommit = True
        _apply_until(connection, folder, 21, monkeypatch, is_demo)
        with connection.cursor() as cursor:
            cursor.execute("""
                INSERT INTO market (market_id, iso, name, timezone, publisher_timezone, on_peak_first_he,
                                    on_peak_last_he, da_load_basis, rt_load_basis, load_note)
                SELECT 1, 'ERCOT', 'x', 'America/Chicago', 'America/Chicago', 7, 22, 'forecast', 'actual', 'x'
            """)
            cursor.execute("""
                WITH run AS (
                    INSERT INTO pipeline_run (source, as_of, parameters, versions, host, pid)
                    VALUES ('x', '2021-01-01', '{}', '{}', 'desk', 1) RETURNING run_id
                )
                INSERT INTO curve_version (curve, market_id, window_start, window_end, parameters,
                                           series_ids, fingerprint, run_id)
                SELECT 'vlr', 1, '2019-01-01', '2020-12-31', '{}', '{}', 'f', run_id FROM run
            """)
        bring_up_to_date(connection, is_demo)
    stored = Database(empty.url, is_demo)
    assert len(read_relation(stored, "curve_version")) == (0 if is_demo else 1)
    assert len(read_relation(stored, "pipeline_run")) == 1


def _relations(connection: Connection) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT relname FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
        """)
        return {name for (name,) in cursor.fetchall()}


def test_a_writer_writes_and_leaves_the_schema_alone(database: Database, connection: Connection) -> None:
    writer = _login(connection, database, "epd_writer")
    with writer.arrow_connection() as arrow:
        arrow.cursor().execute("INSERT INTO da_lmps VALUES (1, 1, 1, now(), 1)")
    assert len(read_relation(writer, "da_lmps_ercot")) == 1
    with pytest.raises(dbapi.Error, match="must be owner"), writer.arrow_connection() as arrow:
        arrow.cursor().execute("DROP TABLE da_lmps_ercot")
