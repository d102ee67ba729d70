"""What is done with a folder once its run has ended: its pages are completed, and those of others too."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from lib.atomic_write import write_whole
from lib.pipeline.runner.after_run.changes import find_changes
from lib.pipeline.runner.after_run.digest import Digest, build_digest
from lib.pipeline.runner.records import run_index
from lib.pipeline.runner.records.bundle import write_bundle
from lib.pipeline.runner.records.event_log import return_none, run_safely
from lib.pipeline.runner.records.known_runs import earlier_runs, known_runs
from lib.pipeline.runner.records.manifest import mark_manifest_interrupted, read_manifest, write_manifest
from lib.present.pages.index import (
    DIGEST,
    INDEX,
    render_bundle_link,
    render_digest_link,
    render_sentence,
    write_index,
)
from lib.present.pages.regions import Changes, Region, write_changes, write_regions
from lib.store import Database


def complete_run_folder(db: Database, runs: Path, folder: Path) -> Digest | None:
    """Write what needs the whole run: index with trends, what changed, digest, and the bundle of them all.

    Each stands for itself: one that cannot be made is left out, and the page where it would stand says so.

    Args:
        db: the database of the run.
        runs: the folder of all runs.
        folder: that of this run.

    Returns:
        the digest, which is written into the folder too; None where it could not be made.
    """
    run = read_manifest(folder)
    run_safely(
        "index",
        lambda: write_index(folder, [run.manifest for run in earlier_runs(runs, folder)]),
        return_none,
    )
    changes = run_safely("what changed", lambda: _changes(db, runs, run), partial(_unknown_changes, run))
    run_safely("what changed", lambda: write_changes(folder, changes), return_none)
    digest = run_safely("digest", lambda: build_digest(db, folder), partial(_without_digest, folder))
    if digest:
        run_safely("digest", lambda: _write_digest(folder, digest), partial(_without_digest, folder))
    run_safely("bundle", lambda: _write_bundle(folder), partial(_without_bundle, folder))
    return digest


def update_all_runs(runs: Path, keep: int) -> None:
    """Bring the pages of all runs up to date, and keep the newest `keep` of each source and database."""
    run_safely("other runs", lambda: run_index.update_run_index(runs, keep), return_none)


def close_interrupted_runs(db: Database, runs: Path) -> None:
    """Complete the folders of runs that were killed on a database, whose lock is ours now.

    One may be of another user, and this run is not about it.
    """
    for run in known_runs(runs)[0]:
        if not run.has_ended and run.manifest["database"] == str(db):
            run_safely(run.folder.name, partial(_close_interrupted, db, runs, run.folder), return_none)


def _close_interrupted(db: Database, runs: Path, folder: Path) -> None:
    write_manifest(folder, mark_manifest_interrupted(read_manifest(folder)))
    complete_run_folder(db, runs, folder)


def _changes(db: Database, runs: Path, run: Mapping[str, Any]) -> dict[str, Changes]:
    there = [known.manifest for known in known_runs(runs)[0] if known.manifest["database"] == str(db)]
    return find_changes(db, run, {known["run_id"]: known["windows"] for known in there})


def _unknown_changes(run: Mapping[str, Any], reason: str) -> dict[str, Changes]:
    unknown = Changes([f"Left out, for it could not be found out: {reason}."])
    return {task["html"]: unknown for task in run["tasks"] if task["html"]}


def _write_digest(folder: Path, digest: Digest) -> None:
    write_whole(folder / DIGEST, digest.page.encode())
    write_regions(folder / INDEX, {Region.DIGEST: render_digest_link()})


def _write_bundle(folder: Path) -> None:
    bundle = write_bundle(folder, read_manifest(folder))
    write_regions(folder / INDEX, {Region.BUNDLE: render_bundle_link(bundle.name, bundle.stat().st_size)})


def _without_digest(folder: Path, reason: str) -> None:
    _write_message(folder, Region.DIGEST, f"There is no digest: {reason}.")


def _without_bundle(folder: Path, reason: str) -> None:
    _write_message(folder, Region.BUNDLE, f"There is no file of all pages: {reason}.")


def _write_message(folder: Path, region: Region, sentence: str) -> None:
    """Write a sentence into the index where a link would stand."""
    run_safely(
        "index", lambda: write_regions(folder / INDEX, {region: render_sentence(sentence)}), return_none
    )
