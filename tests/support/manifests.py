"""Manifests for tests of pages: written as JSON has them, and read as a page reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lib.manifest import Manifest
from lib.pipeline.notebooks import TITLES
from lib.present.pages.index import render_index


def parse(data: Mapping[str, Any]) -> Manifest:
    """Return the manifest that the content of a manifest.json stands for."""
    return Manifest.model_validate(data)


def index_page(manifest: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]] = ()) -> str:
    """Return the index of a run, after the earlier runs."""
    return render_index(parse(manifest), TITLES, [parse(run) for run in earlier])
