"""All runs of a folder together: linked with each other, listed on one page, the oldest deleted."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lib.atomic_write import write_whole
from lib.markets import MARKETS
from lib.pipeline.runner.model import State
from lib.pipeline.runner.records.event_log import log
from lib.pipeline.runner.records.known_runs import KnownRun, known_runs
from lib.pipeline.runner.run_folder import LATEST
from lib.present.pages.all_runs import ALL_RUNS, RunLink, render_all_runs, render_run_links
from lib.present.pages.index import INDEX
from lib.present.pages.regions import Region, read_region, write_regions

Links = dict[Path, str]
"""A page, and the links to other runs that it should have."""


def update_run_index(runs: Path, keep: int) -> None:
    """Bring the pages of all runs of a folder up to date after one has ended, and delete what is too old.

    Links are mended before a folder goes, so that none leads to nowhere; those to a folder that was deleted
    by hand are mended too. What cannot be written, such as the folder of another user, is left as it is.

    Args:
        runs: the folder.
        keep: how many runs of each source and database are kept; 0 keeps all.
    """
    with _locked(runs):
        finish_deletions(runs)
        known, unreadable = known_runs(runs)
        expired = expired_runs(known, keep, find_latest_folder(runs))
        kept = [run for run in known if run not in expired]
        _write_links(links_between(kept) | _no_links(unreadable))
        kept += delete(expired)
        rows = [_row(run) for run in sorted(kept, key=lambda run: run.age, reverse=True)]
        page = render_all_runs(rows, [folder.name for folder in unreadable], keep)
        write_whole(runs / ALL_RUNS, page.encode())


def links_between(runs: Iterable[KnownRun]) -> Links:
    """Return for each page of each ended run the links to other runs.

    A report leads to the nearest earlier and later run, of the same source and database, that has this report
    too.
    """
    groups: dict[tuple[str, str], list[KnownRun]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: run.age):
        if run.has_ended:
            groups[run.group].append(run)
    return {page: links for group in groups.values() for page, links in _links_in_group(group).items()}


def _no_links(unreadable: Iterable[Path]) -> Links:
    """Return the links of pages whose manifest cannot be read: none, for nobody knows their neighbours."""
    pages = (page for folder in unreadable for page in sorted(folder.glob("*.html")))
    return {page: render_run_links(page.name, None, None) for page in pages}


def _links_in_group(group: Sequence[KnownRun]) -> Links:
    """Return the links of the pages of runs that follow each other."""
    pages = {run.folder: _pages(run) for run in group}
    earlier = _nearest(group, pages)
    later = _nearest(group[::-1], pages)
    return {
        run.folder / page: render_run_links(
            page, earlier.get((run.folder, page)), later.get((run.folder, page))
        )
        for run in group
        for page in pages[run.folder]
    }


def _nearest(group: Sequence[KnownRun], pages: Mapping[Path, list[str]]) -> dict[tuple[Path, str], RunLink]:
    """Return for each page of each run the last one before it that has the page too."""
    seen: dict[str, RunLink] = {}
    nearest = {}
    for run in group:
        for page in pages[run.folder]:
            if page in seen:
                nearest[run.folder, page] = seen[page]
            seen[page] = _neighbour(run)
    return nearest


def _neighbour(run: KnownRun) -> RunLink:
    manifest = run.manifest
    return RunLink(run.folder.name, manifest["run_id"], f"{manifest['started_at']:%Y-%m-%d}")


def _pages(run: KnownRun) -> list[str]:
    """Return the names of a run's pages that are there."""
    there = {path.name for path in run.folder.glob("*.html")}
    reports = [task["html"] for task in run.manifest["tasks"] if task["html"]]
    return [name for name in (INDEX, *reports) if name in there]


def _write_links(links: Links) -> None:
    """Write into each page the links that it should have, where it has others."""
    for page, wanted in links.items():
        try:
            if read_region(page, Region.RUNS) not in (None, wanted):
                write_regions(page, {Region.RUNS: wanted})
        except (OSError, UnicodeDecodeError) as error:
            facts = {"page": f"{page.parent.name}/{page.name}", "reason": str(error)}
            log.warning("old_links_kept", extra={"facts": facts})


def _row(run: KnownRun) -> dict[str, Any]:
    """Return what the page of all runs shows of one."""
    tasks = run.manifest["tasks"]
    isos = {task["iso"] for task in tasks}
    failed = [task for task in tasks if task["outcome"] == State.FAILED]
    index = run.folder / INDEX
    return {
        **run.manifest,
        "href": f"{quote(run.folder.name)}/{INDEX}" if index.exists() else None,
        "isos": "all" if isos >= MARKETS.keys() else ", ".join(iso for iso in MARKETS if iso in isos),
        "failed": [" ".join(filter(None, (task["notebook"], task["iso"]))) for task in failed],
    }


@contextmanager
def _locked(runs: Path) -> Iterator[None]:
    """Wait until no other run updates the folder: runs on several databases may share it."""
    handle = os.open(runs, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


DELETED = ".deleted."
"""How the name of a folder begins that is being deleted: it is out of the way before its first file goes."""


def expired_runs(runs: Sequence[KnownRun], keep: int, latest: Path) -> list[KnownRun]:
    """Return the runs that come after the newest `keep` of their source and database.

    Never among them are a run that goes on, the one that `latest` leads to, and a folder that has another
    name than its run has given it: somebody has put it there to stay.

    Args:
        runs: the newest first.
        keep: how many to keep of each source and database; 0 keeps all.
        latest: the folder of the run that ended last.
    """
    if not keep:
        return []
    rank: Counter[tuple[str, str]] = Counter()
    expired = []
    for run in runs:
        rank[run.group] += 1
        is_ours = run.folder.name == run.manifest["folder"] and run.folder.name != latest.name
        if rank[run.group] > keep and run.has_ended and is_ours:
            expired.append(run)
    return expired


def find_latest_folder(runs: Path) -> Path:
    """Return the folder that runs/latest leads to; it need not be there any more."""
    return (runs / LATEST).resolve()


def delete(expired: Sequence[KnownRun]) -> list[KnownRun]:
    """Delete folders of runs, say so in the journal, and return the runs whose folder could not be."""
    left = []
    for run in expired:
        try:
            _delete(run.folder)
        except OSError as error:
            left.append(run)
            log.warning("old_run_kept", extra={"facts": {"folder": run.folder.name, "reason": str(error)}})
        else:
            log.info("old_run_deleted", extra={"facts": {"folder": run.folder.name}})
    return left


def finish_deletions(runs: Path) -> None:
    """Delete what is left of folders whose deletion was cut short."""
    for path in runs.glob(f"{DELETED}*"):
        shutil.rmtree(path, ignore_errors=True)


def _delete(folder: Path) -> None:
    gone = folder.with_name(f"{DELETED}{folder.name}")
    if not os.access(folder, os.W_OK):  # else it would vanish from the list and stay on the disk
        raise PermissionError(f"{folder.name} cannot be written to")
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
