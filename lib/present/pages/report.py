"""A notebook as a self-contained HTML page: `write_report(notebook_path, html_path, context)`.

The page is templates/report/index.html.j2 on nbconvert, which is imported with the first page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.atomic_write import write_whole
from lib.manifest import Days, Git
from lib.markets import MARKETS, locations
from lib.present.display import KEY_FIGURES_OUTPUT, KEY_VALUES_OUTPUT
from lib.present.pages.base import (
    TEMPLATES,
    explore_script,
    format_revision,
    format_versions,
    format_window,
    render_print_css,
    script_policy,
    style_sheet,
)
from lib.present.pages.regions import render_report_links
from lib.present.pages.story import arrange
from lib.redact import redact
from lib.task_record import TaskError

if TYPE_CHECKING:
    from nbformat import NotebookNode

ADDED_BY_PAPERMILL = "papermill-error-cell-tag"
"""Tag of the cells that papermill adds to point to a failure; the page has its own message."""

OUTPUT_TYPES = ["text/html", "text/markdown", "image/png", "text/plain"]
"""The forms of an output, the preferred one first."""


@dataclass(frozen=True)
class ReportContext:
    """The run and the task of a report, in the words of manifest.json.

    Where the notebook itself shows these values, the page takes the notebook's. `iso` is None for all ISOs,
    `basis` is that of the day-ahead load, `study` says why the curve is no official one, and `error` why the
    task failed.
    """

    run_id: int
    started_at: datetime
    source: str
    is_demo: bool
    git: Git | None
    versions: Mapping[str, str]
    notebook: str
    iso: str | None
    window: Days | None = None
    basis: str | None = None
    study: str | None = None
    error: TaskError | None = None


def write_report(notebook_path: Path, html_path: Path, context: ReportContext) -> None:
    """Write the report of an executed notebook, complete or failed.

    Args:
        notebook_path: the executed notebook.
        html_path: the page to write.
        context: the run and the task.
    """
    import nbformat

    notebook = nbformat.read(notebook_path, as_version=4)
    page = prepare_page(notebook, context)
    body, _ = _exporter().from_notebook_node(notebook, resources={"page": page})
    write_whole(html_path, redact(body).encode())


def _exporter() -> Any:
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters import Highlight2HTML

    class Report(TemplateExporter):
        """Exports with our template."""

        output_mimetype = "text/html"
        file_extension = ".html"

    exporter = Report(
        extra_template_basedirs=[str(TEMPLATES)],
        template_name="report",
        template_file="index.html.j2",
        optimistic_validation=True,  # once, not after each of its preprocessors
    )
    exporter.config.NbConvertBase.display_data_priority = OUTPUT_TYPES
    exporter.register_filter("highlight_code", Highlight2HTML(pygments_lexer="python", parent=exporter))
    return exporter


def prepare_page(notebook: NotebookNode, context: ReportContext) -> dict[str, Any]:
    """Return what the template shows around the cells, and prepare the cells for it.

    Each cell gets an `anchor`, each markdown cell its `html`. The cells that papermill added are removed, and
    so are the title, the key values and the key figures, which the page shows above the cells. The other
    cells come into the order of the page.
    """
    for index, cell in enumerate(notebook.cells):
        cell.anchor = f"cell-{index}"
    failure = _find_failure(notebook, context.error)
    notebook.cells = [
        cell for cell in notebook.cells if ADDED_BY_PAPERMILL not in cell.metadata.get("tags", ())
    ]
    story = arrange(notebook.cells, is_complete=failure is None)
    notebook.cells = [*story.shown, *story.making]
    heading, contents = _convert_markdown(notebook)
    key_values, is_simulated = _key_values(notebook, context)
    key_figures = _pop_output(notebook, KEY_FIGURES_OUTPUT)
    iso = context.iso
    title = " · ".join(filter(None, (iso, heading, key_values.get("Window"))))
    return {
        "title": title,
        "heading": heading,
        "eyebrow": iso or "",
        "key_values": list(key_values.items()),
        "is_demo": is_simulated,
        "study": context.study,
        "contents": contents,
        "key_figures": key_figures["data"]["text/html"] if key_figures else "",
        "failure": failure,
        "making": story.making[0].anchor if story.making else "",
        "code": story.code,
        "links": render_report_links((), iso, context.notebook),
        "style": style_sheet() + render_print_css(title, is_simulated, bool(context.study)),
        "names": json.dumps([place.name for place in locations(iso)] if iso in MARKETS else list(MARKETS)),
        "names_of": "Zone" if iso in MARKETS else "ISO",
        "policy": script_policy(),
        "script": explore_script(),
        "footer": _footer(context),
    }


def _convert_markdown(notebook: NotebookNode) -> tuple[str, list[dict[str, str]]]:
    """Turn markdown cells into HTML; return the title and the sections with their anchors."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    title, contents = "Notebook", []
    markdown = MarkdownWithMath(renderer=IPythonRenderer(exclude_anchor_links=True))
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        html = markdown.render(cell.source)
        if found := re.search(r"<h1>(.*?)</h1>\s*", html, re.DOTALL):
            title, html = _plain(found[1]), html.replace(found[0], "", 1)
        for level, text in re.findall(r"<h([23])>(.*?)</h\1>", html):
            anchor = _anchor(text)
            html = html.replace(f"<h{level}>{text}<", f'<h{level} id="{anchor}">{text}<', 1)
            if level == "2":
                contents.append({"anchor": anchor, "text": _plain(text)})
        cell.html = html
    return title, contents


