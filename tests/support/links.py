"""Links between the pages of runs."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from bs4 import BeautifulSoup


def dead_links(runs: Path) -> list[str]:
    """Return the links of all pages below a folder that lead to no file, as "page -> link"."""
    links = [
        (page, str(link["href"]).partition("#")[0])
        for page in runs.rglob("*.html")
        for link in BeautifulSoup(page.read_text(errors="replace"), "html.parser").select("a[href]")
    ]
    return [f"{page} -> {href}" for page, href in links if not (page.parent / unquote(href)).exists()]
