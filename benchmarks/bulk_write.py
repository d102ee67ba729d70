"""Time the store's bulk paths against COPY and ON CONFLICT, with the same rows and the same keyed table.

Run it from the repository: `python -m benchmarks.bulk_write [years]`. The ways run in
turn in one process on one embedded server, and the best of several rounds counts, so that the ratios hold on
a busy machine too.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa

from lib.hours import UTC_HOUR, utc_bounds
from lib.markets import locations, market
from lib.store import (
    Database,
    RunTask,
    embedded,
    open_database,
    read_series,
    register_series,
    start_run,
    write_series,
)
from lib.store.bulk import to_arrow
from lib.store.url import with_database

ISO, MEASURE, TABLE = "PJM", "da_lmp", "da_lmps_pjm"
ROUNDS = 3


def make_values(db: Database, years: int) -> pd.DataFrame:
    """Return an hourly price for every location of the ISO: series_id, interval_start, value."""
    places = [SimpleNamespace(iso=ISO, location=p.name, measure=MEASURE, source="files", basis="actual")
              for p in locations(ISO)]  # fmt: skip
    numbers = register_series(db, places)["series_id"].to_numpy()
    first, last = utc_bounds(ISO, date(2026 - years, 1, 1), date(2025, 12, 31))
    hours = pd.date_range(first, last, freq="h", inclusive="left", unit="us").astype(UTC_HOUR)
    return pd.DataFrame(
        {
            "series_id": np.repeat(numbers, len(hours)),
            "interval_start": np.tile(hours, len(numbers)),
            "value": np.random.default_rng(0).normal(40, 10, len(numbers) * len(hours)),
        }
    )


def copy(db: Database, rows: pa.Table) -> None:
    """Copy the rows straight into the table: the lower bound."""
    with db.arrow_connection() as connection, connection.cursor() as cursor:
        cursor.adbc_ingest(TABLE, rows, mode="append")


def on_conflict(db: Database, rows: pa.Table) -> None:
    """Copy the rows into a staging table, and insert them with ON CONFLICT DO UPDATE."""
    names = ", ".join(rows.column_names)
    with db.arrow_connection() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE staging (LIKE {TABLE}) ON COMMIT DROP")
        cursor.adbc_ingest("staging", rows, mode="append", temporary=True)
        cursor.execute(f"""
            INSERT INTO {TABLE} ({names}) SELECT {names} FROM staging
            ON CONFLICT (market_id, series_id, interval_start) DO UPDATE
            SET value = excluded.value, run_id = excluded.run_id
            WHERE {TABLE}.value IS DISTINCT FROM excluded.value
        """)


def truncate(db: Database) -> None:
    """Empty the table."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {TABLE}")


def measure(db: Database, values: pd.DataFrame, task: RunTask) -> dict[str, float]:
    """Return the seconds that each way took in one round."""
    constants = {"market_id": market(ISO).market_id, "run_id": task.run_id}
    with db.arrow_connection() as connection:
        rows = to_arrow(connection, TABLE, values, constants)
    revised = values.assign(value=values["value"] + (np.arange(len(values)) % 10 == 0))
    window = values["interval_start"].min(), values["interval_start"].max() + pd.Timedelta(hours=1)

    def store(frame: pd.DataFrame) -> None:
        write_series(db, ISO, MEASURE, frame, task)

    steps: dict[str, Callable[[], object]] = {
        "bare COPY": lambda: copy(db, rows),
        "store, reading it back": lambda: read_series(db, ISO, MEASURE, None, *window),
        "ON CONFLICT, first load": lambda: on_conflict(db, rows),
        "ON CONFLICT, nothing changed": lambda: on_conflict(db, rows),
        "store, first load": lambda: store(values),
        "store, nothing changed": lambda: store(values),
        "store, a tenth changed": lambda: store(revised),
    }
    seconds = {}
    for name, step in steps.items():
        if name in ("bare COPY", "ON CONFLICT, first load", "store, first load"):
            truncate(db)
        start = time.perf_counter()
        step()
        seconds[name] = time.perf_counter() - start
    return seconds


def main(years: int) -> None:
    """Print the rate of each way, and its ratio to the bare COPY."""
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.start(Path(folder) / "pgdata")
        try:
            db = open_database("files", with_database(server, "benchmark"))
            run_id = start_run(db, source="files", as_of=date(2026, 1, 1), window_start=None, window_end=None)
            values = make_values(db, years)
            rounds = [measure(db, values, RunTask(run_id, "benchmark", ISO)) for _ in range(ROUNDS)]
        finally:
            embedded.release(Path(folder) / "pgdata")
    best = {name: min(seconds[name] for seconds in rounds) for name in rounds[0]}
    print(f"{len(values):,} rows, best of {ROUNDS} rounds")
    for name, seconds in best.items():
        rate, ratio = len(values) / seconds / 1e6, best["bare COPY"] / seconds
        print(f"{name:<30}{rate:6.2f} M rows/s {ratio:6.2f} x bare COPY")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
