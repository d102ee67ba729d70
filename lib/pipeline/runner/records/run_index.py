"""The run index: all runs of a folder, linked with each other, listed on one page, and the oldest deleted."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from lib.atomic_write import write_if_changed
from lib.markets import MARKETS
from lib.pipeline.runner.records.event_log import log
from lib.pipeline.runner.records.known_runs import KnownRun, known_runs
from lib.pipeline.runner.run_folder import LATEST
from lib.present.pages.all_runs import ALL_RUNS, RunLink, RunRow, render_all_runs, render_run_links
from lib.present.pages.index import INDEX
from lib.present.pages.regions import Region, read_region, write_regions
from lib.redact import redact
from lib.task_record import State

DELETED = ".deleted."
"""Prefix of the name of a folder whose deletion has begun: it is renamed before its first file goes."""

Links = dict[Path, str]
"""Page -> the links to other runs that it should have, as HTML."""


def update_run_index(runs: Path, keep: int) -> None:
    """Update the pages of all runs of a folder after one has ended, and delete what is too old.

    Links are corrected before a folder is deleted, so that no link is ever broken; links to a folder that was
    deleted by hand are corrected too. What cannot be written, such as the folder of another user, stays.

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
        kept += delete_runs(expired)
        rows = [_row(run) for run in sorted(kept, key=lambda run: run.age, reverse=True)]
        page = render_all_runs(rows, [folder.name for folder in unreadable], keep)
        write_if_changed(runs / ALL_RUNS, redact(page).encode())


def links_between(runs: Iterable[KnownRun]) -> Links:
    """Return for each page of each ended run the links to other runs.

    A report links to the nearest earlier and later run of the same group that has this report too.
    """
    groups: dict[tuple[str, str], list[KnownRun]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: run.age):
        if run.has_ended:
            groups[run.group].append(run)
    return {page: links for group in groups.values() for page, links in _links_in_group(group).items()}


def expired_runs(runs: Sequence[KnownRun], keep: int, latest: Path) -> list[KnownRun]:
    """Return the runs that come after the newest `keep` of their group.

    Three kinds of runs never expire: a run that goes on, the run that `latest` leads to, and a run whose
    folder has been renamed, because somebody wants to keep it.

    Args:
        runs: the newest first.
        keep: how many to keep of each group; 0 keeps all.
        latest: the folder of the run that ended last.
    """
    if not keep:
        return []
    rank: Counter[tuple[str, str]] = Counter()
    expired = []
    for run in runs:
        rank[run.group] += 1
        may_go = run.folder.name == run.manifest.folder and run.folder.name != latest.name
        if rank[run.group] > keep and run.has_ended and may_go:
            expired.append(run)
    return expired


def find_latest_folder(runs: Path) -> Path:
    """Return the folder that runs/latest leads to; it need not exist any more."""
    return (runs / LATEST).resolve()


def delete_runs(expired: Sequence[KnownRun]) -> list[KnownRun]:
    """Delete folders of runs, log each, and return the runs whose folder could not be deleted."""
    kept = []
    for run in expired:
        try:
            _delete(run.folder)
        except OSError as error:
            kept.append(run)
            log.warning("old_run_kept", extra={"fields": {"folder": run.folder.name, "reason": str(error)}})
        else:
            log.info("old_run_deleted", extra={"fields": {"folder": run.folder.name}})
    return kept


def finish_deletions(runs: Path) -> None:
    """Delete what is left of folders whose deletion was cut short."""
    for path in runs.glob(f"{DELETED}*"):
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _locked(runs: Path) -> Iterator[None]:
    """Wait until no other run updates the folder: runs on several databases may share it."""
    handle = os.open(runs, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _delete(folder: Path) -> None:
    gone = folder.with_name(f"{DELETED}{folder.name}")
    if not os.access(folder, os.W_OK):  # else it would vanish from the list and stay on the disk
        raise PermissionError(f"{folder.name} cannot be written to")
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _no_links(unreadable: Iterable[Path]) -> Links:
    """Return the links of pages whose manifest cannot be read: none, because their neighbours are unknown."""
    pages = (page for folder in unreadable for page in sorted(folder.glob("*.html")))
    return {page: render_run_links(page.name, None, None) for page in pages}


def _links_in_group(group: Sequence[KnownRun]) -> Links:
    """Return the links of the pages of runs that follow each other."""
    pages = {run.folder: _pages(run) for run in group}
    earlier = _nearest(group, pages)
    later = _nearest(group[::-1], pages)
    return {
        run.folder / page: render_run_links(
            page,
            earlier.get((run.folder, page)),
            later.get((run.folder, page)),
            _computed_by(run, page, group, pages),
        )
        for run in group
        for page in pages[run.folder]
    }


def _computed_by(
    run: KnownRun, page: str, group: Sequence[KnownRun], pages: Mapping[Path, list[str]]
) -> list[RunLink]:
    """Return the runs that computed what a page of a run keeps: a report, or on the index any report."""
    kept = {task.kept.folder for task in run.manifest.tasks if task.kept and page in (INDEX, task.html)}
    return [_link(other) for other in group if other.folder.name in kept and page in pages[other.folder]]


def _nearest(group: Sequence[KnownRun], pages: Mapping[Path, list[str]]) -> dict[tuple[Path, str], RunLink]:
    """Return for each page of each run the last run before it that has the page too."""
    seen: dict[str, RunLink] = {}
    nearest = {}
    for run in group:
        for page in pages[run.folder]:
            if page in seen:
                nearest[run.folder, page] = seen[page]
            seen[page] = _link(run)
    return nearest


def _link(run: KnownRun) -> RunLink:
    return RunLink(run.folder.name, run.manifest.run_id, f"{run.manifest.started_at:%Y-%m-%d}")


def _pages(run: KnownRun) -> list[str]:
    """Return the names of a run's pages that exist."""
    existing = {path.name for path in run.folder.glob("*.html")}
    reports = [task.html for task in run.manifest.tasks if task.html]
    return [name for name in (INDEX, *reports) if name in existing]


def _write_links(links: Links) -> None:
    """Write into each page the links that it should have, where it has others."""
    for page, wanted in links.items():
        try:
            if read_region(page, Region.RUNS) not in (None, wanted):
                write_regions(page, {Region.RUNS: wanted})
        except (OSError, UnicodeDecodeError) as error:
            fields = {"page": f"{page.parent.name}/{page.name}", "reason": str(error)}
            log.warning("old_links_kept", extra={"fields": fields})


def _row(run: KnownRun) -> RunRow:
    """Return the row of a run on the page of all runs."""
    tasks = run.manifest.tasks
    isos = {task.iso for task in tasks}
    has_index = (run.folder / INDEX).exists()
    return RunRow(
        manifest=run.manifest,
        href=f"{quote(run.folder.name)}/{INDEX}" if has_index else None,
        isos="all" if isos >= MARKETS.keys() else ", ".join(iso for iso in MARKETS if iso in isos),
        failed=[
            " ".join(filter(None, (task.notebook, task.iso)))
            for task in tasks
            if task.outcome is State.FAILED
        ],
    )
