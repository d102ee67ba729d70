"""The page of all runs, and the links from the pages of one run to those of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from lib.manifest import Manifest
from lib.present.pages.base import keep_dates_together, page_template, run_style_sheet

ALL_RUNS = "index.html"
"""Name of this page in the folder of all runs."""


@dataclass(frozen=True)
class RunLink:
    """A run that a page links to: its folder's name, its id and the day it started (YYYY-MM-DD)."""

    folder: str
    run_id: int
    day: str


@dataclass(frozen=True)
class RunRow:
    """A row of the page: the run, the link to its index (None while it has none), ISOs and failures."""

    manifest: Manifest
    href: str | None
    isos: str
    failed: Sequence[str]


def render_run_links(
    page: str, earlier: RunLink | None, later: RunLink | None, computed: Sequence[RunLink] = ()
) -> str:
    """Return the links of a page to all runs and, if there are any, to the same page of other runs.

    Args:
        page: its name.
        earlier: the run before that has the page.
        later: the run after.
        computed: the runs that computed what this run keeps.
    """
    links = [f'<span><a href="../{ALL_RUNS}">All runs</a></span>']
    for run, word, rel in ((earlier, "Earlier", "prev"), (later, "Later", "next")):
        if run:
            href = f"../{quote(run.folder)}/{page}"
            text = f"run {run.run_id}, {keep_dates_together(run.day)}"
            links.append(f'<span>{word}: <a rel="{rel}" href="{href}">{text}</a></span>')
    if computed:
        hrefs = [f'<a href="../{quote(run.folder)}/{page}">run {run.run_id}</a>' for run in computed]
        links.append(f"<span>Computed by: {', '.join(hrefs)}</span>")
    return " ".join(links)


def render_all_runs(rows: Sequence[RunRow], unreadable: Sequence[str], keep: int) -> str:
    """Return the page of all runs.

    Args:
        rows: a run each, the newest first.
        unreadable: names of folders whose manifest cannot be used.
        keep: how many runs of a source and database are kept; 0 for all.
    """
    return page_template("all_runs.html.j2").render(
        rows=rows,
        unreadable=unreadable,
        keep=keep,
        has_databases=len({row.manifest.database for row in rows}) > 1,
        sources=sorted({row.manifest.source for row in rows}),
        style=run_style_sheet(),
    )
