"""The page to open after a run: `write_index` makes index.html from the run's manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from lib.atomic_write import write_whole
from lib.manifest import Manifest
from lib.markets import MARKETS
from lib.present.pages import trends
from lib.present.pages.base import (
    format_revision,
    format_versions,
    format_window,
    page_template,
    render_print_css,
    run_style_sheet,
)
from lib.present.pages.regions import write_report_links
from lib.redact import redact
from lib.task_record import State

INDEX = "index.html"
"""Name of this page in a run's folder."""

DIGEST = "digest.html"
"""Name of the page in a run's folder that is mailed after the run."""


def write_index(
    run_folder: Path, manifest: Manifest, titles: Mapping[str, str], earlier: Sequence[Manifest] = ()
) -> Path:
    """Write index.html of a run, and once the run has ended the links between its reports.

    Args:
        run_folder: holds the reports.
        manifest: of the run.
        titles: notebook -> the text of the link to its report, for notebooks that are not about one ISO.
        earlier: manifests of the runs before, of the same source and database, the newest first.

    Returns:
        the path of the page.
    """
    path = run_folder / INDEX
    write_whole(path, redact(render_index(manifest, titles, earlier)).encode())
    if manifest.has_ended:
        write_report_links(run_folder, manifest.tasks)
    return path


def render_index(manifest: Manifest, titles: Mapping[str, str], earlier: Sequence[Manifest] = ()) -> str:
    """Return the index of a run as a page; the arguments are those of `write_index`."""
    runs = trends.trend_runs(manifest, earlier)
    title = f"Run {manifest.run_id} of {manifest.source}"
    return page_template("index.html.j2").render(
        run=manifest,
        style=run_style_sheet() + render_print_css(title, manifest.is_demo, bool(manifest.study)),
        headline=headline(manifest),
        is_demo=manifest.is_demo,
        grid=_grid_rows(manifest, runs),
        figures=[trends.FIGURES[name].heading for name in trends.figure_names(manifest)],
        trend_table=trends.trend_table(runs),
        for_all=[task for task in manifest.tasks if task.iso is None],
        titles=titles,
        notebooks=run_notebooks(manifest),
        failures=[task for task in manifest.tasks if task.error],
        skipped=[task for task in manifest.tasks if task.outcome is State.SKIPPED],
        warned=[task for task in manifest.tasks if task.warnings],
        revision=format_revision(manifest.git),
        versions=format_versions(manifest.versions),
    )


def headline(manifest: Manifest) -> str:
    """Return a sentence that says how far the run is, or how it ended."""
    n = len(manifest.tasks)
    n_done, n_failed, n_skipped = (
        sum(task.outcome is state for task in manifest.tasks)
        for state in (State.DONE, State.FAILED, State.SKIPPED)
    )
    match manifest.outcome:
        case State.RUNNING:
            return f"Running: {n_done} of {n} notebooks are done."
        case State.INTERRUPTED:
            why = f"{manifest.reason}. " if manifest.reason else ""
            done = f"{n_done} of {n} notebooks were done"
            return f"Interrupted: {why}{done}; the next run does what is missing."
        case State.DONE:
            kept = _describe_kept(manifest)
            if n_skipped:
                return (
                    f"{n_done} of {n} notebooks are done; {n_skipped} were skipped, for want of data.{kept}"
                )
            return f"All {n} notebooks are done.{kept}" if n != 1 else f"The notebook is done.{kept}"
    skipped = f" and {n_skipped} could not start because of it" if n_skipped else ""
    return f"{n_failed} of {n} notebooks failed{skipped}; {n_done} are done."


def _describe_kept(manifest: Manifest) -> str:
    """Return how many of a run's reports are kept from earlier runs; nothing if none is."""
    n_kept, n = manifest.totals.kept, len(manifest.tasks)
    if not n_kept:
        return ""
    what = (
        "Nothing has changed for any of them" if n_kept == n else f"Nothing has changed for {n_kept} of them"
    )
    return f" {what}: their reports are kept."


def describe_last_hours(last_hours: Mapping[str, str | None]) -> list[str]:
    """Return the last stored day of an ISO, and which of its series end earlier or lack a zone.

    Args:
        last_hours: measure -> local start of the last stored hour, as the manifest's `freshness` has it.
    """
    days = {measure: text[:10] for measure, text in last_hours.items() if text}
    newest = max(days.values(), default="")
    behind = [f"{measure} only to {day}" for measure, day in days.items() if day < newest]
    lacking = [f"{measure} lacks a zone" for measure, text in last_hours.items() if not text]
    return [text for text in (newest, *behind, *lacking) if text]


def run_isos(manifest: Manifest) -> list[str]:
    """Return the ISOs of a run, in the order of the markets."""
    return [iso for iso in MARKETS if any(task.iso == iso for task in manifest.tasks)]


def run_notebooks(manifest: Manifest) -> list[str]:
    """Return the notebooks that a run has for each ISO, in the order of the run."""
    return list(dict.fromkeys(task.notebook for task in manifest.tasks if task.iso))


def render_bundle_link(name: str, n_bytes: int) -> str:
    """Return the link to the bundle of a run."""
    return (
        f'<p class="bundle"><a href="{escape(name, quote=True)}" download>All pages and files of this run '
        f"as one file</a>, {n_bytes / 1e6:,.1f}&nbsp;MB: unpack it anywhere, and its links work.</p>"
    )


def render_digest_link() -> str:
    """Return the link to the digest of a run."""
    return f'<p><a href="{DIGEST}">The digest</a> is the page that is mailed.</p>'


def render_sentence(sentence: str) -> str:
    """Return a sentence as HTML, to replace the link to a file that could not be made."""
    return f"<p>{escape(sentence)}</p>"


def _grid_rows(manifest: Manifest, runs: Sequence[Manifest]) -> list[dict[str, Any]]:
    """Return a row for each ISO in the order of the markets: its window, figures, last hours and tasks.

    A task stands with the trend of its seconds; it is None where the run has no such task.
    """
    tasks = {(task.iso, task.notebook): task for task in manifest.tasks}
    return [
        {
            "iso": iso,
            "basis": manifest.bases.get(iso, ""),
            "window": format_window(manifest.windows.get(iso)),
            "last_hours": describe_last_hours(manifest.freshness.get(iso, {})),
            "figures": [
                (
                    column.format_value(trends.figure(manifest, iso, name)),
                    trends.describe_coverage(manifest, iso, name),
                    trends.render_figures(runs, iso, name),
                )
                for name, column in trends.FIGURES.items()
                if name in trends.figure_names(manifest)
            ],
            "tasks": [
                (tasks.get((iso, notebook)), trends.render_seconds(runs, notebook, iso))
                for notebook in run_notebooks(manifest)
            ],
        }
        for iso in run_isos(manifest)
    ]
