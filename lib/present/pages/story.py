"""In which order a page tells a notebook: the answer, the zones, the rest, and at the end how it was made.

A notebook computes in the order of its inputs, and a reader asks in another. A section is a cell with a
heading of the second level and the cells below it. The tag of that cell places it on the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

FIRST = "first"
"""Tag of a section that stands before all others."""

BY_ZONE = "by_zone"
"""Tag of a section that has the answer zone by zone: it follows the answer."""

MAKING = "making"
"""Tag of a section on how the page was made: hours used, checks, rows written, files."""

_UNTAGGED = ""
_PLACES = (FIRST, BY_ZONE, _UNTAGGED, MAKING)
"""From the top of the page to its end."""

_SECTION = re.compile(r"^## ", re.MULTILINE)
_HEADING = re.compile(r"^(#{2,5}) ", re.MULTILINE)


@dataclass(frozen=True)
class Story:
    """The cells of a page in their order, those on how it was made, and the cells whose code stands there."""

    shown: Sequence[NotebookNode]
    making: Sequence[NotebookNode] = ()
    code: Sequence[NotebookNode] = field(default=())


def arrange(cells: Sequence[NotebookNode], is_complete: bool) -> Story:
    """Return the cells of an executed notebook in the order of its page.

    A notebook that failed keeps its order, with each code at its cell: that order says what was computed.
    Headings of sections on the making go down a level, because the page puts one heading above all of them.
    """
    if not is_complete:
        return Story(cells)
    opening, *sections = _split(cells)
    code = [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]
    told = [section for section in sections if _place(section) < _PLACES.index(MAKING)]
    making = _join([section for section in sections if section not in told])
    for cell in making:
        if cell.cell_type == "markdown":
            cell.source = _HEADING.sub(r"#\1 ", cell.source)
    return Story(_join([opening, *sorted(told, key=_place)]), making, code)


def _split(cells: Sequence[NotebookNode]) -> list[list[NotebookNode]]:
    """Return the cells above the first section, which may be none, and then each section."""
    parts: list[list[NotebookNode]] = [[]]
    for cell in cells:
        if cell.cell_type == "markdown" and _SECTION.search(cell.source):
            parts.append([])
        parts[-1].append(cell)
    return parts


def _place(section: Sequence[NotebookNode]) -> int:
    tags = section[0].metadata.get("tags", ())
    return next((place for place, tag in enumerate(_PLACES) if tag in tags), _PLACES.index(_UNTAGGED))


def _join(parts: Sequence[Sequence[NotebookNode]]) -> list[NotebookNode]:
    return [cell for part in parts for cell in part]