def _plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def _anchor(text: str) -> str:
    return "s-" + re.sub(r"[^a-z0-9]+", "-", _plain(text).lower()).strip("-")


def _key_values(notebook: NotebookNode, context: ReportContext) -> tuple[dict[str, str], bool]:
    """Return the key values and whether numbers are simulated: from the notebook, or else from the run."""
    if output := _pop_output(notebook, KEY_VALUES_OUTPUT):
        shown = output["metadata"][KEY_VALUES_OUTPUT]
        return dict(shown["values"]), bool(shown["is_demo"])
    iso = context.iso
    values = {
        "ISO": f"{iso}, {MARKETS[iso].name}" if iso in MARKETS else iso,
        "Window": format_window(context.window),
        "Source": context.source,
        "Day-ahead load": context.basis,
    }
    return {label: value for label, value in values.items() if value}, context.is_demo


def _pop_output(notebook: NotebookNode, key: str) -> Any:
    """Remove the first output with this metadata key from its cell and return it, or None."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if key in output.get("metadata", {}):
                cell.outputs.remove(output)
                return output
    return None


def _find_failure(notebook: NotebookNode, error: TaskError | None) -> dict[str, str] | None:
    """Return what failed and where, in plain words: from the error of the task, else from the notebook."""
    index = error.cell if error else _find_error(notebook)
    if not error and index is None:
        return None
    sentence = error.sentence if error else _error_sentence(notebook.cells[index])
    section = _section(notebook, index) if index is not None else ""
    return {
        "what": f"“{section}” failed" if section else "the notebook failed",
        "sentence": sentence,
        "effect": "What the page shows above the failure was computed; nothing below it was.",
        "anchor": f"cell-{index}" if index is not None else "",
    }


def _find_error(notebook: NotebookNode) -> int | None:
    """Return the index of the first cell that raised an error."""
    for index, cell in enumerate(notebook.cells):
        if any(output.output_type == "error" for output in cell.get("outputs", ())):
            return index
    return None


def _error_sentence(cell: NotebookNode) -> str:
    error = next(output for output in cell.outputs if output.output_type == "error")
    return f"{error.ename}: {error.evalue}" if error.evalue else str(error.ename)


def _section(notebook: NotebookNode, index: int) -> str:
    """Return the heading above a cell."""
    for cell in reversed(notebook.cells[:index]):
        if cell.cell_type == "markdown" and (
            headings := re.findall(r"^#{1,3} +(.+?)\s*$", cell.source, re.MULTILINE)
        ):
            return headings[-1]
    return ""


def _footer(context: ReportContext) -> list[str]:
    lines = [
        f"Run {context.run_id}, started {context.started_at:%Y-%m-%d %H:%M:%S} UTC. "
        f"Code revision {format_revision(context.git)}.",
        format_versions(context.versions),
        "This page is complete in itself; its links lead to the other files of its run's folder.",
    ]
    return [line for line in lines if line]
