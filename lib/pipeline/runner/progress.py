"""What people see before, during and after a run: its plan, its progress, and a summary.

On a terminal the progress is a table that is redrawn; elsewhere it is a line per event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from time import monotonic
from typing import Any, Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from lib import store
from lib.pipeline.console import print_line
from lib.pipeline.notebooks import Task
from lib.pipeline.runner.model import Plan, TaskEvent
from lib.pipeline.runner.planning.run_spec import RunSpec
from lib.task_record import State, TaskRecord

STYLES = {
    State.WAITING: "dim",
    State.RUNNING: "cyan",
    State.DONE: "green",
    State.FAILED: "bold red",
    State.SKIPPED: "yellow",
    State.INTERRUPTED: "yellow",
}


UNKNOWN_RUN = 0
"""The run id in a plan that is only shown."""


class RunProgress(Protocol):
    """Shows a run while it goes on."""

    def live(self) -> AbstractContextManager[Any]:
        """Return the context in which the display may be redrawn."""

    def show(self, event: TaskEvent) -> None:
        """Show an event."""


def make_progress(console: Console, plan: Plan) -> RunProgress:
    """Return a table for a terminal, lines for anything else."""
    return TableProgress(console, plan) if console.is_terminal else LineProgress(console)


class LineProgress:
    """A line for each start and end of a task."""

    def __init__(self, console: Console) -> None:
        """Print to the console; times count from now."""
        self._console = console
        self._began = monotonic()

    def live(self) -> AbstractContextManager[Any]:
        """Return an empty context: lines are never redrawn."""
        return nullcontext()

    def show(self, event: TaskEvent) -> None:
        """Print the event's line."""
        print_line(self._console, f"[{monotonic() - self._began:6.1f} s] {event_line(event)}")


class TableProgress:
    """A table of ISOs and notebooks, each cell a state and the seconds it has lasted."""

    def __init__(self, console: Console, plan: Plan) -> None:
        """Show the tasks of the plan on the console."""
        self._plan = plan
        self._states = dict.fromkeys(plan.tasks, State.WAITING)
        self._began: dict[Task, float] = {}
        self._seconds: dict[Task, float] = {}
        self._live = Live(console=console, get_renderable=self._table, refresh_per_second=4)

    def live(self) -> AbstractContextManager[Any]:
        """Return the context in which the table is redrawn."""
        return self._live

    def show(self, event: TaskEvent) -> None:
        """Update the table with the event."""
        self._states[event.task] = event.state
        if event.state is State.RUNNING:
            self._began[event.task] = monotonic()
        elif event.task in self._began:
            self._seconds[event.task] = monotonic() - self._began[event.task]

    def _table(self) -> Table:
        notebooks = list(dict.fromkeys(task.notebook for task in self._plan.tasks))
        isos = sorted({task.iso for task in self._plan.tasks}, key=lambda iso: (iso is None, iso))
        table = Table("", *notebooks, box=None, pad_edge=False)
        for iso in isos:
            table.add_row(iso or "all", *(self._cell(Task(notebook, iso)) for notebook in notebooks))
        return table

    def _cell(self, task: Task) -> Text:
        if task not in self._states:
            return Text("")
        state = self._states[task]
        seconds = self._seconds.get(task)
        if state is State.RUNNING:
            seconds = monotonic() - self._began[task]
        return Text(state if seconds is None else f"{state} {seconds:.1f} s", STYLES[state])


def plan_lines(spec: RunSpec, database_url: str | None) -> Iterator[str]:
    """Yield the lines of --dry-run: what would run, on what, in which sequence, with which parameters."""
    yield f"source      {spec.source_spec}, as of {spec.as_of}"
    yield f"database    {store.describe_target(spec.source_name, database_url)}"
    yield f"runs        {spec.runs}"
    yield f"jobs        {spec.jobs}"
    for iso, window in spec.windows.items():
        yield f"window      {iso:<6} {window}"
    yield f"{len(spec.plan.tasks)} tasks, in this sequence; each waits for those it needs:"
    for number, task in enumerate(spec.plan.tasks, start=1):
        parameters = spec.parameters_of(task, UNKNOWN_RUN)
        shown = ", ".join(f"{name}={value!r}" for name, value in parameters.items() if name != "run_id")
        yield f"{number:>4}  {task!s:<18} {shown}"


def event_line(event: TaskEvent) -> str:
    """Return an event as a line."""
    if event.state is State.RUNNING:
        again = " once more: its process was killed" if event.attempt > 1 else ""
        return f"{event.task}: started{again}"
    if event.state is State.SKIPPED:
        return f"{event.task}: skipped, {event.states.reasons[event.task]}"
    assert event.result is not None
    if event.result.kept:
        return f"{event.task}: kept from run {event.result.kept.run_id}, nothing it depends on has changed"
    took = f"{event.task}: {event.state} in {event.result.seconds:.1f} s"
    return f"{took}; {event.result.error}" if event.result.error else took


def summary_lines(tasks: Sequence[TaskRecord], seconds: float, report: str) -> list[str]:
    """Return the result of a run: every failure, the counts of outcomes and rows, and the page to open."""
    counts = {state: sum(task.outcome is state for task in tasks) for state in State}
    n_kept = sum(task.kept is not None for task in tasks)
    outcomes = ", ".join(f"{n} {state}" for state, n in counts.items() if n)
    kept = [f"nothing has changed for {n_kept} of them: they keep their reports, and --force runs all"]
    written = sum(task.rows.written or 0 for task in tasks)
    revised = sum(task.rows.revised or 0 for task in tasks)
    failures = [f"{Task(task.notebook, task.iso)} failed: {task.error}" for task in tasks if task.error]
    return [
        *failures,
        *kept[: n_kept > 0],
        f"{outcomes} in {seconds:.1f} s; {written:,} rows written, {revised:,} revised",
        f"report: {report}",
    ]
