"""The whole examination, in the order in which one would mend things."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from lib.pipeline.console import Exit, say
from lib.pipeline.doctor import database, machine, services
from lib.pipeline.doctor.finding import Finding, Health, failure
from lib.settings import Settings, setting_names
from lib.sources import UnknownSource, open_source
from lib.sources.enverus import MissingCredentials
from lib.store import DATABASE_VARIABLE, Database
from lib.web import HttpClient, Limits

QUICK = Limits(connect_s=5, read_s=15, total_s=30, max_bytes=1 << 24, attempts=1)
"""A doctor does not wait as long as a run does."""

STYLES = {Health.OK: "green", Health.UNUSED: "dim", Health.WARNING: "yellow", Health.FAILURE: "bold red"}


@dataclass(frozen=True)
class Visit:
    """What is to be examined: a run of some notebooks (of all if none is named), and its circumstances."""

    source_spec: str
    notebooks: Collection[str]
    database_url: str | None
    as_of: str | None

    @property
    def source(self) -> str:
        """The source without its folder or route."""
        return self.source_spec.partition(":")[0]

    @property
    def series_from(self) -> str | None:
        """The source that series are fetched from; None where none are."""
        return self.source if not self.notebooks or "fetch" in self.notebooks else None


def examine(visit: Visit) -> Iterator[Finding]:
    """Yield what each check finds, as it is found; of all this only the database's schema is written."""
    settings = Settings()
    yield from machine.settings(os.environ, {*setting_names(), DATABASE_VARIABLE})
    yield from machine.time_zones()
    folders = {
        "EPD_PGDATA": settings.pgdata,
        "EPD_RUNS": settings.runs_dir,
        "EPD_RAW": settings.raw_dir,
        "EPD_SETTLEMENTS": settings.settlements_dir,
    }
    yield from machine.disks(folders)
    opened = database.open_or_find(visit.source, visit.database_url)
    if isinstance(opened, Database):
        yield from database.examine(opened)
    else:
        yield opened
    yield from _source(visit)
    needed = services.accounts_of(visit.series_from, "ice_settlements" in visit.notebooks)
    yield from services.credentials(settings, needed)
    addresses = services.addresses_of(visit.series_from, settings)
    client = HttpClient(QUICK, None)
    findings, clocks = services.reach(client, addresses, services.VITAL)
    yield from findings
    yield from services.examine(client, settings)
    if isinstance(opened, Database):
        clocks["the database"] = database.time_of(opened)
    yield from machine.clock(datetime.now(UTC), clocks)
    if isinstance(opened, Database) and visit.series_from:
        yield from database.examine_freshness(opened, visit.series_from, visit.as_of)


def _source(visit: Visit) -> Iterator[Finding]:
    """Find whether there is such a source; an account that it lacks is a finding of its own."""
    try:
        open_source(visit.source_spec)
    except MissingCredentials:
        return
    except UnknownSource as error:
        yield failure("source", str(error), "docs/sources.md has all there are")


def report(visit: Visit, console: Console) -> Exit:
    """Show the findings, and return whether a run would work."""
    counts: Counter[Health] = Counter()
    for finding in examine(visit):
        counts[finding.health] += 1
        line = Text(f"{finding.health:<8}", STYLES[finding.health])
        console.print(line.append(f" {finding.check}: {finding.what}", "default"), soft_wrap=True)
        if finding.mend:
            say(console, f"{'':<8} -> {finding.mend}")
    say(console, ", ".join(f"{counts[health]} {health}" for health in Health if counts[health]))
    return Exit.FAILED if counts[Health.FAILURE] else Exit.DONE
