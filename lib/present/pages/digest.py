"""The page that is mailed after a run: how it ended, what changed since the last run, the main charts.

It needs no other file, so it opens anywhere; its links work beside the reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.manifest import Manifest
from lib.present.display import Table
from lib.present.pages.base import format_revision, page_template, render_print_css, style_sheet
from lib.present.pages.index import INDEX, headline, run_isos, run_notebooks
from lib.task_record import State, TaskRecord

CHART = '<figure class="chart'
"""How the HTML of a chart begins among a notebook's outputs."""


@dataclass(frozen=True)
class Section:
    """A heading, a sentence that is complete alone, and the table behind it, if there is one."""

    heading: str
    sentence: str
    table: Table | None = None


def render_digest(manifest: Manifest, changes: Sequence[Section], charts: Sequence[str]) -> str:
    """Return the page.

    Args:
        manifest: the run's, in the shape of docs/running.md.
        changes: what changed since the last run.
        charts: figures as HTML, from `read_charts`.
    """
    print_css = render_print_css(f"Digest of run {manifest.run_id}", manifest.is_demo, bool(manifest.study))
    return page_template("digest.html.j2").render(
        run=manifest,
        style=style_sheet() + print_css,
        headline=headline(manifest),
        is_demo=manifest.is_demo,
        failures=[task for task in manifest.tasks if task.error],
        skipped=[task for task in manifest.tasks if task.outcome is State.SKIPPED],
        warned=[task for task in manifest.tasks if task.warnings],
        changes=changes,
        charts=charts,
        index=INDEX,
        reports=_reports(manifest),
        revision=format_revision(manifest.git),
    )


def _reports(manifest: Manifest) -> dict[str, list[TaskRecord]]:
    """Return the tasks that have a report, by ISO in the order of the index."""
    tasks = [task for task in manifest.tasks if task.html]
    order = run_notebooks(manifest)
    reports = {"All ISOs": [task for task in tasks if task.iso is None]}
    for iso in run_isos(manifest):
        of_iso = [task for task in tasks if task.iso == iso]
        reports[iso] = sorted(of_iso, key=lambda task: order.index(task.notebook))
    return {iso: its for iso, its in reports.items() if its}


def find_wrong(run: Manifest) -> list[str]:
    """Return what is wrong with a run, a sentence for each: failures, ISOs that were left out, warnings."""
    failures = [f"{_name(task)}: {task.error.sentence}" for task in run.tasks if task.error]
    left_out = [f"{iso} was left out: {reason}" for iso, reason in run.left_out.items()]
    warnings = [f"{_name(task)}: {warning}" for task in run.tasks for warning in task.warnings]
    return [*failures, *left_out, *warnings]


def _name(task: TaskRecord) -> str:
    return f"{task.iso or 'All ISOs'}, {task.notebook}"


def read_charts(notebook: Path) -> list[str]:
    """Return the charts that an executed notebook shows, as HTML; none if the notebook does not exist."""
    if not notebook.exists():
        return []
    import nbformat

    cells = nbformat.read(notebook, as_version=4).cells
    outputs = (output for cell in cells for output in cell.get("outputs", ()))
    texts = (output.get("data", {}).get("text/html", "") for output in outputs)
    return [html for html in texts if html.startswith(CHART)]
