"""Regions of a page that are filled after it was written: links between pages, files, and what changed.

A region is what stands between two comments, `<!--links-->` and `<!--/links-->`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from pathlib import Path

from lib.atomic_write import write_whole
from lib.markets import MARKETS
from lib.present.display import Table
from lib.present.pages.base import label_files, page_template
from lib.redact import redact
from lib.task_record import KeptReport, TaskRecord

END_OF_HEADER = "</header>"
"""Where `read_region` stops."""


class Region(StrEnum):
    """The regions that pages have."""

    RUNS = "runs"
    """Links to other runs."""

    LINKS = "links"
    """Of a report: links to the other reports of its run."""

    KEPT = "kept"
    """Of a report: which run computed it, if a later run keeps it."""

    FILES = "files"
    """Of a report: links to its files."""

    CHANGES = "changes"
    """Of a report: what changed since the last run."""

    BUNDLE = "bundle"
    """Of the index: the link to the one file of the whole run."""

    DIGEST = "digest"
    """Of the index: the link to the digest."""


@dataclass(frozen=True)
class Changes:
    """What changed since a notebook last ran: sentences that are complete alone, and tables."""

    sentences: Sequence[str]
    tables: Sequence[Table] = ()


def read_region(page: Path, name: str) -> str | None:
    """Return what a region of a page's header holds, or None where the header has no such region.

    It does not read the rest of the page, which is long.
    """
    begin, end = _comments(name)
    header = ""
    with page.open(encoding="utf-8") as lines:
        for line in lines:
            header += line
            if end in line:
                return header.partition(begin)[2].partition(end)[0]
            if END_OF_HEADER in line:
                break
    return None


def write_regions(page: Path, contents: Mapping[str, str]) -> None:
    """Write HTML into regions of a page in one step: a reader sees the old page or the new one."""
    old = page.read_text(encoding="utf-8")
    new = replace_regions(old, contents)
    if new != old:
        write_whole(page, redact(new).encode())


def replace_regions(html: str, contents: Mapping[str, str]) -> str:
    """Return a page with new contents in its regions; a region that it lacks is skipped."""
    for name, content in contents.items():
        begin, end = _comments(name)
        before, found, rest = html.partition(begin)
        _, is_closed, after = rest.partition(end)
        if found and is_closed:
            html = f"{before}{begin}{content}{end}{after}"
    return html


def _comments(name: str) -> tuple[str, str]:
    return f"<!--{name}-->", f"<!--/{name}-->"


def write_report_links(folder: Path, tasks: Sequence[TaskRecord]) -> None:
    """Write into each report of a run its links; only an ended run knows all pages they can lead to."""
    for task in tasks:
        if task.html and (path := folder / task.html).exists():
            links = render_report_links(tasks, task.iso, task.notebook)
            files = render_file_links(folder, task.files)
            write_regions(path, {Region.LINKS: links, Region.FILES: files})


def render_report_links(tasks: Iterable[TaskRecord], iso: str | None, notebook: str | None) -> str:
    """Return the links of one report: to the index, to reports of its ISO, and to the same of other ISOs.

    Args:
        tasks: the tasks of the manifest; those with an `html` have a report.
        iso: the report's ISO; None for one of all ISOs.
        notebook: the report's notebook.
    """
    order = list(MARKETS)
    reports = [(task, task.html) for task in tasks if task.html]
    reports.sort(key=lambda pair: order.index(pair[0].iso) if pair[0].iso in order else len(order))
    same_iso = [
        (task.notebook, html, task.notebook == notebook) for task, html in reports if iso and task.iso == iso
    ]
    same_notebook = [
        (task.iso or "", html, task.iso == iso) for task, html in reports if iso and task.notebook == notebook
    ]
    for_all = [(task.notebook, html, task.notebook == notebook) for task, html in reports if task.iso is None]
    groups = [
        '<a href="index.html">All reports of this run</a>',
        _link_group(iso, same_iso),
        _link_group(notebook, same_notebook),
        _link_group("All ISOs", for_all),
    ]
    return "\n".join(filter(None, groups))


def _link_group(label: str | None, items: Iterable[tuple[str, str, bool]]) -> str:
    """Return links in a group; of each item its text, its page, and whether that is the page of the links."""
    pages = [
        f'<span class="here" aria-current="page">{escape(text)}</span>'
        if is_here
        else f'<a href="{escape(html, quote=True)}">{escape(text)}</a>'
        for text, html, is_here in items
    ]
    return f"<span>{escape(label or '')}: {' '.join(pages)}</span>" if pages else ""


def render_kept(kept: KeptReport) -> str:
    """Return the notice on a report that a later run keeps."""
    return (
        f'<p class="kept"><strong>Kept from run {kept.run_id}</strong> of '
        f"{kept.started_at:%Y-%m-%d %H:%M} UTC, which computed this page: notebook, code, parameters, "
        "environment and stored data are the same, so nothing was computed or written again. "
        "<code>--force</code> runs everything.</p>"
    )


def render_file_links(folder: Path, names: Sequence[str]) -> str:
    """Return links to files as HTML with the kind and size of each; an empty text for no file.

    Args:
        folder: where the files are.
        names: their names; a file that is gone gets no link.
    """
    there = [(folder / name, label) for name, label in label_files(names) if (folder / name).is_file()]
    links = " ".join(_file_link(path, label) for path, label in there)
    return f'<p class="file-links">Files: {links}</p>' if links else ""


def _file_link(path: Path, label: str) -> str:
    name, size = escape(path.name, quote=True), _format_size(path.stat().st_size)
    return f'<a href="{name}" download>{escape(label)}</a> <small>{size}</small>'


def _format_size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB" if n_bytes >= 1e6 else f"{max(n_bytes / 1e3, 1):,.0f} kB"


def write_changes(folder: Path, changes: Mapping[str, Changes]) -> None:
    """Write what changed into the reports of a run; `changes` is by name of the page."""
    for name, change in changes.items():
        if (page := folder / name).exists():
            write_regions(page, {Region.CHANGES: render_changes(change)})


def render_changes(changes: Changes) -> str:
    """Return the section of a report that says what changed since the last run."""
    return page_template("changes.html.j2").render(changes=changes)
