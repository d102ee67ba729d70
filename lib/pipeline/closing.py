"""What is done with a folder once its run has ended: its pages are completed, and those of others too."""

from __future__ import annotations

from pathlib import Path

from lib.pipeline.changes import changes_of
from lib.pipeline.digest import Digest, write_digest
from lib.pipeline.records import chronicle, manifest
from lib.pipeline.records.bundle import write_bundle
from lib.pipeline.records.journal import log
from lib.pipeline.records.known import earlier_runs, known_runs
from lib.present.changes import write_changes
from lib.present.index import BUNDLE, bundle_link, write_index
from lib.present.regions import fill
from lib.store import Database


def complete(db: Database, runs: Path, folder: Path) -> Digest:
    """Write what needs the whole run: what changed, digest, index with trends, and the bundle of them all.

    Args:
        db: the database of the run.
        runs: the folder of all runs.
        folder: that of this run.

    Returns:
        the digest, written into the folder.
    """
    write_changes(folder, changes_of(db, manifest.read(folder)))
    digest = write_digest(db, folder)
    index = write_index(folder, [run.manifest for run in earlier_runs(runs, folder)])
    _bundle(folder, index)
    return digest


def tidy(runs: Path, keep: int) -> None:
    """Bring the pages of all runs up to date, and keep the newest `keep` of each source and database.

    The run has ended as it has: what cannot be written now is said in the journal, and done by the next run.
    """
    try:
        chronicle.update(runs, keep)
    except OSError as error:
        log.warning("runs_not_tidied", extra={"facts": {"reason": str(error)}})


def bury_the_dead(db: Database, runs: Path) -> None:
    """Say of runs that were killed on a database, whose lock is ours now, that they are no more."""
    for run in known_runs(runs)[0]:
        if run.has_ended or run.manifest["database"] != str(db):
            continue
        try:
            manifest.write(run.folder, manifest.as_interrupted(manifest.read(run.folder)))
            complete(db, runs, run.folder)
        except OSError as error:  # such as a folder of another user; this run does not depend on it
            log.warning("old_run_kept", extra={"facts": {"folder": run.folder.name, "reason": str(error)}})


def _bundle(folder: Path, index: Path) -> None:
    """Write the bundle and the link to it, or why there is none."""
    try:
        bundle = write_bundle(folder, manifest.read(folder))
        fill(index, {BUNDLE: bundle_link(bundle.name, bundle.stat().st_size)})
    except OSError as error:
        log.warning("no_bundle", extra={"facts": {"reason": str(error)}})
