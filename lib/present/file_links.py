"""The links of a report to the files that its notebook has left beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

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
