"""Which notebooks there are, what each needs, and the order in which a run takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True)
class Plan:
    """Tasks in the order they are taken, and for each the planned tasks that must have ended before it."""

    tasks: tuple[Task, ...]
    needs: Mapping[Task, tuple[Task, ...]]


def ancestors(notebook: str) -> frozenset[str]:
    """Names of all notebooks that the named one builds on, directly or through others."""
    direct = NOTEBOOKS[notebook].needs
    return frozenset(direct).union(*(ancestors(name) for name in direct))


def depth_below(notebook: str) -> int:
    """Return how many notebooks one after another wait for the named one."""
    dependents = [other.name for other in NOTEBOOKS.values() if notebook in other.needs]
    return 1 + max(map(depth_below, dependents)) if dependents else 0


def make_plan(notebooks: Iterable[str], weights: Mapping[str, float]) -> Plan:
    """Return the plan that runs the named notebooks for the ISOs that are the keys of `weights`.

    A weight says how long an ISO's tasks take beside another's; the number of its locations will do. Tasks
    with the most work waiting behind them come first, which keeps all processors busy until the end; those of
    all ISOs that nothing waits for come last. What a notebook needs and is not among those named counts as
    done.
    """
    chosen = [NOTEBOOKS[name] for name in NOTEBOOKS if name in set(notebooks)]
    heaviest = max(weights.values(), default=1.0)
    tasks = [
        Task(notebook.name, iso) for notebook in chosen for iso in (weights if notebook.per_iso else (None,))
    ]
    tasks.sort(key=lambda task: _rank(task, weights.get(task.iso or "", heaviest)))
    return Plan(tuple(tasks), {task: _needs(task, tasks) for task in tasks})


def _rank(task: Task, weight: float) -> tuple[bool, float]:
    depth = depth_below(task.notebook)
    return task.iso is None and depth == 1, -depth * weight


def _needs(task: Task, tasks: Iterable[Task]) -> tuple[Task, ...]:
    names = ancestors(task.notebook)
    return tuple(
        other
        for other in tasks
        if other.notebook in names and (other.iso == task.iso or None in (other.iso, task.iso))
    )
