"""Check the machine: misspelt settings, room on the disks, the clock, and the rules of time zones."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lib.markets import MARKETS
from lib.pipeline.doctor.finding import Finding, failure, ok, warning

GB = 1_000_000_000
LOW_GB, LEAST_GB = 5, 1
"""Free space under which a disk is reported, and under which a run is likely to fail."""

LARGE_SKEW, WRONG_TIME = timedelta(seconds=10), timedelta(minutes=5)
"""From the first on, the clock is reported; from the second on, logins and freshness go wrong."""

OWN_PREFIX = "EPD_"

VERY_CLOSE = 0.88
"""How similar a name without our prefix must be to a setting to count as misspelt."""


def check_settings(environment: Mapping[str, str], known: Collection[str]) -> Iterator[Finding]:
    """Find variables that look like settings and are not: a misspelt setting would be ignored silently.

    Args:
        environment: the variables of this process.
        known: names of all settings.
    """
    known = {*known, *(f"{name}_FILE" for name in known)}
    strangers = sorted(name for name in environment if name not in known)
    looks = {name: get_close_matches(name, known, n=1, cutoff=VERY_CLOSE) for name in strangers}
    strange = [name for name in strangers if looks[name] or name.startswith(OWN_PREFIX)]
    for name in strange:
        close = looks[name] or get_close_matches(name, known, n=1)
        remedy = f"did you mean {close[0]}?" if close else "unset it; .env.example has all there are"
        yield warning("settings", f"{name} is no setting and has no effect", remedy)
    if not strange:
        yield ok("settings", "no variable looks like a misspelt setting")


def check_disks(folders: Mapping[str, Path]) -> Iterator[Finding]:
    """Find how much room there is for each folder.

    Args:
        folders: by the name of the setting; for one that does not exist yet the place where it will be made
            counts.
    """
    for name, folder in folders.items():
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
            yield failure("disk", f"{folder} cannot be made or written to", f"set {name} to another folder")
            continue
        free_gb = shutil.disk_usage(existing).free / GB
        what = f"{free_gb:,.1f} GB free for {folder}"
        remedy = f"make room, or set {name} to a folder on another disk"
        if free_gb < LEAST_GB:
            yield failure("disk", what, remedy)
        elif free_gb < LOW_GB:
            yield warning("disk", what, remedy)
        else:
            yield ok("disk", what)


def check_clock(ours: datetime, others: Mapping[str, datetime]) -> Iterator[Finding]:
    """Find how far this machine's clock is from those of others.

    Args:
        ours: now, UTC.
        others: the time of other machines at that moment, by name.
    """
    remedy = "let the machine keep its time by NTP (timedatectl set-ntp true)"
    for name, theirs in others.items():
        skew = abs(ours - theirs)
        what = f"{skew.total_seconds():,.0f} s from the clock of {name}"
        if skew >= WRONG_TIME:
            yield failure("clock", what, remedy)
        elif skew >= LARGE_SKEW:
            yield warning("clock", what, remedy)
        else:
            yield ok("clock", what)
    if not others:
        yield warning(
            "clock", "no service answered, so the clock was not compared", "fix the findings above first"
        )


def check_time_zones() -> Iterator[Finding]:
    """Find whether this machine has the rules of the markets' time zones."""
    names = sorted({market.timezone for market in MARKETS.values()})
    for name in names:
        try:
            ZoneInfo(name)
        except ZoneInfoNotFoundError:
            yield failure("time zones", f"the rules of {name} are missing", "install tzdata")
            return
    yield ok("time zones", f"the rules of {', '.join(names)} are here")
