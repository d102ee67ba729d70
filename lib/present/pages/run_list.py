"""The page of all runs of a folder, and the links by which the pages of one run lead to those of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lib.present.pages.base import is_demo, run_style_sheet, template, unbroken

FILE_NAME = "index.html"

RUNS = "runs"
"""The region of a page with the links to other runs."""


@dataclass(frozen=True)
class Neighbour:
    """A run that a page leads to: its folder's name, its id and the day it started."""

    folder: str
    run_id: int
    day: str


def run_links(page: str, earlier: Neighbour | None, later: Neighbour | None) -> str:
    """Return the links of a page to all runs, and to the same page of the run before and after, if any."""
    links = [f'<span><a href="../{FILE_NAME}">All runs</a></span>']
    for neighbour, word, rel in ((earlier, "Earlier", "prev"), (later, "Later", "next")):
        if neighbour:
            href = f"../{quote(neighbour.folder)}/{page}"
            links.append(
                f'<span>{word}: <a rel="{rel}" href="{href}">run {neighbour.run_id}, '
                f"{unbroken(neighbour.day)}</a></span>"
            )
    return " ".join(links)


def run_list_html(rows: Sequence[dict[str, Any]], unreadable: Sequence[str], keep: int) -> str:
    """Return the page of all runs.

    Args:
        rows: the newest first; of each href (None while it has no page), run_id, outcome, source,
            is_demo (None in an old manifest), database, as_of, started_at (a datetime), seconds, totals
            {rows_written, rows_revised}, isos (a text), failed (texts that name what failed).
        unreadable: names of folders whose manifest cannot be used.
        keep: how many runs of a source and database are kept; 0 for all.
    """
    has_databases = len({row["database"] for row in rows}) > 1
    return template("runs.html.j2").render(
        rows=[{**row, "is_demo": is_demo(row)} for row in rows],
        unreadable=unreadable,
        keep=keep,
        has_databases=has_databases,
        sources=sorted({row["source"] for row in rows}),
        style=run_style_sheet(),
    )
