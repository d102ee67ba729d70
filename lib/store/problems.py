"""The problems that a task found, such as missing hours, kept with its run: the table pipeline_problem."""

from __future__ import annotations

import pandas as pd

from lib.hours import UTC_HOUR
from lib.store.bulk import to_arrow
from lib.store.database import Database
from lib.store.query import with_literals
from lib.store.run_log import RunTask


def write_problems(db: Database, problems: pd.DataFrame, task: RunTask) -> None:
    """Enter a task's problems, and remove those that the task entered before.

    Args:
        db: the database.
        problems: measure, location (None if the problem is not about one location), kind, message, n_hours,
            first, last (UTC starts of hours; NaT if the problem is not about hours).
        task: the task that found them.
    """
    rows = problems.assign(number=range(1, len(problems) + 1))
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
