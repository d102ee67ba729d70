"""Where data is kept: PostgreSQL, embedded or on a server, with one bulk path each way."""

from lib.store.bulk import InvalidValues
from lib.store.curves import CurveVersion, read_curve, save_curve
from lib.store.database import (
    DATABASE_VARIABLE,
    Database,
    DatabaseUnreachable,
    NotPermitted,
    describe_target,
    open_database,
)
from lib.store.embedded import EmbeddedServerError
from lib.store.hourly import read_inputs, write_calendar, write_hourly_vlr
from lib.store.ledger import (
    Task,
    WriteCounts,
    finish_run,
    finish_task,
    start_run,
    start_task,
    task_counts,
)
from lib.store.locks import AlreadyRunning, try_lock
from lib.store.read import UnknownRelation, read_relation, read_sql
from lib.store.schema import SchemaError, WrongDatabase
from lib.store.series import (
    UnknownSeries,
    find_series,
    read_series,
    register_series,
    write_series,
)
from lib.store.url import ConfigurationError

__all__ = [
    "DATABASE_VARIABLE",
    "AlreadyRunning",
    "ConfigurationError",
    "CurveVersion",
    "Database",
    "DatabaseUnreachable",
    "EmbeddedServerError",
    "InvalidValues",
    "NotPermitted",
    "SchemaError",
    "Task",
    "UnknownRelation",
    "UnknownSeries",
    "WriteCounts",
    "WrongDatabase",
    "describe_target",
    "find_series",
    "finish_run",
    "finish_task",
    "open_database",
    "read_curve",
    "read_inputs",
    "read_relation",
    "read_series",
    "read_sql",
    "register_series",
    "save_curve",
    "start_run",
    "start_task",
    "task_counts",
    "try_lock",
    "write_calendar",
    "write_hourly_vlr",
    "write_series",
]
