"""Time a day of settlements from file to database, against the usual ways to store a frame.

Run it from the repository: `python -m benchmarks.settlements [rows]`. The ways run in
turn in one process on one embedded server, and the best of several rounds counts, so that the ratios hold on
a busy machine too.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd

from lib.settlements import ParsedReport, parse_report
from lib.settlements.columns import COLUMNS
from lib.store import Database, ReportFile, RunTask, embedded, open_database, start_run, write_settlements
from lib.store.url import with_database

DAY = date(2025, 12, 31)
ROUNDS = 3
STRIPS = 120


def make_dat(n_rows: int) -> bytes:
    """Return a report with `n_rows` lines: contracts of 120 months each, some of them options."""
    months = pd.date_range("2026-01-01", periods=STRIPS, freq="MS")
    strips = [f"{month.month}/1/{month.year}" for month in months]
    lines = [
        f"12/31/2025|Hub {i // STRIPS:04}|Fixed Price Future of hub {i // STRIPS:04}|{strips[i % STRIPS]}|"
        f"C{i // STRIPS:04}|{'F|' if i % 10 else 'C|50'}|{i % 997 / 7 - 20:.4f}|{i % 13 / 9:.4f}|"
        f"1/30/2026|{i // STRIPS}"
        for i in range(n_rows)
    ]
    return "\n".join(["|".join(COLUMNS), *lines, ""]).encode()


def as_xlsx(dat: bytes) -> bytes:
    """Return the workbook of the same cells."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in dat.decode().splitlines():
        sheet.append(line.split("|"))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def truncate(db: Database) -> None:
    """Empty the table."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE ice_settlement")


def to_sql(db: Database, frame: pd.DataFrame, task: RunTask, method: str | None) -> None:
    """Store the frame as pandas does, by executemany or by many rows in one INSERT; it cannot revise."""
    # pandas writes NaN as NULL, which a key cannot contain.
    rows = frame.assign(report="icecleared_power", run_id=task.run_id, strike=frame["strike"].fillna(0))
    rows.to_sql("ice_settlement", db.engine, if_exists="append", index=False, method=method, chunksize=1000)


def measure(db: Database, dat: bytes, task: RunTask) -> dict[str, float]:
    """Return the seconds that each step took in one round."""
    parsed = parse_report(dat, "dat", DAY)
    revised = parsed.frame.assign(
        settlement_price=parsed.frame["settlement_price"] + (parsed.frame.index % 10 == 0)
    )

    def store(frame: pd.DataFrame) -> None:
        file = ReportFile(DAY, "icecleared_power", "benchmark.dat", "0" * 64, len(frame), 0, 0)
        write_settlements(db, file, frame, task)

    def parse_and_store() -> ParsedReport:
        again = parse_report(dat, "dat", DAY)
        store(again.frame)
        return again

    steps: dict[str, Callable[[], object]] = {
        "parse .dat": lambda: parse_report(dat, "dat", DAY),
        "parse .dat and store": parse_and_store,
        "store, nothing changed": lambda: store(parsed.frame),
        "store, a tenth revised": lambda: store(revised),
        "to_sql, executemany": lambda: to_sql(db, parsed.frame, task, None),
        "to_sql, multi-row INSERT": lambda: to_sql(db, parsed.frame, task, "multi"),
    }
    seconds = {}
    for name, step in steps.items():
        if name.startswith(("parse", "to_sql")):
            truncate(db)
        start = time.perf_counter()
        step()
        seconds[name] = time.perf_counter() - start
    return seconds


def main(n_rows: int) -> None:
    """Print the seconds of each step."""
    dat = make_dat(n_rows)
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.start(Path(folder) / "pgdata")
        try:
            db = open_database("files", with_database(server, "benchmark"))
            run_id = start_run(db, source="ice", as_of=DAY, window_start=None, window_end=None)
            rounds = [measure(db, dat, RunTask(run_id, "benchmark", "")) for _ in range(ROUNDS)]
        finally:
            embedded.release(Path(folder) / "pgdata")
    workbook = as_xlsx(dat)
    start = time.perf_counter()
    parse_report(workbook, "xlsx", DAY)
    best = {name: min(seconds[name] for seconds in rounds) for name in rounds[0]}
    print(f"{n_rows:,} rows, {len(dat) / 1e6:.1f} MB, best of {ROUNDS} rounds")
    for name, seconds in {**best, "parse .xlsx (once)": time.perf_counter() - start}.items():
        print(f"{name:<28}{seconds:7.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
