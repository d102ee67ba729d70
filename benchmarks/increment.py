"""Count the requests and rows of a daily run of the licensed source, against those of its backfill.

Run it from the repository: `python -m benchmarks.increment [--years 2]`. A stand-in of the service and a real
database run on this machine and are deleted afterwards. The service has every hour up to the day before.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pandas as pd

from lib import store
from lib.hours import market_hours
from lib.markets import MARKETS
from lib.pipeline.steps.fetch import update_stored_series
from lib.sources.enverus import WORKERS, EnverusSource
from lib.sources.enverus.client import EnverusAccount, fetch_symbols
from lib.store import Database, RunTask, WriteCounts
from lib.web import HttpClient, Limits
from tests.standins.gvsi import Gvsi, serving

TODAY = date(2026, 11, 12)


def main() -> None:
    """Fetch all ISOs up to a day, again on the same day, and on the next day; print the figures of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=2)
    start = date(TODAY.year - parser.parse_args().years, TODAY.month, TODAY.day)
    with tempfile.TemporaryDirectory() as folder, serving(Gvsi()) as service:
        os.environ["EPD_PGDATA"] = str(Path(folder) / "pg")
        account = EnverusAccount(service.address, service.username, service.password)
        source = EnverusSource(partial(fetch_symbols, HttpClient(Limits(), None), account, WORKERS))
        database = store.open_database(source.name)
        for name, as_of in (
            ("backfill", TODAY),
            ("the same day again", TODAY),
            ("the next day", TODAY + timedelta(days=1)),
        ):
            service.published_until = pd.Timestamp(as_of, tz="America/New_York")
            n_asked, began = len(service.asked), time.perf_counter()
            counts = run(database, source, start, as_of)
            seconds, n_requests = time.perf_counter() - began, len(service.asked) - n_asked
            print(
                f"{name:<20} {seconds:6.1f} s  {n_requests:4} requests  {counts.read:>10,} rows read  "
                f"{counts.written:>10,} written  {counts.revised} revised"
            )


def run(database: Database, source: EnverusSource, start: date, as_of: date) -> WriteCounts:
    """Bring the series of every ISO up to a day, as a run does, and return the counts of the writes."""
    end = as_of - timedelta(days=1)
    run_id = store.start_run(database, source=source.name, as_of=as_of, window_start=start, window_end=end)
    counts = WriteCounts()
    for iso in MARKETS:
        task = RunTask(run_id, "fetch", iso)
        store.start_task(database, task)
        store.write_calendar(database, iso, market_hours(iso, start, end), task)
        counts += sum(
            update_stored_series(database, source, iso, start, end, as_of, task).counts.values(),
            WriteCounts(),
        )
        store.finish_task(database, task, "done")
    store.finish_run(database, run_id, "done")
    return counts


if __name__ == "__main__":
    main()
