"""One file of a whole run, to be mailed: its pages, the files they link to, and the manifest."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from lib.atomic_write import whole_file
from lib.pipeline.runner.records.manifest import FILE_NAME
from lib.present.pages.base import is_demo
from lib.present.pages.index import DIGEST, INDEX
from lib.present.pages.regions import Region, replace_regions

OUTSIDE: dict[str, str] = {Region.RUNS: "", Region.BUNDLE: ""}
"""The regions of a page that lead out of the run's folder, or to the bundle, as a bundle has them."""


def bundle_name(manifest: Mapping[str, Any]) -> str:
    """Return the name of a run's bundle; that of a demo run says so, wherever it is carried to."""
    demo = "demo_" if is_demo(manifest) else ""
    return f"{demo}{manifest['folder']}.zip"


def write_bundle(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Write the bundle of a run that has ended into its folder; the same files make the same bundle.

    Inside it is one folder, in which every link between the pages works.

    Raises:
        OSError: it cannot be written, for want of space, say; nothing is left of it then.
    """
    bundle = folder / bundle_name(manifest)
    with whole_file(bundle) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _contents(folder, manifest):
            archive.writestr(_entry(f"{folder.name}/{name}", manifest), content)
    return bundle


def _contents(folder: Path, manifest: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of what belongs into a bundle, by name."""
    files = {FILE_NAME, *(name for task in manifest["tasks"] for name in task.get("files", ()))}
    pages = {INDEX, DIGEST, *(task["html"] for task in manifest["tasks"])}  # not one that was cut short
    for path in sorted(folder.iterdir()):
        if path.name in pages:
            yield path.name, replace_regions(path.read_text(encoding="utf-8"), OUTSIDE).encode()
        elif path.name in files:
            yield path.name, path.read_bytes()


def _entry(name: str, manifest: Mapping[str, Any]) -> zipfile.ZipInfo:
    """Return an entry that bears the moment of the run's start, and not that of its writing."""
    entry = zipfile.ZipInfo(name, datetime.fromisoformat(manifest["started_at"]).timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
