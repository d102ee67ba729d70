"""The database: PostgreSQL, embedded or on a server, with one bulk path to write and one to read."""

from lib.settings import DATABASE_VARIABLE
from lib.store.analyze import update_statistics
from lib.store.backup import BackupError
from lib.store.bulk import InvalidValues
from lib.store.connections import (
    OPERATIONAL_ERRORS,
    DatabaseUnreachable,
    NotPermitted,
    UnfitConnection,
    describe_operational_error,
)
from lib.store.curve_status import OFFICIAL, STUDY, NotOfficial, Withdrawn, withdraw_version
from lib.store.curve_versions import UnknownVersion
from lib.store.curves import CURVE_OF_TABLE, read_curve, read_latest_version
from lib.store.database import (
    Database,
    check_takes_writes,
    describe_target,
    open_database,
)
from lib.store.embedded_programs import EmbeddedServerError
from lib.store.hourly import read_hourly_inputs, write_calendar, write_hourly_vlr
from lib.store.known_missing import read_known_missing, write_fetched
from lib.store.mail_log import send_once
from lib.store.new_version import CurveVersion, NewVersion, save_curve
from lib.store.query import UnknownRelation, read_relation, read_sql
from lib.store.read_only import open_reader
from lib.store.registry import UnknownSeries, find_series, list_series, register_series
from lib.store.run_lock import AlreadyRunning, LockLost, RunLock, hold_run_lock
from lib.store.run_log import (
    RunTask,
    WriteCounts,
    finish_run,
    finish_task,
    read_is_official,
    read_task_counts,
    start_run,
    start_task,
    user_name,
)
from lib.store.schema import SchemaError, WrongDatabase
from lib.store.series import count_hours, read_last_hours, read_revisions, read_series, write_series
from lib.store.settlement_queries import (
    read_largest_changes,
    read_last_trade_date,
    read_last_trade_dates,
    read_report_files,
    read_settlements,
)
from lib.store.settlements import (
    ImplausibleCorrection,
    ReportFile,
    SettlementCounts,
    write_settlements,
)
from lib.store.task_log import write_problems
from lib.store.url import InvalidDatabaseUrl

__all__ = [
    "CURVE_OF_TABLE",
    "DATABASE_VARIABLE",
    "OFFICIAL",
    "OPERATIONAL_ERRORS",
    "STUDY",
    "AlreadyRunning",
    "BackupError",
    "CurveVersion",
    "Database",
    "DatabaseUnreachable",
    "EmbeddedServerError",
    "ImplausibleCorrection",
    "InvalidDatabaseUrl",
    "InvalidValues",
    "LockLost",
    "NewVersion",
    "NotOfficial",
    "NotPermitted",
    "ReportFile",
    "RunLock",
    "RunTask",
    "SchemaError",
    "SettlementCounts",
    "UnfitConnection",
    "UnknownRelation",
    "UnknownSeries",
    "UnknownVersion",
    "Withdrawn",
    "WriteCounts",
    "WrongDatabase",
    "check_takes_writes",
    "count_hours",
    "describe_operational_error",
    "describe_target",
    "find_series",
    "finish_run",
    "finish_task",
    "hold_run_lock",
    "list_series",
    "open_database",
    "open_reader",
    "read_curve",
    "read_hourly_inputs",
    "read_is_official",
    "read_known_missing",
    "read_largest_changes",
    "read_last_hours",
    "read_last_trade_date",
    "read_last_trade_dates",
    "read_latest_version",
    "read_relation",
    "read_report_files",
    "read_revisions",
    "read_series",
    "read_settlements",
    "read_sql",
    "read_task_counts",
    "register_series",
    "save_curve",
    "send_once",
    "start_run",
    "start_task",
    "update_statistics",
    "user_name",
    "withdraw_version",
    "write_calendar",
    "write_fetched",
    "write_hourly_vlr",
    "write_problems",
    "write_series",
    "write_settlements",
]
