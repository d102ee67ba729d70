"""Run all checks of --doctor, in the sequence in which a person would fix things, and print the findings."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from lib.pipeline.console import Exit, print_line
from lib.pipeline.doctor import database, hubs, machine, services
from lib.pipeline.doctor.files import check_files
from lib.pipeline.doctor.finding import Finding, Health, failure
from lib.pipeline.notebooks import ICE_SETTLEMENTS, SERIES_NOTEBOOKS
from lib.redact import redact
from lib.settings import Settings, setting_names
from lib.sources import UnknownSource, open_source, parse_source_spec
from lib.sources.enverus import MissingEnverusCredentials
from lib.sources.files import FilesSource
from lib.store import DATABASE_VARIABLE, Database
from lib.web import HttpClient, Limits

QUICK = Limits(connect_s=5, read_s=15, total_s=30, max_bytes=1 << 24, attempts=1)
"""The doctor waits less for a service than a run does."""

STYLES = {Health.OK: "green", Health.UNUSED: "dim", Health.WARNING: "yellow", Health.FAILURE: "bold red"}


@dataclass(frozen=True)
class DoctorOptions:
    """The run to check for: its source, its notebooks (all if none is named), its database and its clock."""

    source_spec: str
    notebooks: Collection[str]
    database_url: str | None
    as_of: str | None

    @property
    def source(self) -> str:
        """The source without its folder or route."""
        return parse_source_spec(self.source_spec).kind

    @property
    def series_from(self) -> str | None:
        """The source that series are fetched from; None where the run fetches none."""
        is_fetched = not self.notebooks or not SERIES_NOTEBOOKS.isdisjoint(self.notebooks)
        return self.source if is_fetched else None


def print_report(options: DoctorOptions, console: Console) -> Exit:
    """Print what the checks find, and return the exit code: FAILED where something would stop a run."""
    counts: Counter[Health] = Counter()
    for finding in run_checks(options):
        counts[finding.health] += 1
        line = Text(f"{finding.health:<8}", STYLES[finding.health])
        what = redact(f" {finding.check}: {finding.what}")
        console.print(line.append(what, "default"), soft_wrap=True)
        if finding.remedy:
            print_line(console, f"{'':<8} -> {finding.remedy}")
    print_line(console, ", ".join(f"{counts[health]} {health}" for health in Health if counts[health]))
    return Exit.FAILED if counts[Health.FAILURE] else Exit.DONE


def run_checks(options: DoctorOptions) -> Iterator[Finding]:
    """Yield each finding as soon as it is known; the checks write nothing but the database's schema."""
    settings = Settings()
    yield from machine.check_settings(os.environ, {*setting_names(), DATABASE_VARIABLE})
    yield from machine.check_time_zones()
    folders = {
        "EPD_PGDATA": settings.pgdata,
        "EPD_RUNS": settings.runs_dir,
        "EPD_RAW": settings.raw_dir,
        "EPD_SETTLEMENTS": settings.settlements_dir,
    }
    yield from machine.check_disks(folders)
    opened = database.try_database(options.source, options.database_url)
    if isinstance(opened, Database):
        yield from database.check_database(opened)
    else:
        yield opened
    yield from check_source(options)
    accounts = services.find_accounts(options.series_from, ICE_SETTLEMENTS.name in options.notebooks)
    yield from services.check_accounts(settings, accounts)
    addresses = services.find_addresses(options.series_from, settings)
    client = HttpClient(QUICK, None)
    findings, clocks = services.check_reachable(client, addresses, services.VITAL)
    yield from findings
    yield from services.check_logins(client, settings)
    if isinstance(opened, Database):
        clocks["the database"] = database.read_server_time(opened)
    yield from machine.check_clock(datetime.now(UTC), clocks)
    if isinstance(opened, Database):
        yield from hubs.check_stored_hubs(opened)
        yield from database.check_official(opened)
    if isinstance(opened, Database) and options.series_from:
        yield from database.check_series_age(opened, options.series_from, options.as_of)


def check_source(options: DoctorOptions) -> Iterator[Finding]:
    """Check that the source exists, and what its files have; a missing account is a finding of its own."""
    try:
        source = open_source(options.source_spec)
    except MissingEnverusCredentials:
        return
    except UnknownSource as error:
        yield failure("source", str(error), "docs/sources.md has all there are")
        return
    if isinstance(source, FilesSource):
        yield from check_files(source)
