"""The page to open after a run: `write_index(run_folder)` makes index.html from manifest.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from lib.atomic_write import write_whole
from lib.markets import MARKETS
from lib.present.pages import trends
from lib.present.pages.base import (
    is_demo,
    link_reports,
    page_marks,
    revision_text,
    run_style_sheet,
    template,
    versions_text,
    window_text,
)

Manifest = Mapping[str, Any]

TITLES = {"summary": "Summary of all ISOs on one page", "ice_settlements": "ICE and NGX settlements"}
"""How the reports are called that are not about one ISO."""

INDEX = "index.html"
"""Name of this page in a run's folder."""

DIGEST = "digest.html"
"""Name of the page in a run's folder that is mailed after the run."""

BUNDLE = "bundle"
"""The region of the index with the link to the one file of the whole run."""

DIGEST_LINK = "digest"
"""The region of the index with the link to the digest."""


def write_index(run_folder: Path, earlier: Sequence[Manifest] = ()) -> Path:
    """Write index.html of a run, and once the run has ended the links between its reports.

    Args:
        run_folder: holds manifest.json (docs/running.md has its shape) and the reports.
        earlier: manifests of the runs before it, of its source and database, the newest first: its trends.

    Returns:
        the path of the page.
    """
    manifest = json.loads((run_folder / "manifest.json").read_text(encoding="utf-8"))
    path = run_folder / INDEX
    write_whole(path, index_html(manifest, earlier).encode())
    if manifest["outcome"] != "running":
        link_reports(run_folder, manifest["tasks"])
    return path


def index_html(manifest: Manifest, earlier: Sequence[Manifest] = ()) -> str:
    """Return the index of a run as a page."""
    history = trends.history(manifest, earlier)
    return template("index.html.j2").render(
        run=manifest,
        style=run_style_sheet()
        + page_marks(f"Run {manifest['run_id']} of {manifest['source']}", is_demo(manifest)),
        headline=headline(manifest),
        is_demo=is_demo(manifest),
        grid=_grid(manifest, history),
        figures=[trends.FIGURES[name].heading for name in trends.figure_names(manifest)],
        trend_table=trends.figures_table(history),
        for_all=[task for task in manifest["tasks"] if task["iso"] is None],
        titles=TITLES,
        notebooks=notebooks_of(manifest),
        failures=[task for task in manifest["tasks"] if task["error"]],
        warned=[task for task in manifest["tasks"] if task.get("warnings")],  # a run from before had none
        revision=revision_text(manifest["git"]),
        versions=versions_text(manifest["versions"]),
    )


def headline(manifest: Manifest) -> str:
    """Return how the run stands or ended, in a sentence."""
    tasks = manifest["tasks"]
    totals = {kind: sum(task["outcome"] == kind for task in tasks) for kind in ("done", "failed", "skipped")}
    n = len(tasks)
    if manifest["outcome"] == "running":
        return f"Running: {totals['done']} of {n} notebooks are done."
    if manifest["outcome"] == "interrupted":
        why = f"{manifest['reason']}. " if manifest.get("reason") else ""  # a run from before had none
        done = f"{totals['done']} of {n} notebooks were done"
        return f"Interrupted: {why}{done}; the next run does what is missing."
    if manifest["outcome"] == "done":
        return f"All {n} notebooks are done." if n != 1 else "The notebook is done."
    skipped = f" and {totals['skipped']} could not start because of it" if totals["skipped"] else ""
    return f"{totals['failed']} of {n} notebooks failed{skipped}; {totals['done']} are done."


def reach(last_hours: Mapping[str, str | None]) -> list[str]:
    """Return up to when an ISO's series reach: the day of the furthest one, and those that are behind it.

    Args:
        last_hours: measure -> local start of the last stored hour, as the manifest's `freshness` has it.
    """
    days = {measure: text[:10] for measure, text in last_hours.items() if text}
    newest = max(days.values(), default="")
    behind = [f"{measure} only to {day}" for measure, day in days.items() if day < newest]
    lacking = [f"{measure} lacks a zone" for measure, text in last_hours.items() if not text]
    return [text for text in (newest, *behind, *lacking) if text]


def isos_of(manifest: Manifest) -> list[str]:
    """Return the ISOs of a run, in the order of the markets."""
    return [iso for iso in MARKETS if any(task["iso"] == iso for task in manifest["tasks"])]


def notebooks_of(manifest: Manifest) -> list[str]:
    """Return the notebooks that a run has for each ISO, in the order of the run."""
    return list(dict.fromkeys(task["notebook"] for task in manifest["tasks"] if task["iso"]))


def bundle_link(name: str, n_bytes: int) -> str:
    """Return the link to the bundle of a run."""
    return (
        f'<p class="bundle"><a href="{escape(name, quote=True)}" download>All pages and files of this run '
        f"as one file</a>, {n_bytes / 1e6:,.1f}&nbsp;MB: unpack it anywhere, and its links work.</p>"
    )


def digest_link() -> str:
    """Return the link to the digest of a run."""
    return f'<p><a href="{DIGEST}">The digest</a> is the page that is mailed.</p>'


def no_link(sentence: str) -> str:
    """Return what stands in the place of a link to what could not be made."""
    return f"<p>{escape(sentence)}</p>"


def _grid(manifest: Manifest, history: Sequence[Manifest]) -> list[dict[str, Any]]:
    """Return a row per ISO, in the order of the markets: its window, how it stands, its tasks by notebook."""
    tasks = {
        (task["iso"], task["notebook"]): task
        | {"trend": trends.seconds(history, task["notebook"], task["iso"])}
        for task in manifest["tasks"]
    }
    return [
        {
            "iso": iso,
            "basis": manifest.get("bases", {}).get(iso, ""),  # a run from before had none
            "window": window_text(manifest["windows"].get(iso)),
            "reach": reach(manifest.get("freshness", {}).get(iso, {})),
            "figures": [
                (
                    form.text(trends.figure(manifest, iso, name)),
                    trends.missing(manifest, iso, name),
                    trends.figures(history, iso, name),
                )
                for name, form in trends.FIGURES.items()
                if name in trends.figure_names(manifest)
            ],
            "tasks": [tasks.get((iso, notebook)) for notebook in notebooks_of(manifest)],
        }
        for iso in isos_of(manifest)
    ]
