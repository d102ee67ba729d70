"""Where data is kept: PostgreSQL, embedded or on a server, with one bulk path each way."""

from lib.store.analyze import update_statistics
from lib.store.bulk import InvalidValues
from lib.store.curves import CURVE_OF_TABLE, CurveVersion, latest_version, read_curve, save_curve
from lib.store.database import (
    DATABASE_VARIABLE,
    WENT_AWAY,
    Database,
    DatabaseUnreachable,
    NotPermitted,
    describe_target,
    open_database,
    went_away,
)
from lib.store.embedded import EmbeddedServerError
from lib.store.hourly import changed_values, read_inputs, write_calendar, write_hourly_vlr
from lib.store.known_missing import read_absent, write_answer
from lib.store.problems import write_problems
from lib.store.query import UnknownRelation, read_relation, read_sql
from lib.store.read_only import open_reader
from lib.store.registry import UnknownSeries, find_series, list_series, register_series
from lib.store.run_log import (
    AlreadyRunning,
    Task,
    WriteCounts,
    finish_run,
    finish_task,
    send_once,
    start_run,
    start_task,
    task_counts,
    try_lock,
)
from lib.store.schema import SchemaError, WrongDatabase
from lib.store.series import count_hours, last_hours, read_series, write_series
from lib.store.settlement_queries import (
    largest_changes,
    last_settled,
    last_trade_date,
    read_report_files,
    read_settlements,
)
from lib.store.settlements import (
    ImplausibleCorrection,
    ReportFile,
    SettlementCounts,
    write_settlements,
)
from lib.store.url import ConfigurationError

__all__ = [
    "CURVE_OF_TABLE",
    "DATABASE_VARIABLE",
    "WENT_AWAY",
    "AlreadyRunning",
    "ConfigurationError",
    "CurveVersion",
    "Database",
    "DatabaseUnreachable",
    "EmbeddedServerError",
    "ImplausibleCorrection",
    "InvalidValues",
    "NotPermitted",
    "ReportFile",
    "SchemaError",
    "SettlementCounts",
    "Task",
    "UnknownRelation",
    "UnknownSeries",
    "WriteCounts",
    "WrongDatabase",
    "changed_values",
    "count_hours",
    "describe_target",
    "find_series",
    "finish_run",
    "finish_task",
    "largest_changes",
    "last_hours",
    "last_settled",
    "last_trade_date",
    "latest_version",
    "list_series",
    "open_database",
    "open_reader",
    "read_absent",
    "read_curve",
    "read_inputs",
    "read_relation",
    "read_report_files",
    "read_series",
    "read_settlements",
    "read_sql",
    "register_series",
    "save_curve",
    "send_once",
    "start_run",
    "start_task",
    "task_counts",
    "try_lock",
    "update_statistics",
    "went_away",
    "write_answer",
    "write_calendar",
    "write_hourly_vlr",
    "write_problems",
    "write_series",
    "write_settlements",
]
