"""The tasks of a whole run, from the tables of markets and notebooks."""

from __future__ import annotations

from lib.markets import MARKETS
from lib.pipeline.notebooks import NOTEBOOKS, Task

WHOLE_RUN = frozenset(
    Task(notebook.name, iso)
    for notebook in NOTEBOOKS.values()
    for iso in (MARKETS if notebook.per_iso else (None,))
)
