"""Which runs' folders have had their time, and their deletion."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lib.pipeline.runner.records.event_log import log
from lib.pipeline.runner.records.known_runs import KnownRun
from lib.pipeline.runner.run_folder import LATEST

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
        rank[run.line] += 1
        is_ours = run.folder.name == run.manifest["folder"] and run.folder.name != latest.name
        if rank[run.line] > keep and run.has_ended and is_ours:
            expired.append(run)
    return expired


def latest_folder(runs: Path) -> Path:
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
