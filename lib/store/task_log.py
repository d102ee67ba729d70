"""What is kept of the tasks of runs: the problems that each found, and how each ended the time before.

A problem, such as missing hours, is a row of pipeline_problem; a task is a row of pipeline_task. A task that
keeps its report of an earlier run keeps its problems and versions too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import text

from lib.hours import UTC_HOUR
from lib.redact import redact
from lib.store.bulk import to_arrow
from lib.store.database import Database
from lib.store.query import read_sql, with_literals
from lib.store.run_log import RunTask

SAME_START = timedelta(minutes=1)
"""The run log has the start of a run a moment later than its manifest."""


def write_problems(db: Database, problems: pd.DataFrame, task: RunTask) -> None:
    """Enter a task's problems, and remove those that the task entered before.

    Args:
        db: the database.
        problems: measure, location (None if the problem is not about one location), kind, message, n_hours,
            first, last (UTC starts of hours; NaT if the problem is not about hours).
        task: the task that found them.
    """
    rows = problems.assign(number=range(1, len(problems) + 1), message=problems["message"].map(redact))
    rows = rows.rename(columns={"first": "first_hour", "last": "last_hour"})
    rows = rows.astype({"first_hour": UTC_HOUR, "last_hour": UTC_HOUR})
    with db.arrow_connection() as connection, connection.cursor() as cursor:
        cursor.execute(
            with_literals(
                "DELETE FROM pipeline_problem WHERE run_id = :run_id AND notebook = :notebook AND iso = :iso",
                vars(task),
            )
        )
        if not rows.empty:
            cursor.adbc_ingest(
                "pipeline_problem", to_arrow(connection, "pipeline_problem", rows, vars(task)), mode="append"
            )


def read_changed_outcomes(db: Database, run_id: int) -> pd.DataFrame:
    """Return the tasks of a run whose outcome differs from that of the time before.

    Returns:
        notebook, iso ("" for all ISOs), before, now (outcomes); no row for a task that never ran before.
    """
    tasks = read_previous_tasks(db, run_id).rename(columns={"last_outcome": "before", "outcome": "now"})
    is_changed = tasks["last_run_id"].notna() & (tasks["before"].fillna("") != tasks["now"].fillna(""))
    changed = tasks.loc[is_changed, ["notebook", "iso", "before", "now"]]
    return changed.sort_values(["iso", "notebook"], ignore_index=True)


def read_previous_tasks(db: Database, run_id: int) -> pd.DataFrame:
    """Return each task of a run, with the figures of the last run before in which it was a task.

    Returns:
        notebook, iso ("" for all ISOs), outcome, seconds, n_written, n_revised; and of the run before
        last_run_id, last_started_at (of the run), last_source, last_parameters (JSON), last_outcome,
        last_seconds, last_n_written, last_n_revised: NULL for a task that never ran before.
    """
    return read_sql(
        db,
        """
        SELECT task.notebook, task.iso, task.outcome, task.seconds, task.n_written, task.n_revised,
            earlier.run_id AS last_run_id, run.started_at AS last_started_at, run.source AS last_source,
            run.parameters AS last_parameters,
            earlier.outcome AS last_outcome, earlier.seconds AS last_seconds,
            earlier.n_written AS last_n_written, earlier.n_revised AS last_n_revised
        FROM pipeline_task task
        LEFT JOIN LATERAL (
            SELECT * FROM pipeline_task
            WHERE notebook = task.notebook AND iso = task.iso AND run_id < task.run_id
            ORDER BY run_id DESC LIMIT 1
        ) earlier ON true
        LEFT JOIN pipeline_run run ON run.run_id = earlier.run_id
        WHERE task.run_id = :run_id
        """,
        {"run_id": run_id},
    )


def read_known_runs(db: Database, starts: Mapping[int, datetime]) -> frozenset[int]:
    """Return the runs that this database knows too: same id, and same start.

    Folders of runs may outlive their database, or be newer than its restored state: ids mean other runs then.

    Args:
        db: the database.
        starts: id of a run -> its start, as its folder has it.
    """
    found = read_sql(
        db, "SELECT run_id, started_at FROM pipeline_run WHERE run_id IN :ids", {"ids": list(starts)}
    )
    return frozenset(
        int(row.run_id)
        for row in found.itertuples()
        if abs(row.started_at.to_pydatetime() - starts[row.run_id]) < SAME_START
    )


def keep_task(db: Database, task: RunTask, from_run_id: int, groups: Collection[str]) -> None:
    """Give a task what it has of an earlier run: its problems, versions of curves, and realised costs.

    Args:
        db: the database.
        task: the task, of the run that keeps.
        from_run_id: the earlier run.
        groups: that the task writes (`lib.store.data_state`); those of curves have the name of the curve.
    """
    with db.engine.begin() as connection:
        given = {**vars(task), "from_run_id": from_run_id, "groups": list(groups)}
        connection.execute(text(_KEEP_PROBLEMS), given)
        connection.execute(text(_KEEP_VERSIONS), given)
        connection.execute(text(_KEEP_REALISED), given)


_KEEP_PROBLEMS = """
    INSERT INTO pipeline_problem
        (run_id, notebook, iso, number, measure, location, kind, message, n_hours, first_hour, last_hour)
    SELECT :run_id, notebook, iso, number, measure, location, kind, message, n_hours, first_hour, last_hour
    FROM pipeline_problem WHERE run_id = :from_run_id AND notebook = :notebook AND iso = :iso
"""

_KEEP_VERSIONS = """
    INSERT INTO pipeline_curve (run_id, version_id)
    SELECT :run_id, version_id
    FROM pipeline_curve JOIN curve_version USING (version_id) JOIN market USING (market_id)
    WHERE pipeline_curve.run_id = :from_run_id AND curve = ANY(:groups) AND market.iso = :iso
    ON CONFLICT DO NOTHING
"""

_KEEP_REALISED = """
    INSERT INTO realised_cost
    SELECT (jsonb_populate_record(former, jsonb_build_object('run_id', CAST(:run_id AS integer)))).*
    FROM realised_cost former JOIN location USING (location_id) JOIN market USING (market_id)
    WHERE former.run_id = :from_run_id AND 'realised_cost' = ANY(:groups) AND market.iso = :iso
"""
