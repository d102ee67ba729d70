"""A notebook as a self-contained HTML page: `write_report(notebook_path, html_path, run)`.

The page is templates/report/index.html.j2 on nbconvert, which is imported with the first page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.atomic_write import write_whole
from lib.manifest import DEMO_SOURCE
from lib.markets import MARKETS
from lib.present.display import KEY_FIGURES_OUTPUT, KEY_VALUES_OUTPUT
from lib.present.pages.base import (
    TEMPLATES,
    format_revision,
    format_versions,
    format_window,
    render_print_css,
    style_sheet,
)
from lib.present.pages.regions import render_report_links

if TYPE_CHECKING:
    from nbformat import NotebookNode

ADDED_BY_PAPERMILL = "papermill-error-cell-tag"
"""Tag of the cells that papermill adds to point to a failure; the page has its own message."""

OUTPUT_TYPES = ["text/html", "text/markdown", "image/png", "text/plain"]
"""The forms of an output, the preferred one first."""


def write_report(notebook_path: Path, html_path: Path, run: Mapping[str, Any]) -> None:
    """Write the report of an executed notebook, complete or failed.

    Args:
        notebook_path: the executed notebook.
        html_path: the page to write.
        run: the run and the task, in the shape of manifest.json; every key may be missing:
            run_id, started_at, source, is_demo, git (a Git), versions {name: version}; of the
            task notebook, iso, window (Days), basis (of the day-ahead load), error {sentence, cell},
            tasks (TaskRecords, for the links).
            Where the notebook itself shows these values, the page takes the notebook's.
    """
    import nbformat

    notebook = nbformat.read(notebook_path, as_version=4)
    page = prepare_page(notebook, run)
    body, _ = _exporter().from_notebook_node(notebook, resources={"page": page})
    write_whole(html_path, body.encode())


def _exporter() -> Any:
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters import Highlight2HTML

    class Report(TemplateExporter):
        """Exports with our template."""

        output_mimetype = "text/html"
        file_extension = ".html"

    exporter = Report(
        extra_template_basedirs=[str(TEMPLATES)], template_name="report", template_file="index.html.j2"
    )
    exporter.config.NbConvertBase.display_data_priority = OUTPUT_TYPES
    exporter.register_filter("highlight_code", Highlight2HTML(pygments_lexer="python", parent=exporter))
    return exporter


def prepare_page(notebook: NotebookNode, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template shows around the cells, and prepare the cells for it.

    Each cell gets an `anchor`, each markdown cell its `html`. The cells that papermill added are removed, and
    so are the title, the key values and the key figures, which the page shows above the cells.
    """
    for index, cell in enumerate(notebook.cells):
        cell.anchor = f"cell-{index}"
    failure = _find_failure(notebook, run)
    notebook.cells = [
        cell for cell in notebook.cells if ADDED_BY_PAPERMILL not in cell.metadata.get("tags", ())
    ]
    heading, contents = _convert_markdown(notebook)
    key_values, is_simulated = _key_values(notebook, run)
    key_figures = _pop_output(notebook, KEY_FIGURES_OUTPUT)
    iso = run.get("iso")
    title = " · ".join(filter(None, (iso, heading, key_values.get("Window"))))
    links = render_report_links(run.get("tasks", ()), iso, run.get("notebook")) if "run_id" in run else ""
    return {
        "title": title,
        "heading": heading,
        "eyebrow": iso or "",
        "key_values": key_values,
        "is_demo": is_simulated,
        "contents": contents,
        "key_figures": key_figures["data"]["text/html"] if key_figures else "",
        "failure": failure,
        "links": links,
        "style": style_sheet() + render_print_css(title, is_simulated),
        "footer": _footer(run),
    }


def _convert_markdown(notebook: NotebookNode) -> tuple[str, list[dict[str, str]]]:
    """Turn markdown cells into HTML; return the title and the sections with their anchors."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    title, contents = "Notebook", []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        html = MarkdownWithMath(renderer=IPythonRenderer(exclude_anchor_links=True)).render(cell.source)
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


def _key_values(notebook: NotebookNode, run: Mapping[str, Any]) -> tuple[dict[str, str], bool]:
    """Return the key values and whether numbers are simulated: from the notebook, or else from the run."""
    if output := _pop_output(notebook, KEY_VALUES_OUTPUT):
        shown = output["metadata"][KEY_VALUES_OUTPUT]
        return dict(shown["values"]), bool(shown["is_demo"])
    iso = run.get("iso")
    values = {
        "ISO": f"{iso}, {MARKETS[iso].name}" if iso in MARKETS else iso,
        "Window": format_window(run.get("window")),
        "Source": run.get("source"),
        "Day-ahead load": run.get("basis"),
    }
    return {label: value for label, value in values.items() if value}, bool(
        run.get("is_demo", run.get("source") == DEMO_SOURCE)
    )


def _pop_output(notebook: NotebookNode, key: str) -> Any:
    """Remove the first output with this metadata key from its cell and return it, or None."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if key in output.get("metadata", {}):
                cell.outputs.remove(output)
                return output
    return None


def _find_failure(notebook: NotebookNode, run: Mapping[str, Any]) -> dict[str, str] | None:
    """Return what failed and where, in plain words; from the run's verdict or else from the notebook."""
    error = run.get("error")
    index = error["cell"] if error else _find_error(notebook)
    if not error and index is None:
        return None
    sentence = error["sentence"] if error else _error_sentence(notebook.cells[index])
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


def _footer(run: Mapping[str, Any]) -> list[str]:
    if "run_id" not in run:
        return ["Opened by hand: not part of a run."]
    lines = [
        f"Run {run['run_id']}, started {str(run.get('started_at', ''))[:19].replace('T', ' ')} UTC. "
        f"Code revision {format_revision(run.get('git'))}.",
        format_versions(run.get("versions", {})),
        "This page is complete in itself; its links lead to the other files of its run's folder.",
    ]
    return [line for line in lines if line]
