"""TODO."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Notebook:
    """One notebook of the pipeline: whether it runs once per ISO, and the notebooks it builds on.

    With `has_own_source` it reads nothing from the run's source, but from a service of its own; `waits_s` is
    how long one of its cells may wait for that, besides working. With `writes_files` it leaves files beside
    its report: it declares the parameter `folder`, which is the run's.
    """

    name: str
    per_iso: bool
    needs: tuple[str, ...] = ()
    has_own_source: bool = False
    waits_s: float = 0
    writes_files: bool = False

    @property
    def file(self) -> str:
        """The name of the notebook's file."""
        return f"{self.name}.ipynb"


NOTEBOOKS = {
    notebook.name: notebook
    for notebook in (
        Notebook("fetch", per_iso=True),
        Notebook("vlr", per_iso=True, needs=("fetch",), writes_files=True),
        Notebook("shaping", per_iso=True, needs=("fetch",), writes_files=True),
        Notebook("ice_settlements", per_iso=False, has_own_source=True, waits_s=8 * 3600),
        Notebook("cost_curves", per_iso=True, needs=("vlr", "shaping", "ice_settlements"), writes_files=True),
        Notebook("summary", per_iso=False, needs=("vlr", "shaping", "cost_curves")),
    )
}


CURVE_OF = {"vlr": "vlr", "shaping": "shaping", "cost_curves": "cost_curve"}
"""Notebook -> the curve that it publishes, as the database calls it."""


@dataclass(frozen=True)
class Task:
    """One notebook for one ISO, or (iso None) for all of them."""

    notebook: str
    iso: str | None

    @property
    def stem(self) -> str:
        """The name of the task's files in the run's folder, without a suffix."""
        return "_".join(part.lower() for part in (self.iso, self.notebook) if part)

    def __str__(self) -> str:
        """Return the task as people say it: vlr of NYISO, summary."""
        return f"{self.notebook} of {self.iso}" if self.iso else self.notebook


def task_of(curve: str, iso: str) -> Task:
    """Return the task that publishes a curve of an ISO."""
    return Task(next(notebook for notebook, its in CURVE_OF.items() if its == curve), iso)
