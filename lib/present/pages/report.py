"""A notebook as a self-contained HTML page: `render(notebook_path, html_path, context)`.

The page is templates/report/index.html.j2 on nbconvert, which is imported when the first page is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.atomic_write import write_whole
from lib.markets import MARKETS
from lib.present.display import FACTS_KEY, GLANCE_KEY
from lib.present.pages.base import (
    TEMPLATES,
    is_demo,
    links,
    page_marks,
    revision_text,
    style_sheet,
    versions_text,
    window_text,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

ADDED_BY_PAPERMILL = "papermill-error-cell-tag"


def render(notebook_path: Path, html_path: Path, context: Mapping[str, Any]) -> None:
    """Write the report of an executed notebook, complete or failed.

    Args:
        notebook_path: the executed notebook.
        html_path: where the page goes.
        context: what the page says of the run, in the shape of manifest.json; every key may be missing:
            run_id, started_at, source, is_demo, git {revision, is_dirty}, versions {name: version}; of the
            task notebook, iso, window {start, end}, basis (of the day-ahead load), error {sentence, cell},
            tasks (for the links).
            What the notebook itself says it stands on goes before the context.
    """
    import nbformat

    notebook = nbformat.read(notebook_path, as_version=4)
    page = page_of(notebook, context)
    body, _ = _exporter().from_notebook_node(notebook, resources={"page": page})
    write_whole(html_path, body.encode())


def _exporter() -> Any:
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters import Highlight2HTML

    class Report(TemplateExporter):
        """Our template; the order in which an output's forms are preferred."""

        output_mimetype = "text/html"
        file_extension = ".html"

    exporter = Report(
        extra_template_basedirs=[str(TEMPLATES)], template_name="report", template_file="index.html.j2"
    )
    exporter.config.NbConvertBase.display_data_priority = [
        "text/html",
        "text/markdown",
        "image/png",
        "text/plain",
    ]
    exporter.register_filter("highlight_code", Highlight2HTML(pygments_lexer="python", parent=exporter))
    return exporter


def page_of(notebook: NotebookNode, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template shows around the cells, and prepare the cells.

    Each cell gets an `anchor`, each markdown cell its `html`. Cells that papermill added go, and the title,
    which stands in the header.
    """
    for index, cell in enumerate(notebook.cells):
        cell.anchor = f"cell-{index}"
    failure = _failure(notebook, context)
    notebook.cells = [
        cell for cell in notebook.cells if ADDED_BY_PAPERMILL not in cell.metadata.get("tags", ())
    ]
    heading, contents = _read_markdown(notebook)
    facts, is_simulated = _facts(notebook, context)
    glance = _taken_out(notebook, GLANCE_KEY)
    iso = context.get("iso")
    title = " · ".join(filter(None, (iso, heading, facts.get("Window"))))
    return {
        "title": title,
        "heading": heading,
        "eyebrow": iso or "",
        "facts": facts,
        "is_demo": is_simulated,
        "contents": contents,
        "glance": glance["data"]["text/html"] if glance else "",
        "failure": failure,
        "links": links(context.get("tasks", ()), iso, context.get("notebook")) if "run_id" in context else "",
        "style": style_sheet() + page_marks(title, is_simulated),
        "footer": _footer(context),
    }


def _read_markdown(notebook: NotebookNode) -> tuple[str, list[dict[str, str]]]:
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


def _facts(notebook: NotebookNode, context: Mapping[str, Any]) -> tuple[dict[str, str], bool]:
    """Return what the notebook says it stands on; where it did not get that far, what was asked for."""
    if output := _taken_out(notebook, FACTS_KEY):
        facts = output["metadata"][FACTS_KEY]
        return dict(facts["values"]), bool(facts["is_demo"])
    iso = context.get("iso")
    asked = {
        "ISO": f"{iso}, {MARKETS[iso].name}" if iso in MARKETS else iso,
        "Window": window_text(context.get("window")),
        "Source": context.get("source"),
        "Day-ahead load": context.get("basis"),
    }
    return {label: value for label, value in asked.items() if value}, is_demo(context)


def _taken_out(notebook: NotebookNode, key: str) -> Any:
    """Take the first output with this metadata key out of its cell, for it is shown above the cells."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if key in output.get("metadata", {}):
                cell.outputs.remove(output)
                return output
    return None


def _failure(notebook: NotebookNode, context: Mapping[str, Any]) -> dict[str, str] | None:
    """Return what failed in plain words and where, from the run's verdict or from the notebook itself."""
    error = context.get("error")
    index = error["cell"] if error else _cell_with_error(notebook)
    if not error and index is None:
        return None
    sentence = error["sentence"] if error else _sentence(notebook.cells[index])
    section = _section(notebook, index) if index is not None else ""
    return {
        "what": f"“{section}” failed" if section else "the notebook failed",
        "sentence": sentence,
        "effect": "What stands before the failure was computed as shown; nothing after it was.",
        "anchor": f"cell-{index}" if index is not None else "",
    }


def _cell_with_error(notebook: NotebookNode) -> int | None:
    for index, cell in enumerate(notebook.cells):
        if any(output.output_type == "error" for output in cell.get("outputs", ())):
            return index
    return None


def _sentence(cell: NotebookNode) -> str:
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


def _footer(context: Mapping[str, Any]) -> list[str]:
    if "run_id" not in context:
        return ["Opened by hand: not part of a run."]
    lines = [
        f"Run {context['run_id']}, started {str(context.get('started_at', ''))[:19].replace('T', ' ')} UTC. "
        f"Code revision {revision_text(context.get('git'))}.",
        versions_text(context.get("versions", {})),
        "This page is complete in itself; what it links to are the other files of its run's folder.",
    ]
    return [line for line in lines if line]
