"""The page that is mailed after a run: how it went, what changed since the last one, the main charts.

It needs no other file, so that it opens wherever it is carried to; its links lead to the reports beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.present.display import Table
from lib.present.pages.base import is_demo, page_marks, revision_text, style_sheet, template
from lib.present.pages.index import INDEX, headline, isos_of, notebooks_of

CHART = '<figure class="chart">'
"""How a notebook's output begins that is a chart."""


@dataclass(frozen=True)
class Section:
    """A heading with a sentence that stands alone, and the table behind it, if there is one."""

    heading: str
    sentence: str
    table: Table | None = None


def digest_html(
    manifest: Mapping[str, Any],
    changes: Sequence[Section],
    charts: Sequence[str],
) -> str:
    """Return the page.

    Args:
        manifest: of the run, in the shape of docs/running.md.
        changes: what changed since the last run.
        charts: figures as HTML, as `charts_of` finds them.
    """
    return template("digest.html.j2").render(
        run=manifest,
        style=style_sheet() + page_marks(f"Digest of run {manifest['run_id']}", is_demo(manifest)),
        headline=headline(manifest),
        is_demo=is_demo(manifest),
        failures=[task for task in manifest["tasks"] if task["error"]],
        skipped=[task for task in manifest["tasks"] if task["outcome"] == "skipped"],
        warned=[task for task in manifest["tasks"] if task.get("warnings")],
        changes=changes,
        charts=charts,
        index=INDEX,
        reports=_reports(manifest),
        revision=revision_text(manifest["git"]),
    )


def _reports(manifest: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the tasks that have left a report, by ISO in the order of the index."""
    tasks = [task for task in manifest["tasks"] if task["html"]]
    order = notebooks_of(manifest)
    reports = {"All ISOs": [task for task in tasks if task["iso"] is None]}
    for iso in isos_of(manifest):
        of_iso = [task for task in tasks if task["iso"] == iso]
        reports[iso] = sorted(of_iso, key=lambda task: order.index(task["notebook"]))
    return {iso: its for iso, its in reports.items() if its}


def digest_text(manifest: Mapping[str, Any], changes: Sequence[Section]) -> str:
    """Return the same in plain sentences, for the body of the mail."""
    failures = [
        f"{task['iso'] or 'All ISOs'}, {task['notebook']}: {task['error']['sentence']}"
        for task in manifest["tasks"]
        if task["error"]
    ]
    warnings = [
        f"{task['iso'] or 'All ISOs'}, {task['notebook']}: {warning}"
        for task in manifest["tasks"]
        for warning in task.get("warnings", ())
    ]
    left_out = [f"{iso} was left out: {reason}" for iso, reason in manifest["left_out"].items()]
    demo = ["DEMO: simulated prices and loads; no number is a market's."] if is_demo(manifest) else []
    lines = [
        *demo,
        headline(manifest),
        *failures,
        *left_out,
        *warnings,
        "",
        *(f"{section.heading}: {section.sentence}" for section in changes),
        "",
        "The attached page has the tables and charts; it opens in any browser, without a network.",
    ]
    return "\n".join(lines) + "\n"


def charts_of(notebook: Path) -> list[str]:
    """Return the charts that an executed notebook shows, as HTML; none if there is no such notebook."""
    if not notebook.exists():
        return []
    import nbformat

    cells = nbformat.read(notebook, as_version=4).cells
    outputs = (output for cell in cells for output in cell.get("outputs", ()))
    shown = (output.get("data", {}).get("text/html", "") for output in outputs)
    return [html for html in shown if html.startswith(CHART)]
