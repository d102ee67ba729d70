"""The section of a report that says what changed since its notebook last ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.present.display import Table
from lib.present.pages.base import fill, template

CHANGES = "changes"
"""The region of a report with this section."""


@dataclass(frozen=True)
class Changes:
    """Sentences that stand alone, and the tables behind them."""

    sentences: Sequence[str]
    tables: Sequence[Table] = ()


def write_changes(folder: Path, changes: Mapping[str, Changes]) -> None:
    """Write into the reports of a run what changed; `changes` is by name of the page."""
    for name, change in changes.items():
        if (page := folder / name).exists():
            fill(page, {CHANGES: changes_html(change)})


def changes_html(changes: Changes) -> str:
    """Return the section."""
    return template("changes.html.j2").render(changes=changes)
