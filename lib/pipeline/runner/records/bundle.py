"""The bundle: one file of a whole run, to be mailed, with its pages, their files and the manifest."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from lib.atomic_write import whole_file
from lib.manifest import FILE_NAME, Manifest
from lib.present.pages.index import DIGEST, INDEX
from lib.present.pages.regions import Region, replace_regions

WITHOUT_LINKS_OUT: Mapping[str, str] = {Region.RUNS: "", Region.BUNDLE: ""}
"""The regions that lead out of the run's folder or to the bundle: they are empty inside the bundle."""


def bundle_name(manifest: Manifest) -> str:
    """Return the name of a run's bundle; the name of a demo run's bundle says so wherever it is carried."""
    return f"{'demo_' if manifest.is_demo else ''}{manifest.folder}.zip"


def write_bundle(folder: Path, manifest: Manifest) -> Path:
    """Write the bundle of a run that has ended into its folder; the same files make the same bundle.

    The bundle contains one folder, in which every link between the pages works.

    Raises:
        OSError: the bundle cannot be written, for example on a full disk; no part of it remains.
    """
    bundle = folder / bundle_name(manifest)
    with whole_file(bundle) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _contents(folder, manifest):
            archive.writestr(_entry(f"{folder.name}/{name}", manifest), content)
    return bundle


def _contents(folder: Path, manifest: Manifest) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of the files in a bundle, by name."""
    files = {FILE_NAME, *(name for task in manifest.tasks for name in task.files)}
    pages = {INDEX, DIGEST, *(task.html for task in manifest.tasks)}  # not a page that was cut short
    for path in sorted(folder.iterdir()):
        if path.name in pages:
            page = path.read_text(encoding="utf-8")
            yield path.name, replace_regions(page, WITHOUT_LINKS_OUT).encode()
        elif path.name in files:
            yield path.name, path.read_bytes()


def _entry(name: str, manifest: Manifest) -> zipfile.ZipInfo:
    """Return an entry with the time of the run's start, not of the writing."""
    entry = zipfile.ZipInfo(name, manifest.started_at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
