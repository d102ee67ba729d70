"""Named places in a page that are written after it was made: <!--name-->...<!--/name-->."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lib.atomic_write import write_whole

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
