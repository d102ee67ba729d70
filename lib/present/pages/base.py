"""What every page of a run shares: the style sheet, the templates, and the links between its pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, Template
from markupsafe import Markup

from lib.atomic_write import write_whole
from lib.markets import MARKETS
from lib.present.formats import MISSING

TEMPLATES = Path(__file__).parent / "templates"

LINKS = "links"
"""The region of a report with its links to other reports of its run."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@cache
def style_sheet() -> str:
    """Return the style sheet of reports and index, to be written into each page."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


@cache
def run_style_sheet() -> str:
    """Return the style sheet of the pages about runs."""
    return style_sheet() + (TEMPLATES / "runs.css").read_text(encoding="utf-8")


def template(name: str) -> Template:
    """Return the template of a page about a run, with what it needs to write numbers and times."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters.update(count=_count, seconds=_seconds, moment=_moment, unbroken=unbroken)
    return templates.get_template(name)


def is_demo(run: Mapping[str, Any]) -> bool:
    """Return whether a run's numbers are simulated, by its manifest or by what it tells a report.

    A manifest of before this was written into it is told by its source.
    """
    known: bool | None = run.get("is_demo")
    return run.get("source") == "demo" if known is None else known


def links(tasks: Iterable[Mapping[str, Any]], iso: str | None, notebook: str | None) -> str:
    """Return the links of one report: to the index, to its ISO's other reports and to the same of other ISOs.

    Args:
        tasks: the tasks of manifest.json, of which those with an `html` can be linked to.
        iso: the report's ISO; None for one of all ISOs.
        notebook: the report's notebook.
    """
    order = list(MARKETS)
    pages = [task for task in tasks if task.get("html")]
    pages.sort(key=lambda task: order.index(task["iso"]) if task["iso"] in order else len(order))
    same_iso = [task for task in pages if iso and task["iso"] == iso]
    same_notebook = [task for task in pages if iso and task["notebook"] == notebook]
    for_all = [task for task in pages if task["iso"] is None]
    groups = [
        '<a href="index.html">All reports of this run</a>',
        _group(iso, ((task["notebook"], task, task["notebook"] == notebook) for task in same_iso)),
        _group(notebook, ((task["iso"], task, task["iso"] == iso) for task in same_notebook)),
        _group("All ISOs", ((task["notebook"], task, task["notebook"] == notebook) for task in for_all)),
    ]
    return "\n".join(filter(None, groups))


def _group(label: str | None, items: Iterable[tuple[str, Mapping[str, Any], bool]]) -> str:
    pages = [
        f'<span class="here" aria-current="page">{escape(text)}</span>'
        if is_here
        else f'<a href="{escape(task["html"], quote=True)}">{escape(text)}</a>'
        for text, task, is_here in items
    ]
    return f"<span>{escape(label or '')}: {' '.join(pages)}</span>" if pages else ""


def link_reports(folder: Path, tasks: list[Mapping[str, Any]]) -> None:
    """Write into each report of a finished run its links: only then it is known what they can lead to."""
    for task in tasks:
        if task.get("html") and (path := folder / task["html"]).exists():
            others = links(tasks, task["iso"], task["notebook"])
            fill(path, {LINKS: others, FILES: file_links(folder, task.get("files", ()))})


def window_text(window: Mapping[str, str] | None) -> str:
    """Return a window of local days as people write it."""
    return f"{window['start']} to {window['end']}" if window else ""


def versions_text(versions: Mapping[str, str]) -> str:
    """Return names and versions in one line."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def revision_text(git: Mapping[str, Any] | None) -> str:
    """Return the git revision, and whether the code had been changed since."""
    if not git:
        return "unknown (no git checkout)"
    return git["revision"][:12] + (" with uncommitted changes" if git["is_dirty"] else "")


def unbroken(text: str) -> Markup:
    """Return a text as HTML whose dates stay on one line."""
    return Markup(_DATE.sub(r'<span class="day">\g<0></span>', escape(text)))


def _count(number: int | None) -> str:
    return MISSING if number is None else f"{number:,}"


def _seconds(number: float | None) -> str:
    return "" if number is None else f"{number:.1f} s"


def _moment(text: str | None) -> str:
    return unbroken(f"{text[:19].replace('T', ' ')} UTC") if text else ""


DEMO_MARK = "DEMO: simulated, no number is a market's"


def page_marks(title: str, is_demo: bool) -> str:
    """Return CSS that writes title, page number and, on simulated numbers, a warning on every sheet."""
    warning = f"@top-left {{ content: {_css_text(DEMO_MARK)}; font-weight: bold }} " if is_demo else ""
    number = '@bottom-right { content: counter(page) " of " counter(pages) }'
    return f"@page {{ {warning}@bottom-left {{ content: {_css_text(title)} }} {number} }}"


def _css_text(text: str) -> str:
    """Return a text as a CSS string that cannot end itself or the style element it stands in."""
    return '"' + re.sub(r'["\\<\n]', lambda found: f"\\{ord(found[0]):x} ", text) + '"'


FILES = "files"
"""The region of a report with these links."""


def file_links(folder: Path, names: Sequence[str]) -> str:
    """Return the links to files as HTML: what kind each is and its size; an empty text for no file.

    Args:
        folder: where the files are.
        names: their names; one that is no longer there is left out.
    """
    paths = [path for name in names if (path := folder / name).is_file()]
    links = " ".join(_link(path) for path in paths)
    return f'<p class="file-links">Files: {links}</p>' if links else ""


def _link(path: Path) -> str:
    name, kind = escape(path.name, quote=True), path.suffix.removeprefix(".")
    text = kind.upper() if len(kind) <= 4 else kind.capitalize()
    return f'<a href="{name}" download>{text}</a> <small>{_size(path.stat().st_size)}</small>'


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB" if n_bytes >= 1e6 else f"{max(n_bytes / 1e3, 1):,.0f} kB"


END_OF_HEAD = "</header>"
"""What ends the part of a page that `in_head` looks through."""


def in_head(page: Path, name: str) -> str | None:
    """Return what stands in a region of a page's header, or None where the page has no such region there.

    The rest of the page, which is long, is not read.
    """
    begin, end = _marks(name)
    head = ""
    with page.open(encoding="utf-8") as lines:
        for line in lines:
            head += line
            if end in line:
                return head.partition(begin)[2].partition(end)[0]
            if END_OF_HEAD in line:
                break
    return None


def fill(page: Path, contents: Mapping[str, str]) -> None:
    """Write HTML into regions of a page, in one step: a reader sees the old page or the new one."""
    old = page.read_text(encoding="utf-8")
    new = filled(old, contents)
    if new != old:
        write_whole(page, new.encode())


def filled(html: str, contents: Mapping[str, str]) -> str:
    """Return a page with its regions filled anew; a region that it has not is passed over."""
    for name, content in contents.items():
        begin, end = _marks(name)
        before, found, rest = html.partition(begin)
        _, is_closed, after = rest.partition(end)
        if found and is_closed:
            html = f"{before}{begin}{content}{end}{after}"
    return html


def _marks(name: str) -> tuple[str, str]:
    return f"<!--{name}-->", f"<!--/{name}-->"
