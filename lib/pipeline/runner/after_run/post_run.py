"""Complete a run's folder after the run: index, comparison with the run before, digest and bundle."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from lib.atomic_write import remove_unfinished, write_if_changed
from lib.manifest import Manifest, read_manifest, write_manifest
from lib.pipeline.notebooks import TITLES
from lib.pipeline.runner.after_run.changes import find_changes
from lib.pipeline.runner.after_run.digest import LEFT_OUT, Digest, build_digest
from lib.pipeline.runner.after_run.metrics import METRICS, render_metrics
from lib.pipeline.runner.records.bundle import write_bundle
from lib.pipeline.runner.records.event_log import return_none, run_safely
from lib.pipeline.runner.records.known_runs import earlier_runs, known_runs
from lib.pipeline.runner.records.run_index import update_run_index
from lib.present.pages.index import (
    DIGEST,
    INDEX,
    render_bundle_link,
    render_digest_link,
    render_sentence,
    write_index,
)
from lib.present.pages.regions import Changes, Region, write_changes, write_regions
from lib.redact import redact
from lib.store import Database


def complete_run_folder(db: Database, runs: Path, folder: Path) -> Digest | None:
    """Write what needs the whole run: the index with trends, what changed, the digest, and the bundle.

    Each step is independent: one that fails is left out, and the page where its result would be says so.

    Args:
        db: the database of the run.
        runs: the folder of all runs.
        folder: that of this run.

    Returns:
        the digest, which is written into the folder too; None where it could not be made.
    """
    run = read_manifest(folder)
    run_safely("index", lambda: _write_index(runs, folder, run), return_none)
    changes = run_safely("what changed", lambda: _changes(db, runs, run), partial(_unknown_changes, run))
    run_safely("what changed", lambda: write_changes(folder, changes), return_none)
    run_safely("metrics", lambda: _write_metrics(folder, run), return_none)
    digest = run_safely(
        "digest",
        lambda: build_digest(db, folder, _run_before(runs, folder, run)),
        partial(_without_digest, folder),
    )
    if digest:
        run_safely("digest", lambda: _write_digest(folder, digest), partial(_without_digest, folder))
    run_safely("bundle", lambda: _write_bundle(folder, run), partial(_without_bundle, folder))
    return digest


def update_all_runs(runs: Path, keep: int) -> None:
    """Update the pages of all runs, and keep the newest `keep` runs of each source and database."""
    run_safely("other runs", lambda: update_run_index(runs, keep), return_none)


def close_interrupted_runs(db: Database, runs: Path) -> None:
    """Complete the folders of runs on a database that were killed; this run holds the database's lock.

    A folder may belong to another user, so a failure is logged and does not stop this run.
    """
    for run in known_runs(runs)[0]:
        if not run.has_ended and run.manifest.database == str(db):
            run_safely(run.folder.name, partial(_close_interrupted, db, runs, run.folder), return_none)


def _close_interrupted(db: Database, runs: Path, folder: Path) -> None:
    remove_unfinished(folder)
    manifest = read_manifest(folder)
    manifest.mark_interrupted()
    write_manifest(folder, manifest)
    complete_run_folder(db, runs, folder)


def _run_before(runs: Path, folder: Path, run: Manifest) -> Manifest | None:
    """Return the newest run of an earlier day that has figures and is no study: what a mail compares with."""
    earlier = (known.manifest for known in earlier_runs(runs, folder))
    return next((one for one in earlier if one.figures and not one.studies and one.as_of < run.as_of), None)


def _write_index(runs: Path, folder: Path, run: Manifest) -> None:
    write_index(folder, run, TITLES, [earlier.manifest for earlier in earlier_runs(runs, folder)])


def _changes(db: Database, runs: Path, run: Manifest) -> dict[str, Changes]:
    manifests = [known.manifest for known in known_runs(runs)[0] if known.manifest.database == str(db)]
    return find_changes(db, run, {manifest.run_id: manifest.windows for manifest in manifests})


def _unknown_changes(run: Manifest, reason: str) -> dict[str, Changes]:
    unknown = Changes([f"{LEFT_OUT}{reason}."])
    return {task.html: unknown for task in run.tasks if task.html}


def _write_metrics(folder: Path, run: Manifest) -> None:
    write_if_changed(folder / METRICS, redact(render_metrics(run)).encode())


def _write_digest(folder: Path, digest: Digest) -> None:
    write_if_changed(folder / DIGEST, redact(digest.page).encode())
    write_regions(folder / INDEX, {Region.DIGEST: render_digest_link()})


def _write_bundle(folder: Path, run: Manifest) -> None:
    bundle = write_bundle(folder, run)
    write_regions(folder / INDEX, {Region.BUNDLE: render_bundle_link(bundle.name, bundle.stat().st_size)})


def _without_digest(folder: Path, reason: str) -> None:
    _write_message(folder, Region.DIGEST, f"There is no digest: {reason}.")


def _without_bundle(folder: Path, reason: str) -> None:
    _write_message(folder, Region.BUNDLE, f"There is no file of all pages: {reason}.")


def _write_message(folder: Path, region: Region, sentence: str) -> None:
    """Write a sentence into the index in place of a link."""
    run_safely(
        "index", lambda: write_regions(folder / INDEX, {region: render_sentence(sentence)}), return_none
    )
