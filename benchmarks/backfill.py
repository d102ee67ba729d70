"""A full backfill of the licensed source, all at once and one symbol after another, from the same stand-in.

Run it from the repository: `python -m benchmarks.backfill [--years 2] [--latency 0.1]`. The stand-in is a
process of its own that answers each request after the latency; answers are kept as in a real run, and read
again from there. Both ways read the same series over the same days.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from lib.hours import utc_bounds
from lib.markets import MARKETS, MEASURES
from lib.sources.enverus import WORKERS, EnverusSource
from lib.sources.enverus.client import EnverusAccount, fetch_symbols
from lib.sources.enverus.localize import SymbolResult
from lib.sources.enverus.queries import SymbolQuery, symbols
from lib.sources.enverus.replay import replay_fetch
from lib.web import Archive, Client, HttpClient, Limits


@contextmanager
def stand_in(latency_s: float) -> Iterator[EnverusAccount]:
    """Run the stand-in as a process of its own."""
    command = [sys.executable, "-m", "tests.standins.gvsi", str(latency_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield EnverusAccount(process.stdout.readline().strip(), "desk", "s3cret")
        process.communicate()


def one_after_another(
    client: Client, account: EnverusAccount, _workers: int, queries: list[SymbolQuery], clock: ZoneInfo
) -> Iterator[SymbolResult]:
    """Query each symbol by itself, the next one when the response has come."""
    single = [replace(query, symbols=(symbol,)) for query in queries for symbol in query.symbols]
    return fetch_symbols(client, account, 1, single, clock)


def backfill(source: EnverusSource, years: int) -> int:
    """Read every series of the source, measure by measure; return the number of hours that came."""
    n_hours = 0
    for iso in MARKETS:
        start, end = utc_bounds(iso, date(2026 - years, 1, 1), date(2025, 12, 31))
        for measure in MEASURES:
            if places := list(symbols(iso, measure)):
                answer = source.read(iso, measure, places, start, end)
                assert not answer.problems, answer.problems[0].message
                n_hours += len(answer.frame)
    return n_hours


def peak_mb() -> float:
    """Return the most memory that this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(name: str, source: EnverusSource, years: int, archive: Archive) -> float:
    """Run a backfill and print what it took and what of it was asked and kept; return its seconds."""
    before, n_before, start = peak_mb(), len(list(archive.entries("enverus"))), time.perf_counter()
    n_hours = backfill(source, years)
    seconds = time.perf_counter() - start
    asked = list(archive.entries("enverus"))[n_before:]
    print(
        f"{name:27} {seconds:7.1f} s {len(asked):6,} requests {sum(e.n_bytes for e in asked) / 1e6:5.0f} MB "
        f"{n_hours:,} hours, peak {peak_mb():.0f} MB ({peak_mb() - before:+.0f})",
        flush=True,
    )
    return seconds


def main(years: int, latency_s: float) -> None:
    """Print wall time, requests and memory of each way, and the ratio."""
    with tempfile.TemporaryDirectory() as folder, stand_in(latency_s) as account:
        at_once, in_turn = (
            Archive(Path(folder) / name, max_bytes=1 << 40) for name in ("at_once", "in_turn")
        )
        ways = (fetch_symbols, at_once), (one_after_another, in_turn)
        print(f"{years} years, {latency_s * 1000:.0f} ms a request, {WORKERS} at once")
        together, alone = (
            EnverusSource(partial(way, HttpClient(Limits(per_host=WORKERS), archive), account, WORKERS))
            for way, archive in ways
        )
        fast = measure("batches, all at once", together, years, at_once)
        measure("the same, from the archive", EnverusSource(replay_fetch(at_once)), years, at_once)
        slow = measure("one symbol after another", alone, years, in_turn)
        print(f"{slow / fast:.1f} times as fast")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=2)
    parser.add_argument("--latency", type=float, default=0.1, help="seconds before each answer")
    options = parser.parse_args()
    main(options.years, options.latency)
