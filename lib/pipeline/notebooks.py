"""The notebooks of the pipeline, and the tasks of a run: one notebook for one ISO or for all of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Notebook:
    """One notebook of the pipeline, and all that other modules need to know about it.

    Args:
        name: of its file, without the suffix.
        per_iso: it runs once for each ISO; otherwise once for all of them.
        needs: names of the notebooks it builds on.
        measures: the measures without which it can compute nothing.
        title: the text of the link to its report, where it runs for all ISOs.
        curve: the curve that it publishes, by the name in the database.
        has_own_source: it reads nothing from the run's source, but from a service of its own.
        waits_s: how long one of its cells may wait for that service, beyond the time that any cell may take.
        writes_series: it asks the run's source and stores series.
        uses_own_load: it declares the parameter `own_load`, the folder of the desk's own load.
        writes_files: it leaves files beside its report, and declares the parameter `folder`.
        shows_all_isos: it shows the latest curves of all ISOs, and the digest repeats its charts.
        reads: the groups of tables that it reads (`lib.store.data_state`); None if nobody has stated
            them: then no run keeps its report of an earlier run.
        writes: the groups that it writes; it may read them too.
    """

    name: str
    per_iso: bool = True
    needs: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    title: str = ""
    curve: str | None = None
    has_own_source: bool = False
    waits_s: float = 0
    writes_series: bool = False
    uses_own_load: bool = False
    writes_files: bool = False
    shows_all_isos: bool = False
    reads: tuple[str, ...] | None = None
    writes: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The name of the notebook's file."""
        return f"{self.name}.ipynb"


FETCH = Notebook("fetch", writes_series=True, uses_own_load=True, reads=(), writes=("series", "values"))

VLR = Notebook(
    "vlr",
    needs=(FETCH.name,),
    measures=("da_lmp", "rt_lmp", "da_load", "rt_load"),
    curve="vlr",
    uses_own_load=True,
    writes_files=True,
    reads=("series", "values"),
    writes=("hourly_vlr", "vlr", "own_vlr"),
)

SHAPING = Notebook(
    "shaping",
    needs=(FETCH.name,),
    measures=("da_lmp",),
    curve="shaping",
    uses_own_load=True,
    writes_files=True,
    reads=("series", "values"),
    writes=("shaping",),
)

ICE_SETTLEMENTS = Notebook(
    "ice_settlements",
    per_iso=False,
    title="ICE and NGX settlements",
    has_own_source=True,
    waits_s=8 * 3600,
    reads=(),
    writes=("settlements",),
)

COST_CURVES = Notebook(
    "cost_curves",
    needs=(VLR.name, SHAPING.name, ICE_SETTLEMENTS.name),
    curve="cost_curve",
    uses_own_load=True,
    writes_files=True,
    reads=("series", "values", "settlements", "vlr", "own_vlr", "shaping"),
    writes=("cost_curve", "own_cost_curve"),
)

BACKTEST = Notebook(
    "backtest",
    needs=(FETCH.name,),
    measures=("da_lmp",),
    reads=("series", "values"),
    writes=("backtest",),
)

REALISED = Notebook(
    "realised",
    needs=(FETCH.name,),
    measures=("da_lmp",),
    reads=("series", "values", "former_curves"),
    writes=("realised_cost",),
)

SUMMARY = Notebook(
    "summary",
    per_iso=False,
    needs=(VLR.name, SHAPING.name, COST_CURVES.name, BACKTEST.name),
    title="Summary of all ISOs on one page",
    shows_all_isos=True,
    reads=("series", "vlr", "shaping", "cost_curve", "backtest"),
)

NOTEBOOKS = {
    notebook.name: notebook
    for notebook in (FETCH, VLR, SHAPING, ICE_SETTLEMENTS, COST_CURVES, BACKTEST, REALISED, SUMMARY)
}
"""All notebooks that a run can execute, by name."""

SERIES_NOTEBOOKS = frozenset(name for name, notebook in NOTEBOOKS.items() if notebook.writes_series)
"""The notebooks that ask the run's source and store series."""

TITLES = {notebook.name: notebook.title for notebook in NOTEBOOKS.values() if notebook.title}
"""Notebook for all ISOs -> the text of the link to its report."""


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
        """Return the task as people write it: vlr of NYISO, summary."""
        return f"{self.notebook} of {self.iso}" if self.iso else self.notebook


def task_of(curve: str, iso: str) -> Task:
    """Return the task that publishes a curve of an ISO."""
    return Task(next(notebook.name for notebook in NOTEBOOKS.values() if notebook.curve == curve), iso)
