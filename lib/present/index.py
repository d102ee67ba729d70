"""The page to open after a run: `write_index(run_folder)` makes index.html from manifest.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lib.markets import MARKETS
from lib.present.pages import link_reports, revision_text, style_sheet, template, versions_text, window_text

Manifest = Mapping[str, Any]

DEMO = "demo"

TITLES = {"summary": "Summary of all ISOs on one page", "ice_settlements": "ICE and NGX settlements"}
"""How the reports are called that are not about one ISO."""

DIGEST = "digest.html"
"""Name of the page in a run's folder that is mailed after the run."""


def write_index(run_folder: Path) -> Path:
    """Write index.html of a run, and once the run has ended the links between its reports.

    Args:
        run_folder: holds manifest.json (docs/running.md has its shape) and the reports.

    Returns:
        the path of the page.
    """
    manifest = json.loads((run_folder / "manifest.json").read_text(encoding="utf-8"))
    path = run_folder / "index.html"
    path.write_text(index_html(manifest, (run_folder / DIGEST).exists()), encoding="utf-8")
    if manifest["outcome"] != "running":
        link_reports(run_folder, manifest["tasks"])
    return path


def index_html(manifest: Manifest, has_digest: bool = False) -> str:
    """Return the index of a run as a page."""
    return template("index.html.j2").render(
        run=manifest,
        style=style_sheet(),
        headline=headline(manifest),
        is_demo=manifest["source"] == DEMO,
        grid=_grid(manifest),
        for_all=[task for task in manifest["tasks"] if task["iso"] is None],
        titles=TITLES,
        notebooks=_notebooks(manifest),
        failures=[task for task in manifest["tasks"] if task["error"]],
        revision=revision_text(manifest["git"]),
        versions=versions_text(manifest["versions"]),
        digest=DIGEST if has_digest else None,
    )


def headline(manifest: Manifest) -> str:
    """Return how the run stands or ended, in a sentence."""
    tasks = manifest["tasks"]
    totals = {kind: sum(task["outcome"] == kind for task in tasks) for kind in ("done", "failed", "skipped")}
    n = len(tasks)
    if manifest["outcome"] == "running":
        return f"Running: {totals['done']} of {n} notebooks are done."
    if manifest["outcome"] == "interrupted":
        return f"Interrupted: {totals['done']} of {n} notebooks were done; the next run does what is missing."
    if manifest["outcome"] == "done":
        return f"All {n} notebooks are done." if n != 1 else "The notebook is done."
    skipped = f" and {totals['skipped']} could not start because of it" if totals["skipped"] else ""
    return f"{totals['failed']} of {n} notebooks failed{skipped}; {totals['done']} are done."


def _notebooks(manifest: Manifest) -> list[str]:
    return list(dict.fromkeys(task["notebook"] for task in manifest["tasks"] if task["iso"]))


def _grid(manifest: Manifest) -> list[dict[str, Any]]:
    """Return a row per ISO, in the order of the markets: its window and its tasks by notebook."""
    tasks = {(task["iso"], task["notebook"]): task for task in manifest["tasks"]}
    isos = [iso for iso in MARKETS if any(task["iso"] == iso for task in manifest["tasks"])]
    return [
        {
            "iso": iso,
            "basis": manifest.get("bases", {}).get(iso, ""),  # a run from before had none
            "window": window_text(manifest["windows"].get(iso)),
            "tasks": [tasks.get((iso, notebook)) for notebook in _notebooks(manifest)],
        }
        for iso in isos
    ]
