"""What is done with a folder once its run has ended: its pages are completed, and those of others too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lib.pipeline.changes import changes_of
from lib.pipeline.digest import Digest, digest_of
from lib.pipeline.records import chronicle, manifest
from lib.pipeline.records.bundle import write_bundle
from lib.pipeline.records.journal import log
from lib.pipeline.records.known import earlier_runs, known_runs
from lib.present.changes import write_changes
from lib.present.index import BUNDLE, DIGEST, INDEX, bundle_link, write_index
from lib.present.regions import fill
from lib.store import Database
from lib.whole_files import write_whole


def complete(db: Database, runs: Path, folder: Path) -> Digest:
    """Write what needs the whole run: what changed, digest, index with trends, and the bundle of them all.

    Args:
        db: the database of the run.
        runs: the folder of all runs.
        folder: that of this run.

    Returns:
        the digest, which is written into the folder too.
    """
    digest = digest_of(db, folder)
    there = [run.manifest for run in known_runs(runs)[0] if run.manifest["database"] == str(db)]
    windows = {run["run_id"]: run["windows"] for run in there}
    changes = changes_of(db, manifest.read(folder), windows)
    with _as_far_as_possible("digest"):
        write_whole(folder / DIGEST, digest.page.encode())
    with _as_far_as_possible("what changed"):
        write_changes(folder, changes)
    with _as_far_as_possible("index"):
        write_index(folder, [run.manifest for run in earlier_runs(runs, folder)])
    with _as_far_as_possible("bundle"):
        bundle = write_bundle(folder, manifest.read(folder))
        fill(folder / INDEX, {BUNDLE: bundle_link(bundle.name, bundle.stat().st_size)})
    return digest


def update_all_runs(runs: Path, keep: int) -> None:
    """Bring the pages of all runs up to date, and keep the newest `keep` of each source and database."""
    with _as_far_as_possible("other runs"):
        chronicle.update(runs, keep)


def close_interrupted_runs(db: Database, runs: Path) -> None:
    """Complete the folders of runs that were killed on a database, whose lock is ours now."""
    for run in known_runs(runs)[0]:
        if run.has_ended or run.manifest["database"] != str(db):
            continue
        with _as_far_as_possible(run.folder.name):  # it may be of another user, and this run is not about it
            manifest.write(run.folder, manifest.as_interrupted(manifest.read(run.folder)))
            complete(db, runs, run.folder)


@contextmanager
def _as_far_as_possible(what: str) -> Iterator[None]:
    """Note in the journal that pages could not be written: the run has ended as it has all the same."""
    try:
        yield
    except OSError as error:
        log.warning("pages_not_written", extra={"facts": {"pages": what, "reason": str(error)}})
